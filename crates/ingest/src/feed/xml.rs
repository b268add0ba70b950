//! The XML forms: one pass over the events, never a tree. Entities a feed declares itself are not resolved, so
//! that none of them can grow.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::{Content, Draft, Feed, MAX_CONTENT, MAX_ENTRIES, line, present, product};

/// Longest path of open elements; a feed needs five, and markup inside an entry is not counted.
const MAX_DEPTH: usize = 64;

/// Most facts of one product.
const MAX_FACTS: usize = 60;

/// The text of an element whose words are wanted.
#[derive(Default)]
struct Capture {
    text: String,
    /// Open elements inside: markup that nobody escaped.
    depth: usize,
    /// The content is markup as it stands (Atom `type="xhtml"`), or escaped, or plain text.
    kind: String,
    /// Markup was seen.
    html: bool,
}

struct State<'a> {
    base: &'a Url,
    /// Names of the open elements, lower case; a prefix stays when it matters.
    open: Vec<String>,
    feed: Feed,
    draft: Option<Draft>,
    capture: Option<Capture>,
}

/// The feed; `None` if the root element is not that of a feed.
pub(super) fn read(text: &str, base: &Url) -> Option<Feed> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut state = State { base, open: Vec::new(), feed: Feed::default(), draft: None, capture: None };
    let mut known = false;
    // An error ends the reading: what was complete before it counts.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => {
                if !known {
                    known = matches!(name(&tag).as_str(), "rss" | "feed" | "rdf" | "channel");
                    if !known {
                        return None;
                    }
                }
                state.start(&tag);
            }
            Event::Empty(tag) => {
                state.start(&tag);
                state.end(&tag);
            }
            Event::End(tag) => state.end(&tag),
            Event::Text(text) => state.text(&text, true),
            Event::CData(text) => state.text(&text, false),
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(letter)) => state.entity(letter.encode_utf8(&mut [0; 4]), &entity),
                _ => state.entity(resolve_predefined_entity(&entity).unwrap_or_default(), &entity),
            },
            Event::Eof => break,
            _ => {}
        }
        if state.open.len() > MAX_DEPTH || state.feed.entries.len() >= MAX_ENTRIES {
            break;
        }
    }
    known.then_some(state.feed)
}

/// The name of an element, without a prefix that only says which form of feed it is.
fn name(tag: &BytesStart) -> String {
    let name = tag.name().as_ref().to_ascii_lowercase();
    match name.split_once(':') {
        Some(("rdf" | "rss" | "atom" | "atom10" | "a10" | "dc" | "content", local)) => local.to_owned(),
        _ => name,
    }
}

fn attribute(tag: &BytesStart, name: &str) -> Option<String> {
    let attribute = tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(attribute.value.replace("&amp;", "&").trim().to_owned())
}

