//! Words and numbers on the screens, without markup.

use protocol::api::{ConversationState, ConversationSummary, PageState, Progress, Role, SourceState};
use protocol::handover::Standing;

/// A piece of an answer: text, or the mark of a citation.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Mark(u32),
}

/// Splits an answer at the marks `[n]` that name one of its citations; other brackets stay text.
pub(crate) fn pieces(answer: &str, known: &[u32]) -> Vec<Piece> {
    let mut out = Vec::new();
    let (mut text, mut rest) = (String::new(), answer);
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let mark = after
            .split_once(']')
            .and_then(|(number, tail)| Some((number.parse::<u32>().ok()?, tail)))
            .filter(|(number, _)| known.contains(number));
        match mark {
            Some((number, tail)) => {
                if !text.is_empty() {
                    out.push(Piece::Text(std::mem::take(&mut text)));
                }
                out.push(Piece::Mark(number));
                rest = tail;
            }
            None => {
                text.push('[');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        out.push(Piece::Text(text));
    }
    out
}

/// An address without its scheme and trailing slash, for reading.
pub(crate) fn short_url(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    bare.strip_suffix('/').unwrap_or(bare).to_owned()
}

/// The path of an address, for tables where all share the host.
pub(crate) fn path_of(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    bare.find('/').and_then(|at| bare.get(at..)).unwrap_or("/").to_owned()
}

/// Whether an address may be made a link: what a crawl found never runs as a script.
pub(crate) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// What a person typed as an address: a bare host gets `https://`.
pub(crate) fn as_address(typed: &str) -> String {
    let typed = typed.trim();
    if typed.is_empty() || typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") }
}

/// "1 page", "3 pages".
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// An amount in millionths of a US dollar: "$1.20", "$0.0006".
pub(crate) fn dollars(micros: u64) -> String {
    let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
    if micros >= 10_000 {
        return format!("${}.{:02}", number(whole), rest / 10_000);
    }
    let digits = format!("{rest:06}");
    let digits = digits.trim_end_matches('0');
    format!("$0.{}", if digits.is_empty() { "00" } else { digits })
}

/// Digits in groups of three.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "640 ms", "1.24 s".
pub(crate) fn duration(ms: f64) -> String {
    if ms < 1.0 && ms > 0.0 {
        format!("{ms:.1} ms")
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{:.2} s", ms / 1000.0)
    }
}

/// A share in whole percent that says 0 and 100 only when it is so.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    if whole <= 0.0 {
        return "–".to_owned();
    }
    let share = part / whole * 100.0;
    if share > 0.0 && share < 1.0 {
        "<1%".to_owned()
    } else if share < 100.0 {
        format!("{:.0}%", share.round().min(99.0))
    } else {
        "100%".to_owned()
    }
}

pub(crate) fn page_state_key(state: PageState) -> &'static str {
    match state {
        PageState::Queued => "queued",
        PageState::Fetching => "fetching",
        PageState::Indexed => "indexed",
        PageState::Unchanged => "unchanged",
        PageState::Duplicate => "duplicate",
        PageState::Redirected => "redirected",
        PageState::Skipped => "skipped",
        PageState::Failed => "failed",
    }
}

pub(crate) fn page_state_label(state: PageState) -> &'static str {
    match state {
        PageState::Queued => "Queued",
        PageState::Fetching => "Fetching",
        PageState::Indexed => "Indexed",
        PageState::Unchanged => "Unchanged",
        PageState::Duplicate => "Duplicate",
        PageState::Redirected => "Redirected",
        PageState::Skipped => "Skipped",
        PageState::Failed => "Failed",
    }
}

/// In the order of the progress bar: what is settled first.
pub(crate) const PAGE_STATES: [PageState; 8] = [
    PageState::Indexed,
    PageState::Unchanged,
    PageState::Duplicate,
    PageState::Redirected,
    PageState::Skipped,
    PageState::Failed,
    PageState::Fetching,
    PageState::Queued,
];

pub(crate) fn pages_in(progress: &Progress, state: PageState) -> u32 {
    match state {
        PageState::Queued => progress.queued,
        PageState::Fetching => progress.fetching,
        PageState::Indexed => progress.indexed,
        PageState::Unchanged => progress.unchanged,
        PageState::Duplicate => progress.duplicate,
        PageState::Redirected => progress.redirected,
        PageState::Skipped => progress.skipped,
        PageState::Failed => progress.failed,
    }
}

