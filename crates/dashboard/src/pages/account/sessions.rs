//! Where one is signed in, and ending what one does not recognise.

use crate::api;
use crate::clock::Ago;
use crate::components::notice::{Notices, announce};
use crate::components::state::{Badge, Loaded};
use crate::load::{Paged, Row, paged};
use crate::pages::sources::LoadMore;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::Session;

#[component]
pub(crate) fn SessionsCard() -> impl IntoView {
    let notices = use_context::<Notices>();
    let list =
        paged(|session: &Session| session.id.to_string(), |cursor| Some(api::account::sessions(cursor)));
    let others = Memo::new(move |_| {
        list.rows.with(|rows| rows.iter().flatten().any(|row| row.value.with(|session| !session.current)))
    });
    let busy = RwSignal::new(false);
    let end_others = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let said = match api::account::revoke_other_sessions().await {
                Ok(_) => "You are signed out everywhere else.".to_owned(),
                Err(problem) => problem.message,
            };
            busy.try_set(false);
            announce(notices, said);
            list.restart();
        });
    };
    view! {
        <section class="card flush">
            <div class="card-head">
                <h2>"Where you are signed in"</h2>
                <Show when=move || others.get()>
                    <button class="button" type="button" aria-disabled=move || busy.get().to_string() on:click=end_others>
                        {move || if busy.get() { "Signing out…" } else { "Sign out everywhere else" }}
                    </button>
                </Show>
            </div>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=3
                tall=true
            >
                <ul class="rows">
                    <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                        <SessionRow row list/>
                    </For>
                </ul>
                <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
            </Loaded>
        </section>
    }
}

#[component]
fn SessionRow(row: Row<Session>, list: Paged<Session>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let session = row.value.get_untracked();
    let (id, device) = (session.id.clone(), session.device.clone());
    let end = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let (id, device) = (id.clone(), device.clone());
        spawn_local(async move {
            let said = match api::account::revoke_session(id).await {
                Ok(_) => format!("{device} is signed out."),
                Err(problem) => problem.message,
            };
            busy.try_set(false);
            announce(notices, said);
            list.restart();
        });
    };
    let value = row.value.clone();
    let used = Signal::derive(move || value.with(|session| session.last_used_at));
    view! {
        <li class="item">
            <div class="item-text">
                <strong>{session.device.clone()}</strong>
                <span class="item-facts">
                    {(!session.address.is_empty()).then(|| view! { <span dir="ltr">{session.address.clone()}</span> })}
                    <span>"used " <Ago at=used/></span>
                    <span>"since " <Ago at=Signal::stored(session.created_at)/></span>
                </span>
            </div>
            {if session.current {
                view! { <Badge state=Signal::stored(("This browser", "good"))/> }.into_any()
            } else {
                view! {
                    <button
                        class="button" type="button" aria-label=format!("Sign out {}", session.device)
                        aria-disabled=move || busy.get().to_string() on:click=end
                    >"Sign out"</button>
                }.into_any()
            }}
        </li>
    }
}
