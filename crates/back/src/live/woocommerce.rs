//! WooCommerce's REST API, version 3: orders and products, page by page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ingest::address::guard;
use platform::Failure;
use protocol::api::IntegrationSecret;
use serde_json::{Value, json};
use url::Url;
use worker::{Env, Method};

use super::shop::{self, MAX_PAGES, at, fields, list, text};
use super::{Kept, Line, Trouble};
use crate::crawl::local_hosts;
use crate::integrations::{Answered, refused};

const API: &str = "wp-json/wc/v3/";

/// A shop and its keys.
///
/// # Errors
/// `invalid` where the address cannot be called or a key is none.
pub fn accepted(env: &Env, url: &str, key: &str, secret: &str) -> Result<IntegrationSecret, Failure> {
    let mut url = Url::parse(url.trim())
        .map_err(|_| refused("secret", "Enter the shop's whole address, as in https://shop.example.com."))?;
    guard::check(&url, &local_hosts(env)).map_err(|error| refused("secret", error.to_string()))?;
    if url.scheme() != "https" && !local_hosts(env).contains(&authority(&url)) {
        let message = "The shop's address begins with http://, where anybody on the way could read the keys. Use https://.";
        return Err(refused("secret", message));
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    let (key, secret) = (key.trim().to_owned(), secret.trim().to_owned());
    for (given, prefix, words) in [(&key, "ck_", "consumer key"), (&secret, "cs_", "consumer secret")] {
        let plain = given.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !given.starts_with(prefix) || !(20..=100).contains(&given.len()) || !plain {
            let message = format!(
                "Enter the {words}: it begins with {prefix} and is shown once, under WooCommerce, Settings, Advanced, REST API."
            );
            return Err(refused("secret", message));
        }
    }
    Ok(IntegrationSecret::Woocommerce { url: url.into(), consumer_key: key, consumer_secret: secret })
}

/// Host and port of an address.
fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// Reads one order and one product, to see that the keys allow it.
pub async fn verify(env: &Env, line: &mut Line, base: &str, keys: (&str, &str)) -> Result<String, Trouble> {
    for list in ["orders", "products"] {
        get(env, line, base, keys, list, &[("per_page", "1")]).await?;
    }
    let url = Url::parse(base).map_err(|_| "The shop's address is none.".to_owned())?;
    let name = match url.port() {
        Some(_) => authority(&url),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    Ok(format!("{name}{}", url.path().trim_end_matches('/')))
}

/// The order of a number. Usually it is the order's id; where an extension counts otherwise, it is searched for.
pub async fn order(
    env: &Env,
    line: &mut Line,
    base: &str,
    keys: (&str, &str),
    number: &str,
) -> Result<Option<Kept>, Trouble> {
    let is = |one: &&Value| domain::live::order_number(text(one, "/number")) == number;
    if number.len() <= 18 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        match get(env, line, base, keys, &format!("orders/{number}"), &[]).await {
            Ok((found, _)) if is(&&found) => return Ok(Some(told(&found))),
            Ok(_) | Err(Trouble { status: Some(404), .. }) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    for page in 1..=MAX_PAGES {
        let page_text = page.to_string();
        let query = [("search", number), ("per_page", "20"), ("page", page_text.as_str())];
        let (found, pages) = get(env, line, base, keys, "orders", &query).await?;
        if let Some(order) = list(&found, "").iter().find(is) {
            return Ok(Some(told(order)));
        }
        if page >= pages {
            break;
        }
    }
    Ok(None)
}

fn told(order: &Value) -> Kept {
    let known = ["/billing/email", "/billing/postcode", "/shipping/postcode"].map(|path| at(order, path));
    let money = |amount: &str| format!("{amount} {}", text(order, "/currency")).trim().to_owned();
    let item = |one: &Value| json!({ "name": at(one, "/name"), "quantity": at(one, "/quantity") });
    let refund = |one: &Value| {
        let amount = text(one, "/total").trim_start_matches('-');
        json!({ "amount": money(amount), "reason": at(one, "/reason") })
    };
    shop::kept(
        &known,
        fields(json!({
            "order": at(order, "/number"),
            "placed_at": at(order, "/date_created_gmt"),
            "status": at(order, "/status"),
            "paid_at": at(order, "/date_paid_gmt"),
            "completed_at": at(order, "/date_completed_gmt"),
            "total": money(text(order, "/total")),
            "items": list(order, "/line_items").iter().map(item).collect::<Vec<_>>(),
            "shipping": list(order, "/shipping_lines").iter().map(|one| at(one, "/method_title")).collect::<Vec<_>>(),
            "refunds": list(order, "/refunds").iter().map(refund).collect::<Vec<_>>(),
        })),
    )
}

/// Products that are for sale.
pub async fn products(
    env: &Env,
    line: &mut Line,
    base: &str,
    keys: (&str, &str),
    words: &str,
    most: usize,
) -> Result<Vec<Value>, Trouble> {
    let mut found = Vec::new();
    for page in 1..=MAX_PAGES {
        let page_text = page.to_string();
        let query =
            [("search", words), ("status", "publish"), ("per_page", "20"), ("page", page_text.as_str())];
        let (read, pages) = get(env, line, base, keys, "products", &query).await?;
        let shown = |one: &&Value| text(one, "/catalog_visibility") != "hidden";
        found.extend(list(&read, "").iter().filter(shown).map(product));
        if page >= pages || found.len() >= most {
            break;
        }
    }
    Ok(found)
}

fn product(one: &Value) -> Value {
    let about = domain::tools::cut(&plain(text(one, "/short_description")), 300);
    json!({
        "name": at(one, "/name"), "about": about, "price": at(one, "/price"),
        "in_stock": text(one, "/stock_status") != "outofstock", "url": at(one, "/permalink"),
    })
}

/// HTML without its tags.
fn plain(html: &str) -> String {
    let text: String = html
        .split('<')
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('>').map_or("", |(_, rest)| rest) })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One call: what was read, and how many pages the list has.
async fn get(
    env: &Env,
    line: &mut Line,
    base: &str,
    (key, secret): (&str, &str),
    path: &str,
    query: &[(&str, &str)],
) -> Result<(Value, u32), Trouble> {
    let mut url = Url::parse(base)
        .and_then(|base| base.join(API))
        .and_then(|base| base.join(path))
        .map_err(|_| "The shop's address is none.".to_owned())?;
    // What may be called can have changed since the shop was connected.
    guard::check(&url, &local_hosts(env)).map_err(|error| error.to_string())?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let authorization = format!("Basic {}", STANDARD.encode(format!("{key}:{secret}")));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Accept", "application/json"),
        ("User-Agent", "Frontdesk"),
    ];
    let pause =
        |answered: &Answered| matches!(answered.status, 429 | 503).then(|| answered.wish.unwrap_or(1_000));
    let answered = line.call(Method::Get, url.as_str(), &headers, None, pause).await?;
    let read: Value = serde_json::from_str(&answered.text).unwrap_or_default();
    if answered.status == 200 && (read.is_array() || read.is_object()) {
        return Ok((read, answered.pages.unwrap_or(1)));
    }
    let (code, said) = (text(&read, "/code"), domain::tools::cut(text(&read, "/message"), 300));
    let words = match (answered.status, code) {
        (401, "woocommerce_rest_cannot_view") => {
            "WooCommerce says that the keys may not read this. Give them the permission \u{201c}Read\u{201d}.".into()
        }
        (401, _) => format!("WooCommerce does not accept the keys ({said}). Enter new ones."),
        (403, _) => format!("WooCommerce refuses the keys ({said})."),
        (404, "rest_no_route") => {
            "There is no WooCommerce API at this address. Check the address, and that permalinks in WordPress are not \
             \u{201c}Plain\u{201d}."
                .into()
        }
        (404, "woocommerce_rest_shop_order_invalid_id") => "There is no such order.".into(),
        (300..=399, _) => {
            "The shop's address leads to another one. Enter the address that the browser shows in the end.".into()
        }
        (200, _) => "What is at this address is no WooCommerce shop.".into(),
        (status, _) => format!("WooCommerce answered with the error {status}. {said}"),
    };
    Err(Trouble::new(answered.status, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_told_without_its_tags() {
        assert_eq!(plain("<p>Warm &amp; <b>red</b></p>\n<p>Wool</p>"), "Warm &amp; red Wool");
        assert_eq!(plain("plain"), "plain");
    }

    #[test]
    fn an_order_is_told_without_who_placed_it() {
        let order = json!({
            "number": "745", "status": "completed", "currency": "EUR", "total": "24.00",
            "billing": { "email": "Ada@Example.com", "postcode": "10 115", "first_name": "Ada" },
            "line_items": [{ "name": "Kettle", "quantity": 1 }], "refunds": [{ "total": "-4.00", "reason": "late" }],
        });
        let kept = told(&order);
        assert_eq!(kept.proofs, ["ada@example.com", "10115"]);
        assert!(!kept.text.to_lowercase().contains("ada") && !kept.text.contains("10115"), "{}", kept.text);
        assert!(kept.text.contains("4.00 EUR"));
    }
}
