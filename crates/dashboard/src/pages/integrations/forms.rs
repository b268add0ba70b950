//! The forms of Slack and of routing by e-mail.

use super::connected::as_it_is;
use super::filters::{Filters, Hears};
use crate::api;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, TextField};
use crate::components::state::Loaded;
use crate::load::load;
use leptos::prelude::*;
use protocol::UserId;
use protocol::api::{
    Integration, IntegrationConnect, IntegrationKind as Kind, IntegrationSecret, IntegrationSettings,
    IntegrationUpdate, TeamMember,
};

/// A new one, or the change of one.
fn send(
    form: Form,
    kind: Kind,
    one: Option<Integration>,
    secret: Option<IntegrationSecret>,
    settings: IntegrationSettings,
    hears: Hears,
    saved: impl Fn(Integration) + Copy + 'static,
) {
    let (events, agents) = (hears.events.get_untracked(), hears.agents.get_untracked());
    match one {
        Some(one) => {
            let body = IntegrationUpdate { settings, events, agents, secret, ..as_it_is(&one) };
            form.send(api::integrations::update(one.id, body), saved);
        }
        None => {
            let body = IntegrationConnect { kind, secret, settings, events, agents };
            form.send(api::integrations::connect(body), saved);
        }
    }
}

#[component]
pub(super) fn SlackForm(
    open: RwSignal<bool>,
    one: Option<Integration>,
    saved: impl Fn(Integration) + Copy + 'static,
) -> impl IntoView {
    let form = Form::new("slack");
    let hears = Hears::of(Kind::Slack, one.as_ref());
    let is_new = one.is_none();
    let known = StoredValue::new(one);
    let submit = move || {
        let url = form.value("secret").trim().to_owned();
        if is_new && !form.complete(&[("secret", "Enter the address of the webhook.")]) {
            return;
        }
        if hears.events.with_untracked(Vec::is_empty) {
            form.fail(protocol::Problem::new(
                protocol::Code::Invalid,
                "Choose at least one thing that is told.",
            ));
            return;
        }
        let secret = (!url.is_empty()).then_some(IntegrationSecret::Slack { webhook_url: url });
        send(form, Kind::Slack, known.get_value(), secret, IntegrationSettings::default(), hears, saved);
    };
    let hint = match is_new {
        true => {
            "In Slack: your app, Incoming Webhooks, Add New Webhook to Workspace. It begins with https://hooks.slack.com/services/. We say hello in the channel to see that it works."
        }
        false => "Leave it empty to keep the channel. It is stored sealed and never shown.",
    };
    view! {
        <FormBody form submit>
            <TextField
                form name="secret" label="Webhook address".to_owned() kind="url" autofocus=true ltr=true
                hint=Signal::stored(hint.to_owned())
            />
            <Filters kind=Kind::Slack hears/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label=if is_new { "Connect" } else { "Save" }.to_owned() busy="Asking Slack…"/>
            </div>
        </FormBody>
    }
}

#[component]
pub(super) fn EmailForm(
    open: RwSignal<bool>,
    one: Option<Integration>,
    saved: impl Fn(Integration) + Copy + 'static,
) -> impl IntoView {
    let form = Form::new("email");
    let hears = Hears::of(Kind::Email, one.as_ref());
    let settings = one.as_ref().map(|one| one.settings.clone()).unwrap_or_default();
    let recipients = settings.recipients.join(", ");
    let (turns, away) = (RwSignal::new(settings.members), RwSignal::new(settings.away));
    let is_new = one.is_none();
    let known = StoredValue::new(one);
    let submit = move || {
        let given = form.value("recipients");
        let recipients: Vec<String> = given
            .split([',', ';', '\n', ' '])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        if recipients.is_empty() && turns.with_untracked(Vec::is_empty) {
            let words = "Enter an address, or choose members who take turns.";
            form.fail(protocol::Problem::field("recipients", words));
            return;
        }
        let settings = IntegrationSettings {
            recipients,
            members: turns.get_untracked(),
            away: away.get_untracked(),
            ..IntegrationSettings::default()
        };
        send(form, Kind::Email, known.get_value(), None, settings, hears, saved);
    };
    view! {
        <FormBody form submit>
            <TextField
                form name="recipients" label="Tell of every lead".to_owned() autofocus=true ltr=true value=recipients
                hint=Signal::stored("E-mail addresses, with commas between them.".to_owned())
            />
            <Turns turns away/>
            <FieldProblem problem=form.problem field="settings.recipients"/>
            <Filters kind=Kind::Email hears/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label=if is_new { "Connect" } else { "Save" }.to_owned() busy="Saving…"/>
            </div>
        </FormBody>
    }
}

/// Members who take turns, and who of them is away.
#[component]
fn Turns(turns: RwSignal<Vec<UserId>>, away: RwSignal<Vec<UserId>>) -> impl IntoView {
    let members = load(|| Some(async { api::team::members(None).await.map(|(members, _)| members) }));
    let toggle = |list: RwSignal<Vec<UserId>>, id: UserId, on: bool| {
        list.update(|list| {
            list.retain(|known| *known != id);
            if on {
                list.push(id);
            }
        });
    };
    let row = move |member: TeamMember| {
        let (id, name) = (member.user_id, member.name);
        let (in_turn, absent) = (id.clone(), id.clone());
        let (takes, shows, is_away) = (id.clone(), id.clone(), id);
        let label = format!("{name} is away");
        view! {
            <div class="turn">
                <label class="check scope">
                    <input
                        type="checkbox" name="member" prop:checked=move || turns.with(|turns| turns.contains(&takes))
                        on:change=move |change| toggle(turns, in_turn.clone(), event_target_checked(&change))
                    />
                    <span dir="auto">{name}</span>
                </label>
                <Show when=move || turns.with(|turns| turns.contains(&shows))>
                    {
                        let (absent, is_away, label) = (absent.clone(), is_away.clone(), label.clone());
                        view! {
                            <label class="check scope">
                                <input
                                    type="checkbox" name="away" aria-label=label
                                    prop:checked=move || away.with(|away| away.contains(&is_away))
                                    on:change=move |change| toggle(away, absent.clone(), event_target_checked(&change))
                                />
                                <span aria-hidden="true">"away"</span>
                            </label>
                        }
                    }
                </Show>
            </div>
        }
    };
    view! {
        <fieldset class="scopes">
            <legend>"Take turns"</legend>
            <p class="field-hint">"Each lead without an owner is given to the next of these, who is told by mail. Who is away is passed over."</p>
            <Loaded
                has=Signal::derive(move || members.value.with(Option::is_some))
                problem=members.problem
                retry=move || members.refresh()
                lines=2
            >
                <div class="scope-group">
                    {move || members.value.get().unwrap_or_default().into_iter().map(row).collect_view()}
                </div>
            </Loaded>
        </fieldset>
    }
}
