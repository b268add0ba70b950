//! The dialog that adds a website. What the server says about the address stands at the field.

use crate::api;
use crate::components::dialog::Dialog;
use crate::components::form::FieldProblem;
use crate::components::icon::{Glyph, Icon};
use crate::session::use_session;
use crate::text;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::{Code, Problem};

#[component]
pub(crate) fn AddSource(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title="Add a source".to_owned()>
            <AddForm open/>
        </Dialog>
    }
}

#[component]
fn AddForm(open: RwSignal<bool>) -> impl IntoView {
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
            problem.set(Some(Problem::field("url", "Enter the address of a website or of a sitemap.")));
            focus(input);
            return;
        }
        busy.set(true);
        problem.set(None);
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::add_source(agent, url).await {
                Ok(source) => {
                    open.try_set(false);
                    navigate(&format!("/app/sources/{}", source.id), NavigateOptions::default());
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(at_field(why)));
                    focus(input);
                }
            }
        });
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <p class="quiet">"The pages of this site are found through its sitemap or its links, at most 200, and robots.txt is honoured."</p>
            <div role="alert">
                {move || problem.get().filter(|p| p.field.is_none()).map(|p| view! {
                    <p class="form-problem"><Icon glyph=Glyph::Alert/>{p.message}</p>
                })}
            </div>
            <div class="field">
                <label for="url">"Address"</label>
                <input
                    id="url" name="url" type="url" inputmode="url" autocomplete="url" autocapitalize="none"
                    spellcheck="false" placeholder="https://example.com" dir="ltr" autofocus node_ref=input
                    aria-invalid=move || problem.with(|p| p.as_ref().is_some_and(|p| p.field.is_some())).to_string()
                    aria-describedby="url-problem"
                />
                <FieldProblem problem field="url"/>
            </div>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <button class="button primary" type="submit" aria-disabled=move || busy.get().to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Checking the address…" } else { "Add and crawl" }}
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
