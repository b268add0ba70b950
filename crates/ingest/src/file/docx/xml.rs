//! One pass over the events of a part, never a tree.

use std::io::{BufReader, Read};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// Deeper than any document; what is deeper is an attack on the reader's memory.
const DEPTH: usize = 2_000;

/// What takes the events. Names come without their prefix.
pub trait Visit {
    fn start(&mut self, name: &str, tag: &Tag<'_>);
    fn end(&mut self, name: &str);
    fn text(&mut self, _text: &str) {}
}

/// The attributes of an element.
pub struct Tag<'t>(&'t BytesStart<'t>);

impl Tag<'_> {
    /// The value of an attribute, whatever its prefix.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.attributes().with_checks(false).flatten().find_map(|attribute| {
            (attribute.key.local_name().as_ref() == name).then(|| {
                quick_xml::escape::unescape(&attribute.value)
                    .map_or_else(|_| attribute.value.to_string(), |v| v.into_owned())
            })
        })
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }

    /// A switch such as `<w:b/>`: on unless its value says otherwise.
    pub fn is_on(&self) -> bool {
        !matches!(self.get("val").as_deref(), Some("0" | "false" | "off" | "none"))
    }
}

/// Reads a part; `false` if it is not well-formed to its end. What was complete before counts.
pub fn read(part: impl Read, visit: &mut impl Visit) -> bool {
    let mut reader = Reader::from_reader(BufReader::new(part));
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    let mut depth = 0usize;
    loop {
        buffer.clear();
        let Ok(event) = reader.read_event_into(&mut buffer) else { return false };
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEPTH {
                    return false;
                }
                visit.start(tag.local_name().as_ref(), &Tag(&tag));
            }
            Event::Empty(tag) => {
                visit.start(tag.local_name().as_ref(), &Tag(&tag));
                visit.end(tag.local_name().as_ref());
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                visit.end(tag.local_name().as_ref());
            }
            Event::Text(text) => visit.text(&text),
            Event::CData(text) => visit.text(&text),
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(letter)) => visit.text(letter.encode_utf8(&mut [0; 4])),
                _ => visit.text(resolve_predefined_entity(&entity).unwrap_or_default()),
            },
            Event::Eof => return depth == 0,
            _ => {}
        }
    }
}
