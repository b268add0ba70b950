//! An agent at a glance: figures, what to do next, recent conversations, the snippet.

use super::agent::Publication;
use super::conversations::ConversationLink;
use super::embed::EmbedCard;
use crate::api;
use crate::components::allowed::Allowed;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::{Load, every, load};
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use protocol::api::Overview;
use protocol::permission::Permission;

#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    title(|| "Overview".to_owned());
    let session = use_session();
    let overview = load(move || session.agent.get().map(api::overview));
    every(5000, move || {
        if !overview.busy.get_untracked() {
            overview.refresh();
        }
    });
    let heading = move || session.current().map(|agent| agent.name).unwrap_or_default();
    let current = Signal::derive(move || session.current());
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1 dir="auto">{heading}</h1>
                    <p class="page-sub">
                        <Publication agent=current/>
                        <a class="link" href="/app/agent">"Edit agent"</a>
                    </p>
                </div>
            </header>
            <Loaded
                has=Signal::derive(move || overview.value.with(Option::is_some))
                problem=overview.problem
                retry=move || overview.refresh()
                lines=4
                tall=true
            >
                <NextSteps overview/>
                <Figures overview/>
                <div class="columns">
                    <Recent overview/>
                    <EmbedCard agent=current/>
                </div>
            </Loaded>
        </div>
    }
}

#[derive(Clone, PartialEq)]
struct Figure {
    label: &'static str,
    value: String,
    note: String,
    warn: bool,
}

fn figures(o: &Overview) -> Vec<Figure> {
    let share = |part: u64| text::percent(part as f64, o.turns as f64);
    let part = |n: u64| if n == 0 { "none".to_owned() } else { format!("{} of questions", share(n)) };
    let figure = |label, value: String, note: String, warn| Figure { label, value, note, warn };
    vec![
        figure(
            "Conversations",
            text::number(o.conversations),
            text::count(o.turns, "question", "questions"),
            false,
        ),
        figure(
            "Answered",
            share(o.answered),
            if o.turns == 0 {
                "no questions yet".into()
            } else {
                format!("{} of {}", text::number(o.answered), text::number(o.turns))
            },
            false,
        ),
        figure(
            "Low confidence",
            text::number(o.low_confidence),
            part(o.low_confidence),
            o.low_confidence > 0,
        ),
        figure("Failed", text::number(o.failed), part(o.failed), o.failed > 0),
        figure(
            "First token",
            o.first_token_p50_ms.map_or_else(|| "–".into(), text::duration),
            "median of the last 200".into(),
            false,
        ),
        figure(
            "Knowledge",
            text::count(o.documents, "page", "pages"),
            text::count(o.passages, "passage", "passages"),
            false,
        ),
    ]
}

#[component]
fn Figures(overview: Load<Overview>) -> impl IntoView {
    let all = Memo::new(move |_| overview.part(figures).unwrap_or_default());
    view! {
        <dl class="figures">
            {move || {
                all.get()
                    .into_iter()
                    .map(|figure| {
                        view! {
                            <div class="figure" class:warn=figure.warn>
                                <dt>{figure.label}</dt>
                                <dd class="figure-value">{figure.value}</dd>
                                <dd class="figure-note">{figure.note}</dd>
                            </div>
                        }
                    })
                    .collect_view()
            }}
        </dl>
    }
}

/// The way to a first answer; gone once it has been walked.
#[component]
fn NextSteps(overview: Load<Overview>) -> impl IntoView {
    let done =
        Memo::new(move |_| overview.part(|o| (o.documents > 0, o.conversations > 0)).unwrap_or((true, true)));
    let step = |n: u32, done: bool, title: &'static str, text: &'static str| {
        view! {
            <span class="step-mark" aria-hidden="true">
                {if done { view! { <Icon glyph=Glyph::Check/> }.into_any() } else { n.to_string().into_any() }}
            </span>
            <span class="step-text"><strong>{title}</strong><span>{text}</span></span>
            {done.then(|| view! { <span class="visually-hidden">"Done"</span> })}
        }
    };
    move || {
        let (knows, talked) = done.get();
        (!(knows && talked)).then(|| {
            view! {
                <section class="card steps" aria-labelledby="steps-title">
                    <h2 id="steps-title">"Next steps"</h2>
                    <ol>
                        <li class:done=knows>
                            {step(1, knows, "Teach it your website", "Add the address; the pages are read in minutes.")}
                            {(!knows).then(|| view! {
                                <Allowed permission=Permission::KnowledgeWrite>
                                    <a class="button primary" href="/app/sources/new">"Add a source"</a>
                                </Allowed>
                            })}
                        </li>
                        <li class:done=talked>
                            {step(2, talked, "Put it on your website", "Paste one line into your pages; it is below.")}
                        </li>
                        <li class:done=talked>
                            {step(3, talked, "Ask the first question", "It appears here seconds after the answer.")}
                        </li>
                    </ol>
                </section>
            }
        })
    }
}

#[component]
fn Recent(overview: Load<Overview>) -> impl IntoView {
    let recent = Memo::new(move |_| overview.part(|o| o.recent.clone()).unwrap_or_default());
    view! {
        <section class="card flush" aria-labelledby="recent-title">
            <header class="card-head">
                <h2 id="recent-title">"Recent conversations"</h2>
                <a class="link" href="/app/conversations">"All conversations"</a>
            </header>
            {move || {
                let recent = recent.get();
                if recent.is_empty() {
                    view! {
                        <Empty
                            glyph=Glyph::Chat
                            title="Nobody has asked yet"
                            text="Put the widget on your website and ask it something yourself."
                        />
                    }
                    .into_any()
                } else {
                    view! {
                        <ul class="rows">
                            {recent
                                .into_iter()
                                .map(|summary| view! { <li><ConversationLink summary=summary/></li> })
                                .collect_view()}
                        </ul>
                    }
                    .into_any()
                }
            }}
        </section>
    }
}
