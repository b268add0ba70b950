//! One conversation of the playground: what is asked, and of whom.

use super::Choices;
use super::answer::RunView;
use super::run::{Phase, Run};
use crate::api::playground as api;
use crate::components::icon::Glyph;
use crate::components::state::Empty;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::AgentId;
use protocol::agent::Model;
use protocol::api::{Exchange, PlaygroundRequest, Version};
use protocol::{Code, Problem};
use web_sys::AbortController;

/// Questions and answers that a question is asked after: more than a prompt has, for calls to action count them.
const EARLIER: usize = 20;

#[derive(Clone, Copy)]
pub(super) struct Column {
    place: u32,
    /// A published version; the draft when there is none.
    pub(super) version: RwSignal<Option<u32>>,
    /// A model; the agent's own when there is none.
    pub(super) model: RwSignal<Option<Model>>,
    pub(super) runs: RwSignal<Vec<ArcRwSignal<Run>>>,
    pub(super) running: RwSignal<bool>,
    abort: StoredValue<Option<AbortController>, LocalStorage>,
    asked: StoredValue<u32>,
}

impl Column {
    pub(super) fn new(place: u32) -> Self {
        Self {
            place,
            version: RwSignal::new(None),
            model: RwSignal::new(None),
            runs: RwSignal::new(Vec::new()),
            running: RwSignal::new(false),
            abort: StoredValue::new_local(None),
            asked: StoredValue::new(0),
        }
    }

    pub(super) fn ask(self, agent: AgentId, question: String, page_url: Option<String>) {
        let Ok(abort) = AbortController::new() else { return };
        let ticket = self.asked.get_value() + 1;
        self.asked.set_value(ticket);
        let version = self.version.get_untracked();
        let request = PlaygroundRequest {
            question: question.clone(),
            version,
            model: self.model.get_untracked(),
            page_url: page_url.clone(),
            earlier: self.earlier(),
        };
        let run = ArcRwSignal::new(Run::new(format!("{}-{ticket}", self.place), question, version, page_url));
        self.runs.update(|runs| runs.push(run.clone()));
        self.running.set(true);
        let signal = abort.signal();
        self.abort.set_value(Some(abort));
        spawn_local(async move {
            let reply = {
                let run = run.clone();
                api::ask(agent, request, &signal, move |event| run.update(|run| run.take(event))).await
            };
            run.update(|run| match reply {
                Err(problem) => run.fail(problem),
                Ok(()) if run.running() && signal.aborted() => run.phase = Phase::Stopped,
                Ok(()) if run.running() => run.fail(Problem::new(
                    Code::Interrupted,
                    "The answer ended before it was complete. Ask again.",
                )),
                Ok(()) => {}
            });
            if self.asked.try_get_value() == Some(ticket) {
                self.running.try_set(false);
            }
        });
    }

    fn earlier(self) -> Vec<Exchange> {
        let mut told: Vec<Exchange> = self.runs.with_untracked(|runs| {
            runs.iter().rev().filter_map(|run| run.with_untracked(Run::exchange)).take(EARLIER).collect()
        });
        told.reverse();
        told
    }

    pub(super) fn stop(self) {
        let abort = self.abort.try_update_value(Option::take).flatten();
        if let Some(abort) = abort {
            abort.abort();
        }
    }

    pub(super) fn clear(self) {
        self.stop();
        self.asked.try_update_value(|asked| *asked += 1);
        self.runs.set(Vec::new());
        self.running.set(false);
    }
}

#[component]
pub(super) fn ColumnView(column: Column, name: &'static str, both: RwSignal<bool>) -> impl IntoView {
    let none = Memo::new(move |_| column.runs.with(Vec::is_empty));
    let rows = move || {
        let runs = column.runs.get();
        let last = runs.len().saturating_sub(1);
        runs.into_iter().enumerate().map(move |(at, run)| (at == last, run)).collect::<Vec<_>>()
    };
    let key = |row: &(bool, ArcRwSignal<Run>)| row.1.with_untracked(|run| run.key.clone());
    view! {
        <section class="play-column" aria-label=move || if both.get() { format!("{name} conversation") } else { "Conversation".to_owned() }>
            <Setup column/>
            <Show when=move || !none.get() fallback=|| view! {
                <div class="card play-empty">
                    <Empty
                        glyph=Glyph::Play
                        title="Ask as a visitor would"
                        text="The answer streams in with its sources, the passages that were found, the prompt and the time of each stage."
                    />
                </div>
            }>
                <ol class="play-runs">
                    <For each=rows key=key let:row>
                        <RunView run=row.1/>
                    </For>
                </ol>
            </Show>
        </section>
    }
}

fn version_label(version: &Version) -> String {
    let mut label = format!("Version {}", version.version);
    if version.live {
        label.push_str(" (live)");
    }
    if !version.note.is_empty() {
        label.push_str(": ");
        label.extend(version.note.chars().take(40));
    }
    label
}

/// Which version answers, and by which model.
#[component]
fn Setup(column: Column) -> impl IntoView {
    let choices = expect_context::<Choices>();
    let versions = move || {
        choices.versions.value.get().unwrap_or_default().into_iter().map(|version| {
            let number = version.version;
            view! { <option value=number.to_string() selected=move || column.version.get() == Some(number)>{version_label(&version)}</option> }
        }).collect_view()
    };
    let models = move || {
        choices.models.value.get().unwrap_or_default().into_iter().enumerate().map(|(at, option)| {
            let model = option.model.clone();
            view! { <option value=at.to_string() selected=move || column.model.with(|it| it.as_ref() == Some(&model))>{option.label}</option> }
        }).collect_view()
    };
    let pick_model = move |value: String| {
        let model = value.parse::<usize>().ok().and_then(|at| {
            choices.models.part(|all| all.get(at).map(|option| option.model.clone())).flatten()
        });
        column.model.set(model);
    };
    let trouble = move || choices.versions.problem.get().or_else(|| choices.models.problem.get());
    let place = column.place;
    view! {
        <div class="play-setup">
            <div class="play-choice">
            <label for=format!("version-{place}")>"Version"</label>
            <select id=format!("version-{place}") class="select" on:change=move |event| column.version.set(event_target_value(&event).parse().ok())>
                <option value="" selected=move || column.version.with(Option::is_none)>"Draft"</option>
                {versions}
            </select>
            </div>
            <div class="play-choice">
            <label for=format!("model-{place}")>"Model"</label>
            <select id=format!("model-{place}") class="select" on:change=move |event| pick_model(event_target_value(&event))>
                <option value="" selected=move || column.model.with(Option::is_none)>"The agent’s own order"</option>
                {models}
            </select>
            </div>
            {move || trouble().map(|problem| view! { <p class="stale" role="status">{format!("Not all choices are here. {}", problem.message)}</p> })}
        </div>
    }
}
