//! Curated answers: fixed words for some questions, in the order in which they are tried.

mod confirm;
mod edit;
mod list;
mod order;
mod proposed;
mod trial;
mod words;

use crate::api::knowledge as api;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::load;
use crate::session::use_session;
use edit::EditDialog;
use leptos::prelude::*;
use list::AnswerList;
use order::Order;
use proposed::{Proposed, ProposedSection};
use protocol::api::{CuratedAnswer, CuratedProposal};
use protocol::permission::Permission;
use trial::Trial;

/// What the dialog edits: an answer that exists, a proposed one, or a new one.
#[derive(Clone, Copy)]
struct Editing {
    open: RwSignal<bool>,
    answer: RwSignal<Option<CuratedAnswer>>,
    proposal: RwSignal<Option<CuratedProposal>>,
}

impl Editing {
    fn begin(self, answer: Option<CuratedAnswer>) {
        self.answer.set(answer);
        self.proposal.set(None);
        self.open.set(true);
    }

    fn begin_with(self, proposal: Option<CuratedProposal>) {
        self.answer.set(None);
        self.proposal.set(proposal);
        self.open.set(true);
    }
}

#[component]
pub(crate) fn CuratedPage() -> impl IntoView {
    title(|| "Curated answers".to_owned());
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::KnowledgeWrite));
    let answers = load(move || session.agent.get().map(api::curated_answers));
    let order = Order::new(answers);
    let editing =
        Editing { open: RwSignal::new(false), answer: RwSignal::new(None), proposal: RwSignal::new(None) };
    let proposed = Proposed::new(answers);
    let none = Memo::new(move |_| answers.part(Vec::is_empty).unwrap_or(false));
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Curated answers"</h1>
                    <p class="page-sub">"Fixed words, your own or a template’s, for questions that must be answered just so. The first that applies wins."</p>
                </div>
                <Show when=move || may.get()>
                    <button class="button primary" type="button" on:click=move |_| editing.begin(None)>
                        <Icon glyph=Glyph::Plus/>"Add answer"
                    </button>
                </Show>
            </header>
            <Trial/>
            <Loaded
                has=Signal::derive(move || answers.value.with(Option::is_some))
                problem=answers.problem
                retry=move || answers.refresh()
                lines=4
                tall=true
            >
                <Show when=move || !none.get() fallback=move || view! {
                    <div class="card">
                        <Empty
                            glyph=Glyph::Star
                            title="No curated answer yet"
                            text="The agent answers from its knowledge. Add an answer where the wording matters: prices, emergencies, legal questions."
                        >
                            <Show when=move || may.get()>
                                <button class="button primary" type="button" on:click=move |_| editing.begin(None)>
                                    <Icon glyph=Glyph::Plus/>"Add the first"
                                </button>
                            </Show>
                        </Empty>
                    </div>
                }>
                    <AnswerList answers order editing may/>
                </Show>
            </Loaded>
            <ProposedSection proposed editing may/>
            <EditDialog editing answers proposed/>
        </div>
    }
}
