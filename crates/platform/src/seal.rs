//! Sealing: AES-256-GCM (NIST SP 800-38D) with a key derived for each purpose by HKDF-SHA256 (RFC 5869) from the
//! installation's `SEALING_KEY`. A purpose that names a workspace gives that workspace a key of its own. What it belongs
//! to is authenticated with it, so a sealed value cannot be moved to another row.
//!
//! A sealed value begins with the id of its root key. `SEALING_KEYS_OLD` are roots of before: they open, and seal nothing
//! any more, so a key is replaced without a gap and what it sealed is sealed anew ([`renewed`]).

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use worker::Env;

use crate::{Failure, config, random};

const NONCE_BYTES: usize = 12;
/// 256 bits in base64 are longer.
const MIN_ROOT_BYTES: usize = 32;

/// Seals a text for a purpose ("totp") and an owner (an id); the result is the key's id, a dot, and base64.
///
/// # Errors
/// When the installation has no sealing key.
pub fn seal(env: &Env, purpose: &str, owner: &str, text: &str) -> Result<String, Failure> {
    let root = newest(env)?;
    let nonce = random::bytes::<NONCE_BYTES>();
    let payload = Payload { msg: text.as_bytes(), aad: owner.as_bytes() };
    let sealed = cipher(&root, purpose)?
        .encrypt(Nonce::from_slice(&nonce), payload)
        .map_err(|_| Failure::Internal("a value could not be sealed".into()))?;
    Ok(format!("{}.{}", id(&root), STANDARD.encode([nonce.as_slice(), &sealed].concat())))
}

/// Opens what [`seal`] made for the same purpose and owner.
///
/// # Errors
/// When it was made for something else, with a key that is not on the ring, or changed.
pub fn open(env: &Env, purpose: &str, owner: &str, sealed: &str) -> Result<String, Failure> {
    let broken = || Failure::Internal(format!("a sealed value ({purpose}) cannot be opened"));
    // What was sealed before keys had ids may be of any of them.
    let (key, sealed) = sealed.split_once('.').map_or((None, sealed), |(key, sealed)| (Some(key), sealed));
    let bytes = STANDARD.decode(sealed).map_err(|_| broken())?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
    let older = config::secret(env, "SEALING_KEYS_OLD").unwrap_or_default();
    let newest = newest(env)?;
    for root in std::iter::once(newest.as_str()).chain(older.split(',').map(str::trim)) {
        if root.len() < MIN_ROOT_BYTES || key.is_some_and(|key| key != id(root)) {
            continue;
        }
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        if let Ok(text) = cipher(root, purpose)?.decrypt(Nonce::from_slice(nonce), payload) {
            return String::from_utf8(text).map_err(|_| broken());
        }
    }
    Err(broken())
}

/// The same sealed with the newest key; nothing where it is already.
///
/// # Errors
/// When it cannot be opened.
pub fn renewed(env: &Env, purpose: &str, owner: &str, sealed: &str) -> Result<Option<String>, Failure> {
    let current = id(&newest(env)?);
    if sealed.split_once('.').is_some_and(|(key, _)| key == current) {
        return Ok(None);
    }
    seal(env, purpose, owner, &open(env, purpose, owner, sealed)?).map(Some)
}

/// What the keys on the ring are called, the newest first.
///
/// # Errors
/// When the installation has no sealing key.
pub fn ids(env: &Env) -> Result<Vec<String>, Failure> {
    let older = config::secret(env, "SEALING_KEYS_OLD").unwrap_or_default();
    let newest = newest(env)?;
    let ring = std::iter::once(newest.as_str()).chain(older.split(',').map(str::trim));
    Ok(ring.filter(|root| root.len() >= MIN_ROOT_BYTES).map(id).collect())
}

fn newest(env: &Env) -> Result<String, Failure> {
    let root = config::secret(env, "SEALING_KEY")?;
    if root.len() < MIN_ROOT_BYTES {
        return Err(Failure::Internal("SEALING_KEY is too short".into()));
    }
    Ok(root)
}

/// What a root key is called: a part of its digest, which tells nothing of a key of 256 bits.
fn id(root: &str) -> String {
    Sha256::digest(format!("frontdesk key id {root}"))
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn cipher(root: &str, purpose: &str) -> Result<Aes256Gcm, Failure> {
    let mut key = [0_u8; 32];
    Hkdf::<Sha256>::new(None, root.as_bytes())
        .expand(format!("frontdesk sealed {purpose}").as_bytes(), &mut key)
        .map_err(|_| Failure::Internal("a key could not be derived".into()))?;
    Aes256Gcm::new_from_slice(&key).map_err(|_| Failure::Internal("a key has the wrong length".into()))
}
