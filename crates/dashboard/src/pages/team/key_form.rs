//! The dialog that creates a key, and the one look at its secret.

use crate::api;
use crate::components::copy::CopyButton;
use crate::components::dialog::Dialog;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, TextField};
use crate::load::Paged;
use domain::permissions::grantable;
use leptos::prelude::*;
use protocol::Problem;
use protocol::api::{ApiKey, IssuedApiKey, NewApiKey};
use protocol::permission::Permission;

const DAY_MS: f64 = 86_400_000.0;
const LIFETIMES: [(&str, u32); 4] = [("30 days", 30), ("90 days", 90), ("1 year", 365), ("Never", 0)];

/// The scopes that a key may have, under the thing they are about.
fn groups() -> Vec<(String, Vec<Permission>)> {
    let mut groups: Vec<(String, Vec<Permission>)> = Vec::new();
    for permission in Permission::ALL.iter().copied().filter(|permission| grantable(*permission)) {
        let thing = permission.as_str().split(':').next().unwrap_or_default();
        let title = title(thing);
        match groups.iter_mut().find(|(known, _)| *known == title) {
            Some((_, members)) => members.push(permission),
            None => groups.push((title, vec![permission])),
        }
    }
    groups
}

fn title(thing: &str) -> String {
    let mut letters = thing.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[component]
pub(crate) fn CreateKey(open: RwSignal<bool>, list: Paged<ApiKey>) -> impl IntoView {
    let issued = RwSignal::new(None::<IssuedApiKey>);
    let locked = Signal::derive(move || issued.with(Option::is_some));
    let heading =
        Signal::derive(move || if locked.get() { "Your new key" } else { "Create an API key" }.to_owned());
    view! {
        <Dialog open title=heading locked>
            {move || match issued.get() {
                None => view! { <KeyForm open issued list/> }.into_any(),
                Some(key) => view! { <Secret key open issued/> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn KeyForm(
    open: RwSignal<bool>,
    issued: RwSignal<Option<IssuedApiKey>>,
    list: Paged<ApiKey>,
) -> impl IntoView {
    let form = Form::new("key");
    let scopes = RwSignal::new(Vec::<Permission>::new());
    let days = RwSignal::new(90_u32);
    let submit = move || {
        if !form.complete(&[("name", "Enter a name that says what the key is for.")]) {
            return;
        }
        if scopes.with_untracked(Vec::is_empty) {
            form.fail(Problem::field("scopes", "Choose at least one scope."));
            return;
        }
        let limit = form.value("rate_limit");
        let Ok(rate_limit) = limit.trim().parse::<u32>() else {
            form.fail(Problem::field("rate_limit", "Enter a whole number, such as 60."));
            return;
        };
        let lifetime = f64::from(days.get_untracked()) * DAY_MS;
        let body = NewApiKey {
            name: form.value("name").trim().to_owned(),
            scopes: scopes.get_untracked(),
            expires_at: (lifetime > 0.0).then(|| (js_sys::Date::now() + lifetime).floor()),
            rate_limit: Some(rate_limit),
        };
        form.send(api::team::create_key(body), move |made| {
            issued.set(Some(made));
            list.restart();
        });
    };
    let scope = move |permission: Permission| {
        view! {
            <label class="check scope">
                <input
                    type="checkbox" name="scope" value=permission.as_str()
                    prop:checked=move || scopes.with(|scopes| scopes.contains(&permission))
                    on:change=move |event| scopes.update(|scopes| {
                        scopes.retain(|known| *known != permission);
                        if event_target_checked(&event) {
                            scopes.push(permission);
                        }
                    })
                />
                <span>{permission.describe()} " " <code>{permission.as_str()}</code></span>
            </label>
        }
    };
    let group = move |(title, members): (String, Vec<Permission>)| {
        view! {
            <div class="scope-group" role="group" aria-label=title.clone()>
                <span class="scope-title">{title.clone()}</span>
                {members.into_iter().map(scope).collect_view()}
            </div>
        }
    };
    view! {
        <FormBody form submit>
            <TextField
                form name="name" label="Name".to_owned() autofocus=true
                hint=Signal::stored("What the key is for, such as “Booking system”.".to_owned())
            />
            <fieldset class="scopes" id="key-scopes" tabindex="-1" aria-describedby="key-scopes-problem">
                <legend>"Scopes"</legend>
                {groups().into_iter().map(group).collect_view()}
            </fieldset>
            <FieldProblem problem=form.problem field="scopes" id="key-scopes-problem"/>
            <div class="field-row">
                <div class="field">
                    <label for="key-expires_at">"Expires after"</label>
                    <select id="key-expires_at" class="select" on:change=move |event| {
                        days.set(event_target_value(&event).parse().unwrap_or_default());
                    }>
                        {LIFETIMES
                            .into_iter()
                            .map(|(label, value)| view! {
                                <option value=value.to_string() selected=value == days.get_untracked()>{label}</option>
                            })
                            .collect_view()}
                    </select>
                    <FieldProblem problem=form.problem field="expires_at" id="key-expires_at-problem"/>
                </div>
                <TextField form name="rate_limit" label="Requests a minute".to_owned() kind="number" value="60" ltr=true/>
            </div>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Create key".to_owned() busy="Creating…"/>
            </div>
        </FormBody>
    }
}

/// The secret, once.
#[component]
pub(crate) fn Secret(
    key: IssuedApiKey,
    open: RwSignal<bool>,
    issued: RwSignal<Option<IssuedApiKey>>,
) -> impl IntoView {
    let done = move |_| {
        open.set(false);
        issued.set(None);
    };
    view! {
        <div class="form">
            <p>"Copy the secret of " <strong class="break">{key.key.name}</strong> " now. It is never shown again; only its start stays visible."</p>
            <p class="code" id="key-secret">{key.secret.clone()}</p>
            <div class="row-acts"><CopyButton text=Signal::stored(key.secret)/></div>
            <p class="quiet">"Send it as " <code>"Authorization: Bearer …"</code> " and keep it out of web pages and repositories."</p>
            <div class="form-acts">
                <button class="button primary" type="button" autofocus on:click=done>"I saved it"</button>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_that_can_be_granted_is_offered_once() {
        let offered: Vec<Permission> = groups().into_iter().flat_map(|(_, members)| members).collect();
        let grantable: Vec<Permission> =
            Permission::ALL.iter().copied().filter(|permission| grantable(*permission)).collect();
        assert_eq!(offered, grantable);
        assert_eq!(
            groups().first().map(|(title, members)| (title.as_str(), members.len())),
            Some(("Agents", 2))
        );
    }
}
