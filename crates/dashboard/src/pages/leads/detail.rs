//! One lead: who it is, what it is worth and why, what was done, what to do.

use super::act::{Changes, UndoBar};
use super::duplicates::Duplicates;
use super::history::{History, NoteForm};
use super::mail::Mails;
use super::words::{STATUSES, called, reason, source, status, status_key, status_of};
use crate::api;
use crate::clock::{Ago, Moment};
use crate::components::allowed::Allowed;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Badge, Loaded};
use crate::load::{Load, every, load};
use crate::pages::not_found::NotFound;
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use protocol::api::{Lead, LeadChange, LeadDetail, OwnerChange};
use protocol::permission::Permission;
use protocol::{Code, LeadId};

#[component]
pub(crate) fn LeadPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("lead")).and_then(|id| id.parse::<LeadId>().ok()));
    let lead = load(move || id.get().map(api::leads::lead));
    title(move || lead.part(|detail| called(&detail.lead)).unwrap_or_else(|| "Lead".to_owned()));
    every(10_000, move || {
        if !lead.busy.get_untracked() {
            lead.refresh();
        }
    });
    let missing = move || {
        id.get().is_none() || lead.problem.with(|p| p.as_ref().is_some_and(|p| p.code == Code::NotFound))
    };
    view! {
        <Show when=move || !missing() fallback=NotFound>
            <div class="transcript">
                <a class="back narrow-only" href="/app/leads"><Icon glyph=Glyph::Back/>"Leads"</a>
                <Loaded
                    has=Signal::derive(move || lead.value.with(Option::is_some))
                    problem=lead.problem
                    retry=move || lead.refresh()
                    lines=6
                    tall=true
                >
                    <Head lead/>
                    <Facts lead/>
                    <Duplicates
                        of=Signal::derive(move || lead.part(|detail| detail.lead.contact_id.clone()))
                        others=Signal::derive(move || lead.part(|detail| detail.duplicates.clone()).unwrap_or_default())
                        then=Callback::new(move |()| lead.refresh())
                    />
                    <Allowed permission=Permission::LeadsWrite>
                        <section class="desk" aria-label="Follow up">
                            <NoteForm lead/>
                            <Show when=move || lead.part(|detail| !detail.lead.email.is_empty()).unwrap_or_default()>
                                <Mails lead/>
                            </Show>
                        </section>
                    </Allowed>
                    <History lead/>
                </Loaded>
            </div>
        </Show>
    }
}

/// A part of the lead that is shown.
pub(super) fn of<T: Default>(lead: Load<LeadDetail>, read: impl Fn(&Lead) -> T) -> T {
    lead.part(|detail| read(&detail.lead)).unwrap_or_default()
}

#[component]
fn Head(lead: Load<LeadDetail>) -> impl IntoView {
    let session = use_session();
    let changes = Changes::new(move || lead.refresh());
    let members = load(|| Some(api::team::members(None)));
    let state = Memo::new(move |_| of(lead, |lead| lead.status));
    let owner =
        Memo::new(move |_| of(lead, |lead| lead.owner.as_ref().map(|owner| owner.user_id.to_string())));
    let id = move || untrack(|| lead.part(|detail| detail.lead.id.clone()));
    let set_status = move |key: String| {
        if let (Some(id), Some(new)) = (id(), status_of(&key)) {
            let said = format!("The status is {} now.", status(new).0);
            changes.make(vec![LeadChange { id, status: Some(new), owner: None }], said);
        }
    };
    let set_owner = move |key: String| {
        let Some(id) = id() else { return };
        let new = if key.is_empty() {
            Some(OwnerChange::Nobody)
        } else {
            key.parse().ok().map(OwnerChange::Member)
        };
        if let Some(new) = new {
            changes.make(
                vec![LeadChange { id, status: None, owner: Some(new) }],
                "The owner was changed.".to_owned(),
            );
        }
    };
    let owners = move || {
        let chosen = owner.get();
        let list = members.value.get().map(|(list, _)| list).unwrap_or_default();
        list.into_iter()
            .map(|member| {
                let key = member.user_id.to_string();
                let selected = chosen.as_ref() == Some(&key);
                view! { <option value=key selected=selected>{member.name}</option> }
            })
            .collect_view()
    };
    view! {
        <header class="transcript-head lead-head">
            <div>
                <h2 dir="auto">{move || lead.part(|detail| called(&detail.lead))}</h2>
                <p class="transcript-facts">
                    <Badge state=Signal::derive(move || status(state.get()))/>
                    <span>{move || of(lead, |lead| lead.agent_name.clone())}</span>
                    <span>{move || lead.part(|detail| source(detail.lead.source))} " " <Ago at=Signal::derive(move || of(lead, |lead| lead.created_at))/></span>
                </p>
            </div>
            <p class="lead-total"><strong>{move || of(lead, |lead| lead.score)}</strong>" of 100"</p>
        </header>
        {session.may(Permission::LeadsWrite).then(|| view! {
            <div class="lead-acts">
                <div class="field">
                    <label for="lead-status">"Status"</label>
                    <select id="lead-status" class="select" on:change=move |event| set_status(event_target_value(&event))>
                        {STATUSES.into_iter().map(|one| view! {
                            <option value=status_key(one) selected=move || state.get() == one>{status(one).0}</option>
                        }).collect_view()}
                    </select>
                </div>
                <div class="field">
                    <label for="lead-owner">"Owner"</label>
                    <select id="lead-owner" class="select" on:change=move |event| set_owner(event_target_value(&event))>
                        <option value="" selected=move || owner.get().is_none()>"Nobody"</option>
                        {owners}
                    </select>
                </div>
            </div>
        })}
        <UndoBar changes/>
    }
}

