//! The XML forms: one pass over the events, never a tree.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::{Entry, MAX_ENTRIES, Sitemap};

/// Longest path of open elements that is remembered; a sitemap needs four.
const MAX_DEPTH: usize = 64;

#[derive(Default)]
struct State {
    open: Vec<String>,
    text: String,
    location: Option<String>,
    last_modified: Option<String>,
    index: Option<bool>,
    entries: Vec<Entry>,
}

/// Entries of a sitemap or a feed; `None` if the root is neither.
pub(super) fn read(text: &str) -> Option<Sitemap> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut state = State::default();
    // An error ends the reading: what was complete before it counts.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => state.start(&tag),
            Event::Empty(tag) => {
                state.start(&tag);
                state.end();
            }
            Event::End(_) => state.end(),
            Event::Text(text) => state.text.push_str(&text),
            Event::CData(text) => state.text.push_str(&text),
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(letter)) => state.text.push(letter),
                _ => state.text.push_str(resolve_predefined_entity(&entity).unwrap_or_default()),
            },
            Event::Eof => break,
            _ => {}
        }
        if state.open.len() > MAX_DEPTH
            || state.entries.len() >= MAX_ENTRIES
            || state.index.is_some_and(|_| state.open.is_empty())
        {
            break;
        }
    }
    state.index.map(|index| if index { Sitemap::Index(state.entries) } else { Sitemap::Pages(state.entries) })
}

impl State {
    fn start(&mut self, tag: &BytesStart) {
        let name = tag.local_name().as_ref().to_ascii_lowercase();
        if self.open.is_empty() {
            self.index = match name.as_str() {
                "sitemapindex" => Some(true),
                "urlset" | "rss" | "feed" | "rdf" => Some(false),
                _ => None,
            };
        }
        if name == "link" && self.parent_is("entry", 1) && self.location.is_none() {
            self.location = alternate(tag);
        }
        self.text.clear();
        self.open.push(name);
    }

    fn end(&mut self) {
        let Some(name) = self.open.pop() else { return };
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        let inside = self.open.last().map_or("", String::as_str);
        match (inside, name.as_str()) {
            ("url" | "sitemap", "loc") | ("item", "link") if !text.is_empty() => {
                self.location = Some(text.to_owned());
            }
            ("url" | "sitemap", "lastmod") | ("item", "pubdate" | "date") | ("entry", "updated")
                if !text.is_empty() =>
            {
                self.last_modified = Some(text.to_owned());
            }
            (_, "url" | "sitemap" | "item" | "entry") => {
                let last_modified = self.last_modified.take();
                if let Some(location) = self.location.take() {
                    self.entries.push(Entry { location, last_modified });
                }
            }
            _ => {}
        }
    }

    fn parent_is(&self, name: &str, up: usize) -> bool {
        self.open.iter().nth_back(up - 1).is_some_and(|open| open == name)
    }
}

/// The address of an Atom link that is the entry itself.
fn alternate(tag: &BytesStart) -> Option<String> {
    let mut href = None;
    for attribute in tag.attributes().flatten() {
        let value = attribute.value.replace("&amp;", "&");
        match attribute.key.as_ref() {
            "href" => href = Some(value),
            "rel" if value != "alternate" => return None,
            _ => {}
        }
    }
    href
}
