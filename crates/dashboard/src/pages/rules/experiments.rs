//! Experiments with their figures: started, stopped, and the winner kept.

use super::experiment_form::{ExperimentForm, KINDS};
use super::fields::Sheet;
use super::item::Job;
use super::variant_fields::Subject;
use super::{EXPERIMENTS, Editing, Frame, words};
use crate::api::{agents, rules as api};
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::{Load, load};
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::{Experiment, ExperimentStatus, ExperimentVariant, Goal};
use protocol::permission::Permission;

#[component]
pub(crate) fn ExperimentsPage() -> impl IntoView {
    title(|| "Experiments".to_owned());
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::AgentsWrite));
    let experiments = load(move || session.agent.get().map(api::experiments));
    let subject = load(move || {
        let agent = session.agent.get()?;
        Some(async move {
            Ok(Subject {
                draft: agents::agent(agent.clone()).await?.draft,
                rules: api::rules(agent.clone())
                    .await?
                    .into_iter()
                    .filter(|rule| rule.content.enabled)
                    .collect(),
                ctas: api::ctas(agent).await?.into_iter().filter(|cta| cta.content.enabled).collect(),
                models: agents::models().await?,
            })
        })
    });
    let editing = Editing::<Experiment>::new();
    let none = Memo::new(move |_| experiments.part(Vec::is_empty).unwrap_or(false));
    let begin = Callback::new(move |()| editing.begin(None));
    let named = move || {
        if editing.item.with(Option::is_some) { "Edit experiment" } else { "Add an experiment" }.to_owned()
    };
    let known = Signal::derive(move || subject.value.get());
    view! {
        <Frame here=EXPERIMENTS heading="Experiments" may begin add="Add experiment"
            text="Show parts of your visitors another variant, and see which one earns more.">
            <Loaded
                has=Signal::derive(move || experiments.value.with(Option::is_some))
                problem=experiments.problem retry=move || experiments.refresh() lines=4 tall=true
            >
                <Show when=move || !none.get() fallback=move || view! {
                    <div class="card">
                        <Empty glyph=Glyph::Play title="No experiment yet"
                            text="Try another welcome, rule, button or wording on half of your visitors before everybody gets it.">
                            <Show when=move || may.get()>
                                <button class="button primary" type="button" on:click=move |_| editing.begin(None)>
                                    <Icon glyph=Glyph::Plus/>"Add the first"
                                </button>
                            </Show>
                        </Empty>
                    </div>
                }>
                    <div class="experiments">
                        <For each=move || experiments.value.get().unwrap_or_default()
                            key=|one| (one.id.to_string(), one.revision, one.applied.clone().map(String::from)) let:one>
                            <Card one experiments editing may/>
                        </For>
                    </div>
                </Show>
            </Loaded>
            <Dialog open=editing.open title=Signal::derive(named)>
                <ExperimentForm editing experiments subject=known/>
            </Dialog>
        </Frame>
    }
}

fn state(status: ExperimentStatus) -> (&'static str, &'static str) {
    match status {
        ExperimentStatus::Draft => ("Draft", "wait"),
        ExperimentStatus::Running => ("Running", "good"),
        ExperimentStatus::Stopped => ("Stopped", "wait"),
    }
}

fn goal(goal: Goal) -> &'static str {
    match goal {
        Goal::Any => "Followed a call to action or became a lead",
        Goal::CtaClick => "Followed a call to action",
        Goal::Lead => "Became a lead",
    }
}

/// What is asked before it is done.
#[derive(Clone, PartialEq)]
enum Asked {
    Delete,
    Apply(ExperimentVariant),
}

