//! Sealing: AES-256-GCM (NIST SP 800-38D) with a key derived for each purpose by HKDF-SHA256 (RFC 5869) from the
//! installation's `SEALING_KEY`. What it belongs to is authenticated with it, so a sealed value cannot be moved
//! to another row.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use sha2::Sha256;
use worker::Env;

use crate::{Failure, config, random};

const NONCE_BYTES: usize = 12;
/// 256 bits in base64 are longer.
const MIN_ROOT_BYTES: usize = 32;

/// Seals a text for a purpose ("totp") and an owner (an id); the result is base64.
///
/// # Errors
/// When the installation has no sealing key.
pub fn seal(env: &Env, purpose: &str, owner: &str, text: &str) -> Result<String, Failure> {
    let nonce = random::bytes::<NONCE_BYTES>();
    let payload = Payload { msg: text.as_bytes(), aad: owner.as_bytes() };
    let sealed = cipher(env, purpose)?
        .encrypt(Nonce::from_slice(&nonce), payload)
        .map_err(|_| Failure::Internal("a value could not be sealed".into()))?;
    Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
}

/// Opens what [`seal`] made for the same purpose and owner.
///
/// # Errors
/// When it was made for something else, with another key, or changed.
pub fn open(env: &Env, purpose: &str, owner: &str, sealed: &str) -> Result<String, Failure> {
    let broken = || Failure::Internal(format!("a sealed value ({purpose}) cannot be opened"));
    let bytes = STANDARD.decode(sealed).map_err(|_| broken())?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
    let payload = Payload { msg: sealed, aad: owner.as_bytes() };
    let text = cipher(env, purpose)?.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| broken())?;
    String::from_utf8(text).map_err(|_| broken())
}

fn cipher(env: &Env, purpose: &str) -> Result<Aes256Gcm, Failure> {
    let root = config::secret(env, "SEALING_KEY")?;
    if root.len() < MIN_ROOT_BYTES {
        return Err(Failure::Internal("SEALING_KEY is too short".into()));
    }
    let mut key = [0_u8; 32];
    Hkdf::<Sha256>::new(None, root.as_bytes())
        .expand(format!("frontdesk sealed {purpose}").as_bytes(), &mut key)
        .map_err(|_| Failure::Internal("a key could not be derived".into()))?;
    Aes256Gcm::new_from_slice(&key).map_err(|_| Failure::Internal("a key has the wrong length".into()))
}
