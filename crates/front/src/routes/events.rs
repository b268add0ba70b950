//! `POST /v1/widget/events`: what happened in the page. Sent as the page goes, so nobody reads the answer and the token
//! is part of the body; what is acknowledged is stored by the back Worker.

use domain::pass::Purpose;
use platform::{Failure, clock, http, objects};
use protocol::internal::NoteEvents;
use protocol::widget::EventsRequest;
use worker::{Env, Request, Response};

use super::{issued_here, network};
use crate::token;

/// Bytes of a batch; what `sendBeacon` sends is not larger.
const MAX_BODY: usize = 64 << 10;

pub async fn handle(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let headers = request.headers().clone();
    let EventsRequest { token, events } = http::body_within(&mut request, MAX_BODY).await?;
    // A page may have been open for longer than a token is good for talking.
    let pass = token::verify(env, &token, Purpose::Renewal, clock::now())?;
    issued_here(&pass, headers.get("Origin")?.as_deref())?;
    let message = NoteEvents { identity: pass.identity, address: network::digest(env, &headers)?, events };
    let stored = objects::call_service(env, "BACK", &message).await?;
    Ok(http::data(stored)?.with_status(202))
}
