//! Says that the address is not confirmed yet, and mails the link again.

use super::icon::{Glyph, Icon};
use super::notice::{Notices, announce};
use crate::api;
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn VerifyBanner() -> impl IntoView {
    let session = use_session();
    let open = Memo::new(move |_| session.me.with(|me| me.as_ref().is_some_and(|me| !me.email_verified)));
    let email = move || session.me.with(|me| me.as_ref().map(|me| me.email.clone()).unwrap_or_default());
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let resend = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let said = match api::account::resend_verification().await {
                Ok(_) => "The mail is on its way.".to_owned(),
                Err(problem) => problem.message,
            };
            busy.try_set(false);
            announce(notices, said);
        });
    };
    view! {
        <Show when=move || open.get()>
            <div class="banner">
                <Icon glyph=Glyph::Mail/>
                <p>"Confirm your e-mail address: we mailed a link to " <strong>{email}</strong> "."</p>
                <button class="button" type="button" aria-disabled=move || busy.get().to_string() on:click=resend>
                    {move || if busy.get() { "Sending…" } else { "Send it again" }}
                </button>
            </div>
        </Show>
    }
}
