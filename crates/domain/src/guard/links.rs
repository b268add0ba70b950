//! Addresses in an answer: only those of this turn's sources stay, the pages they come from or addresses written in
//! them. Every other is taken out: a Markdown link leaves its label, a bare address an ellipsis, so nothing is left
//! that any client would make live. Images leave their description, wherever they lead: they load unasked.

use protocol::internal::Hit;

/// What stands where an address was.
const GONE: char = '…';
/// Longer is no label, and no address, of a link.
const MAX_LABEL: usize = 300;
const MAX_TARGET: usize = 2_000;
/// What begins an address before its colon. The first four may stay; the next are never kept, even if a source has one:
/// what such an address does is written in itself.
const SCHEMES: &[&str] = &[
    "http",
    "https",
    "mailto",
    "tel",
    "javascript",
    "vbscript",
    "data",
    "file",
    "blob",
    "intent",
    "view-source",
    "sms",
    "ftp",
    "ftps",
    "callto",
    "facetime",
    "geo",
    "magnet",
    "market",
    "skype",
    "whatsapp",
    "ws",
    "wss",
];
const LINKS: usize = 4;
const SCRIPTS: usize = 7;
/// Last labels of the names that clients make links of without a scheme.
const TLDS: &str = " ae ai app ar at au be biz br ca cc cf ch click cloud cn co com cz de dev dk edu eg es eu example fi \
fr ga gg gov gq gr hk hu id ie il in info int invalid io it jp kr la link live local localhost ly ma me mil mobi mov mx \
my name net nl no nz online org page ph pl pro pt pw ro ru sa se sg sh shop site space st store su tech test th tk to top \
tr tv tw ua uk us vip vn web website win work ws xyz za zip ";

pub(super) struct LinkGuard {
    /// The pages of the sources, and everything written in them.
    pages: Vec<String>,
    written: String,
    link: Link,
    label: String,
    target: String,
    /// Brackets open within the target.
    depth: u32,
    image: bool,
    /// The run of an address's characters that is under way: what was shown of it, and what waits for its end.
    run: String,
    waits: String,
    /// A bracket was closed last.
    closed: bool,
    removed: u32,
}

/// How far a Markdown link has come.
#[derive(Clone, Copy, PartialEq)]
enum Link {
    None,
    /// An exclamation mark, before an image perhaps.
    Mark,
    Label,
    /// The label is closed.
    Closed,
    Target,
}

impl LinkGuard {
    pub(super) fn new(sources: &[Hit]) -> Self {
        let mut written = String::new();
        for hit in sources {
            written.push_str(&hit.text);
            written.push('\n');
            written.push_str(&hit.title);
            written.push('\n');
        }
        Self {
            pages: sources.iter().map(|hit| hit.url.clone()).collect(),
            written,
            link: Link::None,
            label: String::new(),
            target: String::new(),
            depth: 0,
            image: false,
            run: String::new(),
            waits: String::new(),
            closed: false,
            removed: 0,
        }
    }

    pub(super) fn removed(&self) -> u32 {
        self.removed
    }

    pub(super) fn push(&mut self, piece: &str) -> String {
        let mut shown = String::with_capacity(piece.len());
        for c in piece.chars() {
            self.take(c, &mut shown);
        }
        shown
    }

    pub(super) fn finish(&mut self) -> String {
        let mut shown = String::new();
        self.give_up(&mut shown);
        self.end_run(&mut shown);
        shown
    }

