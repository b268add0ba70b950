//! Shopify's Admin API (GraphQL): orders and products, page by page, within what its cost-based limit leaves.

use platform::{Failure, config};
use protocol::api::IntegrationSecret;
use serde_json::{Value, json};
use worker::{Env, Method};

use super::shop::{self, MAX_PAGES, at, fields, list, text};
use super::{Kept, Line, Trouble};
use crate::integrations::{Answered, refused};

/// The API's version; a shop answers each for a year.
const VERSION: &str = "2026-10";
/// What the access token has to allow.
const SCOPES: [&str; 2] = ["read_orders", "read_products"];

const SHOP: &str =
    "query Shop { shop { name myshopifyDomain } currentAppInstallation { accessScopes { handle } } }";
const ORDERS: &str = "query Orders($query: String!, $after: String) { orders(first: 5, query: $query, after: $after) { \
    nodes { name email createdAt cancelledAt displayFinancialStatus displayFulfillmentStatus returnStatus \
    billingAddress { zip } shippingAddress { zip } currentTotalPriceSet { shopMoney { amount currencyCode } } \
    lineItems(first: 30) { nodes { name quantity } pageInfo { hasNextPage } } \
    fulfillments(first: 5) { displayStatus estimatedDeliveryAt trackingInfo(first: 3) { company number url } } \
    refunds(first: 5) { createdAt totalRefundedSet { shopMoney { amount currencyCode } } } } \
    pageInfo { hasNextPage endCursor } } }";
const PRODUCTS: &str = "query Products($query: String!, $after: String) { products(first: 20, query: $query, after: $after) { \
    nodes { title description(truncateAt: 300) status onlineStoreUrl tracksInventory totalInventory \
    priceRangeV2 { minVariantPrice { amount currencyCode } maxVariantPrice { amount currencyCode } } } \
    pageInfo { hasNextPage endCursor } } }";

/// A shop and its token.
///
/// # Errors
/// `invalid` where the shop's name or the token is none.
pub fn accepted(shop: &str, access_token: &str) -> Result<IntegrationSecret, Failure> {
    let shop = shop.trim().trim_start_matches("https://").trim_end_matches('/').to_ascii_lowercase();
    let shop = shop.strip_suffix(".myshopify.com").unwrap_or(&shop).to_owned();
    let plain = shop.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if shop.is_empty() || shop.len() > 60 || !plain || shop.starts_with('-') {
        let message =
            "Enter the shop's name as in your-shop.myshopify.com: it is in the address of its admin.";
        return Err(refused("secret", message));
    }
    let token = access_token.trim();
    if !(16..=200).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "Enter the Admin API access token of your app. It begins with shpat_.";
        return Err(refused("secret", message));
    }
    Ok(IntegrationSecret::Shopify { shop, access_token: token.to_owned() })
}

/// Asks for the shop's name and what the token allows.
pub async fn verify(env: &Env, line: &mut Line, shop: &str, token: &str) -> Result<String, Trouble> {
    let data = ask(env, line, (shop, token), SHOP, json!({})).await?;
    let granted = list(&data, "/currentAppInstallation/accessScopes");
    let missing: Vec<&str> = SCOPES
        .into_iter()
        .filter(|scope| !granted.iter().any(|one| text(one, "/handle") == *scope))
        .collect();
    if !missing.is_empty() {
        let words = format!(
            "The token does not allow {}. Add it under \u{201c}Admin API access scopes\u{201d} of your app, install it again \
             and enter its new token.",
            missing.join(" and ")
        );
        return Err(words.into());
    }
    match text(&data, "/shop/myshopifyDomain") {
        "" => Err("Shopify did not say which shop this is.".to_owned().into()),
        domain => Ok(domain.to_owned()),
    }
}

/// The order of a number.
pub async fn order(
    env: &Env,
    line: &mut Line,
    shop: &str,
    token: &str,
    number: &str,
) -> Result<Option<Kept>, Trouble> {
    let plain: String = number.chars().filter(|letter| letter.is_alphanumeric() || *letter == '-').collect();
    let mut after = Value::Null;
    for _ in 0..MAX_PAGES {
        let variables = json!({ "query": format!("name:\"{plain}\""), "after": after });
        let data = ask(env, line, (shop, token), ORDERS, variables).await?;
        let nodes = list(&data, "/orders/nodes");
        if let Some(found) = nodes.iter().find(|one| domain::live::order_number(text(one, "/name")) == number)
        {
            return Ok(Some(told(found)));
        }
        match next(&data, "/orders") {
            Some(cursor) => after = cursor,
            None => break,
        }
    }
    Ok(None)
}

