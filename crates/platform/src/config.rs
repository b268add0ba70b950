//! Configuration by variables and secrets, read where it is used. A missing variable has a documented default.

use std::cell::OnceCell;

use protocol::Region;
use worker::Env;

use crate::{Failure, log};

thread_local! {
    /// Variables stay as they are for as long as an isolate lives.
    static REPLICAS: OnceCell<Vec<Region>> = const { OnceCell::new() };
    static HOP: OnceCell<f64> = const { OnceCell::new() };
    static LOCAL: OnceCell<bool> = const { OnceCell::new() };
}

/// A variable that may be absent or empty.
#[must_use]
pub fn optional(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

/// A secret that has to be there.
///
/// # Errors
/// When the installation lacks it; the value is never part of the message.
pub fn secret(env: &Env, name: &str) -> Result<String, Failure> {
    env.secret(name)
        .ok()
        .map(|value| value.to_string())
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Failure::Internal(format!("the secret {name} is not set")))
}

/// This is a developer's machine: simulated distances and drills may be switched on.
#[must_use]
pub fn is_local(env: &Env) -> bool {
    LOCAL.with(|local| *local.get_or_init(|| optional(env, "ENVIRONMENT").as_deref() == Some("local")))
}

/// Milliseconds that a call between objects takes longer than it does, so that one machine feels like a
/// planet. None but on developers' machines.
#[must_use]
pub fn simulated_hop_ms(env: &Env) -> f64 {
    let set = || optional(env, "SIMULATED_HOP_MS").filter(|_| is_local(env))?.parse().ok();
    HOP.with(|hop| *hop.get_or_init(|| set().unwrap_or_default()))
}

/// The regions that hold a replica of what agents know. What is no region is left out and said once.
#[must_use]
pub fn replicas(env: &Env) -> Vec<Region> {
    let read = || {
        let text = optional(env, "KNOWLEDGE_REPLICAS").unwrap_or_default();
        let (regions, unknown) = Region::list(&text);
        for name in unknown {
            let known = Region::ALL.map(Region::name).join(", ");
            let said = format!("KNOWLEDGE_REPLICAS names \"{name}\", which is no region; there are {known}");
            log::error("replica_not_configured", None, &said);
        }
        regions
    };
    REPLICAS.with(|replicas| replicas.get_or_init(read).clone())
}
