//! A visitor's network address as it is passed on: a keyed digest that changes every day, never the address. And how many
//! conversations may be begun or gone on with from one address: the platform counts, in the data centre that answers.

use std::net::IpAddr;

use platform::{Failure, clock, log};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use worker::js_sys::{Object, Promise, Reflect};
use worker::{Env, Headers};

use crate::token;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// The binding that counts, and the milliseconds it counts in, as in `wrangler.toml`.
const COUNTER: &str = "INIT_LIMIT";
pub const PERIOD_MS: f64 = 60_000.0;

#[wasm_bindgen]
extern "C" {
    /// A rate limit of the platform. The crate's own looks at the name of its class, which is another one locally.
    #[wasm_bindgen(extends = Object)]
    type Counter;
    #[wasm_bindgen(method, structural, catch)]
    fn limit(this: &Counter, options: &Object) -> Result<Promise, JsValue>;
}

/// The digest of the address behind a request; empty where it is not known, and for this machine itself, which on a
/// developer's machine is everybody.
///
/// # Errors
/// When the installation has no root key.
pub fn digest(env: &Env, headers: &Headers) -> Result<String, Failure> {
    let Some(network) = headers.get("CF-Connecting-IP")?.as_deref().and_then(network) else {
        return Ok(String::new());
    };
    let day = clock::now() / DAY_MS;
    token::digest(env, &format!("frontdesk visitor address, day {day}, {network}"))
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

/// Whether an address may begin or go on with a conversation now.
pub enum Passage {
    Free,
    /// Not before the period is over. The owner is told of as many of these in a period as may pass in one, so that
    /// counting costs no more than answering.
    Refused {
        counts: bool,
    },
}

/// Counts one more of the request's address. A counter that is not bound or fails lets pass: what a question costs is
/// held back where it is asked.
///
/// # Errors
/// When headers cannot be read.
pub async fn limit(env: &Env, headers: &Headers) -> Result<Passage, Failure> {
    let address = digest(env, headers)?;
    let counter = Reflect::get(env, &JsValue::from_str(COUNTER)).map_err(worker::Error::from)?;
    if address.is_empty() || counter.is_undefined() {
        return Ok(Passage::Free);
    }
    let counter: Counter = counter.unchecked_into();
    match within(&counter, &address).await {
        Ok(false) => {
            let counts = within(&counter, &format!("refused {address}")).await.unwrap_or_default();
            Ok(Passage::Refused { counts })
        }
        Ok(true) => Ok(Passage::Free),
        Err(error) => {
            log::error("address_not_counted", None, &error.to_string());
            Ok(Passage::Free)
        }
    }
}

/// Counts one for a key; false where that is too many.
async fn within(counter: &Counter, key: &str) -> worker::Result<bool> {
    let options = Object::new();
    Reflect::set(&options, &JsValue::from_str("key"), &JsValue::from_str(key))?;
    let outcome = wasm_bindgen_futures::JsFuture::from(counter.limit(&options)?).await?;
    Ok(Reflect::get(&outcome, &JsValue::from_str("success"))?.is_truthy())
}
