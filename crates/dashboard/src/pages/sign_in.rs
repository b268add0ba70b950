//! Sign in, then back to the address that asked for it.

use crate::api;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::session::{safe_return, use_session};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::Problem;
use protocol::api::LoginRequest;

#[component]
pub(crate) fn SignIn() -> impl IntoView {
    title(|| "Sign in".to_owned());
    let session = use_session();
    let navigate = use_navigate();
    let query = use_query_map();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        // Read from the fields, not from input events: password managers fill without them.
        let body = LoginRequest { email: text(email).trim().to_owned(), password: text(password) };
        if busy.get_untracked() {
            return;
        }
        if let Some(missing) = missing(&body) {
            problem.set(Some(missing));
            focus_wrong(problem, email, password);
            return;
        }
        busy.set(true);
        problem.set(None);
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::login(body).await {
                Ok(reply) => {
                    // A second factor is asked for elsewhere.
                    if let protocol::api::SignIn::SignedIn { me } = reply {
                        session.me.set(Some(me));
                    }
                    let next = query.with_untracked(|query| query.get("next"));
                    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                    navigate(&safe_return(next.as_deref()), options);
                }
                Err(why) => {
                    problem.try_set(Some(why));
                    focus_wrong(problem, email, password);
                }
            }
            busy.try_set(false);
        });
    };
    let asked = move || query.with(|query| query.get("next").is_some_and(|next| next.len() > 5));
    view! {
        <main class="door">
            <div class="door-card">
                <span class="mark-bell large"><Icon glyph=Glyph::Bell/></span>
                <h1>"Sign in to Frontdesk"</h1>
                <p class="door-text">
                    {move || {
                        if asked() { "Sign in to go on where you were." } else { "Your website's receptionist is at work." }
                    }}
                </p>
                <form class="form" method="post" action="/app/sign-in" novalidate on:submit=submit>
                    <FormProblem problem/>
                    <EmailField problem node=email/>
                    <PasswordField problem node=password/>
                    <button class="button primary wide" type="submit" aria-disabled=move || busy.get().to_string()>
                        <span class="spinner" class:on=move || busy.get()></span>
                        {move || if busy.get() { "Signing in…" } else { "Sign in" }}
                    </button>
                </form>
            </div>
        </main>
    }
}

/// A problem that belongs to no field.
#[component]
fn FormProblem(problem: RwSignal<Option<Problem>>) -> impl IntoView {
    view! {
        <div role="alert">
            {move || {
                problem
                    .get()
                    .filter(|problem| problem.field.is_none())
                    .map(|problem| view! { <p class="form-problem" id="form-problem"><Icon glyph=Glyph::Alert/>{problem.message}</p> })
            }}
        </div>
    }
}

#[component]
fn EmailField(problem: RwSignal<Option<Problem>>, node: NodeRef<html::Input>) -> impl IntoView {
    view! {
        <div class="field">
            <label for="email">"E-mail"</label>
            <input
                id="email" name="email" type="email" autocomplete="username" autocapitalize="none"
                spellcheck="false" inputmode="email" autofocus node_ref=node
                aria-invalid=move || wrong(problem, "email").to_string()
                aria-describedby="email-problem"
            />
            <FieldProblem problem field="email"/>
        </div>
    }
}

#[component]
fn PasswordField(problem: RwSignal<Option<Problem>>, node: NodeRef<html::Input>) -> impl IntoView {
    let shown = RwSignal::new(false);
    view! {
        <div class="field">
            <label for="password">"Password"</label>
            <div class="field-with-act">
                <input
                    id="password" name="password" autocomplete="current-password" node_ref=node
                    type=move || if shown.get() { "text" } else { "password" }
                    aria-invalid=move || wrong(problem, "password").to_string()
                    aria-describedby="password-problem"
                />
                <button
                    class="field-act" type="button" aria-pressed=move || shown.get().to_string()
                    aria-label="Show password" on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { "Hide" } else { "Show" }}
                </button>
            </div>
            <FieldProblem problem field="password"/>
        </div>
    }
}

/// The problem of one field, under it; its line is kept free so that nothing jumps.
#[component]
pub(crate) fn FieldProblem(problem: RwSignal<Option<Problem>>, field: &'static str) -> impl IntoView {
    view! {
        <p class="field-problem" id=format!("{field}-problem") role="alert">
            {move || problem.get().filter(|problem| problem.field.as_deref() == Some(field)).map(|problem| problem.message)}
        </p>
    }
}

fn text(node: NodeRef<html::Input>) -> String {
    node.get_untracked().map(|input| input.value()).unwrap_or_default()
}

fn wrong(problem: RwSignal<Option<Problem>>, field: &str) -> bool {
    problem.with(|problem| {
        problem.as_ref().is_some_and(|problem| problem.field.as_deref().is_none_or(|name| name == field))
    })
}

/// What the server would refuse anyway, told without asking it.
fn missing(body: &LoginRequest) -> Option<Problem> {
    if body.email.is_empty() {
        Some(Problem::field("email", "Enter the e-mail address you sign in with."))
    } else if body.password.is_empty() {
        Some(Problem::field("password", "Enter your password."))
    } else {
        None
    }
}

fn focus_wrong(
    problem: RwSignal<Option<Problem>>,
    email: NodeRef<html::Input>,
    password: NodeRef<html::Input>,
) {
    let field = problem.with_untracked(|problem| problem.as_ref().and_then(|problem| problem.field.clone()));
    let node = if field.as_deref() == Some("email") { email } else { password };
    if let Some(input) = node.get_untracked() {
        let _ = input.focus();
        input.select();
    }
}
