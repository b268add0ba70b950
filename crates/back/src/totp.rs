//! The second factor: codes of an authenticator (RFC 6238: SHA-1, six digits, 30 seconds), and recovery codes.

use platform::{Failure, clock, random};
use protocol::UserId;
use protocol::api::TotpSetup;
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Builder, Secret, Totp};

use crate::auth;

/// Bytes of an authenticator's secret: as many as SHA-1 has (RFC 4226 section 4).
const SECRET_BYTES: usize = 20;
/// Steps that an authenticator's clock may be off.
const SKEW: u16 = 1;
const RECOVERY_CODES: usize = 10;
/// Bits of a recovery code, five to a letter.
const RECOVERY_LETTERS: usize = 16;
/// Without those that look alike (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn fail(error: impl std::fmt::Display) -> Failure {
    Failure::Internal(format!("totp: {error}"))
}

fn totp(secret: Secret, email: &str) -> Result<Totp, Failure> {
    Builder::new()
        .with_secret(secret)
        .with_skew(SKEW)
        .with_account_name(email)
        .with_issuer(Some("Frontdesk"))
        .build()
        .map_err(fail)
}

/// A new authenticator for an address.
///
/// # Errors
/// When it cannot be drawn.
pub fn set_up(email: &str) -> Result<TotpSetup, Failure> {
    let secret = Secret::new(Box::new(random::bytes::<SECRET_BYTES>()));
    let base32 = secret.to_base32();
    let uri = totp(secret, email)?.to_url().map_err(fail)?;
    let code = QrCode::new(uri.as_bytes()).map_err(fail)?;
    let qr_svg = code
        .render::<svg::Color<'_>>()
        .min_dimensions(220, 220)
        .dark_color(svg::Color("#000000"))
        .light_color(svg::Color("#ffffff"))
        .build();
    Ok(TotpSetup { secret: base32, uri, qr_svg })
}

/// The time step that a code is of, if it is one of now. A step is good once: the caller has to see to it.
///
/// # Errors
/// When the secret is none.
pub fn step(secret: &str, code: &str) -> Result<Option<u64>, Failure> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let secret = Secret::try_from_base32(secret).map_err(fail)?;
    Ok(totp(secret, "account")?.check(&code, clock::now() / 1_000))
}

/// Ten new recovery codes.
pub fn recovery_codes() -> Vec<String> {
    let one = |_| {
        let letter = |(at, byte): (usize, u8)| {
            let letter = char::from(LETTERS.get(usize::from(byte) % LETTERS.len()).copied().unwrap_or(b'0'));
            let dash = if at > 0 && at % 4 == 0 { "-" } else { "" };
            format!("{dash}{letter}")
        };
        random::bytes::<RECOVERY_LETTERS>().into_iter().enumerate().map(letter).collect()
    };
    (0..RECOVERY_CODES).map(one).collect()
}

/// How a recovery code is stored. What is read for another letter, and dashes and spaces, do not matter.
pub fn recovery_digest(user: &UserId, code: &str) -> String {
    let tidy: String = code
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    auth::digest(&format!("{user} {tidy}"))
}
