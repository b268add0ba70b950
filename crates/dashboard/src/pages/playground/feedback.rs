//! How good an answer was: one press for a good one, a reason for a bad one.

use super::run::{Phase, Run};
use crate::api::playground as api;
use crate::components::form::focus_soon;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{PlaygroundFeedback, Rating};

#[component]
pub(super) fn Feedback(run: Signal<Run>, write: ArcRwSignal<Run>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let asking = RwSignal::new(false);
    let reason = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let rated = Memo::new(move |_| run.with(|run| run.rated));
    let ready = Memo::new(move |_| run.with(|run| run.phase == Phase::Finished && run.id.is_some()));
    let id = run.with_untracked(|run| format!("reason-{}", run.key));
    let send = move |rating: Rating| {
        let Some(agent) = session.agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let body = run.with_untracked(|run| {
            Some(PlaygroundFeedback {
                run_id: run.id.clone()?,
                rating,
                reason: if rating == Rating::Bad {
                    reason.get_untracked().trim().to_owned()
                } else {
                    String::new()
                },
                question: run.question.clone(),
                answer: run.answer.clone(),
                version: run.version,
            })
        });
        let Some(body) = body else { return };
        busy.set(true);
        let write = write.clone();
        spawn_local(async move {
            match api::feedback(agent, body).await {
                Ok(_) => {
                    write.update(|run| run.rated = Some(rating));
                    asking.try_set(false);
                    announce(notices, "Thank you, noted.");
                }
                Err(problem) => announce(notices, problem.message),
            }
            busy.try_set(false);
        });
    };
    let send = StoredValue::new(send);
    let field = id.clone();
    let ask = StoredValue::new(move || {
        asking.set(true);
        let field = field.clone();
        focus_soon(field);
    });
    let id = StoredValue::new(id);
    let pressed = move |rating: Rating| (rated.get() == Some(rating)).to_string();
    view! {
        <Show when=move || ready.get()>
            <div class="rating" role="group" aria-label="Was this answer good?">
                <button class="icon-button" type="button" aria-label="Good answer" aria-pressed=move || pressed(Rating::Good)
                    on:click=move |_| send.with_value(|send| send(Rating::Good))><Icon glyph=Glyph::ThumbUp/></button>
                <button class="icon-button" type="button" aria-label="Bad answer" aria-pressed=move || pressed(Rating::Bad)
                    aria-expanded=move || asking.get().to_string()
                    on:click=move |_| ask.with_value(|ask| ask())><Icon glyph=Glyph::ThumbDown/></button>
            </div>
            <Show when=move || asking.get()>
                <form class="reason-form" novalidate on:submit=move |event| {
                    event.prevent_default();
                    send.with_value(|send| send(Rating::Bad));
                }>
                    <div class="field">
                        <label for=id.get_value()>"What is wrong with it?"</label>
                        <textarea id=id.get_value() rows="2" dir="auto" placeholder="As in: the price is last year’s"
                            prop:value=move || reason.get() on:input=move |event| reason.set(event_target_value(&event))></textarea>
                    </div>
                    <div class="form-acts">
                        <button class="button" type="button" on:click=move |_| asking.set(false)>"Cancel"</button>
                        <button class="button primary" type="submit" aria-disabled=move || busy.get().to_string()>
                            <span class="spinner" class:on=move || busy.get()></span>
                            "Send"
                        </button>
                    </div>
                </form>
            </Show>
        </Show>
    }
}
