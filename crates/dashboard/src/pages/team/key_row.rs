//! One API key: what it may do, how it is used, its replacement and its end.

use super::key_form::Secret;
use crate::api;
use crate::clock::Ago;
use crate::components::dialog::Dialog;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton};
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::load::{Paged, Row};
use leptos::prelude::*;
use protocol::api::{ApiKey, ApiKeyState, IssuedApiKey, RotateApiKey};

const OVERLAPS: [(&str, u32); 4] = [
    ("stops at once", 0),
    ("works for 1 more hour", 1),
    ("works for 24 more hours", 24),
    ("works for 7 more days", 168),
];

fn state_words(state: ApiKeyState) -> (&'static str, &'static str) {
    match state {
        ApiKeyState::Active => ("Active", "good"),
        ApiKeyState::Rotating => ("Being replaced", "warn"),
        ApiKeyState::Expired => ("Expired", "wait"),
        ApiKeyState::Revoked => ("Revoked", "bad"),
    }
}

#[component]
pub(crate) fn KeyRow(row: Row<ApiKey>, list: Paged<ApiKey>) -> impl IntoView {
    let value = RwSignal::from(row.value.clone());
    let key = row.value.get_untracked();
    let state = Memo::new(move |_| value.with(|key| key.state));
    let used = Memo::new(move |_| value.with(|key| key.last_used_at));
    let expires = Memo::new(move |_| value.with(|key| key.expires_at));
    let (rotating, revoking) = (RwSignal::new(false), RwSignal::new(false));
    let issued = RwSignal::new(None::<IssuedApiKey>);
    let locked = Signal::derive(move || issued.with(Option::is_some));
    let name = StoredValue::new(key.name.clone());
    let heading = Signal::derive(move || {
        if locked.get() { "Your new key".to_owned() } else { format!("Replace {}?", name.get_value()) }
    });
    let alive = move || matches!(state.get(), ApiKeyState::Active | ApiKeyState::Rotating);
    view! {
        <li class="item">
            <div class="item-text">
                <span class="item-name">
                    <strong class="break">{key.name.clone()}</strong>
                    <code class="prefix" dir="ltr">{format!("{}…", key.prefix)}</code>
                    <Badge state=Signal::derive(move || state_words(state.get()))/>
                </span>
                <span class="item-facts">
                    <span>{move || match used.get() {
                        Some(at) => view! { "used " <Ago at=Signal::stored(at)/> }.into_any(),
                        None => view! { "never used" }.into_any(),
                    }}</span>
                    <span>{move || match expires.get() {
                        Some(at) => {
                            let word = if state.get() == ApiKeyState::Expired { "expired " } else { "expires " };
                            view! { {word} <Ago at=Signal::stored(at)/> }.into_any()
                        }
                        None => view! { "never expires" }.into_any(),
                    }}</span>
                    <span>{format!("{} requests a minute", key.rate_limit)}</span>
                    <span>{format!("made by {}", key.created_by)} " " <Ago at=Signal::stored(key.created_at)/></span>
                </span>
                <ul class="scope-list" aria-label="Scopes">
                    {key.scopes.iter().map(|scope| view! { <li title=scope.describe()><code>{scope.as_str()}</code></li> }).collect_view()}
                </ul>
            </div>
            <Show when=alive>
                <div class="row-acts">
                    <Show when=move || state.get() == ApiKeyState::Active>
                        <button class="button" type="button" aria-label=format!("Replace {}", name.get_value()) on:click=move |_| rotating.set(true)>
                            "Replace"
                        </button>
                    </Show>
                    <button
                        class="button danger-quiet" type="button" aria-label=format!("Revoke {}", name.get_value())
                        on:click=move |_| revoking.set(true)
                    >"Revoke"</button>
                </div>
            </Show>
            <Dialog open=rotating title=heading locked>
                {move || match issued.get() {
                    None => view! { <Rotate open=rotating value issued list/> }.into_any(),
                    Some(key) => view! { <Secret key open=rotating issued/> }.into_any(),
                }}
            </Dialog>
            <Dialog open=revoking title=format!("Revoke {}?", key.name)><Revoke open=revoking value list/></Dialog>
        </li>
    }
}

#[component]
fn Rotate(
    open: RwSignal<bool>,
    value: RwSignal<ApiKey>,
    issued: RwSignal<Option<IssuedApiKey>>,
    list: Paged<ApiKey>,
) -> impl IntoView {
    let form = Form::new("rotate");
    let hours = RwSignal::new(24_u32);
    let submit = move || {
        let id = value.with_untracked(|key| key.id.clone());
        let body = RotateApiKey { overlap_hours: hours.get_untracked() };
        form.send(api::team::rotate_key(id, body), move |made| {
            issued.set(Some(made));
            list.restart();
        });
    };
    view! {
        <FormBody form submit>
            <p>"You get a new key with the same scopes. Give it to the program before the old one stops."</p>
            <div class="field">
                <label for="rotate-overlap_hours">"The old key"</label>
                <select id="rotate-overlap_hours" class="select" autofocus on:change=move |event| {
                    hours.set(event_target_value(&event).parse().unwrap_or(24));
                }>
                    {OVERLAPS
                        .into_iter()
                        .map(|(label, value)| view! {
                            <option value=value.to_string() selected=value == hours.get_untracked()>{label}</option>
                        })
                        .collect_view()}
                </select>
                <FieldProblem problem=form.problem field="overlap_hours" id="rotate-overlap_hours-problem"/>
            </div>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Replace key".to_owned() busy="Replacing…"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Revoke(open: RwSignal<bool>, value: RwSignal<ApiKey>, list: Paged<ApiKey>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("revoke");
    let submit = move || {
        let key = value.get_untracked();
        form.send(api::team::revoke_key(key.id), move |_| {
            open.set(false);
            announce(notices, format!("{} is revoked.", key.name));
            list.restart();
        });
    };
    view! {
        <FormBody form submit>
            <p>"Programs that use it are refused from now on. This cannot be undone."</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <SubmitButton form label="Revoke key".to_owned() busy="Revoking…" class="button danger"/>
            </div>
        </FormBody>
    }
}
