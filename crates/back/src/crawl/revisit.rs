//! Telling a page that changed from one that did not: what a request says of the last visit, what is remembered of
//! this one.

use ingest::page::Page;
use protocol::internal::Visited;
use sha2::{Digest, Sha256};
use worker::Response;

/// Characters of a tag or date that are remembered.
const MOST_CHARS: usize = 256;

/// The headers that ask for a page only if it has changed (RFC 9110, section 13.1).
pub fn headers(known: Option<&Visited>) -> Vec<(&'static str, &str)> {
    let Some(known) = known else { return Vec::new() };
    let both = [("If-None-Match", &known.etag), ("If-Modified-Since", &known.last_modified)];
    both.into_iter().filter_map(|(name, value)| value.as_deref().map(|value| (name, value))).collect()
}

/// What the site gave to tell a change by.
pub fn validators(response: &Response) -> Visited {
    let header = |name: &str| {
        let value = response.headers().get(name).ok().flatten()?;
        let sane = !value.is_empty()
            && value.len() <= MOST_CHARS
            && value.bytes().all(|b| (0x20..0x7f).contains(&b));
        sane.then_some(value)
    };
    Visited { etag: header("ETag"), last_modified: header("Last-Modified"), hash: String::new() }
}

/// A digest of what is indexed of a page: of its text, then of its title, description and language, and of the
/// questions it answers, which its text need not show.
pub fn hash(page: &Page) -> String {
    let mut rest = Sha256::new();
    for part in [Some(page.title.as_str()), page.description.as_deref(), page.language.as_deref()] {
        rest.update(part.unwrap_or_default());
        rest.update([0]);
    }
    for pair in &page.questions {
        for part in [&pair.question, &pair.answer] {
            rest.update(part);
            rest.update([0]);
        }
    }
    let rest = rest.finalize().iter().take(8).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    format!("{:032x}.{rest:016x}", ingest::content_hash(&page.text()))
}

/// By when an address of a sitemap has changed last, in Unix milliseconds; 0 where it does not say. A date without
/// a time is the end of that day, wherever on Earth.
pub fn modified(written: Option<&str>) -> f64 {
    const DAY_AND_A_HALF_MS: f64 = 36.0 * 60.0 * 60.0 * 1_000.0;
    let Some(written) = written.map(str::trim) else { return 0.0 };
    let at = js_sys::Date::parse(written);
    if !at.is_finite() {
        return 0.0;
    }
    match written.len() {
        // A year or a month says too little.
        0..=9 => 0.0,
        10 => at + DAY_AND_A_HALF_MS,
        _ => at,
    }
}
