//! `POST /v1/widget/messages`: one turn as server-sent events, for clients without sockets. The same turn, the
//! same frames; `Last-Event-ID` leaves out what the client has.

use platform::{Failure, http};
use protocol::widget::MessageRequest;
use protocol::{Code, Problem};
use worker::{Env, Method, Request, RequestInit, Response};

use super::admit;

pub async fn handle(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let headers = request.headers();
    let authorization = headers.get("Authorization")?.unwrap_or_default();
    let token = authorization.strip_prefix("Bearer ").ok_or_else(|| {
        Problem::new(Code::TokenInvalid, "Send the conversation's token as Authorization: Bearer …")
    })?;
    let after = headers.get("Last-Event-ID")?.and_then(|id| id.parse().ok()).unwrap_or(0);
    let admitted = admit(env, token, &request, after).await?;
    let message: MessageRequest = http::body(&mut request).await?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(admitted.headers()?)
        .with_body(Some(serde_json::to_string(&message)?.into()));
    let request = Request::new_with_init("https://object/ask", &init)?;
    http::mutable(admitted.stub(env)?.fetch_with_request(request).await?)
}
