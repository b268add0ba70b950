//! Videos: from what YouTube says about one to passages that begin at their moment.
//!
//! Three answers make a video: its page (which names the key of the player's interface, or asks for consent), the
//! player's answer (title, description, tracks of captions) and one track. None of it is a documented interface;
//! the shapes are those of the player as youtube.com itself uses it. Captions written by people come before
//! recognised speech. The chapters of the description become headings.

mod captions;
mod player;

use url::Url;

use crate::chunk::{Passage, count_tokens};

pub use captions::{Line, lines};
pub use player::{Consent, Track, Video, VideoError, consent, key, player};

/// Tokens of a passage at most: a minute or two of speech, so that its address leads near to what was said.
const WINDOW: u32 = 220;
/// The window before gives the next one its last lines, up to this many tokens.
const OVERLAP: u32 = 25;
/// Lines of recognised speech that make a sentence, where nobody set a full stop.
const SPOKEN: usize = 3;
/// Longest video that is read.
const MAX_PASSAGES: usize = 2_000;

/// The id of the video an address leads to: 11 characters, in any of the forms YouTube gives out.
#[must_use]
pub fn id(url: &Url) -> Option<String> {
    let host = url.host_str()?.to_ascii_lowercase();
    let host = ["www.", "m.", "music."].iter().find_map(|prefix| host.strip_prefix(prefix)).unwrap_or(&host);
    let mut path = url.path_segments()?;
    let id = match host {
        "youtu.be" => path.next()?.to_owned(),
        "youtube.com" | "youtube-nocookie.com" => match path.next()? {
            "watch" => url.query_pairs().find(|(name, _)| name == "v")?.1.into_owned(),
            "shorts" | "embed" | "live" | "v" => path.next()?.to_owned(),
            _ => return None,
        },
        _ => return None,
    };
    let fits = id.len() == 11 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    fits.then_some(id)
}

/// The one address of a video.
#[must_use]
pub fn address(id: &str) -> Option<Url> {
    Url::parse_with_params("https://www.youtube.com/watch", [("v", id)]).ok()
}

/// The address of a passage: the video at its moment.
#[must_use]
pub fn moment(passage: &Passage, video: &Url) -> Url {
    let mut address = video.clone();
    if let Some(seconds) = passage.fragment.as_deref().and_then(|fragment| fragment.strip_prefix("t=")) {
        address.query_pairs_mut().append_pair("t", seconds);
    }
    address
}

/// A chapter, from the description.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Chapter {
    at_ms: u64,
    title: String,
}

/// Cuts what is said into passages: at chapters first, then windows of about [`WINDOW`] tokens. The description
/// comes first.
#[must_use]
pub fn passages(video: &Video, lines: &[Line]) -> Vec<Passage> {
    let chapters = chapters(&video.description);
    let mut passages = Vec::new();
    let mut push = |path: Vec<String>, at_ms: u64, text: String| {
        if !text.trim().is_empty() && passages.len() < MAX_PASSAGES {
            passages.push(Passage {
                ord: u32::try_from(passages.len()).unwrap_or(u32::MAX),
                heading_path: path,
                fragment: Some(format!("t={}s", at_ms / 1_000)),
                tokens: count_tokens(&text),
                text,
            });
        }
    };
    let about: Vec<&str> = video.description.lines().filter(|line| stamp(line).is_none()).collect();
    let about = head(about.join("\n").trim(), 2_000).to_owned();
    push(vec![video.title.clone()], 0, about);
    let ends = chapters.iter().skip(1).map(|chapter| chapter.at_ms).chain([u64::MAX]);
    let named: Vec<(Option<&Chapter>, u64)> = if chapters.is_empty() {
        vec![(None, u64::MAX)]
    } else {
        chapters.iter().map(Some).zip(ends).collect()
    };
    let punctuated = punctuated(lines);
    let mut rest = lines;
    for (chapter, end) in named {
        let length = rest.iter().take_while(|line| line.at_ms < end).count();
        let (own, later) = rest.split_at(length);
        rest = later;
        let mut path = vec![video.title.clone()];
        path.extend(chapter.map(|chapter| chapter.title.clone()));
        for (at_ms, text) in windows(own, punctuated) {
            push(path.clone(), at_ms, text);
        }
    }
    passages
}

/// Windows of a chapter, each with the moment of its first line.
fn windows(lines: &[Line], punctuated: bool) -> Vec<(u64, String)> {
    let tokens: Vec<u32> = lines.iter().map(|line| count_tokens(&line.text)).collect();
    let (mut windows, mut from) = (Vec::new(), 0);
    while from < lines.len() {
        let (mut to, mut sum) = (from, 0);
        while let Some(more) = tokens.get(to).filter(|more| to == from || sum + **more <= WINDOW) {
            sum += more;
            to += 1;
        }
        let own = lines.get(from..to).unwrap_or_default();
        windows.push((own.first().map_or(0, |line| line.at_ms), joined(own, punctuated)));
        if to >= lines.len() {
            break;
        }
        let (mut next, mut shared) = (to, 0);
        while next > from + 1 {
            let more = tokens.get(next - 1).copied().unwrap_or(u32::MAX);
            if shared + more > OVERLAP {
                break;
            }
            shared += more;
            next -= 1;
        }
        from = next;
    }
    windows
}

/// Lines as running text. Recognised speech has no full stops, so every few lines stand for themselves: what is
/// quoted has to end somewhere.
fn joined(lines: &[Line], punctuated: bool) -> String {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    if punctuated {
        return texts.join(" ");
    }
    texts.chunks(SPOKEN).map(|few| few.join(" ")).collect::<Vec<_>>().join("\n")
}

/// Whether somebody set full stops: one in every hundred words at least.
fn punctuated(lines: &[Line]) -> bool {
    let words: usize = lines.iter().map(|line| line.text.split_whitespace().count()).sum();
    let stops: usize =
        lines.iter().map(|line| line.text.matches(['.', '?', '!', '。', '؟', '！', '？']).count()).sum();
    stops * 100 >= words
}

/// Chapters as YouTube itself reads them: lines of the description that begin or end with a time, at least three,
/// in order, the first at 0:00.
fn chapters(description: &str) -> Vec<Chapter> {
    let chapters: Vec<Chapter> = description.lines().filter_map(stamp).collect();
    let ordered = chapters.windows(2).all(|pair| matches!(pair, [a, b] if a.at_ms < b.at_ms));
    let begins = chapters.first().is_some_and(|chapter| chapter.at_ms == 0);
    if chapters.len() >= 3 && ordered && begins { chapters } else { Vec::new() }
}

/// `1:02:03 Title`, `02:03 - Title` or `Title 2:03`.
fn stamp(line: &str) -> Option<Chapter> {
    let line = line.trim();
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let (at_ms, title) = match clock(first) {
        Some(at_ms) => (at_ms, rest),
        None => {
            let (rest, last) = line.rsplit_once(char::is_whitespace)?;
            (clock(last)?, rest)
        }
    };
    let title = title.trim_matches(|c: char| c.is_whitespace() || "-–—:|•()[]".contains(c));
    (!title.is_empty()).then(|| Chapter { at_ms, title: title.to_owned() })
}

fn clock(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.trim_matches(['(', ')', '[', ']']).split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut seconds = 0_u64;
    for part in parts {
        let fits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        seconds = seconds * 60 + part.parse::<u64>().ok().filter(|_| fits)?;
    }
    Some(seconds * 1_000)
}

fn head(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
