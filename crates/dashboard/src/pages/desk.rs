//! Below a transcript: taking the conversation over, writing to the visitor, handing back, ending, notes.

use super::desk_templates::{PickButton, PickList, Picker};
use crate::api::people as api;
use crate::components::allowed::Allowed;
use crate::components::form::{FieldProblem, Form, FormBody, FormProblem, SubmitButton, TextField, is_wrong};
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::once::Once;
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::Conversation;
use protocol::handover::{Handover, Standing};
use protocol::permission::Permission;
use protocol::routes::RouteId;
use protocol::{ConversationId, Problem};

/// A visitor sees that somebody writes for some seconds; so often it is said again.
const TYPING_MS: f64 = 3_000.0;

#[component]
pub(crate) fn Desk(conversation: Load<Conversation>) -> impl IntoView {
    view! {
        <Allowed permission=Permission::ConversationsWrite>
            <section class="desk" aria-label="Answer the visitor">
                <Acts conversation/>
                <details class="desk-more">
                    <summary>"Add a note"</summary>
                    <NoteForm conversation/>
                </details>
                <details class="desk-more">
                    <summary>"Mail the transcript"</summary>
                    <MailForm conversation/>
                </details>
            </section>
        </Allowed>
    }
}

fn id_of(conversation: Load<Conversation>) -> Option<ConversationId> {
    untrack(|| conversation.part(|c| c.summary.id.clone()))
}

/// Who has the conversation, and what can be done about it.
#[component]
fn Acts(conversation: Load<Conversation>) -> impl IntoView {
    let session = use_session();
    let handover = Memo::new(move |_| conversation.part(|c| c.summary.handover.clone()).unwrap_or_default());
    let standing = Memo::new(move |_| handover.with(|handover| handover.standing));
    let mine = Memo::new(move |_| {
        let me = session.me.with(|me| me.as_ref().map(|me| me.user_id.to_string()));
        handover.with(|handover| handover.member.as_ref().map(|member| member.id.clone())) == me
    });
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let act = move |route: RouteId| {
        let Some(id) = id_of(conversation).filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let done = api::change(route, id).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match done {
                Ok(now) => conversation.value.update(|value| {
                    if let Some(value) = value {
                        value.summary.handover = now;
                    }
                }),
                Err(why) => problem.set(Some(why)),
            }
            conversation.refresh();
        });
    };
    let claimable = move || matches!(standing.get(), Standing::Bot | Standing::Waiting);
    let returnable = move || matches!(standing.get(), Standing::Waiting | Standing::Human);
    let open = move || !matches!(standing.get(), Standing::Resolved | Standing::Abandoned);
    view! {
        <p class="desk-state" role="status">{move || handover.with(|handover| words(handover, mine.get()))}</p>
        <FormProblem problem/>
        <Show when=move || standing.get() == Standing::Human && mine.get()>
            <ReplyForm conversation/>
        </Show>
        <div class="desk-acts">
            <Show when=claimable>
                <button class="button primary" type="button" on:click=move |_| act(RouteId::ClaimConversation)>"Take over"</button>
            </Show>
            <Show when=returnable>
                <button class="button" type="button" on:click=move |_| act(RouteId::HandBackConversation)>"Hand back to the agent"</button>
            </Show>
            <Show when=open>
                <button class="button" type="button" on:click=move |_| act(RouteId::ResolveConversation)>"Resolve"</button>
            </Show>
        </div>
    }
}

/// Who has the conversation, in words.
fn words(handover: &Handover, mine: bool) -> String {
    let name = handover.member.as_ref().map_or("Somebody", |member| member.name.as_str());
    let rated =
        handover.rating.map(|stars| format!(" The visitor gave {stars} of 5 stars.")).unwrap_or_default();
    match handover.standing {
        Standing::Bot => "The agent answers.".to_owned(),
        Standing::Waiting => "The visitor waits for a person.".to_owned(),
        Standing::Human if mine => "You have this conversation; the agent keeps silent.".to_owned(),
        Standing::Human => format!("{name} has this conversation."),
        Standing::Resolved => format!("This conversation is resolved.{rated}"),
        Standing::Abandoned => "The visitor left.".to_owned(),
    }
}

