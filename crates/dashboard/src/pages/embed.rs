//! The line that puts the widget on a website.

use super::install::snippet::{Choices, tag};
use crate::components::copy::CopyButton;
use leptos::prelude::*;
use protocol::api::Agent;

/// The screen with everything about it.
pub(crate) const INSTALL: &str = "/app/agent/install";

#[component]
pub(crate) fn EmbedCard(#[prop(into)] agent: Signal<Option<Agent>>) -> impl IntoView {
    let code = Signal::derive(move || {
        let origin = window().location().origin().unwrap_or_default();
        agent.with(|agent| {
            agent.as_ref().map(|agent| tag(&origin, &agent.id, &Choices::default())).unwrap_or_default()
        })
    });
    view! {
        <section class="card" aria-labelledby="embed-title">
            <header class="card-head">
                <h2 id="embed-title">"Put it on your website"</h2>
                <CopyButton text=code/>
            </header>
            <p class="quiet">"Paste this line before the closing body tag of every page."</p>
            <pre class="code" tabindex="0" aria-label="Snippet to embed"><code>{code}</code></pre>
            <p><a class="link" href=INSTALL>"Options, and steps for WordPress, Shopify and others"</a></p>
            <p class="quiet">{move || agent.with(|agent| agent.as_ref().map(reach).unwrap_or_default())}</p>
        </section>
    }
}

/// Where the snippet shows something, and what to do where it does not.
pub(crate) fn reach(agent: &Agent) -> String {
    let origins = &agent.allowed_origins;
    if agent.published_version.is_none() {
        "It shows nothing yet: publish the agent first.".to_owned()
    } else if origins.is_empty() {
        "It shows nothing yet: list your website in the editor, then publish.".to_owned()
    } else if origins.iter().any(|origin| origin == "*") {
        "Answers on every website.".to_owned()
    } else {
        format!("Answers on {}.", origins.join(", "))
    }
}
