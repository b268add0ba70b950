//! What is left of the site's furniture between the blocks: teasers, calls to subscribe, bylines.

use super::block::Block;
use super::walk::Piece;

/// Beginnings of short lines that introduce links to other pages, in lower case.
const RELATED: [&str; 44] = [
    "related",
    "read more",
    "read also",
    "read next",
    "see more",
    "see also",
    "don't miss",
    "don\u{2019}t miss",
    "you may also",
    "you might also",
    "more from",
    "more in",
    "more on",
    "more great",
    "most read",
    "most popular",
    "popular on",
    "popular posts",
    "recommended",
    "also:",
    "also read",
    "trending",
    "what to read next",
    "latest news",
    "latest posts",
    "up next",
    "leggi anche",
    "(leggi anche",
    "potrebbe interessarti",
    "lire aussi",
    "\u{e0} lire",
    "lisez aussi",
    "lesen sie auch",
    "mehr zum thema",
    "das k\u{f6}nnte sie auch",
    "leia tamb\u{e9}m",
    "leia mais",
    "veja tamb\u{e9}m",
    "lee tambi\u{e9}n",
    "te puede interesar",
    "tambi\u{e9}n te puede",
    "\u{447}\u{438}\u{442}\u{430}\u{439}\u{442}\u{435} \u{442}\u{430}\u{43a}\u{436}\u{435}",
    "lees ook",
    "czytaj te\u{17c}",
];

/// Parts of short lines that ask for something instead of saying something, in lower case.
const CALLS: [&str; 32] = [
    "newsletter",
    "your inbox",
    "follow us on",
    "follow us at",
    "like us on facebook",
    "share this",
    "sign up for our",
    "subscribe to our",
    "subscribe to the",
    "subscribe now",
    "subscribe today",
    "click here for more",
    "click here to get",
    "by clicking here",
    "get the app",
    "download our app",
    "slideshow requires javascript",
    "back to gallery",
    "enable javascript",
    "tell us what you think",
    "leave a comment",
    "all rights reserved",
    "filed under",
    "affiliate commission",
    "share of the sale",
    "if you enjoyed this article",
    "see full gallery",
    "on facebook, twitter",
    "letters to the editor",
    "about the author",
    "advertisement",
    "reporting by",
];

/// Lines that label an advertisement.
const LABELS: [&str; 19] = [
    "ad",
    "ads",
    "advert",
    "advertisement",
    "advertising",
    "sponsored",
    "sponsored links",
    "anzeige",
    "werbung",
    "publicidad",
    "publicidade",
    "publicit\u{e9}",
    "pubblicit\u{e0}",
    "iklan",
    "\u{440}\u{435}\u{43a}\u{43b}\u{430}\u{43c}\u{430}",
    "\u{5e83}\u{544a}",
    "\u{5e7f}\u{544a}",
    "\u{625}\u{639}\u{644}\u{627}\u{646}",
    "\u{5e4}\u{5e8}\u{5e1}\u{5d5}\u{5de}\u{5ea}",
];

/// Words that a row of buttons for sharing is made of.
const NETWORKS: [&str; 22] = [
    "facebook",
    "twitter",
    "tweet",
    "x",
    "google",
    "linkedin",
    "pinterest",
    "pin",
    "it",
    "whatsapp",
    "telegram",
    "reddit",
    "tumblr",
    "instagram",
    "messenger",
    "email",
    "e",
    "mail",
    "share",
    "print",
    "copy",
    "link",
];

/// Longest line, in words, that is taken for a call or an introduction to links.
const SHORT: usize = 30;

/// Links in a row that make a menu.
const MENU: usize = 4;

/// Words of a block of links from which it is a menu by itself: a cloud of tags.
const CLOUD: usize = 12;

/// Words from which a paragraph is the text itself.
const LONG: usize = 20;

/// Takes furniture out of the blocks; more of it in an article, whose form is known.
pub(super) fn tidy(pieces: Vec<Piece>, article: bool) -> Vec<Piece> {
    let mut pieces = without_related(pieces);
    pieces.retain(|piece| !is_label(piece));
    if !article {
        return pieces;
    }
    let pieces = without_preamble(pieces);
    let kept = pieces.iter().filter(|piece| !is_aside_of_article(piece)).cloned().collect::<Vec<_>>();
    without_tail(kept)
}

/// Takes out runs of links: menus that nothing marks as such.
pub(super) fn without_menus(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
    for run in pieces.chunk_by(|a, b| (a.linked > 0.8) == (b.linked > 0.8)) {
        let links = run.iter().filter(|piece| piece.block.words().count() >= CLOUD).count();
        let menu = run.len() + links * MENU >= MENU && run.iter().all(|piece| piece.linked > 0.8);
        if !menu {
            kept.extend_from_slice(run);
        }
    }
    kept
}

