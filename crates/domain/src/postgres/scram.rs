//! SCRAM-SHA-256 (RFC 5802 and 7677), as PostgreSQL asks for it: the password is shown to be known, and never sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// A server could otherwise have us compute for ever; PostgreSQL's own number is 4,096.
const MAX_ROUNDS: u32 = 100_000;
/// No channel binding: the runtime does not tell which certificate was used.
const HEADER: &str = "n,,";

type Key = [u8; 32];

/// One exchange.
pub struct Scram {
    password: String,
    nonce: String,
    bare: String,
    expected: Option<Key>,
}

impl Scram {
    /// Begins; PostgreSQL takes the user's name from the login and ignores the one here.
    #[must_use]
    pub fn new(user: &str, password: &str, nonce: &str) -> Self {
        let bare = format!("n={user},r={nonce}");
        Self { password: password.to_owned(), nonce: nonce.to_owned(), bare, expected: None }
    }

    /// The client's first words.
    #[must_use]
    pub fn first(&self) -> String {
        format!("{HEADER}{}", self.bare)
    }

    /// The answer to what the server said first; nothing where that is not of this exchange.
    pub fn answer(&mut self, server: &str) -> Option<String> {
        let field = |name: &str| server.split(',').find_map(|part| part.strip_prefix(name));
        let (nonce, rounds) = (field("r=")?, field("i=")?.parse::<u32>().ok()?);
        let salt = STANDARD.decode(field("s=")?).ok()?;
        if !nonce.starts_with(&self.nonce)
            || nonce.len() == self.nonce.len()
            || !(1..=MAX_ROUNDS).contains(&rounds)
        {
            return None;
        }
        let salted = stretched(self.password.as_bytes(), &salt, rounds)?;
        let client = signed(&salted, b"Client Key")?;
        let last = format!("c={},r={nonce}", STANDARD.encode(HEADER));
        let whole = format!("{},{server},{last}", self.bare);
        let stored: Key = Sha256::digest(client).into();
        let signature = signed(&stored, whole.as_bytes())?;
        self.expected = Some(signed(&signed(&salted, b"Server Key")?, whole.as_bytes())?);
        let proof: Vec<u8> = client.iter().zip(signature).map(|(key, sign)| key ^ sign).collect();
        Some(format!("{last},p={}", STANDARD.encode(proof)))
    }

    /// Whether no proof was asked for.
    #[must_use]
    pub fn is_unused(&self) -> bool {
        self.expected.is_none()
    }

    /// Whether the server knows the password, too.
    #[must_use]
    pub fn is_answered(&self, server: &str) -> bool {
        let given = server.strip_prefix("v=").and_then(|given| STANDARD.decode(given.trim_end()).ok());
        given.is_some() && given.as_deref() == self.expected.as_ref().map(<[u8; 32]>::as_slice)
    }
}

fn signed(key: &[u8], text: &[u8]) -> Option<Key> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac.finalize().into_bytes().into())
}

/// PBKDF2 of one block.
fn stretched(password: &[u8], salt: &[u8], rounds: u32) -> Option<Key> {
    let keyed = Hmac::<Sha256>::new_from_slice(password).ok()?;
    let mut first = keyed.clone();
    first.update(salt);
    first.update(&1_u32.to_be_bytes());
    let mut last: Key = first.finalize().into_bytes().into();
    let mut all = last;
    for _ in 1..rounds {
        let mut next = keyed.clone();
        next.update(&last);
        last = next.finalize().into_bytes().into();
        all.iter_mut().zip(last).for_each(|(all, last)| *all ^= last);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exchange_of_the_rfc_is_made() {
        // RFC 7677, section 3.
        let mut scram = Scram::new("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
        assert_eq!(scram.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(
            scram.answer(server).as_deref(),
            Some(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
            )
        );
        assert!(scram.is_answered("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        assert!(
            !scram.is_answered("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=")
                && !scram.is_answered("e=other-error")
        );
    }

    #[test]
    fn a_server_of_another_exchange_is_not_answered() {
        for server in [
            "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=abcd,s=!,i=1",
            "r=abcd,s=YQ==,i=9999999",
            "r=abc,s=YQ==,i=1",
            "",
        ] {
            let mut scram = Scram::new("", "pencil", "abc");
            assert!(scram.answer(server).is_none() && !scram.is_answered("v="), "{server}");
        }
    }
}