/// Pages that need nothing more.
pub(crate) fn settled(progress: &Progress) -> u32 {
    progress.found.saturating_sub(progress.queued.saturating_add(progress.fetching))
}

pub(crate) const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Editor, Role::Viewer];

pub(crate) fn role_label(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Editor => "Editor",
        Role::Viewer => "Viewer",
    }
}

pub(crate) fn role_key(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Editor => "editor",
        Role::Viewer => "viewer",
    }
}

/// What a role is for, in a sentence.
pub(crate) fn role_duty(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owners may do everything, also pay and give the workspace away.",
        Role::Admin => "Admins run the workspace: members, keys and settings besides all that editors do.",
        Role::Editor => "Editors work on agents, knowledge and conversations.",
        Role::Viewer => "Viewers see everything and change nothing.",
    }
}

pub(crate) fn is_running(state: SourceState) -> bool {
    matches!(state, SourceState::Pending | SourceState::Crawling)
}

pub(crate) fn source_state(state: SourceState) -> (&'static str, &'static str) {
    match state {
        SourceState::Pending => ("Waiting", "wait"),
        SourceState::Crawling => ("Crawling", "busy"),
        SourceState::Indexed => ("Indexed", "good"),
        SourceState::Failed => ("Failed", "bad"),
    }
}

/// What a conversation is listed as: its first question, while words of it are kept.
pub(crate) fn headline(summary: &ConversationSummary) -> String {
    if summary.first_question.is_empty() {
        "Words no longer kept".to_owned()
    } else {
        summary.first_question.clone()
    }
}

/// Who a conversation is with, in words, with the tone of its badge.
pub(crate) fn standing(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Bot => ("With the agent", "wait"),
        Standing::Waiting => ("Waiting for a person", "bad"),
        Standing::Human => ("With a person", "busy"),
        Standing::Resolved => ("Resolved", "good"),
        Standing::Abandoned => ("Abandoned", "wait"),
    }
}

/// The parameter that filters conversations.
pub(crate) fn standing_key(standing: Standing) -> &'static str {
    match standing {
        Standing::Bot => "bot",
        Standing::Waiting => "waiting",
        Standing::Human => "human",
        Standing::Resolved => "resolved",
        Standing::Abandoned => "abandoned",
    }
}

pub(crate) fn conversation_state(state: ConversationState) -> (&'static str, &'static str) {
    match state {
        ConversationState::Active => ("Active", "busy"),
        ConversationState::Resolved => ("Resolved", "good"),
        ConversationState::Escalated => ("Escalated", "warn"),
        ConversationState::Abandoned => ("Abandoned", "wait"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marks_of_known_citations_become_links() {
        assert_eq!(
            pieces("Open at 9 [1][2], see [3] and [a].", &[1, 2]),
            vec![
                Piece::Text("Open at 9 ".into()),
                Piece::Mark(1),
                Piece::Mark(2),
                Piece::Text(", see [3] and [a].".into()),
            ]
        );
        assert_eq!(pieces("[", &[1]), vec![Piece::Text("[".into())]);
        assert_eq!(pieces("[[1]", &[1]), vec![Piece::Text("[".into()), Piece::Mark(1)]);
    }

    #[test]
    fn a_share_is_whole_only_when_it_is() {
        assert_eq!(percent(999.0, 1000.0), "99%");
        assert_eq!(percent(1.0, 1000.0), "<1%");
        assert_eq!(percent(0.0, 9.0), "0%");
        assert_eq!(percent(9.0, 9.0), "100%");
        assert_eq!(percent(0.0, 0.0), "–");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            (number(7), number(1234), number(1_234_567)),
            ("7".into(), "1,234".into(), "1,234,567".into())
        );
    }

    #[test]
    fn small_amounts_keep_their_digits_and_large_ones_are_cents() {
        let said: Vec<_> = [0, 7, 570, 9_999, 10_000, 1_239_999, 2_000_000_000].map(dollars).into();
        assert_eq!(said, ["$0.00", "$0.000007", "$0.00057", "$0.009999", "$0.01", "$1.23", "$2,000.00"]);
    }

    #[test]
    fn a_bare_host_becomes_an_address() {
        assert_eq!(as_address(" harbourlane.example "), "https://harbourlane.example");
        assert_eq!(as_address("ftp://x"), "ftp://x");
        assert_eq!(
            (short_url("https://a.example/"), path_of("https://a.example")),
            ("a.example".into(), "/".into())
        );
    }
}
