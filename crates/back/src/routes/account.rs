//! One's own account: name, password, address, second factor, sessions, workspaces.

use platform::Failure;
use protocol::routes::RouteId;
use store::Account;
use worker::{Env, Request, Response};

#[allow(clippy::unused_async)]
pub async fn handle(
    _id: RouteId,
    _request: &mut Request,
    _env: &Env,
    _account: &Account,
    _parameter: &str,
) -> Result<Response, Failure> {
    Err(super::unhandled())
}