fn told(order: &Value) -> Kept {
    let known = ["/email", "/billingAddress/zip", "/shippingAddress/zip"].map(|path| at(order, path));
    let item = |one: &Value| json!({ "name": at(one, "/name"), "quantity": at(one, "/quantity") });
    let refund = |one: &Value| json!({ "at": at(one, "/createdAt"), "amount": money(one, "/totalRefundedSet/shopMoney") });
    let tracking = |one: &Value| json!({ "carrier": at(one, "/company"), "number": at(one, "/number"), "url": at(one, "/url") });
    let shipment = |one: &Value| {
        json!({
            "status": at(one, "/displayStatus"),
            "estimated_delivery": at(one, "/estimatedDeliveryAt"),
            "tracking": list(one, "/trackingInfo").iter().map(tracking).collect::<Vec<_>>(),
        })
    };
    let more = at(order, "/lineItems/pageInfo/hasNextPage").as_bool().unwrap_or_default();
    shop::kept(
        &known,
        fields(json!({
            "order": at(order, "/name"),
            "placed_at": at(order, "/createdAt"),
            "cancelled_at": at(order, "/cancelledAt"),
            "payment": at(order, "/displayFinancialStatus"),
            "fulfillment": at(order, "/displayFulfillmentStatus"),
            "total": money(order, "/currentTotalPriceSet/shopMoney"),
            "items": list(order, "/lineItems/nodes").iter().map(item).collect::<Vec<_>>(),
            "has_more_items": more.then_some(true),
            "shipments": list(order, "/fulfillments").iter().map(shipment).collect::<Vec<_>>(),
            "return_status": at(order, "/returnStatus"),
            "refunds": list(order, "/refunds").iter().map(refund).collect::<Vec<_>>(),
        })),
    )
}

/// Products that are for sale.
pub async fn products(
    env: &Env,
    line: &mut Line,
    shop: &str,
    token: &str,
    words: &str,
    most: usize,
) -> Result<Vec<Value>, Trouble> {
    let (mut found, mut after) = (Vec::new(), Value::Null);
    for _ in 0..MAX_PAGES {
        let query = format!("status:active AND published_status:published AND ({words})");
        let data = ask(env, line, (shop, token), PRODUCTS, json!({ "query": query, "after": after })).await?;
        let for_sale = |one: &&Value| text(one, "/status") == "ACTIVE";
        found.extend(list(&data, "/products/nodes").iter().filter(for_sale).map(product));
        match next(&data, "/products") {
            Some(cursor) if found.len() < most => after = cursor,
            _ => break,
        }
    }
    Ok(found)
}

fn product(one: &Value) -> Value {
    let (least, most) =
        (money(one, "/priceRangeV2/minVariantPrice"), money(one, "/priceRangeV2/maxVariantPrice"));
    let price = if least == most { least } else { format!("{least} to {most}") };
    let counted = at(one, "/tracksInventory").as_bool().unwrap_or_default();
    let in_stock = !counted || at(one, "/totalInventory").as_i64().unwrap_or_default() > 0;
    json!({
        "name": at(one, "/title"), "about": at(one, "/description"), "price": price, "in_stock": in_stock,
        "url": at(one, "/onlineStoreUrl"),
    })
}

fn money(value: &Value, path: &str) -> String {
    let money = at(value, path);
    format!("{} {}", text(money, "/amount"), text(money, "/currencyCode")).trim().to_owned()
}

/// Where the next page of a list begins.
fn next(data: &Value, list: &str) -> Option<Value> {
    let more = at(data, &format!("{list}/pageInfo/hasNextPage")).as_bool().unwrap_or_default();
    let cursor = at(data, &format!("{list}/pageInfo/endCursor"));
    (more && cursor.is_string()).then(|| cursor.clone())
}

