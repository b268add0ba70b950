//! Moving answers: shown at once, saved in turn, undone with one click.

use crate::api::knowledge as api;
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::session::{Session, use_session};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::CuratedId;
use protocol::api::CuratedAnswer;

#[derive(Clone, Copy)]
pub(super) struct Order {
    answers: Load<Vec<CuratedAnswer>>,
    session: Session,
    notices: Option<Notices>,
    /// What was done, and the order before it.
    pub(super) undo: RwSignal<Option<(String, Vec<CuratedId>)>>,
    /// The order that is to be saved after the one that is being saved.
    wanted: StoredValue<Option<Vec<CuratedId>>>,
    saving: StoredValue<bool>,
}

impl Order {
    pub(super) fn new(answers: Load<Vec<CuratedAnswer>>) -> Self {
        Self {
            answers,
            session: use_session(),
            notices: use_context::<Notices>(),
            undo: RwSignal::new(None),
            wanted: StoredValue::new(None),
            saving: StoredValue::new(false),
        }
    }

    fn ids(self) -> Vec<CuratedId> {
        untrack(|| self.answers.part(|all| all.iter().map(|answer| answer.id.clone()).collect()))
            .unwrap_or_default()
    }

    /// The place of an answer, from 0.
    pub(super) fn place(self, id: &CuratedId) -> Option<usize> {
        self.answers.part(|all| all.iter().position(|answer| answer.id == *id)).flatten()
    }

    /// Puts an answer at a place; what was there moves on.
    pub(super) fn put(self, id: &CuratedId, to: usize) {
        let before = self.ids();
        let Some(from) = before.iter().position(|known| known == id) else { return };
        if from == to || to >= before.len() {
            return;
        }
        let mut ids = before.clone();
        let moved = ids.remove(from);
        ids.insert(to, moved);
        let name = untrack(|| {
            self.answers
                .part(|all| all.iter().find(|a| a.id == *id).map(|a| name(&a.content.pattern)))
                .flatten()
        });
        let said = format!("“{}” is now number {} of {}.", name.unwrap_or_default(), to + 1, before.len());
        self.arrange(ids);
        self.undo.set(Some((said, before)));
    }

    pub(super) fn take_back(self) {
        if let Some((_, before)) = self.undo.get_untracked() {
            self.arrange(before);
            self.undo.set(None);
            announce(self.notices, "The order is as it was.");
        }
    }

    fn arrange(self, ids: Vec<CuratedId>) {
        self.answers.value.update(|all| {
            if let Some(all) = all {
                all.sort_by_key(|answer| ids.iter().position(|id| *id == answer.id));
            }
        });
        self.wanted.set_value(Some(ids));
        if !self.saving.get_value() {
            self.save();
        }
    }

    fn save(self) {
        let Some(agent) = self.session.agent.get_untracked() else { return };
        self.saving.set_value(true);
        spawn_local(async move {
            while let Some(ids) = self.wanted.try_update_value(Option::take).flatten() {
                if let Err(problem) = api::order_curated(agent.clone(), ids).await {
                    announce(self.notices, format!("The order was not saved. {}", problem.message));
                    self.undo.try_set(None);
                    self.wanted.try_update_value(Option::take);
                    // What the server has is what applies.
                    self.answers.refresh();
                }
            }
            self.saving.try_set_value(false);
        });
    }
}

/// An answer is called by its first phrasing.
pub(super) fn name(pattern: &str) -> String {
    pattern.lines().find(|line| !line.trim().is_empty()).unwrap_or("(no phrasing)").trim().to_owned()
}
