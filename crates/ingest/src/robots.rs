//! robots.txt as RFC 9309 describes it, and as Google's open parser reads it wherever the RFC leaves room:
//! keys by prefix, five misspellings of `disallow`, a forgotten colon, a stray byte order mark, `index.html`
//! in an `Allow` rule meaning its directory. Matching is by octets, the longest rule wins, a tie allows.
//!
//! `Crawl-delay` is not in the RFC; site owners write it and we honour it.

mod line;

use serde::{Deserialize, Serialize};

use line::{Key, Line};

/// Our product token: what a site owner writes after `User-agent:`.
pub const AGENT: &str = "FrontdeskBot";

/// Octets of a robots.txt that are read (RFC 9309 §2.5 asks for at least 500 KiB).
pub const MAX_BYTES: usize = 500 * 1024;

/// Longest wait between two requests that a site can ask for, in seconds.
const MAX_CRAWL_DELAY: f64 = 3_600.0;

/// A parsed robots.txt; the default one allows everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

/// Consecutive `User-agent` lines and the rules below them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Group {
    agents: Vec<String>,
    global: bool,
    rules: Vec<Rule>,
    crawl_delay: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rule {
    allow: bool,
    pattern: String,
}

/// Length of the longest matching pattern of each kind; `None` is no match.
#[derive(Default)]
struct Longest {
    allow: Option<usize>,
    disallow: Option<usize>,
}

impl Robots {
    /// Reads a robots.txt; anything that is not a rule is skipped, so this cannot fail.
    pub fn parse(body: &[u8]) -> Robots {
        let mut robots = Robots::default();
        let mut open: Option<Group> = None;
        for line in line::lines(within_limit(body)) {
            let Some(Line { key, value }) = line::parse(line) else { continue };
            match key {
                Key::UserAgent => {
                    // Rules close the list of agents; a sitemap or a crawl-delay between them does not.
                    if open.as_ref().is_some_and(|group| !group.rules.is_empty()) {
                        robots.groups.extend(open.take());
                    }
                    open.get_or_insert_default().add_agent(&value);
                }
                Key::Allow | Key::Disallow => {
                    if let Some(group) = &mut open {
                        let pattern = line::escape(&value);
                        group.rules.push(Rule { allow: key == Key::Allow, pattern });
                    }
                }
                Key::CrawlDelay => {
                    if let (Some(group), Some(delay)) = (&mut open, seconds(&value)) {
                        group.crawl_delay.get_or_insert(delay);
                    }
                }
                Key::Sitemap => robots.sitemaps.push(String::from_utf8_lossy(&value).into_owned()),
                Key::Other => {}
            }
        }
        robots.groups.extend(open);
        robots
    }

    /// What the answer to a request for robots.txt means (RFC 9309 §2.3.1): a file that does not exist
    /// allows everything; a server that is in trouble, or asks us to slow down, allows nothing for now.
    pub fn from_response(status: u16, body: &[u8]) -> Robots {
        match status {
            200..=299 => Robots::parse(body),
            429 | 500..=599 => Robots::parse(b"User-agent: *\nDisallow: /\n"),
            _ => Robots::default(),
        }
    }

    /// Whether `agent` may fetch `url` (absolute, in its escaped form).
    pub fn allows(&self, agent: &str, url: &str) -> bool {
        let path = line::uppercase_escapes(path_and_query(url));
        if self.names(agent) {
            // A group of its own replaces the rules for everybody, even when nothing in it matches.
            return self.longest(&path, |group| group.names(agent)).allows();
        }
        self.longest(&path, |group| group.global).allows()
    }

    /// Seconds that `agent` is asked to leave between two requests, at most an hour.
    pub fn crawl_delay(&self, agent: &str) -> Option<f64> {
        let specific = self.names(agent);
        let applies = |group: &&Group| if specific { group.names(agent) } else { group.global };
        self.groups.iter().filter(applies).find_map(|group| group.crawl_delay)
    }

    /// Addresses of the `Sitemap:` lines, in order, as they were written.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    fn names(&self, agent: &str) -> bool {
        self.groups.iter().any(|group| group.names(agent))
    }

    fn longest(&self, path: &[u8], applies: impl Fn(&Group) -> bool) -> Longest {
        let mut longest = Longest::default();
        for rule in self.groups.iter().filter(|group| applies(group)).flat_map(|group| &group.rules) {
            let best = if rule.allow { &mut longest.allow } else { &mut longest.disallow };
            *best = (*best).max(rule.match_length(path));
        }
        longest
    }
}

impl Longest {
    /// A tie allows (RFC 9309 §2.2.2), and so does a file without a matching rule. An empty pattern
    /// matches with length 0: `Disallow:` forbids nothing.
    fn allows(&self) -> bool {
        self.disallow.unwrap_or(0) <= self.allow.unwrap_or(0)
    }
}

impl Group {
    fn add_agent(&mut self, value: &[u8]) {
        if let [b'*', rest @ ..] = value
            && rest.first().is_none_or(u8::is_ascii_whitespace)
        {
            self.global = true;
            return;
        }
        // `FooBot/2.1` is obeyed as `FooBot`.
        let token: String = value
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
            .map(|byte| char::from(*byte))
            .collect();
        self.agents.push(token);
    }

    fn names(&self, agent: &str) -> bool {
        self.agents.iter().any(|named| named.eq_ignore_ascii_case(agent))
    }
}

impl Rule {
    /// Length of the pattern if it matches `path`.
    fn match_length(&self, path: &[u8]) -> Option<usize> {
        if line::matches(path, self.pattern.as_bytes()) {
            return Some(self.pattern.len());
        }
        // `Allow: /a/index.html` allows `/a/` as well.
        let slash = self.pattern.rfind('/').filter(|_| self.allow)?;
        let (directory, file) = self.pattern.split_at_checked(slash + 1)?;
        let whole = format!("{directory}$");
        (file.starts_with("index.htm") && line::matches(path, whole.as_bytes())).then_some(whole.len())
    }
}

/// The readable part: a rule cut in the middle would forbid or allow more than was written.
fn within_limit(body: &[u8]) -> &[u8] {
    let Some(readable) = body.get(..MAX_BYTES).filter(|_| body.len() > MAX_BYTES) else { return body };
    let end = readable.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(0);
    readable.get(..end).unwrap_or_default()
}

fn seconds(value: &[u8]) -> Option<f64> {
    let delay: f64 = std::str::from_utf8(value).ok()?.parse().ok()?;
    (delay.is_finite() && delay >= 0.0).then(|| delay.min(MAX_CRAWL_DELAY))
}

/// Path, parameters and query of an address without scheme, authority and fragment; `/` if it has none.
fn path_and_query(url: &str) -> String {
    let start = if url.starts_with("//") { 2 } else { 0 };
    let rest = url.get(start..).unwrap_or_default();
    let delimiter = |text: &str| text.find(['/', '?', ';']);
    // A `://` behind the first `/`, `?` or `;` is part of the path, not the end of a scheme.
    let authority = match rest.find("://") {
        Some(at) if delimiter(rest).is_none_or(|early| early >= at) => at + 3,
        _ => 0,
    };
    let without_fragment = rest.split('#').next().unwrap_or_default();
    let after = without_fragment.get(authority..).unwrap_or_default();
    match delimiter(after).and_then(|at| after.get(at..)) {
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some(parameters) => format!("/{parameters}"),
        None => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests;