#[component]
fn Facts(lead: Load<LeadDetail>) -> impl IntoView {
    let line = move |label: &'static str, read: fn(&Lead) -> String| {
        let value = Memo::new(move |_| of(lead, read));
        move || {
            Some(value.get()).filter(|value| !value.is_empty()).map(|value| {
                view! { <div class="lead-fact"><dt>{label}</dt><dd dir="auto">{value}</dd></div> }
            })
        }
    };
    let answers = move || {
        let own = of(lead, |lead| [lead.name.clone(), lead.email.clone(), lead.phone.clone()]);
        let rest = of(lead, |lead| lead.answers.clone());
        rest.into_iter()
            .filter(|answer| !own.contains(&answer.value))
            .map(|answer| view! { <div class="lead-fact"><dt>{answer.label}</dt><dd dir="auto">{answer.value}</dd></div> })
            .collect_view()
    };
    let pages = move || {
        let pages = lead.part(|detail| detail.pages.clone()).unwrap_or_default();
        pages.into_iter().filter(|url| text::is_web(url)).map(|url| view! {
            <li><a class="link" href=url.clone() target="_blank" rel="noopener noreferrer">{text::short_url(&url)}</a></li>
        }).collect_view()
    };
    let consent = move || lead.part(|detail| detail.lead.consent.clone()).flatten();
    let variants = move || {
        let seen = of(lead, |lead| lead.variants.clone());
        seen.into_iter().map(|one| view! {
            <div class="lead-fact"><dt>"Experiment"</dt><dd dir="auto">{one.experiment} ": " {one.variant}</dd></div>
        }).collect_view()
    };
    view! {
        <section class="card" aria-labelledby="lead-who">
            <div class="card-head">
                <h3 id="lead-who">"Contact"</h3>
                <a class="link" href=move || of(lead, |lead| format!("/app/contacts/{}", lead.contact_id))>"Open the person"</a>
            </div>
            <dl class="lead-facts">
                {line("Name", |lead| lead.name.clone())}
                {line("E-mail", |lead| lead.email.clone())}
                {line("Phone", |lead| lead.phone.clone())}
                {answers}
                {move || consent().map(|consent| view! {
                    <div class="lead-fact">
                        <dt>"Consent"</dt>
                        <dd><Moment at=consent.at/>{(!consent.text.is_empty()).then(|| format!(": “{}”", consent.text))}</dd>
                    </div>
                })}
                {variants}
            </dl>
            {move || lead.part(|detail| detail.lead.conversation_id.clone()).flatten().map(|conversation| view! {
                <p><a class="link" href=format!("/app/conversations/{conversation}")>"Read the conversation"</a></p>
            })}
        </section>
        <section class="card" aria-labelledby="lead-why">
            <div class="card-head"><h3 id="lead-why">"Why this score"</h3></div>
            <ul class="lead-reasons">
                {move || of(lead, |lead| lead.reasons.clone()).into_iter().map(|one| view! {
                    <li><span class="lead-points">"+" {one.points}</span> <span dir="auto">{reason(&one)}</span></li>
                }).collect_view()}
            </ul>
            <Show when=move || lead.part(|detail| !detail.pages.is_empty()).unwrap_or_default()>
                <h4 class="lead-sub">"Pages"</h4>
                <ul class="lead-pages">{pages}</ul>
            </Show>
        </section>
    }
}
