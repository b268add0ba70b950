//! Requests to other people's servers: with a deadline, and bodies read up to a limit.

use futures::future::{Either, select};
use futures::stream::StreamExt;
use wasm_bindgen::JsValue;
use worker::{AbortController, Fetch, Headers, Method, Request, Response, web_sys};

use crate::clock;

/// Why no response, or no whole body, came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("no answer within {0} ms")]
    TimedOut(u64),
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("{0}")]
    Failed(String),
}

/// A request, without automatic redirects.
///
/// # Errors
/// When the address or a header is not valid.
pub fn request(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Result<Request, Trouble> {
    let set = Headers::new();
    for (name, value) in headers {
        set.set(name, value).map_err(failed)?;
    }
    made(&method, url, set, body.map(JsValue::from_str)).map_err(failed)
}

/// A request with these headers and no others. `worker`'s own way there carries Cloudflare's properties, which nothing of
/// ours sets, and their code.
///
/// # Errors
/// When the address is not valid.
pub fn made(method: &Method, url: &str, headers: Headers, body: Option<JsValue>) -> worker::Result<Request> {
    let init = web_sys::RequestInit::new();
    init.set_method(method.as_ref());
    init.set_headers(&headers.0);
    // A redirect is for whoever asked.
    init.set_redirect(web_sys::RequestRedirect::Manual);
    if let Some(body) = body {
        init.set_body(&body);
    }
    Ok(web_sys::Request::new_with_str_and_init(url, &init)?.into())
}

/// Sends, and waits for the response's head at most `deadline_ms`.
///
/// # Errors
/// When nothing answers in time.
pub async fn send(request: Request, deadline_ms: u64) -> Result<Response, Trouble> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let fetch = Fetch::Request(request);
    let response = Box::pin(fetch.send_with_signal(&signal));
    match select(response, Box::pin(clock::sleep(deadline_ms))).await {
        Either::Left((response, _)) => response.map_err(failed),
        Either::Right(_) => {
            abort.abort();
            Err(Trouble::TimedOut(deadline_ms))
        }
    }
}

/// Reads a body of at most `limit` bytes within `deadline_ms`; what is over is not read.
///
/// # Errors
/// When the body is larger, slower or broken.
pub async fn read(response: &mut Response, limit: usize, deadline_ms: u64) -> Result<Vec<u8>, Trouble> {
    let mut stream = match response.body() {
        worker::ResponseBody::Empty => return Ok(Vec::new()),
        _ => response.stream().map_err(failed)?,
    };
    let mut body = Vec::new();
    let mut deadline = Box::pin(clock::sleep(deadline_ms));
    loop {
        match select(stream.next(), deadline).await {
            Either::Left((None, _)) => return Ok(body),
            Either::Left((Some(Err(error)), _)) => return Err(failed(error)),
            Either::Left((Some(Ok(chunk)), rest)) => {
                if body.len() + chunk.len() > limit {
                    return Err(Trouble::TooLarge(limit));
                }
                body.extend_from_slice(&chunk);
                deadline = rest;
            }
            Either::Right(_) => return Err(Trouble::TimedOut(deadline_ms)),
        }
    }
}

/// Reads the first `limit` bytes of a body, or what came of them within `deadline_ms`. The rest is not waited for.
pub async fn read_head(response: &mut Response, limit: usize, deadline_ms: u64) -> Vec<u8> {
    let mut body = Vec::new();
    let Ok(mut stream) = response.stream() else { return body };
    let mut deadline = Box::pin(clock::sleep(deadline_ms));
    while body.len() < limit {
        match select(stream.next(), deadline).await {
            Either::Left((Some(Ok(chunk)), rest)) => {
                body.extend_from_slice(&chunk);
                deadline = rest;
            }
            _ => break,
        }
    }
    body.truncate(limit);
    body
}

/// The wish of a `Retry-After` in milliseconds: seconds, or a date (RFC 9110, section 10.2.3).
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn retry_after(value: &str) -> Option<u64> {
    // Some write a fraction, such as 2.0.
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    if let Ok(seconds) = whole.trim().parse::<u64>() {
        return Some(seconds.saturating_mul(1_000));
    }
    let at = js_sys::Date::parse(value);
    at.is_finite().then(|| (at - clock::now_ms()).max(0.0) as u64)
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: worker::Error) -> Trouble {
    Trouble::Failed(error.to_string())
}
