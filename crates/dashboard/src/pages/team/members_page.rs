//! Who works here, as what, and who is invited.

use super::invitations::InvitationsCard;
use super::invite::{Invite, RoleTable};
use super::member_row::MemberRow;
use crate::api;
use crate::components::allowed::Allowed;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::Loaded;
use crate::load::paged;
use crate::pages::sources::LoadMore;
use leptos::prelude::*;
use protocol::api::{Invitation, TeamMember};
use protocol::permission::Permission;

#[component]
pub(crate) fn TeamPage() -> impl IntoView {
    title(|| "Team".to_owned());
    let members =
        paged(|member: &TeamMember| member.user_id.to_string(), |cursor| Some(api::team::members(cursor)));
    let invitations = paged(
        |invitation: &Invitation| invitation.id.to_string(),
        |cursor| Some(api::team::invitations(cursor)),
    );
    let inviting = RwSignal::new(false);
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Team"</h1>
                    <p class="page-sub">"Who works in this workspace, and as what."</p>
                </div>
                <Allowed permission=Permission::MembersWrite>
                    <button class="button primary" type="button" on:click=move |_| inviting.set(true)>
                        <Icon glyph=Glyph::Plus/>
                        "Invite"
                    </button>
                </Allowed>
            </header>
            <div class="cards">
                <section class="card flush">
                    <div class="card-head"><h2>"Members"</h2></div>
                    <Loaded
                        has=Signal::derive(move || members.rows.with(Option::is_some))
                        problem=members.problem
                        retry=move || members.refresh()
                        lines=3
                        tall=true
                    >
                        <ul class="rows">
                            <For each=move || members.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                                <MemberRow row list=members/>
                            </For>
                        </ul>
                        <LoadMore cursor=members.cursor busy=members.busy more=move || members.more()/>
                    </Loaded>
                </section>
                <InvitationsCard list=invitations inviting/>
                <RoleTable/>
            </div>
            <Invite open=inviting list=invitations/>
        </div>
    }
}
