//! Which passwords are good enough (NIST SP 800-63B: length, and not a known one).

use protocol::Problem;

const MIN_CHARS: usize = 10;
/// Longer ones cost memory and protect nobody better.
pub const MAX_BYTES: usize = 1_024;
/// Fewer different characters are a pattern.
const MIN_DIFFERENT: usize = 5;

/// From the 10,000 most common of leaked passwords, in lower case, without the digits and signs at their ends:
/// the frequency list of zxcvbn, Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc., MIT License.
const COMMON: &str = include_str!("password/common.txt");

/// Refuses a new password that would be guessed, saying what to do. `own` is what others know of its owner.
///
/// # Errors
/// `invalid` for the field `password`.
pub fn check(password: &str, own: &[&str]) -> Result<(), Problem> {
    let refuse = |message: &str| Err(Problem::field("password", message));
    if password.chars().count() < MIN_CHARS {
        return refuse("Please take at least 10 characters. Three or four random words work well.");
    }
    if password.len() > MAX_BYTES {
        return refuse("That is too long: please take at most 1,024 bytes.");
    }
    let lower = password.to_lowercase();
    let stem = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    let is_own = |text: &str| {
        let text: String = text.to_lowercase().split_whitespace().collect();
        let joined: String = stem.split_whitespace().collect();
        !text.is_empty() && (joined == text || joined == text.trim_end_matches(|c: char| !c.is_alphabetic()))
    };
    let local = |text: &&str| text.split_once('@').map(|(local, _)| local.to_owned());
    if own.iter().any(|text| is_own(text)) || own.iter().filter_map(local).any(|text| is_own(&text)) {
        return refuse("This is your name or your address, which others know. Please take something else.");
    }
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < MIN_DIFFERENT {
        return refuse("This repeats too few characters. Please take three or four random words instead.");
    }
    if is_common(&lower) || is_common(stem) {
        return refuse(
            "This is one of the most common passwords, which attackers try first. Digits at its end do not help: \
             please take three or four random words instead.",
        );
    }
    Ok(())
}

fn is_common(password: &str) -> bool {
    !password.is_empty() && COMMON.lines().any(|line| line == password)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn passwords_that_attackers_try_first_are_refused() {
        let own = ["Robin Hale", "robin.hale@example.test"];
        let all_words = "x".repeat(1_025);
        for bad in [
            "short",
            "password12",
            "Football2024!",
            "1234567890",
            "QWERTYUIOP",
            "aaaaaaaaaaaa",
            "robin hale1",
            "RobinHale99",
            "robin.hale@example.test",
            "robin.hale77",
            &all_words,
        ] {
            assert!(check(bad, &own).is_err(), "{bad}");
        }
        for good in ["correct horse battery", "tidal-Lantern 88", "Grüße aus 北京 morgen", "robin hale rides"]
        {
            assert!(check(good, &own).is_ok(), "{good}");
        }
    }
}
