//! The draft on the screen and its way to the server: edits, autosave, refusals, conflicts.

use super::fields::dom_id;
use super::history::{History, sendable};
use super::rules;
use crate::api;
use crate::session::Session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::agent::AgentDraft;
use protocol::api::{Agent, AgentDetail, DraftUpdate};
use protocol::{AgentId, Code, Problem};
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

/// From the last change to the save.
const AUTOSAVE: Duration = Duration::from_secs(1);
/// From a save that did not reach the server to the next attempt.
const RETRY: Duration = Duration::from_secs(5);

#[derive(Clone, PartialEq)]
pub(crate) enum Save {
    Saved,
    Unsaved,
    Saving,
    /// The server cannot be reached; it is tried again.
    Offline,
    /// Somebody else saved meanwhile; the member has to choose.
    Conflict,
    Failed(Problem),
}

/// One agent while it is edited.
#[derive(Clone, Copy)]
pub(crate) struct Editor {
    pub(crate) draft: RwSignal<AgentDraft>,
    pub(crate) agent: RwSignal<Agent>,
    pub(crate) state: RwSignal<Save>,
    /// What somebody else saved, while it waits for a choice.
    pub(crate) theirs: RwSignal<Option<AgentDetail>>,
    /// What is wrong, by the rules and by the server.
    pub(crate) problems: Memo<Vec<Problem>>,
    pub(crate) history: RwSignal<History>,
    /// The member may only look.
    pub(crate) locked: bool,
    session: Session,
    saved: RwSignal<AgentDraft>,
    revision: StoredValue<u32>,
    /// Refusals of the server, each with the draft it was about.
    refused: RwSignal<Vec<(AgentDraft, Problem)>>,
    /// Counts changes; a timer of an earlier one does nothing.
    ticket: StoredValue<u32>,
    due: StoredValue<bool>,
    running: StoredValue<bool>,
}

/// Where fields read and change a draft: an agent's, which saves itself, or one that a form sends as a whole.
#[derive(Clone, Copy)]
pub(crate) struct Sheet {
    pub(crate) draft: RwSignal<AgentDraft>,
    /// What is wrong, by the rules and by the server.
    problems: Memo<Vec<Problem>>,
    /// The member may only look.
    pub(crate) locked: bool,
    of: Of,
}

#[derive(Clone, Copy)]
enum Of {
    Agent(Editor),
    /// With what the server refused.
    Form(RwSignal<Option<Problem>>),
}

/// The draft of the screen that asks.
pub(super) fn use_sheet() -> Sheet {
    expect_context()
}

impl Sheet {
    /// A draft that nothing saves by itself. `refused` is what the server said of it.
    pub(crate) fn alone(draft: AgentDraft, refused: RwSignal<Option<Problem>>, locked: bool) -> Self {
        let draft = RwSignal::new(draft);
        let problems = Memo::new(move |_| {
            let mut problems = draft.with(rules::check);
            problems.extend(refused.get());
            problems
        });
        Self { draft, problems, locked, of: Of::Form(refused) }
    }

    /// A part of the draft that follows it.
    pub(crate) fn read<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&AgentDraft) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.draft.with(&part))
    }

    /// What is wrong with a field.
    pub(crate) fn problem(self, field: &str) -> Memo<Option<String>> {
        let id = dom_id(field);
        Memo::new(move |_| {
            self.problems.with(|problems| {
                problems
                    .iter()
                    .find(|problem| problem.field.as_deref().is_some_and(|field| dom_id(field) == id))
                    .map(|problem| problem.message.clone())
            })
        })
    }

    /// What of the draft is sent.
    pub(crate) fn sent<T>(self, part: impl FnOnce(AgentDraft) -> T) -> T {
        part(self.draft.with_untracked(rules::clean))
    }

    /// Changes the draft; `field` names what.
    pub(crate) fn edit(self, field: &str, change: impl FnOnce(&mut AgentDraft)) {
        match self.of {
            Of::Agent(editor) => editor.edit(field, change),
            Of::Form(_) if self.locked => {}
            Of::Form(refused) => {
                refused.set(None);
                self.draft.update(change);
            }
        }
    }
}

/// The editor of the screen that asks.
pub(crate) fn use_editor() -> Editor {
    expect_context()
}

