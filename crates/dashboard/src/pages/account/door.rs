//! What the screens before the dashboard share: one card, and where to go when somebody has signed in.

use super::check_mail;
use crate::api;
use crate::components::icon::{Glyph, Icon};
use crate::load::load;
use crate::session::{SIGN_IN, safe_return, use_session};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::api::SignIn;
use wasm_bindgen::JsValue;

/// A card in the middle of an empty page.
#[component]
pub(crate) fn Door(
    #[prop(into)] heading: Signal<String>,
    #[prop(default = Glyph::Bell)] glyph: Glyph,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="door">
            <div class="door-card">
                <span class="mark-bell large"><Icon glyph/></span>
                <h1 tabindex="-1" id="door-heading">{move || heading.get()}</h1>
                {children()}
            </div>
        </main>
    }
}

/// Takes a person on from where their sign-in stands: to what they asked for, to the second step, or to a mail.
pub(crate) fn use_enter() -> impl Fn(SignIn) + Clone + Send + Sync + 'static {
    let session = use_session();
    let navigate = use_navigate();
    let query = use_query_map();
    move |reply| {
        let next = query.with_untracked(|query| query.get("next"));
        let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
        match reply {
            SignIn::SignedIn { me } => {
                session.begin(me);
                navigate(&safe_return(next.as_deref()), options);
            }
            SignIn::SecondFactor { challenge, .. } => {
                session.challenge.set(Some(challenge));
                navigate(&leads_back(SIGN_IN, next.as_deref()), options);
            }
            SignIn::CheckMail { email } => navigate(&check_mail::address(&email), options),
        }
    }
}

fn leads_back(path: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{path}?next={}", String::from(js_sys::encode_uri_component(next))),
        None => path.to_owned(),
    }
}

/// The address of another door that leads to the same place in the end.
pub(crate) fn use_next(path: &'static str) -> impl Fn() -> String + Copy + Send + Sync + 'static {
    let query = use_query_map();
    move || query.with(|query| leads_back(path, query.get("next").as_deref()))
}

/// Takes a value out of the address bar's fragment, where mailed links carry their token: it is never sent
/// with the address, and nothing of it stays in the history.
pub(crate) fn take_fragment(name: &str) -> Option<String> {
    // Another link followed in the same tab changes the fragment alone.
    let again = window_event_listener_untyped("hashchange", |_| {
        let _ = window().location().reload();
    });
    on_cleanup(move || again.remove());
    let location = window().location();
    let fragment = location.hash().ok()?;
    let value = fragment
        .trim_start_matches('#')
        .split('&')
        .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        .filter(|value| !value.is_empty())?
        .to_owned();
    let bare =
        format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&bare));
    }
    Some(value)
}

/// On a developer's machine mails are not sent; this says where they are.
#[component]
pub(crate) fn OutboxHint() -> impl IntoView {
    let options = load(|| Some(api::account::options()));
    let outbox = Memo::new(move |_| options.part(|options| options.outbox).unwrap_or(false));
    view! {
        <Show when=move || outbox.get()>
            <p class="door-note">
                "This is a developer's machine: mails are kept in the "
                <a class="link" href="/dev/outbox" rel="external" target="_blank">"outbox"</a> "."
            </p>
        </Show>
    }
}
