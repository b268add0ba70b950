//! What happened to a lead, and the notes that members add to it.

use super::mail::Area;
use super::words::happened;
use crate::api::leads as api;
use crate::clock::Ago;
use crate::components::form::{Form, FormBody, SubmitButton};
use crate::load::Load;
use crate::once::Once;
use leptos::prelude::*;
use protocol::api::{LeadDetail, LeadEntryKind};

#[component]
pub(super) fn History(lead: Load<LeadDetail>) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="lead-history">
            <div class="card-head"><h3 id="lead-history">"History"</h3></div>
            <ol class="lead-history">
                <For each=move || lead.part(|detail| detail.history.clone()).unwrap_or_default() key=|entry| entry.id.clone() let:entry>
                    <li>
                        <p><span dir="auto">{happened(&entry)}</span>" "<span class="quiet"><Ago at=Signal::stored(entry.at)/></span></p>
                        {(entry.kind == LeadEntryKind::Note).then(|| view! { <p class="lead-note" dir="auto">{entry.text.clone()}</p> })}
                    </li>
                </For>
            </ol>
        </section>
    }
}

#[component]
pub(super) fn NoteForm(lead: Load<LeadDetail>) -> impl IntoView {
    let form = Form::new("lead-note");
    let text = RwSignal::new(String::new());
    let sending = Once::new("note");
    let save = move || {
        let Some(id) = untrack(|| lead.part(|detail| detail.lead.id.clone())) else { return };
        if !form.complete(&[("text", "Write something first.")]) {
            return;
        }
        let words = text.get_untracked();
        let once = sending.id(format!("{id} {words}"));
        form.send(api::note(id, once, words), move |_| {
            sending.accepted();
            text.set(String::new());
            lead.refresh();
        });
    };
    view! {
        <FormBody form submit=save class="desk-form">
            <Area form name="text" text label="Note for your colleagues" rows=2/>
            <SubmitButton form label="Save note".to_owned() busy="Saving…" class="button"/>
        </FormBody>
    }
}