/// Opens an editor that outlives its screen until the last change is on the server.
pub(crate) fn open(
    detail: AgentDetail,
    session: Session,
    locked: bool,
    lost: impl Fn(String) + Send + Sync + 'static,
) -> Editor {
    let here = Owner::current();
    // It makes itself the current one, which stays the screen's.
    let owner = Owner::new_root(None);
    let editor = owner.with(|| Editor::new(detail, session, locked));
    if let Some(here) = here {
        here.set();
    }
    let owner = StoredValue::new(owner);
    on_cleanup(move || {
        let owner = owner.get_value();
        spawn_local(async move {
            if editor.dirty() {
                editor.settle().await;
            }
            if editor.dirty() {
                lost(editor.agent.get_untracked().name);
            }
            owner.cleanup();
        });
    });
    editor
}

impl Editor {
    fn new(detail: AgentDetail, session: Session, locked: bool) -> Self {
        let draft = RwSignal::new(detail.draft.clone());
        let refused = RwSignal::new(Vec::<(AgentDraft, Problem)>::new());
        Self {
            draft,
            agent: RwSignal::new(detail.agent),
            state: RwSignal::new(Save::Saved),
            theirs: RwSignal::new(None),
            problems: Memo::new(move |_| {
                let mut problems = draft.with(rules::check);
                // A refusal holds until the field it is about changes.
                refused.with(|refused| {
                    for (of, problem) in refused {
                        let field = problem.field.clone().unwrap_or_default();
                        let known = problems.iter().any(|other| other.field == problem.field);
                        if !known && draft.with(|now| same_at(of, now, &field)) {
                            problems.push(problem.clone());
                        }
                    }
                });
                problems
            }),
            history: RwSignal::new(History::default()),
            locked,
            session,
            saved: RwSignal::new(detail.draft),
            revision: StoredValue::new(detail.revision),
            refused,
            ticket: StoredValue::new(0),
            due: StoredValue::new(false),
            running: StoredValue::new(false),
        }
    }

    pub(crate) fn id(self) -> AgentId {
        self.agent.with_untracked(|agent| agent.id.clone())
    }

    pub(crate) fn revision(self) -> u32 {
        self.revision.get_value()
    }

