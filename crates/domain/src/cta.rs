//! Calls to action: what a member may write, and which one follows an answer. Chosen by page, words and history
//! alone, so it costs the visitor nothing.

use protocol::agent::AgentSnapshot;
use protocol::rules::{Cta, CtaContent, CtaHistory, CtaKind, EdgeCta};
use protocol::{CtaId, Problem};

use crate::handover::phrases;
use crate::rules::{named, on_page, pages};

/// Calls to action of one agent.
pub const MOST: u32 = 30;
/// Characters on the button.
pub const MAX_LABEL: usize = 60;
/// Words and phrases of one call to action.
pub const MAX_WORDS: usize = 40;
/// Characters of one of them.
const MAX_WORD: usize = 100;
/// Characters of an address.
const MAX_TARGET: usize = 1_000;
/// Questions that may have to be asked before.
const MAX_ASKED: u32 = 50;

/// A call to action as a member writes it, tidied.
///
/// # Errors
/// When something has to be mended; the problem names the field and says what to do.
pub fn accept(content: CtaContent) -> Result<CtaContent, Problem> {
    let name = named("name", &content.name)?;
    let label = accept_label("label", &content.label)?;
    let target = accept_target("target", content.kind, &content.target)?;
    let mut words: Vec<String> = Vec::new();
    for word in content.words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        if word.chars().count() > MAX_WORD || phrases::line(word).trim().is_empty() {
            let shown: String = word.chars().take(40).collect();
            let message = format!("“{shown}” is no word or short phrase. Write words as visitors say them.");
            return Err(Problem::field("words", message));
        }
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    if words.len() > MAX_WORDS {
        return Err(Problem::field("words", format!("These are more than {MAX_WORDS} words. Remove some.")));
    }
    if content.history.asked > MAX_ASKED {
        return Err(Problem::field("history.asked", format!("Choose 0 to {MAX_ASKED} questions.")));
    }
    let history =
        CtaHistory { asked: content.history.asked, seen: pages("history.seen", &content.history.seen)? };
    Ok(CtaContent { name, label, target, page: pages("page", &content.page)?, words, history, ..content })
}

/// What stands on the button.
///
/// # Errors
/// For that field.
pub fn accept_label(field: &str, label: &str) -> Result<String, Problem> {
    let label = label.trim();
    if label.is_empty() || label.chars().count() > MAX_LABEL {
        let message = format!("Write what stands on the button, in {MAX_LABEL} characters at most.");
        return Err(Problem::field(field, message));
    }
    Ok(label.to_owned())
}

/// Where it leads: an `https` address, nowhere where an address is asked for in the conversation.
///
/// # Errors
/// For that field.
pub fn accept_target(field: &str, kind: CtaKind, target: &str) -> Result<String, Problem> {
    let target = target.trim();
    if kind == CtaKind::CaptureEmail {
        return Ok(String::new());
    }
    let host = target.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let fine = host.is_some_and(|host| !host.is_empty() && !host.contains(['@', '\\']))
        && target.len() <= MAX_TARGET
        && !target.chars().any(|c| c.is_whitespace() || c.is_control());
    if !fine {
        return Err(Problem::field(
            field,
            "Give the whole address it leads to, as in https://example.com/demo.",
        ));
    }
    Ok(target.to_owned())
}

/// Leaves the cards that can do what they say: one that asks for an address needs the form's fields.
pub fn possible(agent: &mut AgentSnapshot) {
    if agent.lead_fields.is_empty() {
        agent.ctas.retain(|cta| cta.content.kind != CtaKind::CaptureEmail);
    }
}

/// What the conditions look at.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// What was just answered.
    pub question: &'a str,
    pub page_url: Option<&'a str>,
    /// Questions of the conversation, this one included.
    pub asked: u32,
    /// The pages they were asked on.
    pub pages: &'a [String],
    /// What followed answers of this conversation.
    pub shown: &'a [CtaId],
}

/// The call to action that follows an answer: the first in their order whose conditions all hold.
#[must_use]
pub fn choose(ctas: &[EdgeCta], moment: &Moment<'_>) -> Option<Cta> {
    let line = phrases::line(moment.question);
    ctas.iter().find(|cta| holds(cta, moment, &line)).map(EdgeCta::card)
}

fn holds(cta: &EdgeCta, moment: &Moment<'_>, line: &str) -> bool {
    let CtaContent { page, words, history, after_answers, repeat, .. } = &cta.content;
    let is_on = |patterns: &[String]| {
        patterns.is_empty() || moment.page_url.is_some_and(|url| on_page(patterns, url))
    };
    let seen = || is_on(&history.seen) || moment.pages.iter().any(|url| on_page(&history.seen, url));
    *after_answers
        && (*repeat || !moment.shown.contains(&cta.id))
        && moment.asked >= history.asked
        && is_on(page)
        && seen()
        && (words.is_empty() || words.iter().any(|word| phrases::says(line, word)))
}

#[cfg(test)]
mod tests;