impl State<'_> {
    fn start(&mut self, tag: &BytesStart) {
        if let Some(capture) = &mut self.capture {
            capture.depth += 1;
            capture.html = true;
            capture.push(&format!("<{}>", &**tag));
            return;
        }
        let name = name(tag);
        match name.as_str() {
            "item" | "entry" if self.draft.is_none() => self.draft = Some(Draft::default()),
            "feed" | "rss" | "channel" if self.feed.language.is_none() => {
                self.feed.language = attribute(tag, "xml:lang").and_then(present);
            }
            "link" if attribute(tag, "href").is_some() => self.link(tag),
            "guid" => {
                if let Some(draft) = &mut self.draft {
                    draft.opaque = attribute(tag, "isPermaLink").is_some_and(|value| value == "false");
                }
            }
            _ => {}
        }
        if self.is_wanted(&name) {
            let kind = attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
            self.capture = Some(Capture { kind, ..Capture::default() });
        }
        self.open.push(name);
    }

    /// Whether an element's text is of use where it stands: pictures and authors have titles and links too.
    fn is_wanted(&self, name: &str) -> bool {
        match (self.open.last().map_or("", String::as_str), self.draft.is_some()) {
            ("item" | "entry", true) => is_field(name),
            ("channel" | "feed", false) => {
                matches!(name, "title" | "description" | "subtitle" | "tagline" | "language")
            }
            _ => false,
        }
    }

    /// The address of an Atom link, if it is the entry itself.
    fn link(&mut self, tag: &BytesStart) {
        let own = attribute(tag, "rel").is_none_or(|rel| rel == "alternate" || rel.is_empty());
        let inside = self.open.last().is_some_and(|open| matches!(open.as_str(), "item" | "entry"));
        if let Some(draft) = &mut self.draft
            && own
            && inside
            && draft.link.is_empty()
        {
            draft.link = attribute(tag, "href").unwrap_or_default();
        }
    }

    fn text(&mut self, text: &str, escaped: bool) {
        let Some(capture) = &mut self.capture else { return };
        let inside = capture.depth > 0 && !escaped;
        if inside {
            capture.push(&text.replace('&', "&amp;").replace('<', "&lt;"))
        } else {
            capture.push(text)
        }
    }

    fn entity(&mut self, resolved: &str, entity: &str) {
        let Some(capture) = &mut self.capture else { return };
        // Of markup that is left as it stands its entities are part; unknown ones may be HTML's.
        if capture.depth > 0
            || resolved.is_empty() && entity.chars().all(|letter| letter.is_ascii_alphanumeric())
        {
            capture.html = true;
            capture.push(&format!("&{entity};"));
        } else {
            capture.push(resolved);
        }
    }

    fn end(&mut self, tag: &str) {
        if let Some(capture) = &mut self.capture
            && capture.depth > 0
        {
            capture.depth -= 1;
            let name = tag.split_whitespace().next().unwrap_or_default();
            capture.push(&format!("</{name}>"));
            return;
        }
        let Some(name) = self.open.pop() else { return };
        let capture = self.capture.take();
        if matches!(name.as_str(), "item" | "entry") {
            let entry = self.draft.take().and_then(|draft| draft.entry(self.base));
            self.feed.entries.extend(entry);
            return;
        }
        let Some(capture) = capture.filter(|capture| !capture.text.trim().is_empty()) else { return };
        match &mut self.draft {
            Some(draft) => draft.set(&name, capture),
            None => self.set(&name, &capture.text),
        }
    }

    fn set(&mut self, name: &str, text: &str) {
        let value = line(text);
        match name {
            "title" => self.feed.title = value,
            "language" => self.feed.language = present(value),
            _ => self.feed.description = present(value),
        }
    }
}

impl Capture {
    fn push(&mut self, text: &str) {
        if self.text.len() < 2 * MAX_CONTENT {
            self.text.push_str(text);
        }
    }

    fn content(self) -> Content {
        // Atom allows any media type; of those that are no text nothing can be read.
        if self.kind.contains('/') && !["text/", "html", "xml"].iter().any(|kind| self.kind.contains(kind)) {
            return Content::default();
        }
        let plain = !self.html && matches!(self.kind.as_str(), "text" | "text/plain");
        Content { text: self.text, html: !plain }
    }
}

/// Whether an element of an entry is read.
fn is_field(name: &str) -> bool {
    let fact = name.strip_prefix("g:").unwrap_or(name);
    product::is_fact(fact)
        || matches!(fact, "title" | "description" | "link" | "id")
        || matches!(name, "guid" | "summary" | "encoded" | "pubdate" | "published" | "issued")
        || matches!(name, "content" | "date" | "updated" | "modified")
}

impl Draft {
    fn set(&mut self, name: &str, capture: Capture) {
        let text = || capture.text.trim().to_owned();
        match name {
            "title" => self.title = text(),
            // The feed's own words go before those for the shopping service.
            "g:title" if self.title.is_empty() => self.title = text(),
            "link" => self.link = text(),
            "g:link" if self.link.is_empty() => self.link = text(),
            "guid" | "id" => self.id = text(),
            "g:id" if self.id.is_empty() => self.id = text(),
            "description" | "summary" => self.summary = capture.content(),
            "g:description" if self.summary.text.is_empty() => self.summary = capture.content(),
            "encoded" | "content" => self.content = capture.content(),
            "pubdate" | "published" | "issued" | "date" => self.published = Some(text()),
            "updated" | "modified" => self.updated = Some(text()),
            _ => {
                let fact = name.strip_prefix("g:").unwrap_or(name);
                if product::is_fact(fact) && self.facts.len() < MAX_FACTS {
                    self.facts.push((fact.to_owned(), text()));
                }
            }
        }
    }
}
