//! `GET /v1/lounge`: a member's WebSocket. The back Worker says who it is and whether they may; the object is built
//! from its answer alone. Another site may make a browser open a socket with its cookies, so the origin has to be ours.

use platform::{Failure, objects, outgoing};
use protocol::internal::EnterLounge;
use protocol::{Code, Problem};
use worker::{Env, Headers, Method, Request, Response};

use super::address::Address;
use super::{ADMISSION_HEADER, ascii};

pub async fn handle(request: &Request, env: &Env) -> Result<Response, Failure> {
    let given = request.headers();
    let (url, origin) = (request.inner().url(), given.get("Origin")?);
    if origin.is_none_or(|origin| !origin.eq_ignore_ascii_case(Address::of(&url).origin)) {
        return Err(Problem::new(Code::Forbidden, "This socket is for the dashboard's own pages.").into());
    }
    let enter = EnterLounge { cookie: given.get("Cookie")?.unwrap_or_default() };
    let pass = objects::call_service(env, "BACK", &enter).await?;
    if !given.get("Upgrade")?.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(Problem::new(Code::UpgradeRequired, "This address speaks WebSocket only.").into());
    }
    let headers = Headers::new();
    headers.set("Upgrade", "websocket")?;
    headers.set(ADMISSION_HEADER, &ascii(&serde_json::to_string(&pass)?))?;
    let request = outgoing::made(&Method::Get, "https://object/socket", headers, None)?;
    let object = protocol::objects::lounge(&pass.home.workspace_id, pass.home.jurisdiction);
    let response = objects::hand(env, "LOUNGE", &object, &request).await?;
    let status = response.status_code();
    let socket =
        response.websocket().ok_or_else(|| Failure::Internal(format!("the lounge answered {status}")))?;
    Ok(Response::from_websocket(socket)?)
}