    fn take(&mut self, c: char, shown: &mut String) {
        match (self.link, c) {
            (Link::None | Link::Mark, '[') => {
                (self.image, self.link) = (self.link == Link::Mark, Link::Label);
            }
            (Link::Label, '[') => {
                // The innermost bracket makes the link.
                let image = self.label.ends_with('!');
                if image {
                    self.label.pop();
                }
                self.give_up(shown);
                (self.image, self.link) = (image, Link::Label);
            }
            (Link::Label, ']') => self.link = Link::Closed,
            (Link::Label, c) if c != '\n' && self.label.len() < MAX_LABEL => self.label.push(c),
            (Link::Closed, '(') => (self.depth, self.link) = (0, Link::Target),
            (Link::Target, ')') if self.depth == 0 => self.decide(shown),
            (Link::Target, c) if c != '\n' && self.target.len() < MAX_TARGET => {
                match c {
                    '(' => self.depth += 1,
                    ')' => self.depth -= 1,
                    _ => {}
                }
                self.target.push(c);
            }
            (Link::None, '!') => self.link = Link::Mark,
            (Link::None, c) => self.text(c, shown),
            _ => {
                self.give_up(shown);
                self.take(c, shown);
            }
        }
    }

    /// What looked like a link is text.
    fn give_up(&mut self, shown: &mut String) {
        let link = std::mem::replace(&mut self.link, Link::None);
        let (label, target) = (std::mem::take(&mut self.label), std::mem::take(&mut self.target));
        let mark = link == Link::Mark || std::mem::take(&mut self.image);
        let mut text = String::new();
        text.extend(mark.then_some('!'));
        text.extend((!matches!(link, Link::None | Link::Mark)).then_some('['));
        text.push_str(&label);
        text.extend(matches!(link, Link::Closed | Link::Target).then_some(']'));
        text.extend((link == Link::Target).then_some('('));
        text.push_str(&target);
        for c in text.chars() {
            self.text(c, shown);
        }
    }

    /// A whole Markdown link: it stays if it is known, else its label does.
    fn decide(&mut self, shown: &mut String) {
        self.link = Link::None;
        let (label, target) = (std::mem::take(&mut self.label), std::mem::take(&mut self.target));
        let image = std::mem::take(&mut self.image);
        let address =
            target.trim().trim_start_matches('<').split(['>', ' ', '\t']).next().unwrap_or_default();
        // With something before its scheme, a client takes it for another address.
        let scheme = scheme(address).is_some_and(|(scheme, from)| {
            from.len() == address.len() && SCHEMES.iter().take(LINKS).any(|own| same(own, scheme))
        });
        let known = !image && scheme && self.is_known(address);
        self.removed += u32::from(!known);
        if label.len() <= 3 && label.bytes().all(|b| b.is_ascii_digit()) && !label.is_empty() {
            // A citation stays one, whatever was written behind it.
            self.text('[', shown);
            shown.push_str(&label);
            self.text(']', shown);
        } else if known {
            self.text('[', shown);
            self.words(&label, shown);
            self.end_run(shown);
            shown.push_str("](");
            shown.push_str(address);
            shown.push(')');
        } else if label.trim().is_empty() {
            self.text(GONE, shown);
        } else {
            self.words(&label, shown);
        }
    }

    fn words(&mut self, text: &str, shown: &mut String) {
        for c in text.chars() {
            self.text(c, shown);
        }
    }

    /// A character outside links: shown at once, unless it may be in an address.
    fn text(&mut self, c: char, shown: &mut String) {
        let closed = std::mem::replace(&mut self.closed, c == ']');
        if !is_address(c) {
            self.end_run(shown);
            // What is no link, by its nesting or its length, becomes none elsewhere.
            shown.extend((closed && c == '(').then_some(' '));
            shown.push(c);
            return;
        }
        if self.waits.is_empty() && !is_joint(c) {
            let word_goes_on = self.run.ends_with(|c: char| c.is_ascii_alphanumeric());
            let waits = !word_goes_on && schemes().any(|scheme| scheme.starts_with(c.to_ascii_lowercase()));
            if !waits {
                self.run.push(c);
                shown.push(c);
                return;
            }
        }
        self.waits.push(c);
        self.let_go(shown);
    }

