//! Traces: what finished turns took, sent to the installation's collector once they are recorded. Nobody waits for it
//! and nothing is tried again: a trace that is lost is lost.

use platform::{Failure, config, log, outgoing};
use protocol::internal::TurnRecord;
use worker::{Env, Method};

/// A collector that takes longer than this is not waited for.
const DEADLINE_MS: u64 = 5_000;

/// What would be sent, where a collector is configured.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn body(env: &Env, records: &[TurnRecord]) -> Result<Option<String>, Failure> {
    if config::optional(env, "OTLP_ENDPOINT").is_none() {
        return Ok(None);
    }
    Ok(Some(serde_json::to_string(&domain::spans::export(env!("CARGO_PKG_VERSION"), records))?))
}

/// Sends it.
pub async fn send(env: &Env, body: &str) {
    let Some(endpoint) = config::optional(env, "OTLP_ENDPOINT") else { return };
    // As OTEL_EXPORTER_OTLP_HEADERS writes them: name=value, by commas.
    let secret = env.secret("OTLP_HEADERS").map(|secret| secret.to_string()).unwrap_or_default();
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(
        secret
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.trim(), value.trim())),
    );
    let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let sent = match outgoing::request(Method::Post, &url, &headers, Some(body)) {
        Ok(request) => outgoing::send(request, DEADLINE_MS).await,
        Err(trouble) => Err(trouble),
    };
    match sent {
        Ok(response) if (200..300).contains(&response.status_code()) => {}
        Ok(response) => {
            log::error("traces_refused", None, &format!("the collector answered {}", response.status_code()));
        }
        Err(trouble) => log::error("traces_not_sent", None, &trouble.to_string()),
    }
}
