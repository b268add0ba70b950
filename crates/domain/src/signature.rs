//! Signatures of webhooks: HMAC-SHA256 (RFC 2104) with a secret that both sides know, in two formats.
//!
//! - The product's own, as Stripe's: the header `t=<Unix seconds>,v1=<hex>`, over `<t>.<body>`, keyed with the bytes
//!   of the secret as it is written.
//! - Standard Webhooks 1.0.0: the headers `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,<base64>`, over
//!   `<id>.<timestamp>.<body>`, keyed with what the secret is the base64 of, without its `whsec_`.
//!
//! While a secret is replaced, a message carries a signature of each; one that fits is enough. The time is signed with
//! the message, so that a receiver can refuse what was recorded and is sent again.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What a secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";
/// Seconds that a message may be old, as both formats recommend.
pub const TOLERANCE_S: u64 = 300;

/// Secrets as people paste them: with or without `=`, and cut off anywhere.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("the signature's header is missing or cannot be read")]
    Malformed,
    #[error("the message is older than is allowed; compare the clocks of both sides")]
    TooOld,
    #[error("the message is from the future; compare the clocks of both sides")]
    TooNew,
    #[error("no signature fits; check the secret, and that the body is verified as it came, byte for byte")]
    Mismatch,
}

/// A secret that is shown to the receiver, from 256 random bits.
#[must_use]
pub fn secret(random: [u8; 32]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(random))
}

/// The product's own header, with a signature by each secret.
#[must_use]
pub fn header(secrets: &[String], seconds: u64, body: &[u8]) -> String {
    let signed = secrets.iter().map(|secret| format!(",v1={}", own(secret, &seconds.to_string(), body)));
    format!("t={seconds}{}", signed.collect::<String>())
}

/// The header `webhook-signature`, with a signature by each secret.
#[must_use]
pub fn standard(secrets: &[String], id: &str, seconds: u64, body: &[u8]) -> String {
    let signed = secrets.iter().filter_map(|secret| by_standard(secret, id, &seconds.to_string(), body));
    signed.map(|signature| format!("v1,{signature}")).collect::<Vec<_>>().join(" ")
}

/// Whether a body was signed with one of the secrets, by the product's own header. As in the libraries that know this
/// format a message may be old by `tolerance` seconds at most, and ahead by any: nobody signs ahead of time without
/// the secret, and clocks differ.
///
/// # Errors
/// When the body is not to be believed, and why.
pub fn verify(
    header: &str,
    secrets: &[&str],
    body: &[u8],
    now_s: u64,
    tolerance: u64,
) -> Result<(), Invalid> {
    let (mut time, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        match part.split_once('=') {
            Some(("t", value)) => time = Some(value),
            Some(("v1", value)) => signatures.push(value),
            _ => {}
        }
    }
    let time = time.ok_or(Invalid::Malformed)?;
    let seconds = whole(time)?;
    if signatures.is_empty() {
        return Err(Invalid::Malformed);
    }
    if now_s.saturating_sub(seconds) > tolerance {
        return Err(Invalid::TooOld);
    }
    one_fits(&signatures, secrets.iter().map(|secret| own(secret, time, body)))
}

/// Whether a body was signed with one of the secrets, by the headers of Standard Webhooks.
///
/// # Errors
/// When the body is not to be believed, and why.
pub fn verify_standard(
    (id, timestamp, signature): (&str, &str, &str),
    secrets: &[&str],
    body: &[u8],
    now_s: u64,
    tolerance: u64,
) -> Result<(), Invalid> {
    let seconds = whole(timestamp)?;
    if id.is_empty() {
        return Err(Invalid::Malformed);
    }
    if now_s.saturating_sub(seconds) > tolerance {
        return Err(Invalid::TooOld);
    }
    if seconds.saturating_sub(now_s) > tolerance {
        return Err(Invalid::TooNew);
    }
    let signatures: Vec<&str> =
        signature.split(' ').filter_map(|versioned| versioned.strip_prefix("v1,")).collect();
    one_fits(&signatures, secrets.iter().filter_map(|secret| by_standard(secret, id, timestamp, body)))
}

/// Unix seconds, digits alone.
fn whole(text: &str) -> Result<u64, Invalid> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(Invalid::Malformed)
}

fn one_fits(signatures: &[&str], expected: impl Iterator<Item = String>) -> Result<(), Invalid> {
    // Every pair is compared, so that the time taken says nothing.
    let fits = expected.fold(false, |found, wanted| {
        signatures
            .iter()
            .fold(found, |found, signature| found | same(signature.as_bytes(), wanted.as_bytes()))
    });
    if fits { Ok(()) } else { Err(Invalid::Mismatch) }
}

