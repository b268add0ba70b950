//! Jobs of all parts: searched, tried again one by one or many at once, downloaded.

use crate::api;
use crate::api::operations::Wanted;
use crate::clock::Ago;
use crate::components::form::{Form, FormProblem};
use crate::components::notice::{Notices, announce};
use crate::components::state::{Badge, Loaded};
use crate::load::{Paged, Row, load, paged};
use crate::pages::sources::LoadMore;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::{Job, JobArea, JobCount, JobName, JobState};
use protocol::permission::Permission;

const AREAS: [(&str, &str); 6] = [
    ("", "All"),
    ("deliveries", "Deliveries"),
    ("incoming", "Incoming events"),
    ("crawl", "Websites"),
    ("index", "Files, texts, feeds"),
    ("turns", "Questions"),
];
const STATES: [(&str, &str); 5] = [
    ("", "Failed or given up"),
    ("dead", "Given up"),
    ("failed", "Tried again by itself"),
    ("queued,processing", "Waiting or running"),
    ("queued,processing,succeeded,failed,dead", "All"),
];

fn area_words(area: JobArea) -> &'static str {
    match area {
        JobArea::Deliveries => "Delivery",
        JobArea::Incoming => "Incoming",
        JobArea::Crawl => "Website",
        JobArea::Index => "Knowledge",
        JobArea::Turns => "Question",
    }
}

fn state_words(state: JobState) -> (&'static str, &'static str) {
    match state {
        JobState::Queued => ("Waiting", "wait"),
        JobState::Processing => ("Running", "wait"),
        JobState::Succeeded => ("Done", "good"),
        JobState::Failed => ("Failed, tried again", "bad"),
        JobState::Dead => ("Given up", "bad"),
    }
}

fn named(job: &Job) -> JobName {
    JobName { area: job.area, id: job.id.clone(), endpoint: job.endpoint.clone() }
}

#[component]
pub(crate) fn Jobs() -> impl IntoView {
    let notices = use_context::<Notices>();
    let session = use_session();
    let form = Form::new("jobs");
    let wanted = RwSignal::new(Wanted::default());
    let picked = RwSignal::new(Vec::<JobName>::new());
    let counts = load(move || Some(api::operations::counts()));
    let list = paged(
        |job: &Job| format!("{} {}", job.id, job.endpoint.as_deref().unwrap_or_default()),
        move |cursor| Some(api::operations::jobs(wanted.get(), cursor)),
    );
    let set = move |change: &dyn Fn(&mut Wanted, String), event: &web_sys::Event| {
        let value = event_target_value(event);
        picked.set(Vec::new());
        wanted.update(|wanted| change(wanted, value));
    };
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    let may = Memo::new(move |_| session.may(Permission::OperationsWrite));
    let retry = move |jobs: Vec<JobName>| {
        form.send(api::operations::retry(jobs), move |done| {
            let refused =
                done.refused.first().map(|one| format!(" {} not: {}", done.refused.len(), one.reason));
            announce(notices, format!("{} tried again.{}", done.retried, refused.unwrap_or_default()));
            picked.set(Vec::new());
            list.restart();
            counts.refresh();
        });
    };
    let retry = StoredValue::new_local(retry);
    let choices = |all: &'static [(&'static str, &'static str)]| {
        all.iter().map(|(value, label)| view! { <option value=*value>{*label}</option> }).collect_view()
    };
    view! {
        <section class="card flush" aria-labelledby="jobs-title">
            <div class="card-head">
                <div>
                    <h2 id="jobs-title">"Jobs"</h2>
                    <p class="quiet">{move || counts.part(|all| summary(all)).unwrap_or_default()}</p>
                </div>
                <a class="button" href=move || wanted.with(Wanted::log) download="operations.jsonl" rel="external">"Download log"</a>
            </div>
            <div class="filters">
                <div class="field">
                    <label for="jobs-area">"Part"</label>
                    <select id="jobs-area" class="select" on:change=move |event| set(&|wanted, value| wanted.area = value, &event)>{choices(&AREAS)}</select>
                </div>
                <div class="field">
                    <label for="jobs-state">"State"</label>
                    <select id="jobs-state" class="select" on:change=move |event| set(&|wanted, value| wanted.state = value, &event)>{choices(&STATES)}</select>
                </div>
                <div class="field">
                    <label for="jobs-words">"Id"</label>
                    <input id="jobs-words" type="search" dir="ltr" on:change=move |event| set(&|wanted, value| wanted.words = value, &event)/>
                </div>
                <div class="field">
                    <label for="jobs-event">"Event"</label>
                    <input id="jobs-event" type="search" dir="ltr" on:change=move |event| set(&|wanted, value| wanted.event = value, &event)/>
                </div>
                <div class="field">
                    <label for="jobs-endpoint">"Endpoint"</label>
                    <input id="jobs-endpoint" type="search" dir="ltr" on:change=move |event| set(&|wanted, value| wanted.endpoint = value, &event)/>
                </div>
                <div class="field">
                    <label for="jobs-agent">"Agent"</label>
                    <select id="jobs-agent" class="select" on:change=move |event| set(&|wanted, value| wanted.agent = value, &event)>
                        <option value="">"All"</option>
                        {move || session.agents.get().unwrap_or_default().into_iter().map(|agent| {
                            view! { <option value=agent.id.to_string()>{agent.name}</option> }
                        }).collect_view()}
                    </select>
                </div>
            </div>
            <FormProblem problem=form.general()/>
            <Show when=move || may.get() && picked.with(|picked| !picked.is_empty())>
                <div class="filters">
                    <button class="button primary" type="button" on:click=move |_| retry.with_value(|retry| retry(picked.get_untracked()))>
                        {move || format!("Try {} again", picked.with(Vec::len))}
                    </button>
                    <button class="button" type="button" on:click=move |_| picked.set(Vec::new())>"Pick none"</button>
                </div>
            </Show>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=4
            >
                <Show
                    when=move || !none.get()
                    fallback=|| view! { <p class="nothing">"Nothing of this kind. What fails anywhere in the workspace is shown here."</p> }
                >
                    <ul class="rows">
                        <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                            <JobRow row picked may list one=move |job| retry.with_value(|retry| retry(vec![job]))/>
                        </For>
                    </ul>
                    <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                </Show>
            </Loaded>
        </section>
    }
}

