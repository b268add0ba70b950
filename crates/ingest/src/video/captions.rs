//! A track of captions: `<transcript><text start="1.5" dur="2.1">…</text>`, in seconds; or the newer
//! `<timedtext><body><p t="1500" d="2100">…`, in milliseconds.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::page;

/// Most lines of a track: ten hours of speech have about twenty thousand.
const MAX_LINES: usize = 50_000;

/// A line of captions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at_ms: u64,
    pub text: String,
}

/// The lines of a track in order, without what is no speech (`[Music]`); what is broken ends the reading.
#[must_use]
pub fn lines(xml: &str) -> Vec<Line> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let (mut lines, mut open) = (Vec::new(), None::<(u64, String)>);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => {
                if let Some(at_ms) = begins(&tag) {
                    open = Some((at_ms, String::new()));
                }
            }
            Event::Text(text) => {
                if let Some((_, line)) = open.as_mut() {
                    line.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                if let Some((_, line)) = open.as_mut() {
                    line.push_str(&format!("&{};", &*name));
                }
            }
            Event::End(tag) if matches!(tag.name().as_ref(), "text" | "p") => {
                if let Some((at_ms, escaped)) = open.take() {
                    push(&mut lines, at_ms, &escaped);
                }
            }
            Event::Eof => break,
            _ => {}
        }
        if lines.len() >= MAX_LINES {
            break;
        }
    }
    lines
}

fn begins(tag: &BytesStart<'_>) -> Option<u64> {
    let (name, scale) = match tag.name().as_ref() {
        "text" => ("start", 1_000.0),
        "p" => ("t", 1.0),
        _ => return None,
    };
    let value = tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
    let number: f64 = value.value.trim().parse().ok()?;
    let at_ms = number * scale;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (at_ms.is_finite() && at_ms >= 0.0).then_some(at_ms as u64)
}

fn push(lines: &mut Vec<Line>, at_ms: u64, escaped: &str) {
    // Captions are HTML inside of XML, so they are escaped twice; few lines have anything of the kind.
    let once = unescape(escaped).unwrap_or(Cow::Borrowed(escaped));
    let text = if once.contains(['<', '&']) { page::text(&page::fragment(&once)) } else { once.into_owned() };
    let spoken = text.trim_matches(|c: char| c.is_whitespace() || c == '♪');
    let noise = spoken.starts_with('[') && spoken.ends_with(']') && spoken.matches('[').count() == 1;
    if !spoken.is_empty() && !noise {
        lines.push(Line { at_ms, text: spoken.split_whitespace().collect::<Vec<_>>().join(" ") });
    }
}
