//! `POST /v1/widget/messages`: one turn as server-sent events, for clients without sockets. The same turn, the
//! same frames; `Last-Event-ID` leaves out what the client has.
//!
//! `GET /v1/widget/messages?after=N`: the frames above N that there are, of all turns and of what happened between them.
//! It ends at once and is asked again: a request that waits would keep the conversation's object awake.

use platform::{Failure, http, outgoing};
use protocol::widget::MessageRequest;
use worker::{Env, Method, Request, Response};

use super::address::Address;
use super::{admit, bearer};

pub async fn handle(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let address = request.inner().url();
    let last = request.headers().get("Last-Event-ID")?;
    let after = last.or_else(|| Address::of(&address).field("after").map(Into::into));
    let after = after.and_then(|id| id.parse().ok()).unwrap_or(0);
    let admitted = admit(env, &bearer(&request)?, &request, after).await?;
    let method = request.method();
    let body = if method == Method::Post {
        let message: MessageRequest = http::body(&mut request).await?;
        Some(serde_json::to_string(&message)?.into())
    } else {
        None
    };
    let request = outgoing::made(&method, "https://object/ask", admitted.headers()?, body)?;
    http::mutable(admitted.stub(env)?.fetch_with_request(request).await?)
}
