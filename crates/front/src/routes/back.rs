//! The door to the back Worker. Only what a member's route reads is passed on, and our own headers are made
//! here: whatever identity a request claims from outside is gone.

use platform::Failure;
use platform::http::{self, Exchange};
use worker::{Env, Headers, Request, RequestInit, RequestRedirect, Response};

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
    let mut init = RequestInit::new();
    // A redirect is the browser's to follow.
    init.with_method(request.method()).with_headers(headers).with_redirect(RequestRedirect::Manual);
    let inner = request.inner();
    if let Some(body) = inner.body() {
        init.with_body(Some(body.into()));
    }
    let forwarded = Request::new_with_init(&inner.url(), &init)?;
    http::mutable(env.service("BACK")?.fetch_request(forwarded).await?)
}
