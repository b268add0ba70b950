//! What the workspace uses this month, what was refused, and limits of its own.

use super::tabs::SettingsFrame;
use crate::api;
use crate::components::allowed::Allowed;
use crate::components::form::{Form, FormBody, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::Loaded;
use crate::load::{Load, load};
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use protocol::Problem;
use protocol::api::{AgentUse, Limit, Meter, MeterUse, RefusedOnDay, Usage, UsageLimits};
use protocol::permission::Permission;

#[component]
pub(crate) fn UsagePage() -> impl IntoView {
    title(|| "Usage".to_owned());
    let usage = load(|| Some(api::team::usage()));
    view! {
        <SettingsFrame here="/app/settings/usage">
            <Loaded
                has=Signal::derive(move || usage.value.with(Option::is_some))
                problem=usage.problem
                retry=move || usage.refresh()
                lines=5
                tall=true
            >
                <div class="cards">
                    <Meters usage/>
                    <Agents usage/>
                    <Refusals usage/>
                    <OwnLimits usage/>
                </div>
            </Loaded>
        </SettingsFrame>
    }
}

fn meter_label(meter: Meter) -> &'static str {
    match meter {
        Meter::Conversations => "Conversations",
        Meter::Messages => "Messages",
    }
}

#[component]
fn Meters(usage: Load<Usage>) -> impl IntoView {
    let plan = move || usage.part(|usage| usage.plan.clone()).unwrap_or_default();
    let month = move || usage.part(|usage| usage.month.clone()).unwrap_or_default();
    let meters = move || usage.part(|usage| usage.meters.clone()).unwrap_or_default();
    view! {
        <section class="card" aria-labelledby="usage-month">
            <div class="card-head">
                <div>
                    <h2 id="usage-month">"This month"</h2>
                    <p class="quiet">
                        {move || format!("Plan {}, {} by UTC. An answer counts; one that failed does not.", plan(), month())}
                    </p>
                </div>
            </div>
            <div class="usage-meters">{move || meters().into_iter().map(meter).collect_view()}</div>
        </section>
    }
}

fn meter(meter: MeterUse) -> impl IntoView {
    let label = meter_label(meter.meter);
    let id = format!("usage-{}", label.to_lowercase());
    let value = match meter.limit {
        Some(limit) => format!("{} of {}", text::number(meter.used), text::number(limit)),
        None => format!("{}, no limit", text::number(meter.used)),
    };
    let full = meter.limit.is_some_and(|limit| meter.used >= limit);
    view! {
        <div class="usage-meter">
            <div class="slider-head"><label for=id.clone()>{label}</label><span>{value}</span></div>
            {meter.limit.map(|limit| view! {
                <progress id=id max=limit.max(1).to_string() value=meter.used.min(limit.max(1)).to_string()></progress>
            })}
            {full.then(|| view! {
                <p class="usage-full">"All are used: visitors are told that the assistant is unavailable."</p>
            })}
        </div>
    }
}

#[component]
fn Agents(usage: Load<Usage>) -> impl IntoView {
    let agents = Memo::new(move |_| usage.part(|usage| usage.agents.clone()).unwrap_or_default());
    let row = |agent: AgentUse| {
        let name = if agent.name.is_empty() { "A deleted agent".to_owned() } else { agent.name };
        view! {
            <tr>
                <th scope="row" dir="auto">{name}</th>
                <td class="end">{text::number(agent.conversations)}</td>
                <td class="end">{text::number(agent.messages)}</td>
                <td class="end">{text::number(agent.tokens_in + agent.tokens_out)}</td>
                <td class="end">{text::dollars(agent.cost_micros)}</td>
            </tr>
        }
    };
    view! {
        <section class="card flush" aria-labelledby="usage-agents">
            <div class="card-head">
                <div>
                    <h2 id="usage-agents">"By agent"</h2>
                    <p class="quiet">"Tokens and costs are of answers and of summaries of long conversations; what a model without a known price took costs nothing here."</p>
                </div>
            </div>
            <Show
                when=move || !agents.with(Vec::is_empty)
                fallback=|| view! { <p class="nothing">"Nothing was answered this month."</p> }
            >
                <div class="usage-table">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Agent"</th>
                                <th scope="col" class="end">"Conversations"</th>
                                <th scope="col" class="end">"Messages"</th>
                                <th scope="col" class="end">"Tokens"</th>
                                <th scope="col" class="end">"Cost"</th>
                            </tr>
                        </thead>
                        <tbody>{move || agents.get().into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            </Show>
        </section>
    }
}

/// Why, and what an owner can do about it.
fn reason(limit: Limit) -> &'static str {
    match limit {
        Limit::VisitorMinute | Limit::VisitorHour => "A visitor asked too fast",
        Limit::Conversation => "A conversation was full",
        Limit::Repetition => "The same was asked again and again",
        Limit::AddressMinute => "One network address asked too fast",
        Limit::AgentMinute => "Too many at once for one agent",
        Limit::WorkspaceMinute => "Too many at once for the workspace",
        Limit::PlanConversations => "The month's conversations were used",
        Limit::PlanMessages => "The month's messages were used",
        Limit::Challenge => "A visitor did not show to be a person",
        Limit::Restoring => "The counts were being read again",
        Limit::Other => "Another limit was reached",
    }
}

