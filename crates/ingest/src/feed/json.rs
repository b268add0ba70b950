//! JSON Feed 1.0 and 1.1 (jsonfeed.org). Of values of a wrong type only the value is lost.

use serde_json::Value;
use url::Url;

use super::{Content, Draft, Feed, MAX_ENTRIES, line, present};

pub(super) fn read(text: &str, base: &Url) -> Option<Feed> {
    let feed: Value = serde_json::from_str(text).ok()?;
    let items = feed.get("items")?.as_array()?;
    let is_feed = string(&feed, "version").contains("jsonfeed.org") || feed.get("title").is_some();
    is_feed.then(|| Feed {
        title: line(&string(&feed, "title")),
        description: present(line(&string(&feed, "description"))),
        language: present(string(&feed, "language").trim().to_owned()),
        entries: items.iter().filter_map(|item| draft(item).entry(base)).take(MAX_ENTRIES).collect(),
    })
}

fn draft(item: &Value) -> Draft {
    let html = Content { text: string(item, "content_html"), html: true };
    let plain = Content { text: string(item, "content_text"), html: false };
    let link = present(string(item, "url")).unwrap_or_else(|| string(item, "external_url"));
    Draft {
        id: string(item, "id"),
        link,
        title: string(item, "title"),
        summary: Content { text: string(item, "summary"), html: false },
        content: if html.text.trim().is_empty() { plain } else { html },
        published: present(string(item, "date_published")),
        updated: present(string(item, "date_modified")),
        ..Draft::default()
    }
}

/// A string, or a number as one: ids are both in the wild.
fn string(value: &Value, key: &str) -> String {
    match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
