//! How much of a page is parsed. An HTML parser looks up its open elements at every tag, so that a page of a
//! million unclosed ones takes hours, and every element takes memory: both end the page early.

/// Open elements at which a page is cut; browsers stop nesting at 512.
const MAX_OPEN: usize = 1_500;

/// Tags at which a page is cut; pages people read have some thousands.
const MAX_TAGS: usize = 100_000;

/// Elements that are never open for long: empty ones, and those another tag closes.
const CLOSED_BY_OTHERS: [&str; 26] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "optgroup", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
];

/// Elements whose content is not markup.
const RAW: [&str; 5] = ["script", "style", "textarea", "title", "xmp"];

/// The part of the page that is parsed: all of it, but for pages made to be expensive.
pub(super) fn readable(html: &str) -> &str {
    let (mut open, mut tags) = (0_usize, 0_usize);
    let mut at = 0;
    while let Some(found) = html.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        let rest = html.get(start + 1..).unwrap_or_default();
        at = start + 1;
        if let Some(comment) = rest.strip_prefix("!--") {
            at += comment.find("-->").map_or(rest.len(), |end| end + 3);
            continue;
        }
        let (closes, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
        let end =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').unwrap_or(rest.len());
        let name = rest.get(..end.min(20)).unwrap_or_default().to_ascii_lowercase();
        if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            continue;
        }
        tags += 1;
        if closes {
            open = open.saturating_sub(1);
        } else if RAW.contains(&name.as_str()) {
            at += raw_length(rest, &name);
        } else if !CLOSED_BY_OTHERS.contains(&name.as_str()) {
            open += 1;
        }
        if open > MAX_OPEN || tags > MAX_TAGS {
            return html.get(..start).unwrap_or(html);
        }
    }
    html
}

/// Bytes up to the end tag of a raw element.
fn raw_length(rest: &str, name: &str) -> usize {
    let mut at = 0;
    while let Some(found) = rest.get(at..).and_then(|rest| rest.find("</")) {
        at += found + 2;
        let ends = rest.get(at..at + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name));
        if ends {
            return at - 2;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_pages_are_read_whole() {
        let list = format!("<ul>{}</ul>", "<li>one<p>two<br>".repeat(5_000));
        assert_eq!(readable(&list).len(), list.len());
        let script = format!("<script>{}</SCRIPT><p>text", "'<div>' <!-- ".repeat(5_000));
        assert_eq!(readable(&script).len(), script.len());
        let text = "1 < 2 << 3 <\u{e9}> <!-- <b> --> </";
        assert_eq!(readable(text), text);
    }

    #[test]
    fn endless_nesting_and_endless_tags_are_cut() {
        assert!(readable(&"<div>".repeat(1_000_000)).len() < 10_000);
        assert!(readable(&"<b></b>".repeat(1_000_000)).len() < 1_000_000);
    }
}
