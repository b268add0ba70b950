//! `POST /v1/widget/leads`: the form. The token says whose it is; what is in it is the back Worker's to judge.

use platform::{Failure, http, objects};
use protocol::internal::CaptureLead;
use protocol::lead::LeadRequest;
use worker::{Env, Request, Response};

use super::{admit, bearer};

pub async fn handle(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let admission = admit(env, &bearer(&request)?, &request, 0).await?.admission;
    let form: LeadRequest = http::body(&mut request).await?;
    let message = CaptureLead { identity: admission.identity, address: admission.address, form };
    Ok(http::data(objects::call_service(env, "BACK", &message).await?)?.with_status(201))
}
