//! Calls that wait for a member: exactly what would be sent, a yes or a no with a reason.

use super::{method, pretty};
use crate::api::tools as api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, is_wrong};
use crate::components::icon::Glyph;
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::{Load, Row, every, load, paged};
use crate::pages::sources::LoadMore;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::ConversationId;
use protocol::api::{Approval, ApprovalState};
use protocol::permission::Permission;

/// What the list can be narrowed to.
const STATES: [ApprovalState; 4] =
    [ApprovalState::Waiting, ApprovalState::Finished, ApprovalState::Declined, ApprovalState::Expired];

fn words(approval: &Approval) -> (&'static str, &'static str) {
    match (approval.state, approval.succeeded) {
        (ApprovalState::Waiting, _) => ("Waiting", "warn"),
        (ApprovalState::Approved, _) => ("Being called", "busy"),
        (ApprovalState::Declined, _) => ("Declined", "wait"),
        (ApprovalState::Expired, _) => ("Expired", "wait"),
        (ApprovalState::Finished, Some(true)) => ("Done", "good"),
        (ApprovalState::Finished, _) => ("Failed", "bad"),
    }
}

fn label(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Waiting => "Waiting",
        ApprovalState::Approved => "Being called",
        ApprovalState::Declined => "Declined",
        ApprovalState::Expired => "Expired",
        ApprovalState::Finished => "Called",
    }
}

#[component]
pub(crate) fn ApprovalsPage() -> impl IntoView {
    title(|| "Approvals".to_owned());
    let state = RwSignal::new(Some(ApprovalState::Waiting));
    let list = paged(
        |approval: &Approval| approval.id.to_string(),
        move |cursor| Some(api::approvals(state.get(), cursor)),
    );
    every(10_000, move || {
        if !list.busy.get_untracked() {
            list.refresh();
        }
    });
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Approvals"</h1>
                    <p class="page-sub">"What agents want to do and may not do by themselves. Visitors wait for your answer."</p>
                </div>
                <select
                    class="select" aria-label="Which approvals"
                    on:change=move |event| {
                        let key = event_target_value(&event);
                        state.set(STATES.into_iter().find(|one| api::approval_key(*one) == key));
                    }
                >
                    {STATES.map(|one| view! { <option value=api::approval_key(one)>{label(one)}</option> }).collect_view()}
                    <option value="">"All"</option>
                </select>
            </header>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=4
                tall=true
            >
                <div class="card flush">
                    <Show
                        when=move || !none.get()
                        fallback=move || if state.get() == Some(ApprovalState::Waiting) {
                            view! {
                                <Empty
                                    glyph=Glyph::Check
                                    title="Nothing waits for you"
                                    text="Under Agent, Tools, you choose what an agent may do by itself. What is above that waits here."
                                />
                            }.into_any()
                        } else {
                            view! { <p class="nothing">"There is nothing in this state. What was decided is kept for 90 days."</p> }.into_any()
                        }
                    >
                        <ul class="rows">
                            <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                                <ListRow row changed=move || list.refresh()/>
                            </For>
                        </ul>
                        <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                    </Show>
                </div>
            </Loaded>
        </div>
    }
}

#[component]
fn ListRow(row: Row<Approval>, changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let approval = Signal::from(row.value.clone());
    view! { <li class="approval"><ApprovalView approval linked=true changed/></li> }
}

/// What waits in one conversation, on its own page.
#[component]
pub(crate) fn WaitingHere(conversation: Signal<Option<ConversationId>>) -> impl IntoView {
    let waiting: Load<Vec<Approval>> = load(move || conversation.get().map(|id| api::waiting(Some(id))));
    every(6_000, move || {
        if !waiting.busy.get_untracked() {
            waiting.refresh();
        }
    });
    let rows = move || waiting.value.get().unwrap_or_default();
    view! {
        <Show when=move || waiting.part(|all| !all.is_empty()).unwrap_or_default()>
            <section class="card flush approvals-here" aria-label="Waiting for your approval">
                <ul class="rows">
                    <For each=rows key=|approval| approval.id.to_string() let:approval>
                        <li class="approval">
                            <ApprovalView approval=Signal::stored(approval) linked=false changed=move || waiting.refresh()/>
                        </li>
                    </For>
                </ul>
            </section>
        </Show>
    }
}

