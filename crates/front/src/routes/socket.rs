//! `GET /v1/widget/ws?after=N`: the conversation's WebSocket. The token is the second subprotocol, because
//! browsers set no headers here and addresses end up in logs.
//!
//! A browser cannot read the status of a refused upgrade, so refusals are sockets that close at once: 4401 for
//! a token to be renewed, by a solved challenge too, 4403 for an origin or conversation that is not allowed, 4404 for an agent that is not
//! there, 1011 for anything else. 1012 says that another version of the agent was published: come back at once.

use platform::{Failure, log, outgoing};
use protocol::frame::SUBPROTOCOL;
use protocol::{Code, Problem};
use worker::{Env, Headers, Method, Request, Response, WebSocketPair};

use super::address::Address;
use super::admit;

pub async fn handle(request: &Request, env: &Env) -> Result<Response, Failure> {
    let headers = request.headers();
    if !headers.get("Upgrade")?.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(Problem::new(Code::UpgradeRequired, "This address speaks WebSocket only.").into());
    }
    let offered = headers.get("Sec-WebSocket-Protocol")?.unwrap_or_default();
    let mut protocols = offered.split(',').map(str::trim);
    let (Some(SUBPROTOCOL), Some(token)) = (protocols.next(), protocols.next()) else {
        return Err(Problem::new(
            Code::TokenInvalid,
            format!("Offer the subprotocols \"{SUBPROTOCOL}\" and the conversation's token."),
        )
        .into());
    };
    let address = request.inner().url();
    let after = Address::of(&address).field("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    match connect(env, token, request, after).await {
        Ok(response) => Ok(response),
        Err(failure) => refuse(&failure),
    }
}

async fn connect(env: &Env, token: &str, request: &Request, after: u64) -> Result<Response, Failure> {
    let admitted = admit(env, token, request, after).await?;
    let headers = admitted.headers()?;
    headers.set("Upgrade", "websocket")?;
    let request = outgoing::made(&Method::Get, "https://object/socket", headers, None)?;
    let response = admitted.hand(env, &request).await?;
    let status = response.status_code();
    let socket =
        response.websocket().ok_or_else(|| Failure::Internal(format!("the object answered {status}")))?;
    accepted(socket)
}

fn accepted(socket: worker::WebSocket) -> Result<Response, Failure> {
    let headers = Headers::new();
    headers.set("Sec-WebSocket-Protocol", SUBPROTOCOL)?;
    Ok(Response::from_websocket(socket)?.with_headers(headers))
}

fn refuse(failure: &Failure) -> Result<Response, Failure> {
    if let Failure::Internal(reason) = failure {
        log::error("socket_failed", None, reason);
    }
    let problem = failure.to_problem();
    let code = match problem.code {
        Code::TokenInvalid | Code::ChallengeRequired => 4401,
        Code::TokenMismatch | Code::OriginNotAllowed => 4403,
        Code::AgentNotFound => 4404,
        _ => 1011,
    };
    let pair = WebSocketPair::new()?;
    pair.server.accept()?;
    let name = serde_json::to_value(problem.code)?;
    pair.server.close(Some(code), name.as_str())?;
    accepted(pair.client)
}
