//! A file of everything held of a person: asked for, made, there for a day.

use crate::api::leads as api;
use crate::clock::Moment;
use crate::components::form::{Form, FormProblem};
use crate::components::icon::{Glyph, Icon};
use crate::components::state::{Badge, Loaded};
use crate::load::{every, load};
use leptos::prelude::*;
use protocol::ContactId;
use protocol::api::{PersonExport, PersonExportState as State};

/// How often one that is being made is asked for, in milliseconds.
const POLL_MS: u64 = 2_000;

#[component]
pub(super) fn Exports(contact: Signal<Option<ContactId>>) -> impl IntoView {
    let form = Form::new("export");
    let of = Memo::new(move |_| contact.get());
    let exports = load(move || of.get().map(api::exports));
    let waits = Memo::new(move |_| {
        let waits = |one: &PersonExport| matches!(one.state, State::Queued | State::Running);
        exports.part(|all| all.iter().any(waits)).unwrap_or_default()
    });
    every(POLL_MS, move || {
        if waits.get_untracked() && !exports.busy.get_untracked() {
            exports.refresh();
        }
    });
    let none = Memo::new(move |_| exports.part(Vec::is_empty).unwrap_or_default());
    let ask = move |_| {
        let Some(id) = of.get_untracked().filter(|_| !waits.get_untracked()) else { return };
        form.send(api::export_person(id), move |_| exports.refresh());
    };
    view! {
        <section class="card flush" aria-labelledby="person-exports">
            <div class="card-head">
                <h2 id="person-exports">"Everything held of them"</h2>
                <button class="button small" type="button" aria-disabled=move || waits.get().to_string() on:click=ask>
                    "Export everything"
                </button>
            </div>
            <FormProblem problem=form.general()/>
            <Loaded
                has=Signal::derive(move || exports.value.with(Option::is_some))
                problem=exports.problem
                retry=move || exports.refresh()
                lines=2
            >
                <Show
                    when=move || !none.get()
                    fallback=|| view! {
                        <p class="nothing">"Nothing was exported yet. A file holds leads, notes and conversations; it can be downloaded for a day."</p>
                    }
                >
                    <ul class="rows">
                        {move || {
                            let all = exports.value.get().unwrap_or_default();
                            all.into_iter().map(|one| entry(of.get_untracked(), one)).collect_view()
                        }}
                    </ul>
                </Show>
            </Loaded>
        </section>
    }
}

fn entry(contact: Option<ContactId>, export: PersonExport) -> impl IntoView {
    let (state, words) = match export.state {
        State::Queued => (("Waiting", "wait"), "It is made in a moment."),
        State::Running => (("Being made", "busy"), "It is shown here as soon as it is there."),
        State::Ready => (("Ready", "good"), "The file is removed "),
        State::Failed => {
            (("Failed", "bad"), "The file could not be made. Ask for it again; the reason is in the log.")
        }
        State::Expired => (("Removed", "idle"), "A file is there for a day; this one was removed "),
    };
    let over = export.expires_at.filter(|_| matches!(export.state, State::Ready | State::Expired));
    let link = contact
        .filter(|_| export.state == State::Ready)
        .map(|contact| api::export_file(&contact, &export.id));
    view! {
        <li class="entry">
            <p>
                <Badge state=Signal::stored(state)/>
                " "
                <span>{words}{over.map(|at| view! { <Moment at=at/> "." })}</span>
            </p>
            <p class="quiet">"Asked for by " {export.by} ", " <Moment at=export.requested_at/></p>
            {link.map(|href| view! {
                <p>
                    <a class="button small" href=href rel="external" download="">
                        <Icon glyph=Glyph::Download/>
                        "Download"
                    </a>
                </p>
            })}
        </li>
    }
}
