//! Doorbells. A bell that cannot be rung is logged and forgotten: the row it points at is rung for again.

use protocol::internal::Bell;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::log;

/// Rings; whether the bell was taken.
pub async fn ring(env: &Env, queue: &str, bell: &Bell) -> bool {
    let sent = send(env, queue, bell).await;
    if let Err(error) = &sent {
        log::error("bell_failed", None, &error.to_string());
    }
    sent.is_ok()
}

/// Rings, and says whether the bell was taken.
///
/// # Errors
/// When it was not.
pub async fn send(env: &Env, queue: &str, bell: &Bell) -> worker::Result<()> {
    // As a JSON string: the default serialiser turns tagged enums and maps into JavaScript Maps.
    let body = serde_json::to_string(bell).map_err(|error| worker::Error::RustError(error.to_string()))?;
    put(env, queue, &body).await
}

/// Rings a bell that was written down.
pub async fn ring_written(env: &Env, queue: &str, bell: &str) {
    if let Err(error) = put(env, queue, bell).await {
        log::error("bell_failed", None, &error.to_string());
    }
}

async fn put(env: &Env, queue: &str, body: &str) -> worker::Result<()> {
    let message = worker::RawMessageBuilder::new(JsValue::from_str(body))
        .build_with_content_type(worker::QueueContentType::Text);
    env.queue(queue)?.send_raw(message).await
}

/// Reads a bell from a message's body.
#[must_use]
pub fn read(body: &JsValue) -> Option<Bell> {
    protocol::json::read(&body.as_string()?).ok()
}
