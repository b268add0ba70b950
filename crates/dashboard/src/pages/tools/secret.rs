//! By what the other system lets us in: written, never read back.

use crate::components::form::{FieldProblem, Form, PasswordField, TextField};
use leptos::prelude::*;
use protocol::Problem;
use protocol::api::{NewToolAuth, ToolAuth, ToolAuthKind};

/// What a member chose: to leave it as it is, or another kind.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Choice {
    Keep,
    Kind(ToolAuthKind),
}

const KINDS: [(ToolAuthKind, &str, &str); 6] = [
    (ToolAuthKind::None, "none", "None: anybody may call it"),
    (ToolAuthKind::Bearer, "bearer", "Bearer token"),
    (ToolAuthKind::Header, "header", "A header of its own"),
    (ToolAuthKind::Query, "query", "A parameter of the address"),
    (ToolAuthKind::Basic, "basic", "User name and password"),
    (ToolAuthKind::Signature, "signature", "Signature (HMAC-SHA256)"),
];

/// What is set now, in words.
fn words(auth: &ToolAuth) -> String {
    match auth.kind {
        ToolAuthKind::None => "none".to_owned(),
        ToolAuthKind::Bearer => "bearer token".to_owned(),
        ToolAuthKind::Header => format!("header {}", auth.name),
        ToolAuthKind::Basic => format!("password of {}", auth.name),
        ToolAuthKind::Signature => "signature".to_owned(),
        ToolAuthKind::Query => format!("parameter {}", auth.name),
    }
}

#[component]
pub(super) fn Authentication(
    form: Form,
    choice: RwSignal<Choice>,
    auth: Signal<ToolAuth>,
    locked: bool,
) -> impl IntoView {
    let set = move || auth.with(|auth| auth.kind != ToolAuthKind::None);
    let pick = move |key: String| {
        let kind = KINDS.into_iter().find(|(_, known, _)| *known == key);
        choice.set(kind.map_or(Choice::Keep, |(kind, _, _)| Choice::Kind(kind)));
    };
    let is = move |kind| choice.get() == Choice::Kind(kind);
    view! {
        <div class="field">
            <label for=form.field_id("auth")>"Authentication"</label>
            <select
                id=form.field_id("auth") class="select" disabled=locked aria-describedby=form.field_id("auth-problem")
                on:change=move |event| pick(event_target_value(&event))
            >
                {move || set().then(|| view! {
                    <option value="keep" selected=move || choice.get() == Choice::Keep>
                        {move || auth.with(|auth| format!("As it is: {}", words(auth)))}
                    </option>
                })}
                {KINDS.map(|(kind, key, label)| view! {
                    <option value=key selected=move || choice.get() == Choice::Kind(kind) || (kind == ToolAuthKind::None && !set() && choice.get() == Choice::Keep)>
                        {label}
                    </option>
                }).collect_view()}
            </select>
            <FieldProblem problem=form.problem field="auth" id=form.field_id("auth-problem")/>
        </div>
        <Show when=move || is(ToolAuthKind::Bearer)>
            <PasswordField form name="auth.token" label="Token" autocomplete="off"/>
        </Show>
        <Show when=move || is(ToolAuthKind::Header)>
            <TextField form name="auth.name" label="Header".to_owned() kind="url" placeholder="X-Api-Key" ltr=true/>
            <PasswordField form name="auth.value" label="Value" autocomplete="off"/>
        </Show>
        <Show when=move || is(ToolAuthKind::Query)>
            <TextField form name="auth.name" label="Parameter".to_owned() kind="url" placeholder="api_key" ltr=true/>
            <PasswordField form name="auth.value" label="Value" autocomplete="off"/>
        </Show>
        <Show when=move || is(ToolAuthKind::Basic)>
            <TextField form name="auth.username" label="User name".to_owned() ltr=true/>
            <PasswordField form name="auth.password" label="Password" autocomplete="off"/>
        </Show>
        <Show when=move || is(ToolAuthKind::Signature)>
            <PasswordField
                form name="auth.secret" label="Secret" autocomplete="off"
                hint="Each call carries X-Frontdesk-Signature: t=…,v1=…, of time, method, address and body."
            />
        </Show>
    }
}

/// What the fields say; nothing where it stays as it is.
pub(super) fn typed(form: Form, choice: Choice) -> Result<Option<NewToolAuth>, Problem> {
    let Choice::Kind(kind) = choice else { return Ok(None) };
    let value = |name: &str| {
        let typed = form.value(name);
        if typed.trim().is_empty() { Err(Problem::field(name, "Fill this in.")) } else { Ok(typed) }
    };
    Ok(Some(match kind {
        ToolAuthKind::None => NewToolAuth::None,
        ToolAuthKind::Bearer => NewToolAuth::Bearer { token: value("auth.token")? },
        ToolAuthKind::Header => {
            NewToolAuth::Header { name: value("auth.name")?, value: value("auth.value")? }
        }
        ToolAuthKind::Query => NewToolAuth::Query { name: value("auth.name")?, value: value("auth.value")? },
        ToolAuthKind::Basic => {
            NewToolAuth::Basic { username: value("auth.username")?, password: value("auth.password")? }
        }
        ToolAuthKind::Signature => NewToolAuth::Signature { secret: value("auth.secret")? },
    }))
}