#[component]
fn Refusals(usage: Load<Usage>) -> impl IntoView {
    let refusals = Memo::new(move |_| usage.part(|usage| usage.refusals.clone()).unwrap_or_default());
    let row = |refused: RefusedOnDay| {
        view! {
            <tr>
                <th scope="row">{reason(refused.limit)}</th>
                <td dir="auto">{refused.agent}</td>
                <td>{refused.day}</td>
                <td class="end">{text::number(refused.times)}</td>
            </tr>
        }
    };
    view! {
        <section class="card flush" aria-labelledby="usage-refusals">
            <div class="card-head">
                <div>
                    <h2 id="usage-refusals">"Refused questions"</h2>
                    <p class="quiet">"Of the last 30 days. Visitors were told why, and what to do."</p>
                </div>
            </div>
            <Show
                when=move || !refusals.with(Vec::is_empty)
                fallback=|| view! { <p class="nothing">"No question was refused."</p> }
            >
                <div class="usage-table">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Why"</th>
                                <th scope="col">"Agent"</th>
                                <th scope="col">"Day"</th>
                                <th scope="col" class="end">"Times"</th>
                            </tr>
                        </thead>
                        <tbody>{move || refusals.get().into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            </Show>
        </section>
    }
}

#[component]
fn OwnLimits(usage: Load<Usage>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let readonly = !use_session().may(Permission::WorkspaceWrite);
    let form = Form::new("usage-limits");
    // Taken once: what somebody is typing is not overwritten by what the server says meanwhile.
    let Some(now) = usage.value.get_untracked() else { return ().into_any() };
    let (own, plan) = (now.own, now.plan_limits);
    let submit = move || match typed(form) {
        _ if readonly => {}
        Ok(limits) => form.send(api::team::set_limits(limits), move |changed: Usage| {
            usage.value.set(Some(changed));
            announce(notices, "The limits are saved.");
        }),
        Err(problem) => form.fail(problem),
    };
    let field = move |name: &'static str, label: &str, own: Option<u64>, plan: Option<u64>| {
        let hint = match plan {
            Some(plan) => format!("Your plan allows {}.", text::number(plan)),
            None => "Your plan sets no limit.".to_owned(),
        };
        view! {
            <TextField
                form name label=label.to_owned() kind="number" readonly ltr=true
                value=own.map(|own| own.to_string()).unwrap_or_default() hint=Signal::stored(hint)
            />
        }
    };
    view! {
        <section class="card" aria-labelledby="usage-own">
            <div class="card-head">
                <div>
                    <h2 id="usage-own">"Limits of your own"</h2>
                    <p class="quiet">"Below those of your plan, so that costs cannot run away. Leave empty for as many as it allows."</p>
                </div>
            </div>
            <FormBody form submit class="form">
                {field("conversations", "Conversations a month", own.conversations, plan.conversations)}
                {field("messages", "Messages a month", own.messages, plan.messages)}
                {field("workspace_minute", "Questions a minute, all agents", own.workspace_minute, plan.workspace_minute)}
                {field("agent_minute", "Questions a minute, each agent", own.agent_minute, plan.agent_minute)}
                <Allowed permission=Permission::WorkspaceWrite>
                    <SubmitButton form label="Save limits".to_owned() busy="Saving…" class="button"/>
                </Allowed>
            </FormBody>
        </section>
    }
    .into_any()
}

/// What the fields say; an empty one sets no limit.
fn typed(form: Form) -> Result<UsageLimits, Problem> {
    let number = |name: &str| {
        let typed = form.value(name);
        match typed.trim() {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| Problem::field(name, "Enter a whole number.")),
        }
    };
    Ok(UsageLimits {
        conversations: number("conversations")?,
        messages: number("messages")?,
        workspace_minute: number("workspace_minute")?,
        agent_minute: number("agent_minute")?,
    })
}
