//! Visitors' passes ([`domain::pass`]) under this installation's root key.

use domain::pass::{self, Fault, Pass, Purpose};
use platform::{Failure, config};
use protocol::{AgentId, Code, Problem, VisitorId};
use worker::Env;

/// By what a browser proves which visitor of an agent it is: the visitor's id and a keyed digest of it. It does not
/// age, opens nothing, and is good for a new conversation of the same visitor alone.
///
/// # Errors
/// When the installation has no root key.
pub fn visitor_pass(env: &Env, agent: &AgentId, visitor: &VisitorId) -> Result<String, Failure> {
    let digest = digest(env, &format!("frontdesk visitor {visitor} of {agent}"))?;
    Ok(format!("{visitor}.{digest}"))
}

/// A digest that nobody without the installation's root key can make, as hexadecimal digits.
///
/// # Errors
/// When the installation has no root key.
pub fn digest(env: &Env, of: &str) -> Result<String, Failure> {
    pass::digest(&root(env)?, of).map_err(failure)
}

/// Signs a pass with the key of its day.
///
/// # Errors
/// When the installation has no root key.
pub fn sign(env: &Env, pass: &Pass) -> Result<String, Failure> {
    pass::sign(&root(env)?, pass).map_err(failure)
}

/// Reads a token that is genuine and young enough.
///
/// # Errors
/// `token_invalid` for anything else; it is not said what is wrong with it.
pub fn verify(env: &Env, token: &str, purpose: Purpose, now_ms: u64) -> Result<Pass, Failure> {
    pass::verify(&root(env)?, token, purpose, now_ms).map_err(failure)
}

fn root(env: &Env) -> Result<String, Failure> {
    config::secret(env, "ROOT_KEY")
}

fn failure(fault: Fault) -> Failure {
    match fault {
        Fault::Root => Failure::Internal("ROOT_KEY is too short".into()),
        Fault::Unmade => Failure::Internal("a key, a digest or a token could not be made".into()),
        Fault::Invalid => Problem::new(
            Code::TokenInvalid,
            "This conversation's pass is not valid any more. Begin again with init.",
        )
        .into(),
    }
}
