//! Undo and redo of a draft, and what of a draft may be sent while some of it is wrong.

use super::rules::clean;
use protocol::agent::AgentDraft;
use serde_json::Value;

const DEPTH: usize = 100;
/// Changes of one field that follow each other this closely are undone together.
const TOGETHER_MS: f64 = 1_000.0;

#[derive(Default)]
pub(crate) struct History {
    past: Vec<AgentDraft>,
    future: Vec<AgentDraft>,
    last: Option<(String, f64)>,
}

impl History {
    /// Remembers the draft before a change of a field at a time.
    pub(crate) fn record(&mut self, before: AgentDraft, field: &str, now: f64) {
        let goes_on = self.last.as_ref().is_some_and(|(last, at)| last == field && now - at < TOGETHER_MS);
        if !goes_on {
            self.past.push(before);
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        }
        self.future.clear();
        self.last = Some((field.to_owned(), now));
    }

    pub(crate) fn undo(&mut self, now: AgentDraft) -> Option<AgentDraft> {
        self.last = None;
        let before = self.past.pop()?;
        self.future.push(now);
        Some(before)
    }

    pub(crate) fn redo(&mut self, now: AgentDraft) -> Option<AgentDraft> {
        self.last = None;
        let after = self.future.pop()?;
        self.past.push(now);
        Some(after)
    }

    /// Whether there is something to undo, and to redo.
    pub(crate) fn can(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }
}

/// The draft as it can be sent: fields that are wrong keep what was saved.
pub(crate) fn sendable(draft: &AgentDraft, saved: &AgentDraft, wrong: &[String]) -> AgentDraft {
    put_back(clean(draft), saved, wrong)
}

/// A draft with some fields as they are in another; a list is one field as a whole.
pub(crate) fn put_back(draft: AgentDraft, other: &AgentDraft, fields: &[String]) -> AgentDraft {
    if fields.is_empty() {
        return draft;
    }
    let (Ok(mut out), Ok(base)) = (serde_json::to_value(&draft), serde_json::to_value(other)) else {
        return other.clone();
    };
    for field in fields {
        let whole = field.split('[').next().unwrap_or_default();
        put_back_value(&mut out, &base, &whole.split('.').collect::<Vec<_>>());
    }
    serde_json::from_value(out).unwrap_or_else(|_| other.clone())
}

fn put_back_value(out: &mut Value, base: &Value, path: &[&str]) {
    let (Some((first, rest)), Value::Object(out)) = (path.split_first(), out) else { return };
    match (rest.is_empty(), base.get(first)) {
        (true, Some(value)) => {
            out.insert((*first).to_owned(), value.clone());
        }
        (true, None) => {
            out.remove(*first);
        }
        (false, Some(base)) => {
            if let Some(out) = out.get_mut(*first) {
                put_back_value(out, base, rest);
            }
        }
        (false, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn welcome(text: &str) -> AgentDraft {
        AgentDraft { welcome: text.into(), ..AgentDraft::default() }
    }

    #[test]
    fn typing_is_undone_as_one_and_can_be_redone() {
        let mut history = History::default();
        history.record(welcome(""), "welcome", 0.0);
        history.record(welcome("H"), "welcome", 300.0);
        history.record(welcome("Hi"), "language", 500.0);
        assert_eq!(history.undo(welcome("Hi!")).unwrap().welcome, "Hi");
        assert_eq!(history.undo(welcome("Hi")).unwrap().welcome, "");
        assert!(history.undo(welcome("")).is_none());
        assert_eq!(history.redo(welcome("")).unwrap().welcome, "Hi");
        assert_eq!(history.can(), (true, true));
        history.record(welcome("Hi"), "welcome", 600.0);
        assert_eq!(history.can(), (true, false), "a change ends what could be redone");
    }

    #[test]
    fn what_is_wrong_is_held_back_and_the_rest_is_sent() {
        let mut saved = welcome("old");
        saved.quick_prompts = vec!["a".into()];
        let mut draft = welcome("new");
        draft.theme.accent = "#12".into();
        draft.theme.message = Some("red".into());
        draft.theme.radius = 4;
        draft.quick_prompts = vec!["a".into(), "x".repeat(200)];
        let wrong = ["theme.accent", "theme.message", "quick_prompts[1]"].map(str::to_owned);
        let sent = sendable(&draft, &saved, &wrong);
        assert_eq!((sent.welcome.as_str(), sent.theme.radius), ("new", 4));
        assert_eq!((sent.theme.accent, sent.theme.message), (saved.theme.accent, None));
        assert_eq!(sent.quick_prompts, ["a"]);
    }
}
