//! Addresses without end: calendars that lead on for ever, and lists that can be filtered in every combination.
//! Pages told apart by one parameter (`?page=2`, `?id=7`) are pages like others.

use std::collections::BTreeSet;

use crate::sql::{Engine, Error, sql};

/// Ways in which the addresses of one place combine their parameters; a list with filters has many more.
const SHAPES: u32 = 8;
/// Addresses that only show the same in another order or cut, of one place.
const VIEWS: u32 = 10;
/// Months and days of one calendar.
const DATES: u32 = 24;

/// Parameters that order, cut or filter what is shown elsewhere.
const VIEWING: [&str; 30] = [
    "sort",
    "sortby",
    "sort_by",
    "order",
    "orderby",
    "order_by",
    "dir",
    "direction",
    "view",
    "display",
    "limit",
    "per_page",
    "perpage",
    "pagesize",
    "filter",
    "filters",
    "min_price",
    "max_price",
    "price",
    "color",
    "colour",
    "size",
    "brand",
    "rating",
    "month",
    "year",
    "day",
    "date",
    "week",
    "cal",
];

/// What one address counts against.
struct Shape {
    place: String,
    shape: String,
    /// The most addresses of one shape; none: any number.
    most: Option<u32>,
}

/// Whether an address that a page leads to is taken up; counts it if so.
pub(super) fn admits(engine: &dyn Engine, url: &str) -> Result<bool, Error> {
    let Some(shape) = shape(url) else { return Ok(true) };
    let rows = engine.run(
        &sql("SELECT count(*), coalesce(sum(addresses) FILTER (WHERE shape = ?2), 0) FROM shapes WHERE place = ?1")
            .bind(shape.place.as_str())
            .bind(shape.shape.as_str()),
    )?;
    let (shapes, addresses) =
        rows.first().map_or(Ok((0_u32, 0_u32)), |row| Ok::<_, Error>((row.integer(0)?, row.integer(1)?)))?;
    if (addresses == 0 && shapes >= SHAPES) || shape.most.is_some_and(|most| addresses >= most) {
        return Ok(false);
    }
    engine.run(
        &sql("INSERT INTO shapes (place, shape, addresses) VALUES (?1, ?2, 1) \
             ON CONFLICT (place, shape) DO UPDATE SET addresses = addresses + 1")
        .bind(shape.place)
        .bind(shape.shape),
    )?;
    Ok(true)
}

fn shape(url: &str) -> Option<Shape> {
    let url = url.split('#').next().unwrap_or_default();
    if let Some((place, query)) = url.split_once('?') {
        let names: BTreeSet<String> = query.split('&').map(parameter).collect();
        let views = names.iter().any(|name| VIEWING.contains(&name.as_str()));
        // All views of a place count together, however they combine.
        let shape = if views { "view".to_owned() } else { names.into_iter().collect::<Vec<_>>().join("&") };
        return Some(Shape { place: place.to_owned(), shape, most: views.then_some(VIEWS) });
    }
    let place = calendar(url)?;
    Some(Shape { place: place.to_owned(), shape: "date".into(), most: Some(DATES) })
}

/// A parameter's name; `filter[color][]` is `filter`.
fn parameter(pair: &str) -> String {
    let name = pair.split('=').next().unwrap_or_default();
    name.split(['[', '%', '.']).next().unwrap_or_default().to_ascii_lowercase()
}

/// The calendar whose month or day an address is: `…/2026/05`, `…/2026-05-12/`.
fn calendar(url: &str) -> Option<&str> {
    let path = url.trim_end_matches('/');
    let mut parts: Vec<&str> = path.split('/').collect();
    let mut numbers = 0;
    while let Some(part) = parts.last() {
        let date: Vec<&str> = part.split('-').collect();
        let digits = date
            .iter()
            .all(|piece| (1..=4).contains(&piece.len()) && piece.bytes().all(|byte| byte.is_ascii_digit()));
        if !digits {
            break;
        }
        numbers += date.len();
        let year = date
            .first()
            .is_some_and(|first| first.len() == 4 && (first.starts_with("19") || first.starts_with("20")));
        parts.pop();
        if year {
            let length = parts.iter().map(|part| part.len() + 1).sum::<usize>();
            return (numbers >= 2).then(|| path.get(..length)).flatten();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_days_belong_to_their_calendar() {
        for (url, place) in [
            ("https://x.test/events/2026/05", Some("https://x.test/events/")),
            ("https://x.test/events/2026/05/12/", Some("https://x.test/events/")),
            ("https://x.test/cal/2026-05-12", Some("https://x.test/cal/")),
            ("https://x.test/blog/2026/05/a-new-shop", None),
            ("https://x.test/blog/2026", None),
            ("https://x.test/product/7", None),
            ("https://x.test/", None),
        ] {
            assert_eq!(calendar(url), place, "{url}");
        }
    }
}
