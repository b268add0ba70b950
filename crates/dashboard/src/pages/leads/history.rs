//! What happened to a lead, and what members add to it: notes and mails.

use super::detail::of;
use super::words::happened;
use crate::api::leads as api;
use crate::clock::Ago;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, TextField, is_wrong};
use crate::components::notice::{Notices, announce};
use crate::load::{Load, load};
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{FollowUp, LeadDetail, LeadEntryKind, LeadMail};

#[component]
pub(super) fn History(lead: Load<LeadDetail>) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="lead-history">
            <div class="card-head"><h3 id="lead-history">"History"</h3></div>
            <ol class="lead-history">
                <For each=move || lead.part(|detail| detail.history.clone()).unwrap_or_default() key=|entry| entry.id.clone() let:entry>
                    <li>
                        <p><span dir="auto">{happened(&entry)}</span> <span class="quiet"><Ago at=Signal::stored(entry.at)/></span></p>
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
    let save = move || {
        let Some(id) = untrack(|| lead.part(|detail| detail.lead.id.clone())) else { return };
        if !form.complete(&[("text", "Write something first.")]) {
            return;
        }
        form.send(api::note(id, text.get_untracked()), move |_| {
            text.set(String::new());
            lead.refresh();
        });
    };
    view! {
        <FormBody form submit=save class="desk-form">
            <Area form text label="Note for your colleagues" rows=2/>
            <SubmitButton form label="Save note".to_owned() busy="Saving…" class="button"/>
        </FormBody>
    }
}

#[component]
fn Area(form: Form, text: RwSignal<String>, label: &'static str, rows: u32) -> impl IntoView {
    let id = form.field_id("text");
    let problem = format!("{id}-problem");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                id=id name="text" rows=rows dir="auto" aria-describedby=problem.clone()
                prop:value=move || text.get() aria-invalid=move || is_wrong(form.problem, "text")
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
            <FieldProblem problem=form.problem field="text" id=problem/>
        </div>
    }
}

/// The template with what its words stand for.
fn filled(template: &str, name: &str, workspace: &str, member: &str) -> String {
    let name = if name.is_empty() { "there" } else { name };
    template.replace("{name}", name).replace("{workspace}", workspace).replace("{member}", member)
}

/// A mail begins from the workspace's words; what is written here may become them.
#[component]
pub(super) fn MailForm(lead: Load<LeadDetail>) -> impl IntoView {
    let form = Form::new("lead-mail");
    let session = use_session();
    let notices = use_context::<Notices>();
    let (text, subject) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // One mail is one id, however often its button is pressed.
    let mail_id = StoredValue::new(new_id());
    let template = load(|| Some(api::follow_up()));
    Effect::new(move |_| {
        let Some(FollowUp { subject: title, text: body }) = template.value.get() else { return };
        let (workspace, member) = session
            .me
            .with_untracked(|me| {
                me.as_ref().map(|me| {
                    (me.workspace.as_ref().map(|w| w.name.clone()).unwrap_or_default(), me.name.clone())
                })
            })
            .unwrap_or_default();
        let name = untrack(|| of(lead, |lead| lead.name.clone()));
        subject.set(filled(&title, &name, &workspace, &member));
        text.set(filled(&body, &name, &workspace, &member));
    });
    let send = move || {
        let Some(id) = untrack(|| lead.part(|detail| detail.lead.id.clone())) else { return };
        if !form.complete(&[("subject", "Write a subject."), ("text", "Write something first.")]) {
            return;
        }
        let mail =
            LeadMail { id: mail_id.get_value(), subject: form.value("subject"), text: text.get_untracked() };
        form.send(api::mail(id, mail), move |_| {
            mail_id.set_value(new_id());
            announce(notices, "The mail is on its way.");
            lead.refresh();
        });
    };
    let keep = move |_| {
        let kept = FollowUp { subject: form.value("subject"), text: text.get_untracked() };
        spawn_local(async move {
            match api::set_follow_up(kept).await {
                Ok(_) => announce(notices, "Follow-up mails begin from these words now."),
                Err(problem) => form.fail(problem),
            }
        });
    };
    view! {
        <FormBody form submit=send class="desk-form">
            {move || {
                let now = subject.get();
                view! { <TextField form name="subject" label="Subject".to_owned() value=now/> }
            }}
            <Area form text label="Mail" rows=8/>
            <p class="field-hint">"In words that are kept, {name}, {workspace} and {member} stand for what they say."</p>
            <div class="desk-acts">
                <SubmitButton form label="Send".to_owned() busy="Sending…"/>
                <button class="button" type="button" on:click=keep>"Keep as template"</button>
            </div>
        </FormBody>
    }
}

fn new_id() -> String {
    let number = || (js_sys::Math::random() * 1e9) as u32;
    format!("mail-{:09}{:09}", number(), number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_says_who_it_is_for() {
        assert_eq!(
            filled("Hello {name}, {member} of {workspace}", "Ann", "Acme", "Bo"),
            "Hello Ann, Bo of Acme"
        );
        assert_eq!(filled("Hello {name}", "", "", ""), "Hello there");
    }
}
