//! What the kinds of sources are called and how they are counted.

use crate::components::icon::Glyph;
use crate::text;
use protocol::api::{Source, SourceKind, SourceState};

pub(crate) fn label(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Website => "Website",
        SourceKind::Sitemap => "Sitemap",
        SourceKind::Files => "Files",
        SourceKind::Text => "Text",
        SourceKind::Faq => "FAQ list",
        SourceKind::Feed => "Feed",
        SourceKind::Video => "Video",
    }
}

pub(crate) fn glyph(kind: SourceKind) -> Glyph {
    match kind {
        SourceKind::Website | SourceKind::Sitemap => Glyph::Globe,
        SourceKind::Files => Glyph::Upload,
        SourceKind::Text => Glyph::Document,
        SourceKind::Faq => Glyph::Question,
        SourceKind::Feed => Glyph::Feed,
        SourceKind::Video => Glyph::Video,
    }
}

/// Its pages are followed by links, with a state for each.
pub(crate) fn is_crawled(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Website | SourceKind::Sitemap)
}

/// Its content is somewhere else and may change there.
pub(crate) fn is_remote(kind: SourceKind) -> bool {
    is_crawled(kind) || matches!(kind, SourceKind::Feed | SourceKind::Video)
}

/// A source's title, or its address without the scheme.
pub(crate) fn name(source: &Source) -> String {
    if source.title.is_empty() { text::short_url(&source.url) } else { source.title.clone() }
}

/// A state as a badge shows it.
pub(crate) fn state(source: &Source) -> (&'static str, &'static str) {
    match source.state {
        SourceState::Crawling if !is_crawled(source.kind) => ("Reading", "busy"),
        SourceState::Indexed if source.kind == SourceKind::Files && source.progress.found == 0 => {
            ("Empty", "wait")
        }
        other => text::source_state(other),
    }
}

/// The figures of a source in one line, or why it failed.
pub(crate) fn counts(source: &Source) -> String {
    if let Some(reason) = &source.reason {
        return reason.clone();
    }
    let progress = &source.progress;
    let passages = text::count(u64::from(progress.passages), "passage", "passages");
    let running = text::is_running(source.state);
    let mut line = match source.kind {
        SourceKind::Website | SourceKind::Sitemap if running => {
            return format!("{} of {} pages", text::settled(progress), progress.found);
        }
        SourceKind::Website | SourceKind::Sitemap => {
            let known = progress.indexed.saturating_add(progress.unchanged);
            text::count(u64::from(known), "page indexed", "pages indexed")
        }
        SourceKind::Files if progress.found == 0 => "No file yet".to_owned(),
        SourceKind::Files if running => {
            format!("{} of {} files read", text::settled(progress), progress.found)
        }
        SourceKind::Files => {
            format!("{} · {passages}", text::count(u64::from(progress.indexed), "file read", "files read"))
        }
        SourceKind::Feed => {
            format!("{} · {passages}", text::count(u64::from(progress.indexed), "entry", "entries"))
        }
        SourceKind::Text | SourceKind::Faq | SourceKind::Video if running => "Being read".to_owned(),
        SourceKind::Text | SourceKind::Faq | SourceKind::Video => passages,
    };
    if progress.failed > 0 {
        line.push_str(&format!(" · {} failed", progress.failed));
    }
    if progress.skipped > 0 {
        line.push_str(&format!(" · {} skipped", progress.skipped));
    }
    line
}

/// What deleting a source costs the agent.
pub(crate) fn loss(source: &Source) -> String {
    let passages = text::count(u64::from(source.progress.passages), "passage", "passages");
    if source.progress.passages == 0 {
        return if is_remote(source.kind) {
            "Nothing of it can be found yet; reading it stops.".to_owned()
        } else {
            "Nothing of it can be found yet; what was written or uploaded is lost.".to_owned()
        };
    }
    match source.kind {
        SourceKind::Website | SourceKind::Sitemap => {
            let known = source.progress.indexed.saturating_add(source.progress.unchanged);
            let pages = text::count(u64::from(known), "page", "pages");
            format!("The agent forgets {pages} with {passages} at once and no longer answers from them.")
        }
        SourceKind::Files => format!(
            "Its files are deleted. The agent forgets their {passages} at once and no longer answers from them."
        ),
        _ => format!("The agent forgets {passages} at once and no longer answers from them."),
    }
}

/// A number of bytes as file managers show it.
pub(crate) fn bytes(n: f64) -> String {
    if n < 1000.0 {
        format!("{n:.0} B")
    } else if n < 1_000_000.0 {
        format!("{:.0} KB", n / 1000.0)
    } else {
        format!("{:.1} MB", n / 1_000_000.0)
    }
}

/// The page of a file that an address leads to, from its fragment `page=3`.
pub(crate) fn page_of(url: &str) -> Option<u32> {
    let (_, fragment) = url.rsplit_once('#')?;
    fragment.split('&').find_map(|part| part.strip_prefix("page=")?.parse().ok())
}

/// Where a passage stands, for people: the page of a file, or the path of an address.
pub(crate) fn place(url: &str) -> String {
    match page_of(url) {
        Some(page) => format!("page {page}"),
        None if text::is_web(url) => text::short_url(url),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_page_or_an_address() {
        assert_eq!(place("file:fil_1#page=3"), "page 3");
        assert_eq!(place("https://a.example/x#prices"), "a.example/x#prices");
        assert_eq!(page_of("https://a.example/#page=x"), None);
        assert_eq!(place("file:fil_1"), "");
    }

    #[test]
    fn bytes_are_told_in_decimal_units() {
        assert_eq!(
            (bytes(0.0), bytes(12_400.0), bytes(5e7)),
            ("0 B".into(), "12 KB".into(), "50.0 MB".into())
        );
    }
}
