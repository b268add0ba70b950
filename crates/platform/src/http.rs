//! Responses as every route gives them: `{ data }` or `{ error }`, a request id, `Server-Timing`, safe headers.

use protocol::api::{Data, Meta};
use protocol::error::ErrorBody;
use protocol::{Code, Problem, RequestId};
use serde::{Serialize, de::DeserializeOwned};
use worker::{Headers, Request, Response};

use crate::{Failure, clock, log, random};

/// Largest JSON body of a request, in bytes.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// What is told of what is nobody else's business; the id follows.
const INTERNAL: &str =
    "Something went wrong on our side. Please try again; if it stays, tell us this report id:";

/// One request on its way through: its id and its beginning.
pub struct Exchange {
    pub id: RequestId,
    begun: f64,
}

impl Exchange {
    /// Begins; an id that the front Worker gave is kept.
    #[must_use]
    pub fn begin(request: &Request) -> Self {
        let given = request.headers().get("X-Request-Id").ok().flatten().and_then(|id| id.parse().ok());
        Self { id: given.unwrap_or_else(|| random::id(RequestId::ordered)), begun: clock::ticks_ms() }
    }

    /// Of something that nobody asked for and somebody may look for.
    #[must_use]
    pub fn unasked() -> Self {
        Self { id: random::id(RequestId::ordered), begun: clock::ticks_ms() }
    }

    /// Finishes: failures become their error body and are logged, headers are set.
    ///
    /// # Errors
    /// When the response cannot be built.
    pub fn finish(&self, result: Result<Response, Failure>) -> worker::Result<Response> {
        let mut response = match result {
            Ok(response) => response,
            Err(failure) => {
                if let Failure::Internal(reason) = &failure {
                    log::error("request_failed", Some(self.id.as_str()), reason);
                }
                let mut told = failure.to_problem();
                if told.code == Code::Internal {
                    // By this id the installation finds it in its log and its reports.
                    told.message = format!("{INTERNAL} {}.", self.id);
                }
                problem(told)?
            }
        };
        if response.status_code() == 101 {
            return Ok(response);
        }
        let headers = response.headers_mut();
        headers.set("X-Request-Id", self.id.as_str())?;
        headers.append("Server-Timing", &format!("app;dur={:.1}", clock::ticks_ms() - self.begun))?;
        if !headers.has("Cache-Control")? {
            headers.set("Cache-Control", "no-store")?;
        }
        headers.set("X-Content-Type-Options", "nosniff")?;
        headers.set("Referrer-Policy", "strict-origin-when-cross-origin")?;
        Ok(response)
    }
}

/// `{ data }`
///
/// # Errors
/// When the value cannot be written.
pub fn data<T: Serialize>(data: T) -> Result<Response, Failure> {
    Ok(Response::from_json(&Data { data, meta: None })?)
}

/// `{ data, meta: { next_cursor } }`
///
/// # Errors
/// When the value cannot be written.
pub fn page<T: Serialize>(data: T, next_cursor: Option<String>) -> Result<Response, Failure> {
    Ok(Response::from_json(&Data { data, meta: Some(Meta { next_cursor }) })?)
}

/// The same response with headers that can be set: those of bindings and objects cannot.
///
/// # Errors
/// When a header cannot be copied.
pub fn mutable(response: Response) -> Result<Response, Failure> {
    let headers = Headers::new();
    for (name, value) in response.headers().entries() {
        headers.append(&name, &value)?;
    }
    let (builder, body) = response.into_parts();
    Ok(builder.with_headers(headers).body(body))
}

fn problem(error: Problem) -> worker::Result<Response> {
    let (status, retry_after) = (error.code.status(), error.retry_after);
    let mut response = Response::from_json(&ErrorBody { error })?.with_status(status);
    if let Some(seconds) = retry_after {
        response.headers_mut().set("Retry-After", &seconds.to_string())?;
    }
    Ok(response)
}

/// The JSON body of a request.
///
/// # Errors
/// When it is too large or not what the route takes; the message says where.
pub async fn body<T: DeserializeOwned>(request: &mut Request) -> Result<T, Failure> {
    body_within(request, MAX_BODY_BYTES).await
}

/// The JSON body of a request whose route takes more, or less, than others.
///
/// # Errors
/// When it is too large or not what the route takes; the message says where.
pub async fn body_within<T: DeserializeOwned>(request: &mut Request, most: usize) -> Result<T, Failure> {
    parsed(&bytes_within(request, most).await?)
}

/// The body of a request as it came.
///
/// # Errors
/// When it is too large.
pub async fn bytes_within(request: &mut Request, most: usize) -> Result<Vec<u8>, Failure> {
    let declared = request.headers().get("Content-Length")?.and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let bytes = request.bytes().await?;
    if bytes.len() > most {
        return Err(too_large(most));
    }
    Ok(bytes)
}

/// What a body says.
///
/// # Errors
/// When it is not what the route takes; the message says where.
pub fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    protocol::json::read_bytes(bytes).map_err(|error| {
        // serde's message quotes the offending value; only its place is repeated.
        let reason =
            if error.is_data() { "a field is missing or has the wrong form" } else { "it is not JSON" };
        Problem::new(
            Code::Malformed,
            format!("The body cannot be read at line {}, column {}: {reason}.", error.line(), error.column()),
        )
        .into()
    })
}

fn too_large(most: usize) -> Failure {
    Problem::new(Code::TooLarge, format!("The body is larger than {most} bytes.")).into()
}
