//! The playground.

use platform::Failure;
use protocol::routes::RouteId;
use store::Actor;
use worker::{Env, Request, Response};

#[allow(clippy::unused_async)]
pub async fn handle(
    _id: RouteId,
    _request: &mut Request,
    _env: &Env,
    _actor: &Actor,
    _parameter: &str,
) -> Result<Response, Failure> {
    Err(super::unhandled())
}