#[component]
fn ReplyForm(conversation: Load<Conversation>) -> impl IntoView {
    let form = Form::new("reply");
    let text = RwSignal::new(String::new());
    let told = StoredValue::new(0.0);
    let sending = Once::new("reply");
    let picker = Picker::new(conversation, text);
    let send = move || {
        let Some(id) = id_of(conversation) else { return };
        if !form.complete(&[("text", "Write something first.")]) {
            return;
        }
        let said = text.get_untracked();
        let once = sending.id(format!("{id} {said}"));
        form.send(api::reply(id, once, said, picker.used()), move |_| {
            sending.accepted();
            text.set(String::new());
            picker.typed();
            form.focus("text");
            conversation.refresh();
        });
    };
    let write = move |typed: String| {
        text.set(typed);
        picker.typed();
        let now = js_sys::Date::now();
        if let Some(id) = id_of(conversation).filter(|_| now - told.get_value() > TYPING_MS) {
            told.set_value(now);
            // What it says is old in a moment; nothing is lost with it.
            spawn_local(async move { drop(api::typing(id).await) });
        }
    };
    view! {
        <FormBody form submit=send class="desk-form">
            <div class="field">
            <PickList picker/>
            <label class="visually-hidden" for="reply-text">"Your message to the visitor"</label>
            <textarea
                id="reply-text" name="text" rows="3" dir="auto" placeholder="Write to the visitor; / for a template"
                aria-describedby="reply-text-problem" aria-autocomplete="list" aria-controls="reply-templates"
                aria-activedescendant=move || picker.active()
                prop:value=move || text.get() aria-invalid=move || is_wrong(form.problem, "text")
                on:input=move |event| write(event_target_value(&event))
                on:keydown=move |event| {
                    if event.is_composing() {
                    } else if picker.key(&event.key()) {
                        event.prevent_default();
                    } else if event.key() == "Enter" && !event.shift_key() {
                        event.prevent_default();
                        send();
                    }
                }
            ></textarea>
            <FieldProblem problem=form.problem field="text" id="reply-text-problem"/>
            </div>
            <div class="desk-acts">
                <SubmitButton form label="Send".to_owned() busy="Sending…"/>
                <PickButton picker/>
            </div>
        </FormBody>
    }
}

#[component]
fn NoteForm(conversation: Load<Conversation>) -> impl IntoView {
    let form = Form::new("note");
    let text = RwSignal::new(String::new());
    let sending = Once::new("note");
    let save = move || {
        let Some(id) = id_of(conversation) else { return };
        if !form.complete(&[("text", "Write something first.")]) {
            return;
        }
        let words = text.get_untracked();
        let once = sending.id(format!("{id} {words}"));
        form.send(api::note(id, once, words), move |_| {
            sending.accepted();
            text.set(String::new());
            conversation.refresh();
        });
    };
    view! {
        <FormBody form submit=save class="desk-form">
            <div class="field">
            <label for="note-text">"Note for your colleagues; the visitor never sees it"</label>
            <textarea
                id="note-text" name="text" rows="2" dir="auto" aria-describedby="note-text-problem"
                prop:value=move || text.get() aria-invalid=move || is_wrong(form.problem, "text")
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
            <FieldProblem problem=form.problem field="text" id="note-text-problem"/>
            </div>
            <SubmitButton form label="Save note".to_owned() busy="Saving…" class="button"/>
        </FormBody>
    }
}

#[component]
fn MailForm(conversation: Load<Conversation>) -> impl IntoView {
    let form = Form::new("mail");
    let notices = use_context::<Notices>();
    let send = move || {
        let Some(id) = id_of(conversation) else { return };
        let to = form.value("to").trim().to_owned();
        form.send(api::mail_transcript(id, to.clone()), move |_| {
            announce(notices, format!("The transcript goes to {to}."));
        });
    };
    view! {
        <FormBody form submit=send class="desk-form">
            <TextField form name="to" kind="email" label="Address".to_owned() hint="All that was said, without notes.".to_owned()/>
            <SubmitButton form label="Mail it".to_owned() busy="Sending…" class="button"/>
        </FormBody>
    }
}
