//! A stable digest of a text, to recognise the same page under two addresses.

use sha2::{Digest, Sha256};

/// 128 bits of SHA-256 over the text in lower case with single spaces: two texts that differ only in white
/// space and case have the same hash. Stable across versions and platforms.
pub fn content_hash(text: &str) -> u128 {
    let mut hasher = Sha256::new();
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            hasher.update(b" ");
        }
        hasher.update(word.to_lowercase().as_bytes());
    }
    let digest = hasher.finalize();
    digest.iter().take(16).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_case_do_not_matter_and_words_do() {
        assert_eq!(content_hash(" Opening\n\thours "), content_hash("opening HOURS"));
        assert_ne!(content_hash("opening hours"), content_hash("openinghours"));
    }

    #[test]
    fn the_digest_is_the_start_of_sha_256() {
        assert_eq!(content_hash("ABC"), 0xba78_16bf_8f01_cfea_4141_40de_5dae_2223);
    }
}