/// The label of an advertisement, or a row of buttons for sharing.
fn is_label(piece: &Piece) -> bool {
    let (Block::Paragraph { text } | Block::ListItem { text, .. }) = &piece.block else { return false };
    if text.split_whitespace().count() > 12 {
        return false;
    }
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    LABELS.contains(&text.trim_matches(|c: char| !c.is_alphanumeric()))
        || text.contains(' ') && words.peek().is_some() && words.all(|word| NETWORKS.contains(&word))
}

/// Takes out lines that introduce links to other pages, and those links.
fn without_related(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut kept = Vec::with_capacity(pieces.len());
    let mut dropping: Option<u8> = None;
    for piece in pieces {
        let level = match &piece.block {
            Block::Heading { level, .. } => Some(*level),
            _ => None,
        };
        if let Some(under) = dropping {
            let over = level.is_some_and(|level| level <= under && piece.linked < 0.5);
            if !over && (level.is_some() || is_teaser(&piece)) {
                continue;
            }
            dropping = None;
        }
        if introduces_links(&piece) {
            dropping = Some(level.unwrap_or(6));
            continue;
        }
        kept.push(piece);
    }
    kept
}

fn is_teaser(piece: &Piece) -> bool {
    let words = piece.block.words().count();
    match piece.block {
        Block::Table { .. } | Block::Code { .. } => false,
        Block::ListItem { .. } => piece.linked > 0.3,
        _ => piece.linked > 0.5 || words < 6,
    }
}

fn introduces_links(piece: &Piece) -> bool {
    let (text, limit) = match &piece.block {
        // A line above links, broken within one paragraph.
        Block::Paragraph { text } if piece.linked > 0.5 && text.contains('\n') => {
            (text.split('\n').next().unwrap_or_default(), 6)
        }
        Block::Heading { text, .. } => (text.as_str(), 8),
        Block::Paragraph { text } if piece.linked > 0.5 => (text.as_str(), SHORT),
        Block::Paragraph { text } => (text.as_str(), 6),
        _ => return false,
    };
    if text.split_whitespace().count() > limit {
        return false;
    }
    let text = text.to_lowercase();
    RELATED.iter().any(|beginning| {
        text.strip_prefix(beginning).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// Takes out dates, bylines and counters above the text.
fn without_preamble(pieces: Vec<Piece>) -> Vec<Piece> {
    let begins = |piece: &Piece| {
        !piece.marginal
            && (piece.block.words().count() >= LONG
                || !matches!(
                    piece.block,
                    Block::Paragraph { .. } | Block::Heading { .. } | Block::ListItem { .. }
                ))
    };
    let start = pieces.iter().position(begins).unwrap_or(0);
    let (before, text) = pieces.split_at_checked(start).unwrap_or((&pieces, &[]));
    before.iter().filter(|piece| !is_byline(piece)).chain(text).cloned().collect()
}

fn is_byline(piece: &Piece) -> bool {
    match &piece.block {
        Block::Paragraph { text } | Block::ListItem { text, .. } => {
            !text.ends_with(['.', '!', '?', ':', '\u{3002}'])
        }
        _ => false,
    }
}

/// Captions, lines that are one link, and calls.
fn is_aside_of_article(piece: &Piece) -> bool {
    if piece.marginal {
        return true;
    }
    match &piece.block {
        Block::Paragraph { text } => piece.linked > 0.9 || is_call(text) || is_address(text),
        Block::Heading { text, .. } => piece.linked > 0.9 || is_call(text),
        _ => false,
    }
}

fn is_call(text: &str) -> bool {
    if text.split_whitespace().count() > SHORT {
        return false;
    }
    let text = text.to_lowercase();
    CALLS.iter().any(|call| text.contains(call))
}

/// `name@example.com`, `twitter.com/name`.
fn is_address(text: &str) -> bool {
    !text.contains(char::is_whitespace) && (text.contains('@') || text.contains(".com/"))
}

/// Takes out what stands below the text: headings of nothing, sources, tags.
fn without_tail(mut pieces: Vec<Piece>) -> Vec<Piece> {
    while let Some(last) = pieces.last() {
        let furniture = match &last.block {
            Block::Heading { .. } => true,
            Block::Paragraph { text } => {
                let lower = text.to_lowercase();
                let words = text.split_whitespace().count();
                words < LONG
                    && ["source", "tags", "\u{a9}", "copyright", "follow", "photo", "image"]
                        .iter()
                        .any(|start| lower.starts_with(start))
            }
            Block::ListItem { .. } => last.linked > 0.9,
            _ => false,
        };
        if !furniture || pieces.len() == 1 {
            break;
        }
        pieces.pop();
    }
    pieces
}
