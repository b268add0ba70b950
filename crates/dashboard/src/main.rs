//! The members' dashboard: Leptos rendered in the browser, served as static files under `/app/`.
//!
//! `api` speaks the wire of `protocol`, `load` turns calls into signals, `session` knows who is signed in,
//! `pages` are the screens and `components` what they share. Nothing is rendered on a server.

mod api;
mod clock;
mod components;
mod load;
mod pages;
mod session;
mod text;
mod theme;

use components::shell::Shell;
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

fn main() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        // The page is dead after a panic; say so instead of ignoring clicks.
        reveal("crashed");
    }));
    theme::apply(theme::stored());
    mount_to_body(App);
    remove("boot");
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
    components::notice::provide();
    view! {
        <Router>
            <Routes fallback=pages::not_found::NotFound>
                <Route path=path!("/app/sign-in") view=pages::account::sign_in::SignInPage/>
                <Route path=path!("/app/register") view=pages::account::register::RegisterPage/>
                <Route path=path!("/app/check-mail") view=pages::account::check_mail::CheckMailPage/>
                <Route path=path!("/app/verify-email") view=pages::account::mailed_links::VerifyEmailPage/>
                <Route path=path!("/app/change-email") view=pages::account::mailed_links::ChangeEmailPage/>
                <Route path=path!("/app/forgot-password") view=pages::account::recovery::ForgotPasswordPage/>
                <Route path=path!("/app/reset-password") view=pages::account::recovery::ResetPasswordPage/>
                <Route path=path!("/app/invitation") view=pages::account::invitation::InvitationPage/>
                <ParentRoute path=path!("/app") view=Shell>
                    <Route path=path!("") view=pages::overview::OverviewPage/>
                    <Route path=path!("sources") view=pages::sources::SourcesPage/>
                    <Route path=path!("sources/:source") view=pages::source::SourcePage/>
                    <ParentRoute path=path!("conversations") view=pages::conversations::ConversationsPage>
                        <Route path=path!("") view=pages::conversations::NothingPicked/>
                        <Route path=path!(":conversation") view=pages::transcript::TranscriptPage/>
                    </ParentRoute>
                    <Route path=path!("account") view=pages::account::page::AccountPage/>
                    <Route path=path!("team") view=pages::team::members_page::TeamPage/>
                    <Route path=path!("settings") view=pages::team::settings::SettingsPage/>
                    <Route path=path!("settings/keys") view=pages::team::keys::KeysPage/>
                    <Route path=path!("settings/audit") view=pages::team::audit::AuditPage/>
                    <Route path=path!("*any") view=pages::not_found::NotFound/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
