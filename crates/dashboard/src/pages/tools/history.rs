//! The calls of a tool, newest first, narrowed by what came of them.

use super::{outcome, pretty};
use crate::api::tools as api;
use crate::clock::Ago;
use crate::components::state::{Badge, Loaded};
use crate::load::{Load, Row, paged};
use crate::pages::sources::LoadMore;
use crate::text;
use leptos::prelude::*;
use protocol::api::{Tool, ToolRun, ToolRunState};

const STATES: [ToolRunState; 3] = [ToolRunState::Succeeded, ToolRunState::Failed, ToolRunState::Refused];

#[component]
pub(super) fn History(tool: Load<Tool>) -> impl IntoView {
    let state = RwSignal::new(None::<ToolRunState>);
    // Asked for again once a try has changed what is known of the tool.
    let id = Memo::new(move |_| tool.part(|tool| tool.id.clone()));
    let list = paged(
        |run: &ToolRun| run.id.to_string(),
        move |cursor| id.get().map(|id| api::runs(id, state.get(), cursor)),
    );
    let last = Memo::new(move |_| tool.part(|tool| tool.last_at).flatten());
    Effect::new(move |before: Option<Option<f64>>| {
        let now = last.get();
        if before.is_some_and(|before| before != now) {
            list.refresh();
        }
        now
    });
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <section class="card flush" aria-labelledby="tool-calls">
            <div class="card-head">
                <h2 id="tool-calls">"Calls"</h2>
                <select
                    class="select" aria-label="Which calls"
                    on:change=move |event| {
                        let key = event_target_value(&event);
                        state.set(STATES.into_iter().find(|one| api::run_key(*one) == key));
                    }
                >
                    <option value="">"All"</option>
                    {STATES.map(|one| view! { <option value=api::run_key(one)>{outcome(one).0}</option> }).collect_view()}
                </select>
            </div>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=3
            >
                <Show
                    when=move || !none.get()
                    fallback=move || view! {
                        <p class="nothing">
                            {move || if state.get().is_some() { "No call ended so." } else { "Nobody has called it yet. Calls are kept for 90 days." }}
                        </p>
                    }
                >
                    <ul class="rows">
                        <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                            <Call row/>
                        </For>
                    </ul>
                    <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                </Show>
            </Loaded>
        </section>
    }
}

#[component]
fn Call(row: Row<ToolRun>) -> impl IntoView {
    let run = row.value.get_untracked();
    let state = run.state;
    let by = match &run.conversation_id {
        Some(conversation) => view! {
            <a class="link" href=format!("/app/conversations/{conversation}")>"in a conversation"</a>
        }
        .into_any(),
        None if run.tried_by.is_empty() => "in the playground".into_any(),
        None => format!("tried by {}", run.tried_by).into_any(),
    };
    view! {
        <li class="tool-call">
            <details>
                <summary>
                    <Badge state=Signal::derive(move || outcome(state))/>
                    <Ago at=Signal::stored(run.at)/>
                    <span class="quiet">{text::duration(run.duration_ms)}</span>
                    {run.http_status.map(|status| view! { <span class="quiet">{format!("HTTP {status}")}</span> })}
                </summary>
                <Outcome run/>
            </details>
            <p class="item-facts">{by}</p>
        </li>
    }
}

/// What was sent and what came back, without secrets.
#[component]
pub(super) fn Outcome(run: ToolRun) -> impl IntoView {
    let answer = if run.state == ToolRunState::Succeeded { "Result" } else { "What went wrong" };
    view! {
        <div class="tool-outcome">
            <h3>"Arguments"</h3>
            <pre class="code" dir="ltr" tabindex="0">{pretty(&run.arguments)}</pre>
            <h3>{answer}</h3>
            <pre class="code" dir="auto" tabindex="0">{pretty(&run.result)}</pre>
            {(run.attempts > 1).then(|| view! { <p class="quiet">{format!("Called {} times.", run.attempts)}</p> })}
        </div>
    }
}
