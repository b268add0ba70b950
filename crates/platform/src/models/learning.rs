//! Requests that are put another way once where a base or a model refuses the first, before any stream. What was
//! learned is remembered for this isolate.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::answer::ModelError;
use domain::requests::Habits;
use serde_json::Value;

use super::{ReadableStream, Refusal};

/// Addresses and models whose habits are kept.
const MAX_KEPT: usize = 256;

thread_local! {
    static HABITS: RefCell<BTreeMap<String, Habits>> = const { RefCell::new(BTreeMap::new()) };
}

/// Posts what `body` makes of the model's habits; with them, because a stream is read by them, too. A model that is
/// known to be `toolless` is not asked first.
pub(super) async fn post(
    url: &str,
    model: &str,
    headers: &[(&str, &str)],
    head_ms: u64,
    toolless: bool,
    body: impl Fn(Habits) -> Value,
) -> Result<(ReadableStream, Habits), ModelError> {
    let key = format!("{url} {model}");
    let known = HABITS.with_borrow(|known| known.get(&key).copied());
    // All of OpenAI's own models take the newer limit.
    let new = Habits { completion_limit: url.starts_with("https://api.openai.com/"), ..Habits::default() };
    let mut habits = known.unwrap_or(new);
    habits.toolless |= toolless;
    loop {
        let Refusal { status, message } = match super::post(url, headers, &body(habits), head_ms).await? {
            Ok(bytes) => return Ok((bytes, habits)),
            Err(refusal) => refusal,
        };
        let Some(other) = habits.after(status, &message) else {
            return Err(Refusal { status, message }.into());
        };
        habits = other;
        HABITS.with_borrow_mut(|known| {
            if known.len() >= MAX_KEPT {
                known.clear();
            }
            known.insert(key.clone(), habits);
        });
    }
}
