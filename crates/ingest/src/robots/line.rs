//! One line of robots.txt: its key, its value, its pattern against a path.

/// Longest line that is read, in octets; the rest of the line is ignored (as Google's parser does).
const MAX_LINE: usize = 2083 * 8 - 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    UserAgent,
    Allow,
    Disallow,
    Sitemap,
    CrawlDelay,
    Other,
}

pub(super) struct Line {
    pub(super) key: Key,
    pub(super) value: Vec<u8>,
}

/// Lines of a body ended by LF, CR or CRLF, without a byte order mark, even half of one.
pub(super) fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mark = body.iter().zip(b"\xEF\xBB\xBF").take_while(|(byte, mark)| byte == mark).count();
    body.get(mark..)
        .unwrap_or_default()
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .map(|line| line.get(..MAX_LINE).unwrap_or(line))
}

/// `key: value` without its comment; `key value` too, when there are exactly two words.
pub(super) fn parse(line: &[u8]) -> Option<Line> {
    let line = line.split(|byte| matches!(byte, b'#' | 0)).next()?.trim_ascii();
    let (key, value) = match line.iter().position(|byte| *byte == b':') {
        Some(colon) => (line.get(..colon)?, line.get(colon + 1..)?),
        None => {
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
            let space = line.iter().position(blank)?;
            let value = line.get(space..)?.trim_ascii();
            if value.iter().any(blank) {
                return None;
            }
            (line.get(..space)?, value)
        }
    };
    let key = key.trim_ascii();
    (!key.is_empty()).then(|| Line { key: key_of(key), value: value.trim_ascii().to_vec() })
}

/// Keys are recognised by their beginning, in any case.
fn key_of(key: &[u8]) -> Key {
    const KEYS: [(&str, Key); 16] = [
        ("user-agent", Key::UserAgent),
        ("useragent", Key::UserAgent),
        ("user agent", Key::UserAgent),
        ("allow", Key::Allow),
        ("disallow", Key::Disallow),
        ("dissallow", Key::Disallow),
        ("dissalow", Key::Disallow),
        ("disalow", Key::Disallow),
        ("diasllow", Key::Disallow),
        ("disallaw", Key::Disallow),
        ("sitemap", Key::Sitemap),
        ("site-map", Key::Sitemap),
        ("crawl-delay", Key::CrawlDelay),
        ("crawldelay", Key::CrawlDelay),
        ("crawl delay", Key::CrawlDelay),
        ("crawl_delay", Key::CrawlDelay),
    ];
    let begins = |name: &str| key.get(..name.len()).is_some_and(|k| k.eq_ignore_ascii_case(name.as_bytes()));
    KEYS.iter().find(|(name, _)| begins(name)).map_or(Key::Other, |(_, key)| *key)
}

/// A pattern in the form addresses have: octets above ASCII escaped, hexadecimal digits upper case.
pub(super) fn escape(pattern: &[u8]) -> String {
    let mut escaped = String::with_capacity(pattern.len());
    for byte in uppercase_escapes(pattern) {
        match byte {
            0x80.. => escaped.push_str(&format!("%{byte:02X}")),
            _ => escaped.push(char::from(byte)),
        }
    }
    escaped
}

/// `%2f` as `%2F`.
pub(super) fn uppercase_escapes(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.as_ref().len());
    let mut rest = text.as_ref();
    while let [first, tail @ ..] = rest {
        bytes.push(*first);
        rest = match tail {
            [high, low, after @ ..]
                if *first == b'%' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                bytes.extend([high.to_ascii_uppercase(), low.to_ascii_uppercase()]);
                after
            }
            _ => tail,
        };
    }
    bytes
}

/// Whether `pattern` matches from the start of `path`. `*` is any run of octets, `$` at the end is the end.
///
/// The literal parts are looked for from left to right, each at its first place: a later place could only
/// leave less of the path for the parts that follow. That is O(path · pattern) at worst, for any pattern.
pub(super) fn matches(path: &[u8], pattern: &[u8]) -> bool {
    let (pattern, anchored) = match pattern {
        [start @ .., b'$'] => (start, true),
        _ => (pattern, false),
    };
    let mut parts = pattern.split(|byte| *byte == b'*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !anchored || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if anchored && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        if part.is_empty() {
            continue;
        }
        let Some(at) = rest.windows(part.len()).position(|window| window == part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}
