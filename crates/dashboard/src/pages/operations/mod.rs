//! Operations: alerts, whether what the product depends on answers, and what waits, failed or was given up anywhere.

mod alerts;
mod health;
pub(crate) mod incoming;
mod jobs;

use crate::components::allowed::Allowed;
use crate::components::icon::Glyph;
use crate::components::shell::title;
use crate::components::state::Empty;
use crate::pages::team::tabs::SettingsFrame;
use leptos::prelude::*;
use protocol::permission::Permission;

#[component]
pub(crate) fn OperationsPage() -> impl IntoView {
    title(|| "Operations".to_owned());
    view! {
        <SettingsFrame here="/app/settings/operations">
            <Allowed
                permission=Permission::OperationsRead
                fallback=|| view! {
                    <Empty glyph=Glyph::Bolt title="Not for your role" text="Owners and admins look after operations."/>
                }
            >
                <div class="cards">
                    <alerts::Alerts/>
                    <health::Health/>
                    <jobs::Jobs/>
                </div>
            </Allowed>
        </SettingsFrame>
    }
}