    /// A part of the draft that follows it.
    pub(crate) fn read<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&AgentDraft) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.sheet().read(part)
    }

    /// What is wrong with a field.
    pub(crate) fn problem(self, field: &str) -> Memo<Option<String>> {
        self.sheet().problem(field)
    }

    /// Its draft, for fields.
    pub(crate) fn sheet(self) -> Sheet {
        Sheet { draft: self.draft, problems: self.problems, locked: self.locked, of: Of::Agent(self) }
    }

    /// Changes the draft; `field` names what, so that typing is undone as one.
    pub(crate) fn edit(self, field: &str, change: impl FnOnce(&mut AgentDraft)) {
        if self.locked {
            return;
        }
        let before = self.draft.get_untracked();
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return;
        }
        self.history.update(|history| history.record(before, field, js_sys::Date::now()));
        self.draft.set(after);
        self.changed();
    }

    pub(crate) fn undo(self) {
        let now = self.draft.get_untracked();
        self.travel(self.history.try_update(|history| history.undo(now)).flatten());
    }

    pub(crate) fn redo(self) {
        let now = self.draft.get_untracked();
        self.travel(self.history.try_update(|history| history.redo(now)).flatten());
    }

    fn travel(self, draft: Option<AgentDraft>) {
        if let Some(draft) = draft {
            self.draft.set(draft);
            self.changed();
        }
    }

    /// Something here is not on the server.
    pub(crate) fn dirty(self) -> bool {
        self.draft.with_untracked(rules::clean) != self.saved.get_untracked()
    }

    fn changed(self) {
        if self.theirs.with_untracked(Option::is_none) {
            let saving = self.running.get_value();
            self.state.set(if saving { Save::Saving } else { Save::Unsaved });
        }
        self.later(AUTOSAVE);
    }

    fn later(self, wait: Duration) {
        let ticket = self.ticket.get_value().wrapping_add(1);
        self.ticket.set_value(ticket);
        self.due.set_value(true);
        set_timeout(
            move || {
                if self.ticket.try_get_value() == Some(ticket) {
                    self.save();
                }
            },
            wait,
        );
    }

    /// Saves now.
    pub(crate) fn save(self) {
        spawn_local(async move {
            self.settle().await;
        });
    }

    /// Saves now and waits for it: whether all that can be saved is.
    pub(crate) async fn settle(self) -> bool {
        self.ticket.update_value(|ticket| *ticket = ticket.wrapping_add(1));
        self.due.set_value(false);
        while self.running.try_get_value().unwrap_or(false) {
            pause(Duration::from_millis(40)).await;
        }
        if self.running.try_get_value().is_none() {
            return false;
        }
        self.running.set_value(true);
        while self.send().await {}
        self.running.set_value(false);
        self.state.get_untracked() == Save::Saved
    }

    /// One attempt; whether another should follow at once.
    async fn send(self) -> bool {
        if self.theirs.with_untracked(Option::is_some) {
            self.state.set(Save::Conflict);
            return false;
        }
        let wrong: Vec<String> = self
            .problems
            .with_untracked(|problems| problems.iter().filter_map(|problem| problem.field.clone()).collect());
        let draft = self.draft.get_untracked();
        let body = self.saved.with_untracked(|saved| sendable(&draft, saved, &wrong));
        if self.saved.with_untracked(|saved| *saved == body) {
            self.state.set(Save::Saved);
            return false;
        }
        self.state.set(Save::Saving);
        let update = DraftUpdate { revision: self.revision(), draft: body.clone() };
        match api::agents::save_draft(self.id(), update).await {
            Ok(detail) => {
                self.saved.set(body);
                self.revision.set_value(detail.revision);
                self.take(detail.agent);
                // What was typed meanwhile waits for its own second.
                let due = self.due.get_value();
                if due {
                    self.state.set(Save::Unsaved);
                }
                !due
            }
            Err(problem) => self.refuse(problem, draft, &wrong).await,
        }
    }

    async fn refuse(self, problem: Problem, draft: AgentDraft, wrong: &[String]) -> bool {
        let field = problem.field.as_deref().map(|field| rules::uncleaned(field, &draft));
        match (problem.code, field) {
            (Code::Conflict, _) => match api::agents::agent(self.id()).await {
                Ok(theirs) => {
                    self.theirs.set(Some(theirs));
                    self.state.set(Save::Conflict);
                }
                Err(problem) => self.state.set(Save::Failed(problem)),
            },
            (Code::Invalid, Some(field)) if !wrong.contains(&field) => {
                let problem = Problem { field: Some(field), ..problem };
                self.refused.update(|refused| refused.push((draft, problem)));
                return true;
            }
            (Code::Unavailable, _) => {
                self.state.set(Save::Offline);
                self.later(RETRY);
            }
            _ => self.state.set(Save::Failed(problem)),
        }
        false
    }

    /// The agent as the server has it now, here and in the switcher.
    pub(crate) fn take(self, agent: Agent) {
        super::put_agent(self.session, &agent);
        self.agent.set(agent);
    }

    /// Ends a conflict with what the other person saved; mine can be undone back.
    pub(crate) fn load_theirs(self) {
        let Some(theirs) = self.adopt() else { return };
        self.history.update(|history| {
            history.record(self.draft.get_untracked(), "", js_sys::Date::now());
        });
        self.draft.set(theirs);
        self.state.set(Save::Saved);
    }

    /// Ends a conflict with what is on this screen, saved on top of theirs.
    pub(crate) fn keep_mine(self) {
        if self.adopt().is_some() {
            self.save();
        }
    }

    fn adopt(self) -> Option<AgentDraft> {
        let theirs = self.theirs.get_untracked()?;
        self.revision.set_value(theirs.revision);
        self.saved.set(theirs.draft.clone());
        self.take(theirs.agent);
        self.theirs.set(None);
        Some(theirs.draft)
    }
}

/// Whether two drafts have the same at a field, a list as a whole.
fn same_at(a: &AgentDraft, b: &AgentDraft, field: &str) -> bool {
    let pointer = format!("/{}", field.split('[').next().unwrap_or_default().replace('.', "/"));
    let part = |draft| serde_json::to_value(draft).ok().and_then(|value| value.pointer(&pointer).cloned());
    part(a) == part(b)
}

async fn pause(wait: Duration) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(
            move || {
                let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
            },
            wait,
        );
    });
    let _ = JsFuture::from(promise).await;
}
