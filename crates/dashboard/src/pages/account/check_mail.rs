//! After registering: a mail says how to go on.

use super::door::{Door, OutboxHint, use_next};
use crate::components::icon::Glyph;
use crate::components::shell::title;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// This screen's address, with the address that the mail went to.
pub(crate) fn address(email: &str) -> String {
    format!("/app/check-mail?email={}", String::from(js_sys::encode_uri_component(email)))
}

#[component]
pub(crate) fn CheckMailPage() -> impl IntoView {
    title(|| "Check your mail".to_owned());
    let query = use_query_map();
    let email = move || query.with(|query| query.get("email")).unwrap_or_else(|| "your address".to_owned());
    let (sign_in, again) = (use_next("/app/sign-in"), use_next("/app/register"));
    view! {
        <Door heading="Check your mail".to_owned() glyph=Glyph::Mail>
            <p class="door-text">
                "We mailed a link to " <strong class="break">{email}</strong>
                ". It confirms your address and signs you in."
            </p>
            <OutboxHint/>
            <p class="quiet">
                "Nothing there after a few minutes? Look into the spam folder, or register once more: the same address gets a new mail, and a mistyped one is put right."
            </p>
            <p class="door-links">
                <a class="link" href=sign_in>"Sign in"</a>
                <a class="link" href=again>"Register again"</a>
            </p>
        </Door>
    }
}
