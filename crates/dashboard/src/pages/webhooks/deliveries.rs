//! What was delivered to one receiver: by state and event, each with its body and every attempt, and again.

use crate::api;
use crate::clock::{Ago, Moment};
use crate::components::form::{Form, FormProblem};
use crate::components::notice::{Notices, announce};
use crate::components::state::{Badge, Loaded};
use crate::load::{Load, Paged, Row, every, load, paged};
use crate::pages::sources::LoadMore;
use leptos::prelude::*;
use protocol::EndpointId;
use protocol::api::{Delivery, DeliveryAttempt, DeliveryState, Endpoint};
use protocol::events::EventKind;

/// How often what waits is asked for, in milliseconds.
const POLL_MS: u64 = 3_000;
const DAY_MS: f64 = 86_400_000.0;
const SINCE: [(&str, f64); 3] = [("24 hours", 1.0), ("7 days", 7.0), ("30 days", 30.0)];
const STATES: [(&str, &str); 4] =
    [("", "All"), ("pending", "Waiting"), ("succeeded", "Delivered"), ("failed", "Failed")];

fn state_words(state: DeliveryState) -> (&'static str, &'static str) {
    match state {
        DeliveryState::Pending => ("Waiting", "wait"),
        DeliveryState::Succeeded => ("Delivered", "good"),
        DeliveryState::Failed => ("Failed", "bad"),
    }
}

#[component]
pub(crate) fn Deliveries(id: EndpointId, endpoint: Load<Endpoint>, sent: RwSignal<u32>) -> impl IntoView {
    let (state, event) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let list = {
        let id = id.clone();
        paged(
            |delivery: &Delivery| delivery.id.to_string(),
            move |cursor| {
                sent.track();
                Some(api::webhooks::deliveries(id.clone(), state.get(), event.get(), cursor))
            },
        )
    };
    let waiting = Memo::new(move |_| {
        let pending = |row: &Row<Delivery>| row.value.with(|one| one.state == DeliveryState::Pending);
        list.rows.with(|rows| rows.as_ref().is_some_and(|rows| rows.iter().any(pending)))
    });
    every(POLL_MS, move || {
        if waiting.get_untracked() {
            list.refresh();
            endpoint.refresh();
        }
    });
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    let options = |all: &'static str| {
        std::iter::once(("", all)).chain(
            EventKind::ALL
                .iter()
                .filter(|kind| kind.is_delivered() || **kind == EventKind::WebhookTest)
                .map(|kind| (kind.as_str(), kind.as_str())),
        )
    };
    let id = StoredValue::new(id);
    view! {
        <section class="card flush" aria-labelledby="deliveries-title">
            <div class="card-head">
                <h2 id="deliveries-title">"Deliveries"</h2>
                <ReplaySince id endpoint list/>
            </div>
            <div class="filters">
                <div class="field">
                    <label for="deliveries-state">"State"</label>
                    <select id="deliveries-state" class="select" on:change=move |event| state.set(event_target_value(&event))>
                        {STATES.into_iter().map(|(value, label)| view! { <option value=value>{label}</option> }).collect_view()}
                    </select>
                </div>
                <div class="field">
                    <label for="deliveries-event">"Event"</label>
                    <select id="deliveries-event" class="select" on:change=move |change| event.set(event_target_value(&change))>
                        {options("All").map(|(value, label)| view! { <option value=value>{label}</option> }).collect_view()}
                    </select>
                </div>
            </div>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=4
            >
                <Show
                    when=move || !none.get()
                    fallback=|| view! { <p class="nothing">"Nothing here yet. Send a test to see the first delivery."</p> }
                >
                    <ul class="rows">
                        <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                            <DeliveryRow row id list/>
                        </For>
                    </ul>
                    <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                </Show>
            </Loaded>
        </section>
    }
}

#[component]
fn ReplaySince(
    id: StoredValue<EndpointId>,
    endpoint: Load<Endpoint>,
    list: Paged<Delivery>,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("replay");
    let days = RwSignal::new(1.0_f64);
    let can =
        Memo::new(move |_| endpoint.part(|one| one.enabled && one.status.failed > 0).unwrap_or_default());
    let replay = move |_| {
        let since = (js_sys::Date::now() - days.get_untracked() * DAY_MS).floor();
        form.send(api::webhooks::replay_since(id.get_value(), since), move |done| {
            announce(
                notices,
                match done.deliveries {
                    1 => "1 delivery is tried again.".to_owned(),
                    several => format!("{several} deliveries are tried again."),
                },
            );
            list.restart();
            endpoint.refresh();
        });
    };
    view! {
        <Show when=move || can.get()>
            <div class="row-acts">
                <label class="visually-hidden" for="replay-since">"Failed in the last"</label>
                <select id="replay-since" class="select" on:change=move |event| {
                    days.set(event_target_value(&event).parse().unwrap_or(1.0));
                }>
                    {SINCE
                        .into_iter()
                        .map(|(label, value)| view! { <option value=value.to_string()>{format!("failed in the last {label}")}</option> })
                        .collect_view()}
                </select>
                <button class="button" type="button" on:click=replay>"Replay all"</button>
            </div>
            <FormProblem problem=form.general()/>
        </Show>
    }
}

