//! What is told to the installation's collector (`OTLP_ENDPOINT`): what finished turns took, once they are recorded, and once
//! a minute what they came to and what waits. Nobody waits for it and nothing is tried again: a trace that is lost is lost,
//! and metrics are told in whole sums.

use domain::metrics;
use platform::relational::Relational;
use platform::{Failure, clock, config, log, outgoing};
use protocol::internal::TurnRecord;
use store::sums;
use worker::{Env, Method};

/// A collector that takes longer than this is not waited for.
const DEADLINE_MS: u64 = 5_000;

/// What turns took, as it would be sent, where a collector is configured.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn traces(env: &Env, records: &[TurnRecord]) -> Result<Option<String>, Failure> {
    if config::optional(env, "OTLP_ENDPOINT").is_none() {
        return Ok(None);
    }
    Ok(Some(serde_json::to_string(&domain::spans::export(env!("CARGO_PKG_VERSION"), records))?))
}

/// Sends what all turns came to, and how many jobs of each kind wait.
///
/// # Errors
/// When the database does not answer.
pub async fn tell(env: &Env, waiting: &[(&str, u64)]) -> Result<(), Failure> {
    if config::optional(env, "OTLP_ENDPOINT").is_none() {
        return Ok(());
    }
    let rows = Relational::of(env)?.rows(&sums::totals()).await?;
    let totals = rows.iter().map(sums::read_total).collect::<Result<Vec<_>, _>>()?;
    let body = metrics::export(env!("CARGO_PKG_VERSION"), &totals, waiting, clock::now_ms());
    send(env, "metrics", &serde_json::to_string(&body)?).await;
    Ok(())
}

/// Sends `traces` or `metrics`.
pub async fn send(env: &Env, signal: &str, body: &str) {
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
    let url = format!("{}/v1/{signal}", endpoint.trim_end_matches('/'));
    let sent = match outgoing::request(Method::Post, &url, &headers, Some(body)) {
        Ok(request) => outgoing::send(request, DEADLINE_MS).await,
        Err(trouble) => Err(trouble),
    };
    match sent {
        Ok(response) if (200..300).contains(&response.status_code()) => {}
        Ok(response) => {
            let refused = format!("the collector answered {}", response.status_code());
            log::error(&format!("{signal}_refused"), None, &refused);
        }
        Err(trouble) => log::error(&format!("{signal}_not_sent"), None, &trouble.to_string()),
    }
}
