//! Sitemaps in every form sites serve them: XML (sitemaps.org 0.9), plain text, RSS and Atom feeds, each
//! perhaps gzipped. What can be read of a broken file is used; `xhtml:link` alternates and images are not.

mod xml;

use std::io::Read;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Largest sitemap after decompression, in bytes (the protocol's own limit).
pub const MAX_BYTES: usize = 50_000_000;

/// Most entries that are read of one file (the protocol's own limit).
pub const MAX_ENTRIES: usize = 50_000;

/// One address of a sitemap, as written there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub location: String,
    /// The date as written: a W3C date in sitemaps and Atom, RFC 2822 in RSS.
    pub last_modified: Option<String>,
}

/// A sitemap lists pages, or other sitemaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sitemap {
    Index(Vec<Entry>),
    Pages(Vec<Entry>),
}

/// Why a file is no sitemap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SitemapError {
    #[error("The sitemap is larger than 50 MB. Split it and list the parts in a sitemap index.")]
    TooLarge,
    #[error("The sitemap's gzip data cannot be read. Publish it again.")]
    Gzip,
    #[error("The file is not a sitemap. Enter the address of an XML or plain-text sitemap.")]
    NotASitemap,
}

/// Reads a sitemap from the bytes of an answer.
pub fn parse(bytes: &[u8]) -> Result<Sitemap, SitemapError> {
    let inflated;
    let bytes = match bytes {
        [0x1f, 0x8b, ..] => {
            inflated = inflate(bytes)?;
            inflated.as_slice()
        }
        _ => bytes,
    };
    if bytes.len() > MAX_BYTES {
        return Err(SitemapError::TooLarge);
    }
    let (encoding, _) = encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    let (text, _, _) = encoding.decode(bytes);
    let text = text.trim_start();
    if text.starts_with('<') { xml::read(text).ok_or(SitemapError::NotASitemap) } else { plain(text) }
}

/// Decompresses up to [`MAX_BYTES`]; a file that was cut off gives what came before the cut.
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, SitemapError> {
    let mut inflated = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    let read = flate2::read::MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut inflated);
    match read {
        Err(_) if inflated.is_empty() => Err(SitemapError::Gzip),
        _ => Ok(inflated),
    }
}

/// One address a line.
fn plain(text: &str) -> Result<Sitemap, SitemapError> {
    let entries: Vec<Entry> = text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("http://") || line.starts_with("https://"))
        .filter(|line| !line.contains(char::is_whitespace))
        .take(MAX_ENTRIES)
        .map(|line| Entry { location: line.to_owned(), last_modified: None })
        .collect();
    if entries.is_empty() { Err(SitemapError::NotASitemap) } else { Ok(Sitemap::Pages(entries)) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn entry(location: &str, last_modified: Option<&str>) -> Entry {
        Entry { location: location.to_owned(), last_modified: last_modified.map(str::to_owned) }
    }

    const PAGES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
        <!-- generated --> <url><loc> https://a.example/?a=1&amp;b=2 </loc><lastmod>2026-01-02</lastmod>
        <xhtml:link rel="alternate" hreflang="de" href="https://a.example/de"/>
        <image:image><image:loc>https://a.example/i.png</image:loc></image:image></url>
        <url><loc><![CDATA[https://a.example/two]]></loc></url><url></url></urlset>"#;

    #[test]
    fn pages_are_read_without_alternates_and_images() {
        let pages = vec![
            entry("https://a.example/?a=1&b=2", Some("2026-01-02")),
            entry("https://a.example/two", None),
        ];
        assert_eq!(parse(PAGES.as_bytes()), Ok(Sitemap::Pages(pages)));
    }

    #[test]
    fn an_index_is_told_from_pages_with_any_prefix() {
        let index = "<sm:sitemapindex><sm:sitemap><sm:loc>https://a.example/1.xml</sm:loc></sm:sitemap></sm:sitemapindex>";
        assert_eq!(parse(index.as_bytes()), Ok(Sitemap::Index(vec![entry("https://a.example/1.xml", None)])));
    }

    #[test]
    fn gzip_is_recognised_by_its_first_bytes() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(PAGES.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(parse(&packed), parse(PAGES.as_bytes()));
        assert_eq!(parse(&[0x1f, 0x8b, 1, 2, 3]), Err(SitemapError::Gzip));
    }

    #[test]
    fn a_decompression_bomb_is_refused() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let block = vec![b' '; 1_000_000];
        for _ in 0..60 {
            encoder.write_all(&block).unwrap();
        }
        assert_eq!(parse(&encoder.finish().unwrap()), Err(SitemapError::TooLarge));
    }

    #[test]
    fn a_broken_file_gives_what_was_read_so_far() {
        let broken = "<urlset><url><loc>https://a.example/1</loc></url><url><loc>https://a.example/2</lo";
        assert_eq!(parse(broken.as_bytes()), Ok(Sitemap::Pages(vec![entry("https://a.example/1", None)])));
    }

    #[test]
    fn plain_text_and_feeds_are_tolerated() {
        let pages = Ok(Sitemap::Pages(vec![entry("https://a.example/1", None)]));
        assert_eq!(parse("\u{feff}https://a.example/1\r\nnot an address\n".as_bytes()), pages);
        let rss = "<rss><channel><link>https://a.example/</link><item><title>x</title>\
                   <link>https://a.example/1</link><pubDate>Mon, 02 Nov 2026</pubDate></item></channel></rss>";
        assert_eq!(
            parse(rss.as_bytes()),
            Ok(Sitemap::Pages(vec![entry("https://a.example/1", Some("Mon, 02 Nov 2026"))]))
        );
        let atom = r#"<feed><entry><link rel="self" href="https://a.example/x"/><link href="https://a.example/1"/></entry></feed>"#;
        assert_eq!(parse(atom.as_bytes()), pages);
    }

    #[test]
    fn a_page_is_not_a_sitemap() {
        assert_eq!(
            parse(b"<!doctype html><html><body>Not found</body></html>"),
            Err(SitemapError::NotASitemap)
        );
        assert_eq!(parse(b""), Err(SitemapError::NotASitemap));
    }

    #[test]
    fn entries_are_limited() {
        let many = "<url><loc>https://a.example/1</loc></url>".repeat(MAX_ENTRIES + 5);
        let Ok(Sitemap::Pages(pages)) = parse(format!("<urlset>{many}</urlset>").as_bytes()) else {
            panic!()
        };
        assert_eq!(pages.len(), MAX_ENTRIES);
    }
}
