//! What shops have in common: an order and who may be told of it, products by words.

use protocol::api::IntegrationSecret;
use serde_json::{Map, Value, json};
use worker::Env;

use super::{Kept, Line, Trouble, shopify, woocommerce};

/// Pages of a list that are read.
pub const MAX_PAGES: u32 = 3;

/// Said alike of an order that is not there and of one that was placed by somebody else.
pub const NO_ORDER: &str = "No order was found with this number and this e-mail address or postcode. Ask the visitor to check \
    both. Say nothing about whether the order exists.";
const NO_PRODUCT: &str = "No product was found by these words. Try fewer or other words once, then say so.";

/// An order by its number, with what those know who placed it.
pub async fn order(
    env: &Env,
    line: &mut Line,
    secret: &IntegrationSecret,
    number: &str,
) -> Result<Option<Kept>, Trouble> {
    match secret {
        IntegrationSecret::Shopify { shop, access_token } => {
            shopify::order(env, line, shop, access_token, number).await
        }
        IntegrationSecret::Woocommerce { url, consumer_key, consumer_secret } => {
            woocommerce::order(env, line, url, (consumer_key, consumer_secret), number).await
        }
        _ => Err("This is no shop.".to_owned().into()),
    }
}

/// Products by words, as JSON.
pub async fn products(
    env: &Env,
    line: &mut Line,
    secret: &IntegrationSecret,
    words: &str,
    most: u32,
) -> Result<String, Trouble> {
    let most = usize::try_from(most).unwrap_or_default();
    let mut found = match secret {
        IntegrationSecret::Shopify { shop, access_token } => {
            shopify::products(env, line, shop, access_token, words, most).await?
        }
        IntegrationSecret::Woocommerce { url, consumer_key, consumer_secret } => {
            woocommerce::products(env, line, url, (consumer_key, consumer_secret), words, most).await?
        }
        _ => return Err("This is no shop.".to_owned().into()),
    };
    found.truncate(most);
    Ok(if found.is_empty() { NO_PRODUCT.to_owned() } else { json!({ "products": found }).to_string() })
}

/// Words of a search without what a shop's search language would read into them.
pub fn words(query: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() { letter } else { ' ' };
    let text: String = query.chars().map(plain).collect();
    text.split_whitespace().take(8).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// An order that may be told to those who know one of these; what is empty is left out.
pub fn kept(known: &[&Value], mut told: Map<String, Value>) -> Kept {
    told.retain(|_, value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    });
    let proofs = known.iter().filter_map(|value| value.as_str()).filter_map(domain::live::proof).collect();
    Kept { text: Value::Object(told).to_string(), proofs }
}

/// A value deep in an answer; null where it is not there.
pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or(&Value::Null)
}

/// A text deep in an answer; empty where it is not there.
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

/// A list deep in an answer.
pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The fields of an object.
pub fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