#[component]
fn Card(
    one: Experiment,
    experiments: Load<Vec<Experiment>>,
    editing: Editing<Experiment>,
    may: Memo<bool>,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let sheet = Sheet::new();
    let asked = RwSignal::new(None::<Asked>);
    let open = RwSignal::new(false);
    let status = one.status;
    let heading = format!("x-{}", one.id);
    let labelled = heading.clone();
    let kind = KINDS.iter().find(|(_, kind, _)| *kind == one.kind).map_or("", |(_, _, name)| name);
    let kept = one.applied.as_ref().and_then(|id| one.variants.iter().find(|variant| variant.id == *id));
    let kept = kept.map(|variant| format!("“{}” was kept.", variant.name));
    let facts = format!("{kind} · {}", goal(one.goal));
    let rows: Vec<_> = one
        .variants
        .iter()
        .map(|variant| {
            let wins = one.winner.as_ref() == Some(&variant.id);
            let keeps = variant.clone();
            let name = variant.name.clone();
            view! {
                <tr>
                    <th scope="row" dir="auto">{variant.name.clone()} {wins.then(|| view! { <span class="badge" data-tone="good">"Earns more"</span> })}</th>
                    <td class="end">{variant.weight}</td>
                    <td class="end">{variant.exposures}</td>
                    <td class="end">{variant.conversions}</td>
                    <td class="end">{if variant.exposures == 0 { "–".to_owned() } else { words::percent(variant.rate) }}</td>
                    <td class="end">{if variant.exposures == 0 { "–".to_owned() } else { format!("{} to {}", words::percent(variant.low), words::percent(variant.high)) }}</td>
                    <td class="end">
                        <Show when=move || may.get() && status == ExperimentStatus::Stopped>
                            {
                                let (keeps, name) = (keeps.clone(), name.clone());
                                view! {
                                    <button class="button" type="button" aria-label=format!("Keep “{name}”")
                                        on:click=move |_| { asked.set(Some(Asked::Apply(keeps.clone()))); open.set(true) }>"Keep"</button>
                                }
                            }
                        </Show>
                    </td>
                </tr>
            }
        })
        .collect();
    let stored = StoredValue::new(one.clone());
    let done = move |said: &'static str| {
        announce(notices, said);
        open.set(false);
        experiments.refresh();
    };
    let go = move |start: bool| {
        let id = stored.with_value(|one| one.id.clone());
        let job: Job<Experiment> =
            if start { Box::pin(api::start_experiment(id)) } else { Box::pin(api::stop_experiment(id)) };
        sheet.save(job, move |_| {
            done(if start {
                "Started. Visitors see their variants."
            } else {
                "Stopped. Everybody sees the agent as it is."
            });
        });
    };
    let confirm = move |_| match asked.get_untracked() {
        Some(Asked::Delete) => {
            let id = stored.with_value(|one| one.id.clone());
            sheet.save(Box::pin(api::delete_experiment(id)), move |_| done("The experiment is deleted."));
        }
        Some(Asked::Apply(variant)) => {
            let id = stored.with_value(|one| one.id.clone());
            sheet.save(Box::pin(api::apply_variant(id, variant.id)), move |_| {
                done("Kept. Publish the agent where it is in its draft.")
            });
        }
        None => {}
    };
    let question = move || match asked.get() {
        Some(Asked::Apply(variant)) => format!("Keep “{}”?", variant.name),
        _ => format!("Delete “{}”?", stored.with_value(|one| one.name.clone())),
    };
    let consequence = move || match asked.get() {
        Some(Asked::Apply(_)) => {
            "What it changes is written into the agent's draft, its rules or its calls to action. A draft is seen by visitors once it is published."
        }
        _ => "Its figures are gone for good.",
    };
    view! {
        <section class="card experiment" aria-labelledby=labelled>
            <header class="experiment-head">
                <div>
                    <h2 id=heading.clone() dir="auto">{one.name.clone()}</h2>
                    <p class="quiet">{facts}</p>
                </div>
                <Badge state=Signal::stored(state(status))/>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-labelledby=heading>
                <table class="table">
                    <thead><tr>
                        <th scope="col">"Variant"</th><th scope="col" class="end">"Weight"</th><th scope="col" class="end">"Visitors"</th>
                        <th scope="col" class="end">"Successes"</th><th scope="col" class="end">"Rate"</th>
                        <th scope="col" class="end">"95 % interval"</th><th scope="col"><span class="visually-hidden">"Keep"</span></th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="experiment-verdict">{one.verdict.clone()} {kept.map(|kept| format!(" {kept}"))}</p>
            <Show when=move || !open.get()><FormProblem problem=sheet.problem/></Show>
            <Show when=move || may.get()>
                <div class="experiment-acts">
                    {(status == ExperimentStatus::Draft).then(|| view! {
                        <button class="button primary" type="button" on:click=move |_| go(true)>"Start"</button>
                        <button class="button" type="button" on:click=move |_| editing.begin(Some(stored.get_value()))>"Edit"</button>
                    })}
                    {(status == ExperimentStatus::Running).then(|| view! {
                        <button class="button" type="button" on:click=move |_| go(false)>"Stop"</button>
                    })}
                    {(status != ExperimentStatus::Running).then(|| view! {
                        <button class="button" type="button" on:click=move |_| { asked.set(Some(Asked::Delete)); open.set(true) }>"Delete"</button>
                    })}
                </div>
            </Show>
            <Dialog open title=Signal::derive(question)>
                <div class="form">
                    <p>{consequence}</p>
                    <FormProblem problem=sheet.problem/>
                    <div class="form-acts">
                        <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Cancel"</button>
                        <button class=move || if asked.get() == Some(Asked::Delete) { "button danger" } else { "button primary" }
                            type="button" aria-disabled=move || sheet.busy.get().to_string() on:click=confirm>
                            {move || if asked.get() == Some(Asked::Delete) { "Delete experiment" } else { "Keep it" }}
                        </button>
                    </div>
                </div>
            </Dialog>
        </section>
    }
}
