//! Erasing a person: what goes, asked once more; and the receipts of those who went.

use crate::api::leads as api;
use crate::clock::Moment;
use crate::components::form::FormProblem;
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::load::{every, load};
use crate::text::count;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use protocol::api::{Erasure, ErasureState};
use protocol::{ContactId, Problem};

/// The question, for a dialog.
#[component]
pub(super) fn Confirmation(open: RwSignal<bool>, contact: Signal<Option<ContactId>>) -> impl IntoView {
    let navigate = use_navigate();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let erase = move |_| {
        let Some(id) = contact.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::erase(id).await {
                Ok(_) => {
                    open.try_set(false);
                    announce(notices, "The person is being erased; the receipt is below.");
                    navigate(
                        "/app/contacts",
                        NavigateOptions { replace: true, ..NavigateOptions::default() },
                    );
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <div class="form">
            <p>"Everything that is held of this person goes: leads, notes, mails, conversations with all that was said in them. If they are in a conversation now, it ends."</p>
            <p class="quiet">"Numbers of your reports stay. This cannot be undone; export the person first if they asked for their data."</p>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep the person"</button>
                <button class="button danger" type="button" aria-disabled=move || busy.get().to_string() on:click=erase>
                    <span class="spinner" class:on=move || busy.get()></span>
                    "Erase for good"
                </button>
            </div>
        </div>
    }
}

/// What was erased, in numbers; nothing where nobody was.
#[component]
pub(super) fn Receipts() -> impl IntoView {
    let receipts = load(|| Some(api::erasures()));
    every(3_000, move || {
        let running = |list: &Vec<Erasure>| list.iter().any(|one| one.state == ErasureState::Running);
        if untrack(|| receipts.part(running)).unwrap_or(true) && !receipts.busy.get_untracked() {
            receipts.refresh();
        }
    });
    let any = Memo::new(move |_| receipts.part(|list| !list.is_empty()).unwrap_or_default());
    view! {
        <Show when=move || any.get()>
            <section class="card flush" aria-labelledby="receipts">
                <div class="card-head"><h2 id="receipts">"Erased people"</h2></div>
                <ul class="rows">
                    {move || receipts.value.get().unwrap_or_default().into_iter().map(receipt).collect_view()}
                </ul>
            </section>
        </Show>
    }
}

fn receipt(erasure: Erasure) -> impl IntoView {
    let counts = erasure.counts;
    let said = [
        count(u64::from(counts.leads), "lead", "leads"),
        count(u64::from(counts.conversations), "conversation", "conversations"),
        count(u64::from(counts.turns), "answer", "answers"),
        count(u64::from(counts.events), "event", "events"),
        count(u64::from(counts.tool_calls), "tool call", "tool calls"),
        count(u64::from(counts.mails), "mail", "mails"),
    ]
    .join(", ");
    let state = match erasure.state {
        ErasureState::Running => ("Being erased", "busy"),
        ErasureState::Done => ("Erased", "good"),
    };
    view! {
        <li class="entry">
            <p><Badge state=Signal::stored(state)/> <span>{said}</span></p>
            <p class="quiet">"Asked for by " {erasure.by} ", " <Moment at=erasure.requested_at/> " · " <code>{erasure.id.to_string()}</code></p>
        </li>
    }
}
