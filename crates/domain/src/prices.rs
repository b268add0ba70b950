//! What models cost: list prices as data (`prices.json`, with the day they were read and where), and the
//! installation's own before them.
//!
//! A cost is an estimate for its readers: discounts for cached input are not in it, and the provider's invoice
//! is the truth.

use std::collections::BTreeMap;

use protocol::answer::Tokens;
use protocol::internal::Spent;
use serde::Deserialize;

/// US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub input: f64,
    pub output: f64,
}

/// Prices by the models' names.
#[derive(Debug)]
pub struct Prices(BTreeMap<String, Price>);

#[derive(Deserialize)]
struct Listed {
    usd_per_million_tokens: BTreeMap<String, Price>,
}

impl Prices {
    /// The list prices, with the installation's own in place of them: JSON as in
    /// `{ "my-model": { "input": 0.2, "output": 0.8 } }`; empty: none.
    ///
    /// # Errors
    /// When the installation's are not in that form, with what is wrong.
    pub fn with(own: &str) -> Result<Self, String> {
        let listed = protocol::json::read::<Listed>(include_str!("prices.json"));
        let mut prices = listed.map_err(|error| error.to_string())?.usd_per_million_tokens;
        if !own.trim().is_empty() {
            let own: BTreeMap<String, Price> =
                protocol::json::read(own).map_err(|error| error.to_string())?;
            let wrong = own.iter().find(|(_, price)| !(price.input >= 0.0 && price.output >= 0.0));
            if let Some((name, _)) = wrong {
                return Err(format!("the prices of {name} are negative"));
            }
            prices.extend(own);
        }
        Ok(Self(prices))
    }

    /// A model's price: by its name, without the maker that routers put before it, without the date of its
    /// release.
    #[must_use]
    pub fn of(&self, model: &str) -> Option<Price> {
        let bare = model.split_once('/').filter(|_| !model.starts_with('@')).map_or(model, |(_, name)| name);
        // Routers write the version with a dot where Anthropic has a hyphen.
        let hyphens = if bare.starts_with("claude-") { bare.replace('.', "-") } else { bare.to_owned() };
        [model, bare, undated(bare), undated(&hyphens)].iter().find_map(|name| self.0.get(*name)).copied()
    }

    /// What tokens of a model cost, in millionths of a US dollar; `None` where its price is not known.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn cost_micros(&self, model: &str, tokens: Tokens) -> Option<u64> {
        let price = self.of(model)?;
        // Dollars per million tokens are millionths of a dollar per token.
        let micros = f64::from(tokens.input) * price.input + f64::from(tokens.output) * price.output;
        Some(micros.round() as u64)
    }

    /// What a turn cost: each model's tokens at its own price. Whose price is not known adds nothing; `None` where that is
    /// all of them.
    #[must_use]
    pub fn whole(&self, model: Option<&str>, tokens: Tokens, lost: &[Spent]) -> Option<u64> {
        let own = model.and_then(|model| self.cost_micros(model, tokens));
        let lost = lost.iter().filter_map(|spent| self.cost_micros(&spent.model, spent.tokens));
        own.into_iter().chain(lost).reduce(u64::saturating_add)
    }
}

/// Without `-20251001`, `-2024-08-06` or `-latest` at the end.
fn undated(name: &str) -> &str {
    if let Some(name) = name.strip_suffix("-latest") {
        return name;
    }
    let end = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').len();
    let digits = |tail: &str| tail.bytes().filter(u8::is_ascii_digit).count();
    // The date is the last eight digits; what stands before them is part of the name.
    let cut = name
        .char_indices()
        .rev()
        .find(|(at, c)| *at >= end && *c == '-' && digits(name.get(*at..).unwrap_or_default()) == 8);
    cut.and_then(|(at, _)| name.get(..at)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices() -> Prices {
        Prices::with("").unwrap()
    }

    #[test]
    fn every_price_is_a_price_and_output_costs_no_less_than_input() {
        let prices = prices();
        assert!(prices.0.len() > 30);
        for (name, price) in &prices.0 {
            assert!(price.input > 0.0 && price.output >= price.input, "{name}");
            assert_eq!(prices.of(name), Some(*price));
        }
    }

    #[test]
    fn a_model_is_known_by_its_dated_and_routed_names() {
        let prices = prices();
        for (name, same) in [
            ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
            ("openai/gpt-4o-mini", "gpt-4o-mini"),
            ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
            ("claude-haiku-4-5-latest", "claude-haiku-4-5"),
            ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
            ("openai/gpt-5.4-nano-2026-03-05", "gpt-5.4-nano"),
        ] {
            assert!(prices.of(same).is_some());
            assert_eq!(prices.of(name), prices.of(same), "{name}");
        }
        for unknown in ["llama3.2", "gpt-9", "", "-", "2024-08-06", "@cf/meta/none"] {
            assert_eq!(prices.of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_cost_is_tokens_by_their_prices() {
        let cost =
            |model, input, output| prices().cost_micros(model, Tokens { input, output, estimated: false });
        assert_eq!(cost("gpt-4o-mini", 3_000, 200), Some(570));
        assert_eq!(cost("claude-sonnet-4-5", 1_000_000, 1_000_000), Some(18_000_000));
        assert_eq!(cost("@cf/ibm-granite/granite-4.0-h-micro", 10, 1), Some(0));
        assert_eq!(cost("claude-fable-5", u32::MAX, u32::MAX), Some(257_698_037_700));
        assert_eq!(cost("my-own", 1, 1), None);
    }

    #[test]
    fn the_installations_own_prices_come_first() {
        let own = Prices::with(
            r#"{ "my-own": { "input": 1, "output": 2 }, "gpt-4o": { "input": 9, "output": 9 } }"#,
        );
        let own = own.unwrap();
        assert_eq!(own.of("my-own"), Some(Price { input: 1.0, output: 2.0 }));
        assert_eq!(own.of("gpt-4o"), Some(Price { input: 9.0, output: 9.0 }));
        assert!(own.of("gpt-4o-mini").is_some());
        for wrong in ["[]", "{", r#"{"m":{"input":-1,"output":1}}"#, r#"{"m":{"input":1}}"#] {
            assert!(Prices::with(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_turn_costs_what_each_of_its_models_took_at_its_own_price() {
        let prices =
            Prices::with(r#"{ "a": { "input": 1, "output": 5 }, "b": { "input": 10, "output": 100 } }"#);
        let prices = prices.unwrap();
        let tokens = |input, output| Tokens { input, output, estimated: false };
        let spent = |model: &str| Spent { model: model.into(), tokens: tokens(100, 2) };
        assert_eq!(prices.whole(Some("a"), tokens(10, 1), &[]), Some(15));
        assert_eq!(prices.whole(Some("a"), tokens(10, 1), &[spent("b")]), Some(1_215));
        assert_eq!(prices.whole(None, Tokens::default(), &[spent("b"), spent("a")]), Some(1_310));
        assert_eq!(prices.whole(Some("a"), tokens(10, 1), &[spent("own")]), Some(15));
        assert_eq!(prices.whole(None, Tokens::default(), &[spent("own")]), None);
        assert_eq!(prices.whole(None, Tokens::default(), &[]), None);
    }
}
