//! The prices this installation reckons with.

use domain::prices::Prices;
use platform::{config, log};
use protocol::answer::Tokens;
use protocol::internal::Spent;
use worker::Env;

/// What a model's tokens cost, in millionths of a US dollar, by the list prices and `MODEL_PRICES`.
pub fn cost_micros(env: &Env, model: Option<&str>, tokens: Tokens) -> Option<u64> {
    whole(env, model, tokens, &[])
}

/// What a turn cost: the model that answered, and those before it that took tokens and did not.
pub fn whole(env: &Env, model: Option<&str>, tokens: Tokens, lost: &[Spent]) -> Option<u64> {
    if model.is_none() && lost.is_empty() {
        return None;
    }
    let own = config::optional(env, "MODEL_PRICES").unwrap_or_default();
    let prices = Prices::with(&own).or_else(|reason| {
        log::error("model_prices_unreadable", None, &reason);
        Prices::with("")
    });
    prices.ok()?.whole(model, tokens, lost)
}