    /// Shows what waits as the beginning of a scheme and is none.
    fn let_go(&mut self, shown: &mut String) {
        if self.waits.chars().any(|c| !c.is_ascii_alphabetic()) {
            return;
        }
        let begins =
            |scheme: &str| scheme.get(..self.waits.len()).is_some_and(|head| same(head, &self.waits));
        if !schemes().any(begins) {
            self.run.push_str(&self.waits);
            shown.push_str(&std::mem::take(&mut self.waits));
        }
    }

    /// A run is whole: what waited is shown, or an ellipsis in its place.
    fn end_run(&mut self, shown: &mut String) {
        let (mut run, waits) = (std::mem::take(&mut self.run), std::mem::take(&mut self.waits));
        if waits.is_empty() {
            return;
        }
        run.push_str(&waits);
        let address = trimmed(&run);
        if !is_link(address) || self.is_known(address) {
            shown.push_str(&waits);
            return;
        }
        self.removed += 1;
        shown.push(GONE);
        // The punctuation of the sentence stays.
        let behind = waits.trim_end_matches(is_punctuation).len();
        shown.push_str(waits.get(behind..).unwrap_or_default());
    }

    /// Whether a source has this address.
    fn is_known(&self, address: &str) -> bool {
        let (scheme, from) = scheme(address).unwrap_or(("", address));
        if SCHEMES.iter().skip(LINKS).take(SCRIPTS).any(|script| same(script, scheme)) {
            return false;
        }
        // Behind a slash or a link it is a part of another address, which a source has as a whole or not at all.
        let inner = address
            .strip_suffix(from)
            .is_some_and(|before| before.ends_with('/') || before.contains("//") || is_link(trimmed(before)));
        let wanted = if inner { address } else { core(address) };
        if !inner && same(scheme, "tel") {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            let number = digits(wanted);
            return number.len() > 5 && self.written.lines().any(|line| digits(line).contains(&number));
        }
        // Any word is written somewhere. What makes it an address is a point in its name, or its scheme, there as here.
        let named = wanted.contains('.');
        let fits = |known: &str| {
            let own = if inner { known } else { core(known) };
            let page = own.split_once('#').map(|(page, _)| page.trim_end_matches('/'));
            (same(own, wanted) || page.is_some_and(|page| same(page, wanted)))
                && (named || self::scheme(known).is_some_and(|(own, _)| same(own, scheme)))
        };
        let runs = |text: &str| text.split(|c| !is_address(c)).any(|run| fits(trimmed(run)));
        self.pages.iter().any(|page| fits(page) || runs(page)) || runs(&self.written)
    }
}

/// What an address begins with.
fn schemes() -> impl Iterator<Item = &'static str> {
    SCHEMES.iter().copied().chain(["www"])
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// What addresses are made of. Scripts without spaces end one: their sentences go on behind it.
pub(super) fn is_address(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || "-._~:/?#@$&'*+,;=%!".contains(c);
    }
    c.is_alphanumeric() && crate::text::script(c) != crate::text::Script::Cjk
}

/// What makes an address of words.
pub(super) fn is_joint(c: char) -> bool {
    matches!(c, '.' | ':' | '/' | '@')
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~')
}

/// Without the punctuation and the emphasis around it.
fn trimmed(run: &str) -> &str {
    run.trim_end_matches(is_punctuation).trim_start_matches(|c: char| !c.is_alphanumeric() && c != '/')
}

