//! Questions that the content answers itself: approved as they are, edited first, or dismissed.

use super::Editing;
use super::list::replace;
use crate::api::knowledge as api;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::state::{Empty, Loaded};
use crate::load::{Load, load};
use crate::pages::knowledge::markdown::plain;
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::ProposalId;
use protocol::api::{CuratedAnswer, CuratedProposal};

/// What waits, and what was just dismissed.
#[derive(Clone, Copy)]
pub(super) struct Proposed {
    list: Load<Vec<CuratedProposal>>,
    answers: Load<Vec<CuratedAnswer>>,
    /// The question that was dismissed last, and its proposal.
    dismissed: RwSignal<Option<(String, ProposalId)>>,
    /// The one that is being settled: a second click is none.
    busy: RwSignal<Option<ProposalId>>,
    notices: Option<Notices>,
}

impl Proposed {
    pub(super) fn new(answers: Load<Vec<CuratedAnswer>>) -> Self {
        let session = use_session();
        Self {
            list: load(move || session.agent.get().map(api::proposals)),
            answers,
            dismissed: RwSignal::new(None),
            busy: RwSignal::new(None),
            notices: use_context::<Notices>(),
        }
    }

    /// It became this answer, which may be one for others that wait, too.
    pub(super) fn approved(self, now: CuratedAnswer) {
        self.dismissed.try_set(None);
        replace(self.answers, now);
        self.list.refresh();
    }

    fn take(self, id: &ProposalId) -> bool {
        let free = self.busy.with_untracked(Option::is_none);
        if free {
            self.busy.set(Some(id.clone()));
        }
        free
    }

    fn approve(self, proposal: CuratedProposal) {
        if !self.take(&proposal.id) {
            return;
        }
        spawn_local(async move {
            match api::approve(proposal.id, None).await {
                Ok(now) => {
                    announce(self.notices, "Approved. The agent knows it in a moment.");
                    self.approved(now);
                }
                Err(why) => self.failed(why.message),
            }
            self.busy.try_set(None);
        });
    }

    fn dismiss(self, proposal: CuratedProposal) {
        if !self.take(&proposal.id) {
            return;
        }
        spawn_local(async move {
            match api::dismiss(proposal.id.clone()).await {
                Ok(_) => {
                    self.dismissed.try_set(Some((proposal.question, proposal.id)));
                    self.list.refresh();
                }
                Err(why) => self.failed(why.message),
            }
            self.busy.try_set(None);
        });
    }

    fn take_back(self) {
        let Some((question, id)) = self.dismissed.get_untracked() else { return };
        spawn_local(async move {
            match api::restore(id).await {
                Ok(_) => {
                    self.dismissed.try_set(None);
                    announce(self.notices, format!("“{question}” is proposed again."));
                    self.list.refresh();
                }
                Err(why) => self.failed(why.message),
            }
        });
    }

    /// Somebody else may have settled it: what is shown is looked at again.
    fn failed(self, words: String) {
        announce(self.notices, words);
        self.list.refresh();
    }
}

#[component]
pub(super) fn ProposedSection(proposed: Proposed, editing: Editing, may: Memo<bool>) -> impl IntoView {
    let list = proposed.list;
    let count = Memo::new(move |_| list.part(|all| all.len() as u64));
    let ids = move || list.part(|all| all.iter().map(|one| one.id.clone()).collect::<Vec<_>>());
    view! {
        <section class="proposed" aria-labelledby="proposed">
            <h2 id="proposed">
                "Proposed from your site"
                {move || count.get().map(|count| format!(" ({})", text::number(count)))}
            </h2>
            <div class="undo-line" role="status">
                {move || proposed.dismissed.get().map(|(question, _)| view! {
                    <p class="undo">
                        <span dir="auto">{format!("“{question}” is not proposed any more.")}</span>
                        <button class="button" type="button" on:click=move |_| proposed.take_back()>"Undo"</button>
                    </p>
                })}
            </div>
            <Loaded
                has=Signal::derive(move || list.value.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=3
            >
                <Show when=move || count.get().is_some_and(|count| count > 0) fallback=|| view! {
                    <div class="card">
                        <Empty
                            glyph=Glyph::Question
                            title="Nothing is proposed"
                            text="Questions that your pages and files answer themselves wait here for your approval once they were read."
                        />
                    </div>
                }>
                    <ul class="card flush" aria-label="Proposed answers, first found first">
                        <For each=move || ids().unwrap_or_default() key=ToString::to_string let:id>
                            <ProposalRow id proposed editing may/>
                        </For>
                    </ul>
                </Show>
            </Loaded>
        </section>
    }
}

#[component]
fn ProposalRow(id: ProposalId, proposed: Proposed, editing: Editing, may: Memo<bool>) -> impl IntoView {
    let wanted = id.clone();
    let one = Memo::new(move |_| {
        proposed.list.part(|all| all.iter().find(|one| one.id == wanted).cloned()).flatten()
    });
    let part = move |read: fn(&CuratedProposal) -> String| {
        one.with(|one| one.as_ref().map(read).unwrap_or_default())
    };
    let question = Signal::derive(move || part(|one| one.question.clone()));
    let busy = move || proposed.busy.with(|busy| busy.as_ref() == Some(&id)).to_string();
    let act = move |act: fn(Proposed, CuratedProposal)| {
        move |_: web_sys::MouseEvent| {
            if let Some(one) = one.get_untracked() {
                act(proposed, one);
            }
        }
    };
    let edit = move |_: web_sys::MouseEvent| editing.begin_with(one.get_untracked());
    view! {
        <li class="gap-row">
            <div class="gap-main">
                <p class="row-text" dir="auto">{question}</p>
                <p class="proposed-answer" dir="auto">{move || part(|one| plain(&one.answer))}</p>
                <p class="row-facts">{move || one.with(|one| one.as_ref().map(|one| view! { <FromPage url=one.url.clone() title=one.title.clone()/> }))}</p>
            </div>
            <Show when=move || may.get()>
                <div class="row-acts">
                    <button class="button primary small" type="button" aria-disabled=busy.clone()
                        aria-label=move || format!("Approve: {}", question.get()) on:click=act(Proposed::approve)>"Approve"</button>
                    <button class="button small" type="button"
                        aria-label=move || format!("Edit and approve: {}", question.get()) on:click=edit>
                        <Icon glyph=Glyph::Pencil/>"Edit and approve"
                    </button>
                    <button class="button small" type="button" aria-disabled=busy.clone()
                        aria-label=move || format!("Dismiss: {}", question.get()) on:click=act(Proposed::dismiss)>"Dismiss"</button>
                </div>
            </Show>
        </li>
    }
}

/// The page it stands on; an uploaded file has no address that leads there.
#[component]
pub(super) fn FromPage(url: String, title: String) -> impl IntoView {
    if url.starts_with("http") {
        view! { <a class="link" href=url target="_blank" rel="noopener noreferrer" dir="auto">{title}</a> }
            .into_any()
    } else {
        view! { <span dir="auto">{title}</span> }.into_any()
    }
}