/// One query. Waits where it costs more than what is left, as long as the limit needs to fill up.
async fn ask(
    env: &Env,
    line: &mut Line,
    (shop, token): (&str, &str),
    query: &str,
    variables: Value,
) -> Result<Value, Trouble> {
    let base = config::optional(env, "SHOPIFY_URL").unwrap_or_else(|| "https://{shop}.myshopify.com".into());
    let base = base.trim_end_matches('/').replace("{shop}", shop);
    let url = format!("{base}/admin/api/{VERSION}/graphql.json");
    let body = json!({ "query": query, "variables": variables }).to_string();
    let headers = [
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
        ("User-Agent", "Frontdesk"),
        ("X-Shopify-Access-Token", token),
    ];
    let answered = line.call(Method::Post, &url, &headers, Some(&body), pause).await?;
    let Answered { status, text: written, .. } = answered;
    let read: Value = serde_json::from_str(&written).unwrap_or_default();
    let wrong = list(&read, "/errors");
    if status == 200 && wrong.is_empty() && read.get("data").is_some_and(Value::is_object) {
        return Ok(at(&read, "/data").clone());
    }
    let said = wrong.first().map_or_else(|| text(&read, "/errors"), |one| text(one, "/message"));
    let said = domain::tools::cut(said, 300);
    let words = match status {
        401 => format!("Shopify does not accept the access token ({said}). Enter a new one."),
        402 => "The shop is closed: Shopify says that its bill is not paid.".into(),
        403 => format!("Shopify refuses the access token ({said}). Check what your app may read."),
        404 => "There is no such shop at Shopify. Check its name.".into(),
        423 => "Shopify has locked the shop. Its owner has to ask Shopify.".into(),
        200 if said.is_empty() => "Shopify's answer has another form than it should.".into(),
        200 => format!("Shopify says: {said}"),
        _ => format!("Shopify answered with the error {status}. {said}"),
    };
    Err(Trouble::new(status, words))
}

/// How long a shop wants to be left alone: until what the query costs is there again, or what `Retry-After` says.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn pause(answered: &Answered) -> Option<u64> {
    if matches!(answered.status, 429 | 430 | 503) {
        return Some(answered.wish.unwrap_or(1_000));
    }
    if !answered.text.contains("THROTTLED") {
        return None;
    }
    let read: Value = serde_json::from_str(&answered.text).ok()?;
    let throttled = list(&read, "/errors").iter().any(|one| text(one, "/extensions/code") == "THROTTLED");
    let cost = |path: &str| at(&read, &format!("/extensions/cost/{path}")).as_f64();
    let missing = cost("requestedQueryCost").unwrap_or_default()
        - cost("throttleStatus/currentlyAvailable").unwrap_or_default();
    let rate = cost("throttleStatus/restoreRate").filter(|rate| *rate > 0.0).unwrap_or(50.0);
    throttled.then(|| (missing.max(1.0) / rate * 1_000.0).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: Value, wish: Option<u64>) -> Answered {
        Answered { status, text: body.to_string(), wish, pages: None }
    }

    #[test]
    fn a_throttled_query_waits_for_what_it_costs() {
        let throttled = |requested: f64, left: f64| {
            json!({
                "errors": [{ "message": "Throttled", "extensions": { "code": "THROTTLED" } }],
                "extensions": { "cost": { "requestedQueryCost": requested, "actualQueryCost": null,
                    "throttleStatus": { "maximumAvailable": 2_000.0, "currentlyAvailable": left, "restoreRate": 100.0 } } },
            })
        };
        assert_eq!(pause(&answered(200, throttled(250.0, 100.0), None)), Some(1_500));
        assert_eq!(pause(&answered(200, json!({ "data": { "title": "THROTTLED" } }), None)), None);
        assert_eq!(pause(&answered(429, json!({}), Some(2_000))), Some(2_000));
    }

    #[test]
    fn a_shop_is_known_by_its_name() {
        for given in ["acme-goods", "acme-goods.myshopify.com", " https://Acme-Goods.myshopify.com/ "] {
            let Ok(IntegrationSecret::Shopify { shop, .. }) = accepted(given, "shpat_0123456789abcdef")
            else {
                panic!("{given} is refused")
            };
            assert_eq!(shop, "acme-goods");
        }
        for given in ["", "evil.example.com", "a/b", "a@b", "-a"] {
            assert!(accepted(given, "shpat_0123456789abcdef").is_err(), "{given}");
        }
        assert!(accepted("acme", "short").is_err());
    }
}