/// Whether two texts are the same, in a time that depends on their lengths alone.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

fn own(secret: &str, time: &str, body: &[u8]) -> String {
    mac(secret.as_bytes(), &[time.as_bytes(), body]).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn by_standard(secret: &str, id: &str, time: &str, body: &[u8]) -> Option<String> {
    let key = LENIENT.decode(secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret)).ok()?;
    Some(STANDARD.encode(mac(&key, &[id.as_bytes(), time.as_bytes(), body])))
}

/// HMAC-SHA256 over the parts, with a dot between each.
fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // A key of any length is one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            mac.update(b".");
        }
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1","type":"conversation.started"}"#;
    const NOW: u64 = 1_700_000_000;

    fn secrets() -> [String; 2] {
        [secret([1; 32]), secret([2; 32])]
    }

    #[test]
    fn signatures_are_those_that_openssl_makes() {
        // printf '1700000000.{"id":"evt_1","type":"conversation.started"}' | openssl dgst -sha256 -hmac 'whsec_AQEB…'
        let [first, _] = secrets();
        assert_eq!(first, "whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        assert_eq!(header(std::slice::from_ref(&first), NOW, BODY), OWN);
        // printf 'evt_1.1700000000.{…}' | openssl dgst -sha256 -mac hmac -macopt hexkey:0101… -binary | base64
        assert_eq!(standard(&[first], "evt_1", NOW, BODY), STANDARD_WEBHOOKS);
    }

    const OWN: &str = "t=1700000000,v1=742997a057f36b2f75e84d51b2743abd938c8f0a4eab6d4df5c4497e904bb67e";
    const STANDARD_WEBHOOKS: &str = "v1,pqGa4bFKdTCczD7qjGqbioxXgoLOK0K/6716V1PUZLw=";

    #[test]
    fn during_a_rotation_either_secret_verifies() {
        let both = secrets();
        let (own, by_standard) = (header(&both, NOW, BODY), standard(&both, "evt_1", NOW, BODY));
        for secret in &both {
            assert_eq!(verify(&own, &[secret], BODY, NOW, TOLERANCE_S), Ok(()));
            let headers = ("evt_1", "1700000000", by_standard.as_str());
            assert_eq!(verify_standard(headers, &[secret], BODY, NOW, TOLERANCE_S), Ok(()));
        }
        let stranger = secret([3; 32]);
        assert_eq!(verify(&own, &[&stranger], BODY, NOW, TOLERANCE_S), Err(Invalid::Mismatch));
        // A receiver that knows both accepts what was signed with one.
        let one = header(&both[1..], NOW, BODY);
        assert_eq!(verify(&one, &[&both[0], &both[1]], BODY, NOW, TOLERANCE_S), Ok(()));
    }

    #[test]
    fn what_was_changed_or_is_old_is_refused() {
        let [first, _] = secrets();
        let own = header(std::slice::from_ref(&first), NOW, BODY);
        let check = |header: &str, body: &[u8], now| verify(header, &[&first], body, now, TOLERANCE_S);
        assert_eq!(check(&own, br#"{"id": "evt_1"}"#, NOW), Err(Invalid::Mismatch));
        assert_eq!(check(&own, BODY, NOW + 300), Ok(()));
        assert_eq!(check(&own, BODY, NOW + 301), Err(Invalid::TooOld));
        assert_eq!(check(&own.replace("t=17", "t=18"), BODY, NOW), Err(Invalid::Mismatch));
        for header in [
            "",
            "t=1700000000",
            "v1=00",
            "t=,v1=00",
            "t=+1700000000,v1=00",
            "t=x,v1=00",
            "t=1700000000,v0=00",
        ] {
            assert_eq!(check(header, BODY, NOW), Err(Invalid::Malformed), "{header}");
        }
        let signed = standard(std::slice::from_ref(&first), "evt_1", NOW, BODY);
        let standard = |id: &str, time: &str, signed: &str, now| {
            verify_standard((id, time, signed), &[&first], BODY, now, TOLERANCE_S)
        };
        assert_eq!(standard("evt_2", "1700000000", &signed, NOW), Err(Invalid::Mismatch));
        assert_eq!(standard("evt_1", "1700000000", &signed, NOW + 301), Err(Invalid::TooOld));
        assert_eq!(standard("evt_1", "1700000000", &signed, NOW - 301), Err(Invalid::TooNew));
        assert_eq!(standard("evt_1", "soon", &signed, NOW), Err(Invalid::Malformed));
        assert_eq!(
            standard("evt_1", "1700000000", &signed.replace("v1,", "v2,"), NOW),
            Err(Invalid::Mismatch)
        );
    }
}