/// One approval: what would be sent, and what a member makes of it.
#[component]
fn ApprovalView(
    approval: Signal<Approval>,
    /// With the way to its conversation.
    linked: bool,
    changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = use_session();
    let first = approval.get_untracked();
    let waits = Memo::new(move |_| approval.with(|approval| approval.state == ApprovalState::Waiting));
    let agent = first.agent_id.clone();
    let name = Memo::new(move |_| {
        session
            .agents
            .with(|agents| agents.iter().flatten().find(|one| one.id == agent).map(|one| one.name.clone()))
    });
    let outcome = move || {
        approval.with(|approval| match approval.state {
            ApprovalState::Waiting | ApprovalState::Approved => None,
            ApprovalState::Expired => Some("Nobody decided in time.".to_owned()),
            ApprovalState::Declined if approval.reason.is_empty() => {
                Some(format!("Declined by {}.", approval.decided_by))
            }
            ApprovalState::Declined => {
                Some(format!("Declined by {}: {}", approval.decided_by, approval.reason))
            }
            ApprovalState::Finished => Some(format!("Approved by {}.", approval.decided_by)),
        })
    };
    let result =
        move || approval.with(|approval| (!approval.result.is_empty()).then(|| pretty(&approval.result)));
    view! {
        <div class="approval-head">
            <strong class="break" dir="auto">{first.tool_title.clone()}</strong>
            <Badge state=Signal::derive(move || approval.with(words))/>
        </div>
        <p class="item-facts">
            <span>"asked " <Ago at=Signal::stored(first.asked_at)/></span>
            {move || waits.get().then(|| view! { <span>"expires " <Ago at=Signal::stored(first.expires_at)/></span> })}
            {move || name.get().map(|name| view! { <span dir="auto">{format!("by {name}")}</span> })}
            {linked.then(|| view! {
                <a class="link" href=format!("/app/conversations/{}", first.conversation_id)>"See the conversation"</a>
            })}
        </p>
        <p class="approval-to" dir="ltr"><code>{format!("{} {}", method(first.method), first.url)}</code></p>
        {(!first.body.is_empty()).then(|| view! {
            <pre class="code" dir="ltr" tabindex="0" aria-label="What is sent">{pretty(&first.body)}</pre>
        })}
        {move || outcome().map(|words| view! { <p class="quiet break" dir="auto">{words}</p> })}
        {move || result().map(|result| view! {
            <details class="desk-more"><summary>"What came back"</summary><pre class="code" dir="auto" tabindex="0">{result}</pre></details>
        })}
        <Show when=move || waits.get()>
            <Allowed permission=Permission::ConversationsWrite>
                <Decision approval changed/>
            </Allowed>
        </Show>
    }
}

#[component]
fn Decision(approval: Signal<Approval>, changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let notices = use_context::<Notices>();
    let declining = RwSignal::new(false);
    let form = Form::new("approve");
    let id = approval.with_untracked(|approval| approval.id.clone());
    let reason = format!("reason-{id}");
    let (id, field) = (StoredValue::new(id), StoredValue::new(reason));
    let typed = RwSignal::new(String::new());
    let tell = move |now: Approval| {
        let words = match (now.state, now.succeeded) {
            (ApprovalState::Declined, _) => "Declined; the visitor is told.",
            (_, Some(false)) => "Approved, but the call failed; the visitor is told.",
            (_, Some(true)) => "Approved and done; the visitor is told.",
            _ => "Approved; the call is being made.",
        };
        announce(notices, words);
        changed();
    };
    let approve = move || form.send(api::approve(id.get_value()), tell);
    let decline = move || form.send(api::decline(id.get_value(), typed.get_untracked()), tell);
    let submit = move || if declining.get_untracked() { decline() } else { approve() };
    view! {
        <FormBody form submit class="approval-form">
            <Show when=move || declining.get()>
                <div class="field">
                    <label for=field.get_value()>"Why? The visitor reads it; you may leave it empty."</label>
                    <input
                        id=field.get_value() type="text" dir="auto" autocomplete="off" autofocus
                        aria-invalid=move || is_wrong(form.problem, "reason")
                        aria-describedby=format!("{}-problem", field.get_value())
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                    <FieldProblem problem=form.problem field="reason" id=format!("{}-problem", field.get_value())/>
                </div>
            </Show>
            <div class="desk-acts">
                {move || if declining.get() {
                    view! {
                        <SubmitButton form label="Decline".to_owned() busy="Declining…" class="button danger"/>
                        <button class="button" type="button" on:click=move |_| declining.set(false)>"Back"</button>
                    }.into_any()
                } else {
                    view! {
                        <SubmitButton form label="Approve and call".to_owned() busy="Calling…"/>
                        <button class="button" type="button" on:click=move |_| declining.set(true)>"Decline"</button>
                    }.into_any()
                }}
            </div>
        </FormBody>
    }
}
