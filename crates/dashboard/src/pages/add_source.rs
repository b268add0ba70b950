//! The form that adds what has an address. What the server says about the address stands at the field.

use crate::api::knowledge as api;
use crate::components::form::{FieldProblem, FormProblem, is_wrong};
use crate::components::icon::Icon;
use crate::pages::knowledge::kinds;
use crate::session::use_session;
use crate::text;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::api::{NewSource, SourceKind};
use protocol::{Code, Problem};

#[component]
pub(crate) fn AddAddress(kind: SourceKind) -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let input = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        let url = text::as_address(&typed);
        let Some(agent) = session.agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        if url.is_empty() {
            problem.set(Some(Problem::field(
                "url",
                match kind {
                    SourceKind::Feed => "Enter the address of a feed.",
                    SourceKind::Video => "Enter the address of a video on YouTube.",
                    _ => "Enter the address of a website or of a sitemap.",
                },
            )));
            focus(input);
            return;
        }
        busy.set(true);
        problem.set(None);
        let navigate = navigate.clone();
        let new =
            NewSource { kind: (kind != SourceKind::Website).then_some(kind), url, ..NewSource::default() };
        spawn_local(async move {
            match api::add_source(agent, new).await {
                Ok(source) => navigate(&format!("/app/sources/{}", source.id), NavigateOptions::default()),
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(at_field(why)));
                    focus(input);
                }
            }
        });
    };
    let (hint, placeholder, act) = match kind {
        SourceKind::Feed => (
            "The newest entries of an RSS, Atom or JSON feed are read; what the feed drops is forgotten.",
            "https://example.com/feed.xml",
            "Add and read",
        ),
        SourceKind::Video => (
            "Its captions are read, with the moment of each passage; written ones come before recognised speech.",
            "https://www.youtube.com/watch?v=…",
            "Add and read",
        ),
        _ => (
            "The pages of this site are found through its sitemap or its links, at most 200, and robots.txt is honoured.",
            "https://example.com",
            "Add and crawl",
        ),
    };
    view! {
        <form class="form card" novalidate on:submit=submit>
            <p class="quiet form-hint"><Icon glyph=kinds::glyph(kind)/>{hint}</p>
            <FormProblem problem fields=&["url"]/>
            <div class="field">
                <label for="url">"Address"</label>
                <input
                    id="url" name="url" type="url" inputmode="url" autocomplete="url" autocapitalize="none"
                    spellcheck="false" placeholder=placeholder dir="ltr" node_ref=input
                    aria-invalid=move || is_wrong(problem, "url") aria-describedby="url-problem"
                />
                <FieldProblem problem field="url"/>
            </div>
            <div class="form-acts">
                <a class="button" href="/app/sources">"Cancel"</a>
                <button class="button primary" type="submit" aria-disabled=move || busy.get().to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Checking the address…" } else { act }}
                </button>
            </div>
        </form>
    }
}

/// A refused address is about the one field there is, whether the server names it or not.
fn at_field(problem: Problem) -> Problem {
    match problem.code {
        Code::AddressRefused | Code::Invalid | Code::Conflict => {
            Problem { field: Some("url".to_owned()), ..problem }
        }
        _ => problem,
    }
}

fn focus(input: NodeRef<html::Input>) {
    if let Some(input) = input.try_get_untracked().flatten() {
        let _ = input.focus();
        input.select();
    }
}
