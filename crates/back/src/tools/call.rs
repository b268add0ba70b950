//! One call of another system: guarded, within its time, again only where that does no harm, and a result that is
//! JSON or text without our secrets.

use domain::tools::{cut, without};
use ingest::address::guard;
use platform::clock;
use platform::outgoing::{self, Trouble, retry_after};
use protocol::api::{ToolContent, ToolMethod};
use serde_json::Value;
use url::Url;
use worker::{Env, Method, Response};

use super::secret::Key;
use crate::crawl::local_hosts;

/// Calls of an idempotent tool, at most.
const ATTEMPTS: u32 = 3;
/// All calls together with the waiting between them take no longer.
const TOTAL_MS: f64 = 30_000.0;
/// Before the second call; twice that before the third.
const BACKOFF_MS: u64 = 250;
/// The longest wish of the other system that is waited for.
const MAX_WAIT_MS: u64 = 5_000;
/// Bytes of a result that are read.
const MAX_BODY: usize = 1 << 18;
/// Characters of an error's text that a model is told.
const ERROR_BYTES: usize = 500;
const MAX_REDIRECTS: usize = 3;

/// How it ended.
pub struct Outcome {
    pub succeeded: bool,
    pub status: Option<u16>,
    pub attempts: u32,
    pub text: String,
}

/// What one attempt brought.
enum Attempt {
    Done(u16, String),
    /// Calling it again would not help.
    Final(Option<u16>, String),
    Again(Option<u16>, String, Option<u64>),
}

/// Calls a tool. `id` names the call to the other system: it is the same for every attempt.
pub async fn make(env: &Env, tool: &ToolContent, key: &Key, arguments: &Value, id: &str) -> Outcome {
    let begun = clock::ticks_ms();
    let hidden = key.hidden();
    let shown = |text: &str, most: usize| cut(&without(text, &hidden), most);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let left = TOTAL_MS - (clock::ticks_ms() - begun);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let time = u64::from(tool.timeout_ms).min(left.max(1.0) as u64);
        let (status, reason, wish) = match attempt(env, tool, key, arguments, id, time).await {
            Attempt::Done(status, text) => {
                let most = usize::try_from(tool.max_result_bytes).unwrap_or(usize::MAX);
                return Outcome { succeeded: true, status: Some(status), attempts, text: shown(&text, most) };
            }
            Attempt::Final(status, reason) => (status, reason, None),
            Attempt::Again(status, reason, wish) => {
                (status, reason, Some(wish.unwrap_or(BACKOFF_MS << (attempts - 1)).max(1)))
            }
        };
        if let Some(wait) = wish.filter(|_| tool.idempotent && attempts < ATTEMPTS) {
            #[allow(clippy::cast_precision_loss)]
            let fits = wait <= MAX_WAIT_MS && clock::ticks_ms() - begun + (wait as f64) < TOTAL_MS;
            if fits {
                clock::sleep(wait).await;
                continue;
            }
        }
        return Outcome { succeeded: false, status, attempts, text: shown(&reason, 2 * ERROR_BYTES) };
    }
}

async fn attempt(
    env: &Env,
    tool: &ToolContent,
    key: &Key,
    arguments: &Value,
    id: &str,
    time: u64,
) -> Attempt {
    let refused = |reason: String| Attempt::Final(None, reason);
    let (mut url, body) = match address(tool, arguments) {
        Ok(found) => found,
        Err(reason) => return refused(reason),
    };
    let origin = url.origin();
    let deadline = clock::ticks_ms() + f64_of(time);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let left = || (deadline - clock::ticks_ms()).max(1.0) as u64;
    for _ in 0..=MAX_REDIRECTS {
        if let Err(reason) = guard::check(&url, &local_hosts(env)) {
            return refused(format!("The tool's address cannot be called. {reason}"));
        }
        let (method, name) = method(tool.method);
        let mut headers = vec![
            ("Accept".to_owned(), "application/json, text/*;q=0.8".to_owned()),
            ("User-Agent".to_owned(), "Frontdesk".to_owned()),
            ("X-Frontdesk-Call".to_owned(), id.to_owned()),
            ("Idempotency-Key".to_owned(), id.to_owned()),
        ];
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        // What a member set for this system goes to no other.
        if url.origin() == origin {
            headers.extend(tool.headers.iter().map(|header| (header.name.clone(), header.value.clone())));
            headers.extend(key.header(name, url.as_str(), body.as_deref().unwrap_or_default()));
        }
        let mut called = url.clone();
        if let Some((name, value)) = key.parameter().filter(|_| url.origin() == origin) {
            called.query_pairs_mut().append_pair(name, value);
        }
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = match outgoing::request(method, called.as_str(), &headers, body.as_deref()) {
            Ok(request) => request,
            Err(trouble) => return refused(format!("The call cannot be made: {trouble}.")),
        };
        let mut response = match outgoing::send(request, left()).await {
            Ok(response) => response,
            Err(trouble) => return failed(&trouble, tool),
        };
        match response.status_code() {
            301 | 302 | 303 | 307 | 308 => {
                let to = response.headers().get("Location").ok().flatten();
                let to = to.and_then(|to| url.join(&to).ok());
                if tool.method != ToolMethod::Get {
                    let status = Some(response.status_code());
                    let reason = "The system answered with a redirect, which is not followed for this method. \
                                  The tool needs the final address.";
                    return Attempt::Final(status, reason.into());
                }
                match to {
                    Some(to) => url = to,
                    None => return refused("The system redirects to an address that is none.".into()),
                }
            }
            status => return ended(status, &mut response, tool, left()).await,
        }
    }
    refused("The system redirects again and again.".into())
}

