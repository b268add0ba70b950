//! A FAQ list as it is edited: rows that are added, moved and removed, and what is wrong with them.

use super::text::title_problem;
use crate::components::form::{focus, focus_soon};
use leptos::prelude::*;
use protocol::Problem;
use protocol::api::{Pair, SourceContent};

pub(crate) const MAX_PAIRS: usize = 2_000;
const MAX_QUESTION: usize = 500;
const MAX_ANSWER: usize = 20_000;
/// Rows shown at first and with every "Show more": thousands of text areas would be slow.
pub(super) const STEP: usize = 50;

/// One row, whose fields keep what is typed while rows move around them.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Entry {
    pub(super) key: u32,
    pub(super) question: RwSignal<String>,
    pub(super) answer: RwSignal<String>,
}

/// The list as it is edited.
#[derive(Clone, Copy)]
pub(crate) struct FaqList {
    pub(super) title: RwSignal<String>,
    pub(super) entries: RwSignal<Vec<Entry>>,
    pub(super) saved: RwSignal<(String, Vec<Pair>)>,
    next: StoredValue<u32>,
    pub(super) shown: RwSignal<usize>,
    /// What a move or removal did, for screen readers.
    pub(super) said: RwSignal<String>,
    pub(super) problem: RwSignal<Option<Problem>>,
    pub(super) busy: RwSignal<bool>,
    /// Signals of rows belong to the list, not to the click that made them.
    owner: StoredValue<Option<Owner>>,
}

impl FaqList {
    pub(super) fn new(content: &SourceContent) -> Self {
        let list = Self {
            title: RwSignal::new(content.title.clone()),
            entries: RwSignal::new(Vec::new()),
            saved: RwSignal::new((content.title.clone(), content.pairs.clone())),
            next: StoredValue::new(0),
            shown: RwSignal::new(STEP),
            said: RwSignal::new(String::new()),
            problem: RwSignal::new(None),
            busy: RwSignal::new(false),
            owner: StoredValue::new(Owner::current()),
        };
        list.put(content.pairs.clone(), true);
        list
    }

    fn entry(self, pair: Pair) -> Entry {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        let make =
            move || Entry { key, question: RwSignal::new(pair.question), answer: RwSignal::new(pair.answer) };
        match self.owner.get_value() {
            Some(owner) => owner.with(make),
            None => make(),
        }
    }

    /// Takes pairs over, instead of the present ones or after them.
    pub(crate) fn put(self, pairs: Vec<Pair>, instead: bool) {
        let fresh: Vec<Entry> = pairs.into_iter().map(|pair| self.entry(pair)).collect();
        self.entries.update(|entries| {
            if instead {
                entries.clear();
            }
            entries.retain(|entry| {
                !(entry.question.with_untracked(String::is_empty)
                    && entry.answer.with_untracked(String::is_empty))
            });
            entries.extend(fresh);
        });
    }

    pub(crate) fn pairs(self) -> Vec<Pair> {
        self.entries.with(|entries| {
            entries
                .iter()
                .map(|entry| Pair { question: entry.question.get(), answer: entry.answer.get() })
                .filter(|pair| !(pair.question.trim().is_empty() && pair.answer.trim().is_empty()))
                .collect()
        })
    }

    pub(crate) fn is_empty(self) -> bool {
        untrack(|| self.pairs().is_empty())
    }

    pub(super) fn dirty(self) -> Signal<bool> {
        Signal::derive(move || {
            let pairs = self.pairs();
            self.saved.with(|(title, old)| *old != pairs || self.title.with(|now| now != title))
        })
    }

    pub(super) fn add(self) {
        let entry = self.entry(Pair { question: String::new(), answer: String::new() });
        self.entries.update(|entries| entries.push(entry));
        self.shown.set(self.entries.with_untracked(Vec::len).max(self.shown.get_untracked()));
        focus_soon(format!("question-{}", entry.key));
    }

    pub(super) fn remove(self, key: u32) {
        let at = self.place(key);
        self.entries.update(|entries| entries.retain(|entry| entry.key != key));
        self.said.set(format!("Question {} is removed.", at + 1));
        let next = self.entries.with_untracked(|entries| {
            entries
                .get(at.min(entries.len().saturating_sub(1)))
                .map(|entry| format!("question-{}", entry.key))
        });
        focus_soon(next.as_deref().unwrap_or("add-pair"));
    }

    fn place(self, key: u32) -> usize {
        self.entries.with_untracked(|entries| entries.iter().position(|e| e.key == key).unwrap_or_default())
    }

    pub(super) fn shift(self, key: u32, down: bool) {
        let from = self.place(key);
        let to = if down { from + 1 } else { from.saturating_sub(1) };
        let last = self.entries.with_untracked(Vec::len);
        if from == to || to >= last {
            return;
        }
        self.entries.update(|entries| entries.swap(from, to));
        self.said.set(format!("Moved to place {} of {last}.", to + 1));
        let id = format!("{}-{key}", if down { "down" } else { "up" });
        focus_soon(id);
    }

    /// What the server would refuse anyway; leads to the row that is wrong.
    pub(super) fn check(self) -> bool {
        let row = self.entries.with_untracked(|entries| {
            entries.iter().enumerate().find_map(|(at, entry)| {
                let (question, answer) = (entry.question.get_untracked(), entry.answer.get_untracked());
                let (q, a) = (question.trim(), answer.trim());
                let why = match (q.is_empty(), a.is_empty()) {
                    (true, true) => return None,
                    (true, false) => ("question", "has no question"),
                    (false, true) => ("answer", "has no answer"),
                    _ if q.chars().count() > MAX_QUESTION => {
                        ("question", "has a question of more than 500 characters")
                    }
                    _ if a.chars().count() > MAX_ANSWER => {
                        ("answer", "has an answer of more than 20,000 characters")
                    }
                    _ => return None,
                };
                Some((at, format!("{}-{}", why.0, entry.key), why.1))
            })
        });
        let problem = title_problem(&self.title.get_untracked()).or_else(|| {
            let count = untrack(|| self.pairs().len());
            if let Some((at, _, why)) = &row {
                Some(Problem::field("pairs", format!("Row {} {why}. Complete it, or remove it.", at + 1)))
            } else if count == 0 {
                Some(Problem::field("pairs", "Write at least one question with its answer."))
            } else if count > MAX_PAIRS {
                Some(Problem::field("pairs", "A list holds 5,000 questions. Make another list for the rest."))
            } else {
                None
            }
        });
        match problem.as_ref().and_then(|problem| problem.field.as_deref()) {
            Some("title") => focus("title"),
            Some(_) => {
                if let Some((at, id, _)) = row {
                    self.shown.update(|shown| *shown = (*shown).max(at + 1));
                    focus_soon(id);
                }
            }
            None => {}
        }
        let fine = problem.is_none();
        self.problem.set(problem);
        fine
    }

    pub(super) fn settle(self) -> (String, Vec<Pair>) {
        (self.title.get_untracked().trim().to_owned(), untrack(|| self.pairs()))
    }
}
