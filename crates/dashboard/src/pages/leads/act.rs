//! A change that can be taken back for a while.

use crate::api::Reply;
use crate::api::leads as api;
use crate::components::form::FormProblem;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::{LeadChange, LeadsChanged};
use std::time::Duration;

/// How long a change can be taken back from here.
const UNDO: Duration = Duration::from_secs(20);

/// The last change of leads on this screen.
#[derive(Clone, Copy)]
pub(super) struct Changes {
    busy: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
    /// What was done, and what takes it back.
    done: RwSignal<Option<(String, Vec<LeadChange>)>>,
    ticket: StoredValue<u32>,
    then: Callback<()>,
}

impl Changes {
    /// `then` runs after each change.
    pub(super) fn new(then: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            done: RwSignal::new(None),
            ticket: StoredValue::new(0),
            then: Callback::new(move |()| then()),
        }
    }

    /// Makes changes, and offers to take them back.
    pub(super) fn make(self, changes: Vec<LeadChange>, said: String) {
        self.make_then(changes, said, || ());
    }

    /// The same, and what follows once they are made.
    pub(super) fn make_then(self, changes: Vec<LeadChange>, said: String, made: impl FnOnce() + 'static) {
        self.send(changes, move |reply| {
            made();
            self.offer(said, reply);
        });
    }

    fn take_back(self) {
        let Some((_, undo)) = self.done.get_untracked() else { return };
        self.send(undo, move |_| self.done.set(None));
    }

    fn offer(self, said: String, changed: LeadsChanged) {
        let ticket = self.ticket.get_value().wrapping_add(1);
        self.ticket.set_value(ticket);
        self.done.set(Some((said, changed.undo)));
        set_timeout(
            move || {
                if self.ticket.try_get_value() == Some(ticket) {
                    self.done.try_set(None);
                }
            },
            UNDO,
        );
    }

    fn send(self, changes: Vec<LeadChange>, then: impl FnOnce(LeadsChanged) + 'static) {
        if self.busy.get_untracked() || changes.is_empty() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let reply: Reply<LeadsChanged> = api::change(changes).await;
            // The screen may have gone meanwhile.
            if self.busy.try_set(false).is_some() {
                return;
            }
            match reply {
                Ok(changed) => then(changed),
                Err(why) => drop(self.problem.try_set(Some(why))),
            }
            self.then.run(());
        });
    }
}

/// What was done, with the button that takes it back, or why it was not done.
#[component]
pub(super) fn UndoBar(changes: Changes) -> impl IntoView {
    view! {
        <FormProblem problem=changes.problem/>
        <div role="status">
            {move || changes.done.get().map(|(said, _)| view! {
                <p class="lead-undo">
                    <span>{said}</span>
                    <button class="button small" type="button" aria-disabled=move || changes.busy.get().to_string() on:click=move |_| changes.take_back()>
                        "Undo"
                    </button>
                </p>
            })}
        </div>
    }
}
