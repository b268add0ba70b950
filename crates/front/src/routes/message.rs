//! `POST /v1/widget/messages`: what a client without a socket says. A message is answered by its turn as server-sent
//! events: the same turn, the same frames. After a number (`Last-Event-ID`, or `after` in the address) they begin with
//! what there is above it, of other turns too.
//!
//! `GET /v1/widget/messages?after=N`: `hello`, and the frames above N that there are, of all turns and of what happened
//! between them. It ends at once and is asked again: a request that waits would keep the conversation's object awake.
//! Other frames than a message are answered in the same way.

use js_sys::Uint8Array;
use platform::{Failure, http, outgoing};
use protocol::frame::MAX_FRAME_BYTES;
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
        // The object reads it, as it does what comes by a socket.
        Some(Uint8Array::from(&*http::bytes_within(&mut request, MAX_FRAME_BYTES).await?).into())
    } else {
        None
    };
    let request = outgoing::made(&method, "https://object/ask", admitted.headers()?, body)?;
    http::mutable(admitted.hand(env, &request).await?)
}
