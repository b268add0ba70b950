//! The members' dashboard: Leptos rendered in the browser, served as static files under `/app/`.
//!
//! `api` speaks the wire of `protocol`, `load` turns calls into signals, `session` knows who is signed in,
//! `pages` are the screens and `components` what they share. Nothing is rendered on a server.

mod api;
mod clock;
mod components;
mod live;
mod load;
mod once;
mod pages;
mod pieces;
mod session;
mod text;
mod theme;
mod tone;

use components::shell::Shell;
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;
use pieces::piece;
use protocol::api::ErrorReport;

fn main() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        // The page is dead after a panic; say so instead of ignoring clicks.
        report(info);
        reveal("crashed");
    }));
    theme::apply(theme::stored());
    mount_to_body(App);
    remove("boot");
}

/// Reports where it broke off, and shows by what id. The place in the code alone: a message may hold what was typed.
fn report(info: &std::panic::PanicHookInfo<'_>) {
    let random = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    let id: String = (0..4).map(|_| format!("{:08x}", random())).collect();
    let place = info.location().map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column()));
    let body = ErrorReport { id: id.clone(), reason: place.unwrap_or_default() };
    if let Ok(body) = serde_json::to_string(&body) {
        let _ = window().navigator().send_beacon_with_opt_str("/v1/reports", Some(&body));
    }
    if let Some(element) = document().get_element_by_id("report-id") {
        element.set_text_content(Some(&id));
    }
}

/// Shows an element of `index.html` that is hidden until it is needed.
fn reveal(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        let _ = element.remove_attribute("hidden");
    }
}

fn remove(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.remove();
    }
}

/// The routes. Each is also a deep link: the server answers all of `/app/…` with the same document.
#[component]
fn App() -> impl IntoView {
    clock::provide();
    session::provide();
    live::provide();
    components::notice::provide();
    view! {
        <Router>
            <Routes fallback=pages::not_found::NotFound>
                <Route path=path!("/app/sign-in") view=pages::account::sign_in::SignInPage/>
                <Route path=path!("/app/register") view=piece!(doors, register, pages::account::register::RegisterPage)/>
                <Route path=path!("/app/check-mail") view=piece!(doors, check_mail, pages::account::check_mail::CheckMailPage)/>
                <Route path=path!("/app/verify-email") view=piece!(doors, verify_email, pages::account::mailed_links::VerifyEmailPage)/>
                <Route path=path!("/app/change-email") view=piece!(doors, change_email, pages::account::mailed_links::ChangeEmailPage)/>
                <Route path=path!("/app/forgot-password") view=piece!(doors, forgot_password, pages::account::recovery::ForgotPasswordPage)/>
                <Route path=path!("/app/reset-password") view=piece!(doors, reset_password, pages::account::recovery::ResetPasswordPage)/>
                <Route path=path!("/app/invitation") view=piece!(doors, invitation, pages::account::invitation::InvitationPage)/>
                <ParentRoute path=path!("/app") view=Shell>
                    <Route path=path!("") view=pages::overview::OverviewPage/>
                    <Route path=path!("sources") view=piece!(knowledge, sources, pages::sources::SourcesPage)/>
                    <Route path=path!("sources/new") view=piece!(knowledge, add, pages::knowledge::add::AddPage)/>
                    <Route path=path!("documents/:document") view=piece!(knowledge, document, pages::knowledge::document::DocumentPage)/>
                    <Route path=path!("curated") view=piece!(knowledge, curated, pages::curated::CuratedPage)/>
                    <Route path=path!("gaps") view=piece!(knowledge, gaps, pages::gaps::GapsPage)/>
                    <Route path=path!("rules") view=piece!(rules, rules, pages::rules::RulesPage)/>
                    <Route path=path!("rules/ctas") view=piece!(rules, ctas, pages::rules::CtasPage)/>
                    <Route path=path!("rules/experiments") view=piece!(rules, experiments, pages::rules::experiments::ExperimentsPage)/>
                    <Route path=path!("playground") view=piece!(studio, playground, pages::playground::PlaygroundPage)/>
                    <Route path=path!("sources/:source") view=piece!(knowledge, source, pages::source::SourcePage)/>
                    <ParentRoute path=path!("conversations") view=piece!(conversations, conversations, pages::conversations::ConversationsPage)>
                        <Route path=path!("") view=piece!(conversations, nothing_picked, pages::conversations::NothingPicked)/>
                        <Route path=path!(":conversation") view=piece!(conversations, transcript, pages::transcript::TranscriptPage)/>
                    </ParentRoute>
                    <Route path=path!("templates") view=piece!(conversations, templates, pages::templates::TemplatesPage)/>
                    <ParentRoute path=path!("leads") view=piece!(leads, leads, pages::leads::inbox::LeadsPage)>
                        <Route path=path!("") view=piece!(leads, no_lead_picked, pages::leads::inbox::NothingPicked)/>
                        <Route path=path!(":lead") view=piece!(leads, lead, pages::leads::detail::LeadPage)/>
                    </ParentRoute>
                    <Route path=path!("contacts") view=piece!(leads, contacts, pages::leads::contacts::ContactsPage)/>
                    <Route path=path!("contacts/:contact") view=piece!(leads, contact, pages::leads::contact::ContactPage)/>
                    <Route path=path!("agents") view=piece!(studio, agents, pages::agent::list::AgentsPage)/>
                    <Route path=path!("agents/new") view=piece!(studio, new_agent, pages::agent::new::NewAgentPage)/>
                    <Route path=path!("agent") view=piece!(studio, edit, pages::agent::edit::EditPage)/>
                    <Route path=path!("agent/versions") view=piece!(studio, versions, pages::agent::versions::VersionsPage)/>
                    <Route path=path!("agent/install") view=piece!(studio, install, pages::install::InstallPage)/>
                    <Route path=path!("tools") view=piece!(tools, tools, pages::tools::list::ToolsPage)/>
                    <Route path=path!("tools/new") view=piece!(tools, new_tool, pages::tools::page::NewToolPage)/>
                    <Route path=path!("tools/:tool") view=piece!(tools, tool, pages::tools::page::ToolPage)/>
                    <Route path=path!("approvals") view=piece!(tools, approvals, pages::tools::approvals::ApprovalsPage)/>
                    <Route path=path!("account") view=piece!(workspace, account, pages::account::page::AccountPage)/>
                    <Route path=path!("team") view=piece!(workspace, team, pages::team::members_page::TeamPage)/>
                    <Route path=path!("settings") view=piece!(workspace, settings, pages::team::settings::SettingsPage)/>
                    <Route path=path!("settings/usage") view=piece!(workspace, usage, pages::team::usage::UsagePage)/>
                    <Route path=path!("settings/keys") view=piece!(workspace, keys, pages::team::keys::KeysPage)/>
                    <Route path=path!("settings/webhooks") view=piece!(workspace, webhooks, pages::webhooks::list::WebhooksPage)/>
                    <Route path=path!("settings/webhooks/:endpoint") view=piece!(workspace, webhook, pages::webhooks::endpoint::WebhookPage)/>
                    <Route path=path!("settings/integrations") view=piece!(workspace, integrations, pages::integrations::IntegrationsPage)/>
                    <Route path=path!("settings/incoming") view=piece!(workspace, incoming, pages::operations::incoming::IncomingPage)/>
                    <Route path=path!("settings/operations") view=piece!(workspace, operations, pages::operations::OperationsPage)/>
                    <Route path=path!("settings/audit") view=piece!(workspace, audit, pages::team::audit::AuditPage)/>
                    <Route path=path!("*any") view=pages::not_found::NotFound/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