#[allow(clippy::cast_precision_loss)]
fn f64_of(ms: u64) -> f64 {
    ms as f64
}

fn method(method: ToolMethod) -> (Method, &'static str) {
    match method {
        ToolMethod::Get => (Method::Get, "GET"),
        ToolMethod::Post => (Method::Post, "POST"),
        ToolMethod::Put => (Method::Put, "PUT"),
        ToolMethod::Patch => (Method::Patch, "PATCH"),
        ToolMethod::Delete => (Method::Delete, "DELETE"),
    }
}

/// Exactly what a call of checked arguments would send: the address, and the body where there is one.
pub fn preview(tool: &ToolContent, arguments: &str) -> (String, String) {
    let arguments = serde_json::from_str(arguments).unwrap_or_default();
    match address(tool, &arguments) {
        Ok((url, body)) => (url.into(), body.unwrap_or_default()),
        Err(_) => (tool.url.clone(), arguments.to_string()),
    }
}

/// Where the arguments go: into the address, or into a body.
fn address(tool: &ToolContent, arguments: &Value) -> Result<(Url, Option<String>), String> {
    let mut url = Url::parse(&tool.url).map_err(|_| "The tool's address is none.".to_owned())?;
    if !matches!(tool.method, ToolMethod::Get | ToolMethod::Delete) {
        return Ok((url, Some(arguments.to_string())));
    }
    let fields = arguments.as_object().filter(|fields| !fields.is_empty());
    if let Some(fields) = fields {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            pairs.append_pair(name, &text);
        }
    }
    Ok((url, None))
}

fn failed(trouble: &Trouble, tool: &ToolContent) -> Attempt {
    let reason = match trouble {
        Trouble::TimedOut(_) => format!("The system did not answer within {} ms.", tool.timeout_ms),
        Trouble::TooLarge(limit) => {
            return Attempt::Final(None, format!("The system's answer is larger than {limit} bytes."));
        }
        // The runtime's own words may name the address, which members know and models need not.
        Trouble::Failed(_) => "The system cannot be reached.".to_owned(),
    };
    Attempt::Again(None, reason, None)
}

async fn ended(status: u16, response: &mut Response, tool: &ToolContent, time: u64) -> Attempt {
    let header = |response: &Response, name| response.headers().get(name).ok().flatten();
    let wish = header(response, "Retry-After").and_then(|value| retry_after(&value));
    let kind = header(response, "Content-Type").unwrap_or_default().to_ascii_lowercase();
    let body = match outgoing::read(response, MAX_BODY, time).await {
        Ok(body) => body,
        Err(trouble) => return failed(&trouble, tool),
    };
    let text = text(&kind, &body);
    if (200..300).contains(&status) {
        return match text {
            Ok(text) if text.is_empty() => {
                Attempt::Done(status, "Done. The system said nothing more.".into())
            }
            Ok(text) => Attempt::Done(status, text),
            Err(reason) => Attempt::Final(Some(status), reason),
        };
    }
    let said = cut(&text.unwrap_or_default(), ERROR_BYTES);
    let reason = format!("The system answered with the error {status}. {said}");
    match status {
        408 | 425 | 429 | 500 | 502 | 503 | 504 => Attempt::Again(Some(status), reason, wish),
        _ => Attempt::Final(Some(status), reason),
    }
}

/// JSON without its blanks, or text as it is.
fn text(kind: &str, body: &[u8]) -> Result<String, String> {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        return Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let textual =
        kind.is_empty() || kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("xml");
    match std::str::from_utf8(body) {
        Ok(text) if textual => Ok(text.trim().to_owned()),
        _ => Err(format!("The system's answer is neither JSON nor text ({}).", cut(kind, 80))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_get_go_into_the_address_and_of_others_into_the_body() {
        let tool = |method| ToolContent {
            name: "x".into(),
            title: String::new(),
            description: "x".into(),
            schema: Value::Null,
            method,
            url: "https://x.test/find?shop=1".into(),
            headers: Vec::new(),
            idempotent: false,
            timeout_ms: 100,
            max_result_bytes: 100,
            enabled: true,
            effect: protocol::api::ToolEffect::Reads,
            needs_approval: false,
            cache_seconds: 0,
            live: None,
        };
        let arguments = serde_json::json!({ "q": "a&b=c", "n": 2 });
        let (url, body) = address(&tool(ToolMethod::Get), &arguments).unwrap();
        assert_eq!((url.as_str(), body), ("https://x.test/find?shop=1&n=2&q=a%26b%3Dc", None));
        let (url, body) = address(&tool(ToolMethod::Post), &arguments).unwrap();
        assert_eq!(url.as_str(), "https://x.test/find?shop=1");
        assert_eq!(body.as_deref(), Some(r#"{"n":2,"q":"a&b=c"}"#));
        let (url, body) = preview(&tool(ToolMethod::Get), &arguments.to_string());
        assert_eq!((url.as_str(), body.as_str()), ("https://x.test/find?shop=1&n=2&q=a%26b%3Dc", ""));
    }

    #[test]
    fn a_result_is_json_or_text() {
        assert_eq!(text("application/json", b"{ \"a\": [1, 2] }"), Ok(r#"{"a":[1,2]}"#.into()));
        assert_eq!(text("text/plain; charset=utf-8", b" sent \n"), Ok("sent".into()));
        assert_eq!(text("", b""), Ok(String::new()));
        assert!(text("image/png", b"\x89PNG").unwrap_err().contains("image/png"));
        assert!(text("text/plain", b"\xff\xfe").is_err());
    }
}
