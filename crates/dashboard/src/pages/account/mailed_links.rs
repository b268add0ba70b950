//! Mailed links that need no form: an address is confirmed as soon as its link is opened.

use super::door::{Door, take_fragment, use_enter};
use crate::api::{self, Reply};
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::session::{HOME, use_session};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::TokenRequest;
use protocol::{Code, Problem};
use std::future::Future;

/// A link that does not work any more, and how to get one that does.
#[component]
pub(crate) fn DeadLink(problem: Problem, href: &'static str, act: &'static str) -> impl IntoView {
    view! {
        <Door heading="This link does not work".to_owned() glyph=Glyph::Alert>
            <p class="door-text" role="alert">{problem.message}</p>
            <a class="button primary wide" href=href>{act}</a>
        </Door>
    }
}

/// Spends the address bar's token once; `try_again` does it again after the server could not be reached.
struct Spent<T: Send + Sync + 'static> {
    reply: RwSignal<Option<Reply<T>>>,
    try_again: Callback<()>,
}

fn spend<T, F>(call: impl Fn(TokenRequest) -> F + Send + Sync + 'static) -> Spent<T>
where
    T: Send + Sync + 'static,
    F: Future<Output = Reply<T>> + 'static,
{
    let reply = RwSignal::new(None);
    let token = take_fragment("token");
    let try_again = Callback::new(move |()| {
        reply.set(None);
        let Some(token) = token.clone() else {
            let words = "This link is not complete. Open it from the mail again.";
            reply.set(Some(Err(Problem::new(Code::LinkInvalid, words))));
            return;
        };
        let job = call(TokenRequest { token });
        spawn_local(async move {
            let got = job.await;
            reply.try_set(Some(got));
        });
    });
    try_again.run(());
    Spent { reply, try_again }
}

#[component]
fn Waiting(heading: &'static str) -> impl IntoView {
    view! {
        <Door heading=heading.to_owned() glyph=Glyph::Mail>
            <p class="door-text" role="status"><span class="spinner on"></span>" One moment."</p>
        </Door>
    }
}

#[component]
fn Refused(
    problem: Problem,
    try_again: Callback<()>,
    href: &'static str,
    act: &'static str,
) -> impl IntoView {
    if problem.code == Code::LinkInvalid {
        return view! { <DeadLink problem href act/> }.into_any();
    }
    view! {
        <Door heading="That did not work".to_owned() glyph=Glyph::Alert>
            <p class="door-text" role="alert">{problem.message}</p>
            <button class="button primary wide" type="button" on:click=move |_| try_again.run(())>
                <Icon glyph=Glyph::Refresh/>
                "Try again"
            </button>
        </Door>
    }
    .into_any()
}

/// Confirms the address of a new account and signs its owner in.
#[component]
pub(crate) fn VerifyEmailPage() -> impl IntoView {
    title(|| "Confirm your address".to_owned());
    let enter = use_enter();
    let spent = spend(api::account::verify_email);
    Effect::new(move |_| {
        if let Some(Ok(reply)) = spent.reply.get() {
            enter(reply);
        }
    });
    move || match spent.reply.get() {
        Some(Err(problem)) => view! {
            <Refused problem try_again=spent.try_again href="/app/sign-in" act="Sign in to get a new link"/>
        }
        .into_any(),
        _ => view! { <Waiting heading="Confirming your address"/> }.into_any(),
    }
}

/// Confirms the new address of an account.
#[component]
pub(crate) fn ChangeEmailPage() -> impl IntoView {
    title(|| "Confirm your new address".to_owned());
    let session = use_session();
    let spent = spend(api::account::confirm_email_change);
    Effect::new(move |_| {
        if matches!(spent.reply.get(), Some(Ok(_))) {
            // The session, if there is one, shows the new address.
            session.me.set(None);
        }
    });
    move || match spent.reply.get() {
        Some(Ok(_)) => view! {
            <Door heading="Your address is changed".to_owned() glyph=Glyph::Check>
                <p class="door-text">"From now on you sign in with it."</p>
                <a class="button primary wide" href=HOME>"Go on"</a>
            </Door>
        }
        .into_any(),
        Some(Err(problem)) => view! {
            <Refused problem try_again=spent.try_again href="/app/account" act="Go to your account"/>
        }
        .into_any(),
        None => view! { <Waiting heading="Confirming your new address"/> }.into_any(),
    }
}