#[component]
fn DeliveryRow(row: Row<Delivery>, id: StoredValue<EndpointId>, list: Paged<Delivery>) -> impl IntoView {
    let value = RwSignal::from(row.value.clone());
    let delivery = row.value.get_untracked();
    let opened = RwSignal::new(false);
    let state = Signal::derive(move || state_words(value.with(|one| one.state)));
    let happened = delivery.happened_at;
    let event = StoredValue::new(delivery.id.clone());
    view! {
        <li>
            <details class="delivery" on:toggle=move |event| {
                let details: web_sys::HtmlElement = event_target(&event);
                if details.has_attribute("open") {
                    opened.set(true);
                }
            }>
                <summary>
                    <span class="item-name">
                        <strong dir="ltr">{delivery.event.clone()}</strong>
                        <Badge state/>
                    </span>
                    <span class="item-facts">
                        <span><Ago at=Signal::stored(happened)/></span>
                        <span>{move || value.with(|one| match one.attempts {
                            1 => "1 attempt".to_owned(),
                            attempts => format!("{attempts} attempts"),
                        })}</span>
                        <span>{move || value.with(|one| one.outcome.clone())}</span>
                        {move || value.with(|one| one.next_at).map(|at| view! { <span>"next " <Ago at=Signal::stored(at)/></span> })}
                    </span>
                </summary>
                <Show when=move || opened.get()>
                    <Detail id event value list/>
                </Show>
            </details>
        </li>
    }
}

#[component]
fn Detail(
    id: StoredValue<EndpointId>,
    event: StoredValue<protocol::EventId>,
    value: RwSignal<Delivery>,
    list: Paged<Delivery>,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("replay-one");
    let attempts = Memo::new(move |_| value.with(|one| (one.attempts, one.state == DeliveryState::Pending)));
    let detail = load(move || {
        attempts.track();
        Some(api::webhooks::delivery(id.get_value(), event.get_value()))
    });
    let replay = move |_| {
        form.send(api::webhooks::replay(id.get_value(), event.get_value()), move |_| {
            announce(notices, "It is tried again.");
            list.refresh();
        });
    };
    view! {
        <div class="delivery-body">
            <FormProblem problem=form.general()/>
            <div class="row-acts"><button class="button" type="button" on:click=replay>"Replay"</button></div>
            <Loaded
                has=Signal::derive(move || detail.value.with(Option::is_some))
                problem=detail.problem
                retry=move || detail.refresh()
                lines=3
            >
                <p class="scope-title">"What is sent"</p>
                {move || detail.part(|one| one.note.clone()).filter(|note| !note.is_empty()).map(|note| view! { <p class="quiet">{note}</p> })}
                {move || detail.part(|one| one.payload.clone()).filter(|payload| !payload.is_empty()).map(|payload| view! {
                    <pre class="code" tabindex="0" aria-label="What is sent">{payload}</pre>
                })}
                <ol class="attempts">
                    {move || detail.part(|one| one.attempts.clone()).unwrap_or_default().into_iter().map(attempt).collect_view()}
                </ol>
            </Loaded>
        </div>
    }
}

fn attempt(attempt: DeliveryAttempt) -> impl IntoView {
    let state = if attempt.succeeded { ("Delivered", "good") } else { ("Not delivered", "bad") };
    let took = attempt.duration_ms.map(|ms| format!("{ms:.0} ms"));
    let said = [attempt.headers.join("\n"), attempt.answer].join("\n\n");
    let said = said.trim().to_owned();
    view! {
        <li>
            <span class="item-name">
                <strong>{format!("Attempt {}", attempt.number)}</strong>
                <Badge state=Signal::stored(state)/>
            </span>
            <span class="item-facts">
                <span><Moment at=attempt.at/></span>
                {took.map(|took| view! { <span>{took}</span> })}
                <span>{attempt.outcome}</span>
            </span>
            {(!said.is_empty()).then(|| view! { <pre class="code" tabindex="0" aria-label="What it answered">{said}</pre> })}
        </li>
    }
}
