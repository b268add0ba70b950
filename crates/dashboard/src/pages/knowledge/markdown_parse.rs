//! The part of Markdown that answers use, line by line. What is not closed stays the text it is.

use crate::text;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    Paragraph(Vec<Inline>),
    Heading(Vec<Inline>),
    List { ordered: bool, start: u32, items: Vec<Vec<Block>> },
    Quote(Vec<Block>),
    Code(String),
    Table(Vec<Vec<Vec<Inline>>>),
    Rule,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Inline {
    Text(String),
    Strong(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Code(String),
    Link(String, Vec<Inline>),
    Mark(u32),
    Break,
}

/// Deep nesting is never meant, and costs stack.
const DEEPEST: usize = 5;

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The mark of a list's item: its indent, the number of an ordered one, and what follows.
fn item(line: &str) -> Option<(usize, Option<u32>, &str)> {
    let (depth, rest) = (indent(line), line.trim_start_matches(' '));
    if let Some(text) = ["- ", "* ", "+ ", "• "].iter().find_map(|mark| rest.strip_prefix(mark)) {
        return Some((depth, None, text));
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, tail) = rest.split_at_checked(digits).filter(|_| (1..=9).contains(&digits))?;
    let text = tail.strip_prefix(". ").or_else(|| tail.strip_prefix(") "))?;
    Some((depth, number.parse().ok(), text))
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start();
    let level = rest.len() - rest.trim_start_matches('#').len();
    let text = rest.get(level..)?.strip_prefix(' ')?;
    (1..=6).contains(&level).then(|| text.trim_end_matches(['#', ' ']).trim())
}

fn is_rule(line: &str) -> bool {
    let bare: String = line.split_whitespace().collect();
    bare.len() >= 3 && ['-', '*', '_'].iter().any(|mark| bare.chars().all(|c| c == *mark))
}

fn is_table_rule(line: &str) -> bool {
    line.contains('|') && line.contains('-') && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

fn interrupts(line: &str) -> bool {
    let rest = line.trim_start();
    rest.is_empty()
        || rest.starts_with("```")
        || rest.starts_with('>')
        || heading(line).is_some()
        // A line may well begin with "2024. ": an ordered list interrupts from 1 only.
        || item(line).is_some_and(|(_, number, _)| number.is_none_or(|number| number == 1))
}

fn cells(line: &str) -> Vec<Vec<Inline>> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').unwrap_or(line);
    line.split('|').map(|cell| inline(cell.trim(), 0)).collect()
}

pub(super) fn blocks(lines: &[&str], depth: usize) -> Vec<Block> {
    let mut out = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        rest = after;
        if line.trim().is_empty() {
            continue;
        }
        if line.trim_start().starts_with("```") {
            let end = after.iter().position(|line| line.trim_start().starts_with("```"));
            let (code, tail) = after.split_at(end.unwrap_or(after.len()));
            out.push(Block::Code(code.join("\n")));
            rest = tail.get(1..).unwrap_or_default();
        } else if let Some(text) = heading(line) {
            out.push(Block::Heading(inline(text, 0)));
        } else if is_rule(line) {
            out.push(Block::Rule);
        } else if depth < DEEPEST && line.trim_start().starts_with('>') {
            let more = after.iter().take_while(|line| line.trim_start().starts_with('>')).count();
            let (quoted, tail) = after.split_at(more);
            let inner: Vec<&str> = std::iter::once(line)
                .chain(quoted)
                .map(|line| line.trim_start().trim_start_matches('>').trim_start())
                .collect();
            out.push(Block::Quote(blocks(&inner, depth + 1)));
            rest = tail;
        } else if line.contains('|') && after.first().is_some_and(|next| is_table_rule(next)) {
            let more = after.iter().skip(1).take_while(|line| line.contains('|')).count();
            let (rows, tail) = after.split_at((more + 1).min(after.len()));
            out.push(Block::Table(
                std::iter::once(line).chain(rows.iter().skip(1)).map(|line| cells(line)).collect(),
            ));
            rest = tail;
        } else if depth < DEEPEST
            && let Some((base, number, _)) = item(line)
        {
            let (items, tail) = list(rest_from(lines, after), base, number.is_some(), depth);
            out.push(Block::List { ordered: number.is_some(), start: number.unwrap_or(1), items });
            rest = tail;
        } else {
            let more = after.iter().take_while(|line| !interrupts(line)).count();
            let (text, tail) = after.split_at(more);
            let joined: Vec<&str> = std::iter::once(line).chain(text).map(|line| line.trim()).collect();
            out.push(Block::Paragraph(inline(&joined.join("\n"), 0)));
            rest = tail;
        }
    }
    out
}

/// The lines from the one before `after` on.
fn rest_from<'a, 't>(lines: &'a [&'t str], after: &[&str]) -> &'a [&'t str] {
    lines.get(lines.len() - after.len() - 1..).unwrap_or_default()
}

