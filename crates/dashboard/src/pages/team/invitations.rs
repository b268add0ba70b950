//! Invitations that nobody has followed yet.

use crate::api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::icon::Glyph;
use crate::components::notice::{Notices, announce};
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::{Paged, Row};
use crate::pages::sources::LoadMore;
use crate::text::role_label;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{Invitation, InvitationState};
use protocol::permission::Permission;

#[component]
pub(crate) fn InvitationsCard(list: Paged<Invitation>, inviting: RwSignal<bool>) -> impl IntoView {
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <section class="card flush">
            <div class="card-head"><h2>"Invitations"</h2></div>
            <Loaded
                has=Signal::derive(move || list.rows.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=2
                tall=true
            >
                <Show
                    when=move || !none.get()
                    fallback=move || view! {
                        <Empty glyph=Glyph::Mail title="No open invitation" text="Whoever you invite appears here until they have joined.">
                            <Allowed permission=Permission::MembersWrite>
                                <button class="button" type="button" on:click=move |_| inviting.set(true)>"Invite somebody"</button>
                            </Allowed>
                        </Empty>
                    }
                >
                    <ul class="rows">
                        <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                            <InvitationRow row list/>
                        </For>
                    </ul>
                    <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                </Show>
            </Loaded>
        </section>
    }
}

#[component]
fn InvitationRow(row: Row<Invitation>, list: Paged<Invitation>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let (value, email) = (row.value.clone(), row.value.with_untracked(|it| it.email.clone()));
    let email = StoredValue::new(email);
    let id = StoredValue::new(row.value.with_untracked(|it| it.id.clone()));
    let act = move |revoke: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let (id, email) = (id.get_value(), email.get_value());
            let outcome = if revoke {
                api::team::revoke_invitation(id)
                    .await
                    .map(|_| format!("The invitation to {email} is taken back."))
            } else {
                api::team::resend_invitation(id)
                    .await
                    .map(|_| format!("The invitation to {email} is mailed again."))
            };
            busy.try_set(false);
            announce(notices, outcome.unwrap_or_else(|problem| problem.message));
            list.restart();
        });
    };
    let expired = {
        let value = value.clone();
        Memo::new(move |_| value.with(|it| it.state == InvitationState::Expired))
    };
    let state = Signal::derive(move || if expired.get() { ("Expired", "warn") } else { ("Open", "busy") });
    let expires = {
        let value = value.clone();
        Signal::derive(move || value.with(|it| it.expires_at))
    };
    let invitation = value.get_untracked();
    view! {
        <li class="item">
            <div class="item-text">
                <span class="item-name"><strong class="break">{invitation.email.clone()}</strong> <Badge state/></span>
                <span class="item-facts">
                    <span>{role_label(invitation.role)}</span>
                    <span>{format!("invited by {}", invitation.invited_by)} " " <Ago at=Signal::stored(invitation.created_at)/></span>
                    <span>{move || if expired.get() { "expired " } else { "expires " }} <Ago at=expires/></span>
                </span>
            </div>
            <Allowed permission=Permission::MembersWrite>
                <div class="row-acts">
                    <button
                        class="button" type="button" aria-label=format!("Send again: {}", email.get_value())
                        aria-disabled=move || busy.get().to_string() on:click=move |_| act(false)
                    >"Send again"</button>
                    <button
                        class="button danger-quiet" type="button" aria-label=format!("Take back: {}", email.get_value())
                        aria-disabled=move || busy.get().to_string() on:click=move |_| act(true)
                    >"Take back"</button>
                </div>
            </Allowed>
        </li>
    }
}
