//! The door to the back Worker. Only what a member's route reads is passed on, and our own headers are made
//! here: whatever identity a request claims from outside is gone.

use platform::http::{self, Exchange};
use platform::{Failure, log, outgoing};
use protocol::internal::FAILED_PATH;
use wasm_bindgen_futures::spawn_local;
use worker::{Env, Headers, Method, Request, Response};

const PASSED: &[&str] = &[
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Idempotency-Key",
    "If-None-Match",
    "Origin",
    "Sec-Fetch-Site",
    "User-Agent",
    "X-Frontdesk-Signature",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

pub async fn forward(request: Request, env: &Env, exchange: &Exchange) -> Result<Response, Failure> {
    let given = request.headers();
    let headers = Headers::new();
    for name in PASSED {
        if let Some(value) = given.get(name)? {
            headers.set(name, &value)?;
        }
    }
    headers.set("X-Request-Id", exchange.id.as_str())?;
    if let Some(address) = given.get("CF-Connecting-IP")? {
        headers.set("X-Client-Address", &address)?;
    }
    let inner = request.inner();
    let body = inner.body().map(Into::into);
    let forwarded = outgoing::made(&request.method(), &inner.url(), headers, body)?;
    http::mutable(env.service("BACK")?.fetch_request(forwarded).await?)
}

/// Has the back Worker tell of what failed here, by the id that is shown. The log has it in any case.
pub async fn report(reason: &str, env: &Env, exchange: &Exchange) -> Result<Response, Failure> {
    let told = format!("https://object{FAILED_PATH}");
    forward(outgoing::made(&Method::Post, &told, Headers::new(), Some(reason.into()))?, env, exchange).await
}

/// Notes what failed in an object, where no request ends with it: in the log and, beside whatever goes on, in a report.
pub fn failed(env: &Env, event: &str, reason: &str) {
    let (env, exchange, told) = (env.clone(), Exchange::unasked(), format!("{event}: {reason}"));
    log::error(event, Some(exchange.id.as_str()), reason);
    spawn_local(async move {
        let _ = report(&told, &env, &exchange).await;
    });
}
