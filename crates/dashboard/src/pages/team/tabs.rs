//! The sub-navigation of the settings.

use crate::components::navigation::SETTINGS;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::permission::Permission;

/// The frame of a settings screen: heading and tabs with addresses of their own.
#[component]
pub(crate) fn SettingsFrame(here: &'static str, children: Children) -> impl IntoView {
    let session = use_session();
    let tab = move |href: &'static str, label: &'static str, needs: Option<Permission>| {
        let may = move || needs.is_none_or(|permission| session.may(permission));
        view! {
            <Show when=may>
                <a class="tab" href=href aria-current=(href == here).then_some("page")>{label}</a>
            </Show>
        }
    };
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Settings"</h1>
                    <p class="page-sub">{move || session.me.with(|me| Some(me.as_ref()?.workspace.as_ref()?.name.clone()))}</p>
                </div>
            </header>
            <nav class="tabs" aria-label="Settings">
                {tab(SETTINGS, "Workspace", None)}
                {tab("/app/settings/usage", "Usage", None)}
                {tab("/app/settings/keys", "API keys", Some(Permission::KeysWrite))}
                {tab("/app/settings/integrations", "Integrations", Some(Permission::IntegrationsRead))}
                {tab("/app/settings/webhooks", "Webhooks", Some(Permission::WebhooksRead))}
                {tab("/app/settings/incoming", "Incoming", Some(Permission::WebhooksRead))}
                {tab("/app/settings/operations", "Operations", Some(Permission::OperationsRead))}
                {tab("/app/settings/audit", "Audit log", Some(Permission::AuditRead))}
            </nav>
            {children()}
        </div>
    }
}
