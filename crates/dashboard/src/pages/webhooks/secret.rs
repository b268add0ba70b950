//! The one look at a secret.

use crate::components::copy::CopyButton;
use leptos::prelude::*;

#[component]
pub(crate) fn Secret(secret: String, done: impl Fn() + 'static) -> impl IntoView {
    view! {
        <div class="form">
            <p>"Copy the secret now; it is never shown again. Your server verifies with it that a request came from here."</p>
            <p class="code" id="webhook-secret">{secret.clone()}</p>
            <div class="row-acts"><CopyButton text=Signal::stored(secret)/></div>
            <p class="quiet">"Keep it out of web pages and repositories. How to verify is in docs/WEBHOOKS.md, in TypeScript, Python and Rust."</p>
            <div class="form-acts">
                <button class="button primary" type="button" autofocus on:click=move |_| done()>"I saved it"</button>
            </div>
        </div>
    }
}
