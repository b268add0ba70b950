//! A visitor's network address as it is passed on: a keyed digest that changes every day, never the address.

use std::net::IpAddr;

use hkdf::Hkdf;
use platform::{Failure, clock, config};
use sha2::Sha256;
use worker::{Env, Headers};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const DIGEST_BYTES: usize = 12;

/// The digest of the address behind a request; empty where it is not known, and for this machine itself, which on a
/// developer's machine is everybody.
///
/// # Errors
/// When the installation has no root key.
pub fn digest(env: &Env, headers: &Headers) -> Result<String, Failure> {
    let Some(network) = headers.get("CF-Connecting-IP")?.as_deref().and_then(network) else {
        return Ok(String::new());
    };
    let (root, day) = (config::secret(env, "ROOT_KEY")?, clock::now() / DAY_MS);
    let mut bytes = [0_u8; DIGEST_BYTES];
    Hkdf::<Sha256>::new(None, root.as_bytes())
        .expand(format!("frontdesk visitor address, day {day}, {network}").as_bytes(), &mut bytes)
        .map_err(|_| Failure::Internal("an address could not be digested".into()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What belongs to one connection: an IPv4 address, or the 64 bits of an IPv6 address that a customer is given.
fn network(address: &str) -> Option<String> {
    let address = address.trim().parse::<IpAddr>().ok()?.to_canonical();
    match address {
        _ if address.is_loopback() => None,
        IpAddr::V4(address) => Some(address.to_string()),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Some(format!("{a:x}:{b:x}:{c:x}:{d:x}"))
        }
    }
}