/// The items of a list that begins with the first line, and what follows it.
fn list<'a, 't>(
    lines: &'a [&'t str],
    base: usize,
    ordered: bool,
    depth: usize,
) -> (Vec<Vec<Block>>, &'a [&'t str]) {
    let mut items = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        let Some((at, number, text)) = item(line) else { break };
        if at > base + 1 || number.is_some() != ordered {
            break;
        }
        let mut inner = vec![text];
        let mut tail = after;
        while let Some((next, more)) = tail.split_first() {
            if next.trim().is_empty() {
                // A blank line goes on only with text that is indented into the item.
                if more.first().is_none_or(|line| indent(line) <= base + 1) {
                    break;
                }
                inner.push("");
            } else if indent(next) > base + 1 {
                inner.push(next.get(indent(next).min(base + 2)..).unwrap_or(next));
            } else if item(next).is_some() || interrupts(next) {
                break;
            } else {
                inner.push(next.trim());
            }
            tail = more;
        }
        items.push(blocks(&inner, depth + 1));
        let blank = tail.iter().take_while(|line| line.trim().is_empty()).count();
        let beyond = tail.get(blank..).unwrap_or_default();
        rest = if beyond.first().is_some_and(|line| item(line).is_some()) { beyond } else { tail };
    }
    (items, rest)
}

fn inline(text: &str, depth: usize) -> Vec<Inline> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match special(rest, depth) {
            Some((piece, used)) => {
                if !plain.is_empty() {
                    out.push(Inline::Text(std::mem::take(&mut plain)));
                }
                out.push(piece);
                rest = rest.get(used..).unwrap_or_default();
            }
            None => {
                let mut skip = c.len_utf8();
                let escaped =
                    rest.get(1..).and_then(|rest| rest.chars().next()).filter(char::is_ascii_punctuation);
                match escaped.filter(|_| c == '\\') {
                    Some(mark) => {
                        plain.push(mark);
                        skip += 1;
                    }
                    None => plain.push(c),
                }
                rest = rest.get(skip..).unwrap_or_default();
            }
        }
    }
    if !plain.is_empty() {
        out.push(Inline::Text(plain));
    }
    out
}

/// What a mark at the beginning of `rest` means, and its length.
fn special(rest: &str, depth: usize) -> Option<(Inline, usize)> {
    let inner =
        |text: &str| if depth < DEEPEST { inline(text, depth + 1) } else { vec![Inline::Text(text.into())] };
    let between = |open: &str, close: &str| {
        let body = rest.strip_prefix(open)?;
        let end = body.find(close).filter(|end| *end > 0)?;
        let text = body.get(..end)?;
        let tight = !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace);
        tight.then_some((text, open.len() + end + close.len()))
    };
    match rest.chars().next()? {
        '\n' => Some((Inline::Break, 1)),
        '`' => between("`", "`").map(|(text, used)| (Inline::Code(text.into()), used)),
        '*' if rest.starts_with("**") => {
            between("**", "**").map(|(text, used)| (Inline::Strong(inner(text)), used))
        }
        '*' => between("*", "*").map(|(text, used)| (Inline::Emphasis(inner(text)), used)),
        '[' => {
            let (label, used) = between("[", "]")?;
            if let Some((to, more)) = rest.get(used..)?.strip_prefix('(').and_then(|tail| {
                let (to, _) = tail.split_once(')')?;
                Some((to, to.len() + 2))
            }) {
                let safe = text::is_web(to) || to.starts_with("mailto:") || to.starts_with("tel:");
                return safe.then(|| (Inline::Link(to.into(), inner(label)), used + more));
            }
            let number = label.parse().ok().filter(|_| label.len() <= 3)?;
            Some((Inline::Mark(number), used))
        }
        'h' if text::is_web(rest) => {
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '*' | '`' | '|' | '[' | ']'));
            let url = rest
                .get(..end.unwrap_or(rest.len()))?
                .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'']);
            (url.len() > 8).then(|| (Inline::Link(url.into(), vec![Inline::Text(url.into())]), url.len()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Inline {
        Inline::Text(text.into())
    }

    #[test]
    fn inline_marks_nest_and_stay_text_when_they_are_open() {
        assert_eq!(
            inline("a **b *c*** [2] \\*x* [y](javascript:1) 2 * 3", 0),
            vec![
                t("a "),
                Inline::Strong(vec![t("b *c")]),
                t("* "),
                Inline::Mark(2),
                t(" *x* [y](javascript:1) 2 * 3"),
            ]
        );
        assert_eq!(
            inline("[Home](https://a.example/)", 0),
            vec![Inline::Link("https://a.example/".into(), vec![t("Home")])]
        );
    }

    #[test]
    fn blocks_are_found_and_html_is_text() {
        let lines = ["# Title", "text", "more", "", "- one", "- two", "  1. in", "> q", "", "<b>x</b>"];
        let found = blocks(&lines, 0);
        assert_eq!(found.len(), 5);
        assert!(matches!(&found[2], Block::List { items, .. } if items.len() == 2 && items[1].len() == 2));
        assert_eq!(found[4], Block::Paragraph(vec![t("<b>x</b>")]));
        assert!(
            matches!(&blocks(&["a | b", "--|--", "1 | 2"], 0)[..], [Block::Table(rows)] if rows.len() == 2)
        );
    }
}
