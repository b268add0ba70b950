//! Requests to other people's servers: with a deadline, and bodies read up to a limit.

use wasm_bindgen::prelude::*;
use worker::{Headers, Method, Request, Response, ResponseBody, web_sys};

use crate::clock;

const BREAKS: [char; 2] = ['\n', '\r'];

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
    // Lines are what the other side takes apart.
    if headers.iter().any(|(name, value)| name.contains(BREAKS) || value.contains(BREAKS)) {
        return Err(Trouble::Failed("a header cannot hold a line break".into()));
    }
    let lines: Vec<&str> = headers.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let request = requested(method.as_ref(), url, &lines.join("\n"), body).map_err(thrown)?;
    Ok(request.into())
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

// Every wait of ours, and everything that is set, is a crossing between WebAssembly and the engine: requests are made and
// bodies read on the other side.
#[wasm_bindgen(inline_js = r#"
/** A name and its value are two lines. A redirect is for whoever asked. */
export function requested(method, url, lines, body) {
  const said = lines.split("\n");
  const headers = new Headers();
  for (let at = 1; at < said.length; at += 2) headers.set(said[at - 1], said[at]);
  return new Request(url, { method, headers, body, redirect: "manual" });
}

/** Nothing where no head came in time. */
export async function send(request, deadline) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), deadline);
  try {
    return await fetch(request, { signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What came of a body within the deadline, until it is longer than the limit, and whether that was in time. */
export async function read(stream, limit, deadline) {
  const reader = stream.getReader();
  const parts = [];
  let held = 0;
  let late = false;
  const give = () => void reader.cancel().catch(() => {});
  const timer = setTimeout(() => {
    late = true;
    give();
  }, deadline);
  try {
    while (held <= limit) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      held += value.length;
    }
    if (held > limit) give();
  } catch (error) {
    if (!late) throw error;
  } finally {
    clearTimeout(timer);
  }
  const whole = new Uint8Array(held);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return [whole, !late];
}
"#)]
extern "C" {
    #[wasm_bindgen(catch)]
    fn requested(
        method: &str,
        url: &str,
        lines: &str,
        body: Option<&str>,
    ) -> Result<web_sys::Request, JsValue>;
    #[wasm_bindgen(catch, js_name = send)]
    async fn fetched(request: &web_sys::Request, deadline: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = read)]
    async fn body(stream: &web_sys::ReadableStream, limit: f64, deadline: f64) -> Result<JsValue, JsValue>;
}

/// Sends, and waits for the response's head at most `deadline_ms`.
///
/// # Errors
/// When nothing answers in time.
pub async fn send(request: Request, deadline_ms: u64) -> Result<Response, Trouble> {
    let response = fetched(request.inner(), number(deadline_ms)).await.map_err(thrown)?;
    if response.is_undefined() {
        return Err(Trouble::TimedOut(deadline_ms));
    }
    Ok(response.unchecked_into::<web_sys::Response>().into())
}

/// Reads a body of at most `limit` bytes within `deadline_ms`; what is over is not read.
///
/// # Errors
/// When the body is larger, slower or broken.
pub async fn read(response: &mut Response, limit: usize, deadline_ms: u64) -> Result<Vec<u8>, Trouble> {
    let (body, in_time) = taken(response, limit, deadline_ms).await?;
    match (body.len() > limit, in_time) {
        (true, _) => Err(Trouble::TooLarge(limit)),
        (false, false) => Err(Trouble::TimedOut(deadline_ms)),
        (false, true) => Ok(body),
    }
}

/// Reads the first `limit` bytes of a body, or what came of them within `deadline_ms`. The rest is not waited for.
pub async fn read_head(response: &mut Response, limit: usize, deadline_ms: u64) -> Vec<u8> {
    let (mut body, _) = taken(response, limit.saturating_sub(1), deadline_ms).await.unwrap_or_default();
    body.truncate(limit);
    body
}

async fn taken(response: &Response, limit: usize, deadline_ms: u64) -> Result<(Vec<u8>, bool), Trouble> {
    let ResponseBody::Stream(stream) = response.body() else { return Ok((Vec::new(), true)) };
    #[allow(clippy::cast_precision_loss)]
    let taken = body(stream, limit as f64, number(deadline_ms)).await.map_err(thrown)?;
    let taken = js_sys::Array::from(&taken);
    let bytes = taken.get(0).unchecked_into::<js_sys::Uint8Array>().to_vec();
    Ok((bytes, taken.get(1).is_truthy()))
}

#[allow(clippy::cast_precision_loss)]
fn number(ms: u64) -> f64 {
    ms as f64
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

fn thrown(error: JsValue) -> Trouble {
    failed(error.into())
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: worker::Error) -> Trouble {
    Trouble::Failed(error.to_string())
}