/// What there is, in a line.
fn summary(all: &[JobCount]) -> String {
    let of = |states: &[JobState]| -> u64 {
        all.iter().filter(|one| states.contains(&one.state)).map(|one| one.count).sum()
    };
    format!(
        "Of the last 30 days: {} waiting or running, {} failed and tried again, {} given up, {} done.",
        of(&[JobState::Queued, JobState::Processing]),
        of(&[JobState::Failed]),
        of(&[JobState::Dead]),
        of(&[JobState::Succeeded]),
    )
}

/// One fact of a job; nothing where there is none, so that no gap stands for it.
fn fact(text: String) -> Option<impl IntoView> {
    (!text.is_empty()).then(|| view! { <span>{text}</span> })
}

#[component]
fn JobRow(
    row: Row<Job>,
    picked: RwSignal<Vec<JobName>>,
    may: Memo<bool>,
    list: Paged<Job>,
    one: impl Fn(JobName) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let value = RwSignal::from(row.value.clone());
    let job = row.value.get_untracked();
    let name = StoredValue::new(named(&job));
    let state = Signal::derive(move || state_words(value.with(|job| job.state)));
    let retryable = Memo::new(move |_| may.get() && value.with(|job| job.retryable));
    let label = format!("Pick {} {}", job.what, job.id);
    let title = format!("{}: {}", area_words(job.area), job.what);
    let busy = list.busy;
    view! {
        <li class="job">
            <span class="item-name">
                {move || retryable.get().then(|| view! {
                    <input
                        type="checkbox" aria-label=label.clone()
                        prop:checked=move || picked.with(|picked| picked.contains(&name.get_value()))
                        on:change=move |event| picked.update(|picked| {
                            picked.retain(|one| *one != name.get_value());
                            if event_target_checked(&event) {
                                picked.push(name.get_value());
                            }
                        })
                    />
                })}
                <strong>{title}</strong>
                <Badge state/>
            </span>
            <span class="item-facts">
                <span><Ago at=Signal::stored(job.at)/></span>
                {move || fact(value.with(|job| job.outcome.clone()))}
                {move || value.with(|job| (job.attempts > 1).then(|| fact(format!("{} attempts", job.attempts))))}
                {move || value.with(|job| job.next_at).map(|at| view! { <span>"next " <Ago at=Signal::stored(at)/></span> })}
                <code dir="ltr">{job.id.clone()}</code>
                {job.endpoint.clone().map(|endpoint| view! { <code dir="ltr">{endpoint}</code> })}
            </span>
            {move || retryable.get().then(|| view! {
                <div class="row-acts">
                    <button class="button" type="button" aria-disabled=move || busy.get().to_string() on:click=move |_| one(name.get_value())>"Try again"</button>
                </div>
            })}
        </li>
    }
}