/// The first scheme in a text that has something behind it, and the text from it on.
fn scheme(address: &str) -> Option<(&str, &str)> {
    address.match_indices(':').find_map(|(colon, _)| {
        let (before, behind) = (address.get(..colon)?, address.get(colon + 1..)?);
        let at = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let at = at.map_or(0, |at| {
            at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        let name = before.get(at..)?;
        let known = |name: &str| SCHEMES.iter().any(|scheme| same(scheme, name));
        // Behind a hyphen one begins for some clients, unless the hyphen is its own.
        let last = name.rfind('-').and_then(|hyphen| name.get(hyphen + 1..));
        let name = last.filter(|last| !known(name) && known(last)).unwrap_or(name);
        let from = address.get(colon - name.len()..)?;
        (!behind.is_empty() && (known(name) || behind.starts_with("//"))).then_some((name, from))
    })
}

/// An address without what is the same with and without it.
fn core(address: &str) -> &str {
    let mut rest = address;
    if let Some((_, from)) = scheme(address) {
        // One of them: behind a second, it is the name of another place. A page with a name before its host is no mailbox.
        let heads = ["http://", "https://", "mailto:", "tel:"];
        let headless =
            heads.into_iter().map(|head| (head, without(from, head))).find(|(_, rest)| *rest != from);
        let host = |rest: &str| rest.split(['/', '?', '#']).next().is_some_and(|host| !host.contains('@'));
        rest = match headless {
            Some((head, rest)) if host(rest) || !head.ends_with('/') => rest,
            _ => from,
        };
    }
    let bare = without(rest, "www.");
    // `www.localhost` is another machine.
    let named = bare.split(['/', ':', '?', '#']).next().is_some_and(|host| host.contains('.'));
    let name = if rest.contains('@') || !named { rest } else { bare };
    name.strip_suffix('/').unwrap_or(name)
}

fn without<'t>(text: &'t str, head: &str) -> &'t str {
    let has = text.get(..head.len()).is_some_and(|begin| same(begin, head));
    if has { text.get(head.len()..).unwrap_or_default() } else { text }
}

/// Whether a client would make a link of it.
fn is_link(run: &str) -> bool {
    if run.contains("://") || scheme(run).is_some() {
        return true;
    }
    // After marks that are no part of a name: `src=//host`, `to:www.host`, `a,b.com`, `A_b.com`.
    run.split(['=', ',', ';', '&', '\'', '*', '!', '$', '+', '~', '?', '#', '%', '_']).any(|part| {
        let relative = part.find("//").and_then(|at| Some(part.get(at..)?.trim_start_matches('/')));
        let lower = part.to_ascii_lowercase();
        let begins = |(at, _): (usize, &str)| {
            let (before, behind) =
                (lower.get(..at).unwrap_or_default(), lower.get(at + 4..).unwrap_or_default());
            !behind.is_empty() && !before.ends_with(|c: char| c.is_ascii_alphanumeric())
        };
        relative.is_some_and(|rest| rest.contains('.') && rest.starts_with(char::is_alphanumeric))
            || lower.match_indices("www.").any(begins)
            || part.split('@').skip(1).any(|host| is_host(host, true))
            || part
                .split(|c: char| matches!(c, ':' | '/') || !c.is_ascii())
                .any(|piece| is_host(piece, false))
            || is_host(part, false)
    })
}

/// Whether it is a name of the web, perhaps with a path; `sure` when what stands before it makes it one.
fn is_host(part: &str, sure: bool) -> bool {
    let part = part.trim_start_matches(|c: char| !c.is_alphanumeric());
    let end = part.find(['/', '?', '#', ':', '@', '%', '_']).unwrap_or(part.len());
    let (host, rest) = part.split_at(end);
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    if labels.len() < 2 || labels.iter().any(|label| label.is_empty()) {
        return false;
    }
    let Some(last) = labels.last() else { return false };
    // A letter of another script ends a name for some clients.
    let ascii = last.split(|c: char| !c.is_ascii()).next().unwrap_or_default();
    let last = if ascii.is_empty() { last } else { ascii };
    if labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok()) {
        return sure || rest.starts_with(['/', ':']);
    }
    let alphabetic = last.len() > 1 && last.chars().all(char::is_alphabetic);
    let coded = last.get(..4).is_some_and(|head| same(head, "xn--"));
    // "open.It": a sentence without its space.
    let joined = last.starts_with(char::is_uppercase) && last.chars().skip(1).any(char::is_lowercase);
    let listed = TLDS.contains(&format!(" {} ", last.to_ascii_lowercase()));
    coded || (alphabetic && (sure || rest.starts_with('/') || (listed && !joined)))
}

#[cfg(test)]
mod tests;
