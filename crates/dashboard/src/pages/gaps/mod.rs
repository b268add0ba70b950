//! Gaps: what was asked and could not be answered well, most asked first.

mod answer;
mod row;

use super::sources::LoadMore;
use crate::api::gaps as api;
use crate::components::icon::Glyph;
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::{Load, Paged, load, paged};
use crate::session::use_session;
use crate::text;
use answer::AnswerDialog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::GapId;
use protocol::api::{Gap, GapCounts, GapStatus};
use protocol::permission::Permission;
use row::GapRow;

const STATUSES: [(GapStatus, &str); 3] =
    [(GapStatus::Open, "Open"), (GapStatus::Answered, "Answered"), (GapStatus::Ignored, "Ignored")];

/// The page's lists and what was just done.
#[derive(Clone, Copy)]
struct Desk {
    list: Paged<Gap>,
    counts: Load<GapCounts>,
    /// What was done last, in words, and the gap it was done to.
    done: RwSignal<Option<(String, GapId)>>,
    /// The gap that is being answered.
    answering: RwSignal<Option<Gap>>,
    open: RwSignal<bool>,
    notices: Option<Notices>,
}

impl Desk {
    /// Something changed on the server.
    fn changed(self, done: Option<(String, GapId)>) {
        self.done.try_set(done);
        self.list.restart();
        self.counts.refresh();
    }

    fn settle(self, gap: GapId, status: GapStatus) {
        spawn_local(async move {
            match api::update(gap, status).await {
                Ok(gap) if status == GapStatus::Ignored => {
                    self.changed(Some(("The gap is ignored.".to_owned(), gap.id)));
                }
                Ok(_) => self.changed(None),
                Err(problem) => announce(self.notices, problem.message),
            }
        });
    }

    fn answer(self, gap: Gap) {
        self.answering.set(Some(gap));
        self.open.set(true);
    }
}

#[component]
pub(crate) fn GapsPage() -> impl IntoView {
    title(|| "Gaps".to_owned());
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::KnowledgeWrite));
    let status = RwSignal::new(GapStatus::Open);
    let desk = Desk {
        list: paged(
            |gap: &Gap| gap.id.to_string(),
            move |cursor| session.agent.get().map(|agent| api::gaps(agent, status.get(), cursor)),
        ),
        counts: load(move || session.agent.get().map(api::counts)),
        done: RwSignal::new(None),
        answering: RwSignal::new(None),
        open: RwSignal::new(false),
        notices: use_context::<Notices>(),
    };
    let list = desk.list;
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Gaps"</h1>
                    <p class="page-sub">"What visitors asked and your agent could not answer well. Answer one, and it is known from then on."</p>
                </div>
            </header>
            <Filter desk status/>
            <div class="undo-line" role="status">
                {move || desk.done.get().map(|(said, gap)| view! {
                    <p class="undo">
                        <span>{said}</span>
                        <button class="button" type="button" on:click=move |_| desk.settle(gap.clone(), GapStatus::Open)>"Undo"</button>
                    </p>
                })}
            </div>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=4
                tall=true
            >
                <Show when=move || !none.get() fallback=move || view! { <Nothing status/> }>
                    <ul class="card flush gap-list" aria-label="Gaps, most asked first">
                        <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                            <GapRow gap=Signal::from(row.value) desk may/>
                        </For>
                    </ul>
                    <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                </Show>
            </Loaded>
            <AnswerDialog desk/>
        </div>
    }
}

#[component]
fn Filter(desk: Desk, status: RwSignal<GapStatus>) -> impl IntoView {
    let count = move |of: GapStatus| {
        desk.counts.part(|counts| match of {
            GapStatus::Open => counts.open,
            GapStatus::Answered => counts.answered,
            GapStatus::Ignored => counts.ignored,
        })
    };
    let chip = move |(own, name): (GapStatus, &'static str)| {
        view! {
            <button
                class="chip" type="button" aria-pressed=move || (status.get() == own).to_string()
                on:click=move |_| { desk.done.set(None); status.set(own); }
            >
                {name}
                <span class="chip-count">{move || count(own).map_or_else(|| "–".to_owned(), text::number)}</span>
            </button>
        }
    };
    view! {
        <div class="chips" role="group" aria-label="Which gaps">
            {STATUSES.into_iter().map(chip).collect_view()}
        </div>
    }
}

#[component]
fn Nothing(status: RwSignal<GapStatus>) -> impl IntoView {
    view! {
        <div class="card">
            {move || match status.get() {
                GapStatus::Open => view! {
                    <Empty
                        glyph=Glyph::Check
                        title="No open gap"
                        text="Questions that your agent cannot answer well are gathered here by what they ask for, most asked first."
                    />
                }.into_any(),
                GapStatus::Answered => view! {
                    <Empty glyph=Glyph::Star title="No gap was answered yet" text="Answer an open gap, and it moves here."/>
                }.into_any(),
                GapStatus::Ignored => view! {
                    <Empty glyph=Glyph::Question title="No gap is ignored" text="Ignore what is not worth an answer, and it moves here."/>
                }.into_any(),
            }}
        </div>
    }
}
