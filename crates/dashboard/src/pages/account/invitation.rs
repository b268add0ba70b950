//! An invitation: what it is to, then joining as who one is, after signing in, or as somebody new.

use super::door::{Door, take_fragment, use_enter};
use super::mailed_links::DeadLink;
use super::register::PASSWORD_HINT;
use crate::api;
use crate::components::form::{Form, FormBody, FormProblem, PasswordField, SubmitButton, TextField};
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::Skeleton;
use crate::load::load;
use crate::session::use_session;
use crate::text::{role_duty, role_label};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{AcceptInvitation, InvitationPreview, Me, TokenRequest};
use protocol::{Code, Problem};

const KEY: &str = "frontdesk.invitation";

/// The tab remembers the token while its owner signs in, which may lead over another site and back.
fn tab() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

fn forget() {
    if let Some(tab) = tab() {
        let _ = tab.remove_item(KEY);
    }
}

#[component]
pub(crate) fn InvitationPage() -> impl IntoView {
    title(|| "Invitation".to_owned());
    if let (Some(token), Some(tab)) = (take_fragment("token"), tab()) {
        let _ = tab.set_item(KEY, &token);
    }
    let token = StoredValue::new(tab().and_then(|tab| tab.get_item(KEY).ok().flatten()).unwrap_or_default());
    let preview = load(move || Some(api::account::invitation(TokenRequest { token: token.get_value() })));
    // Nobody, or who is signed in in this browser.
    let person = RwSignal::new(None::<Option<Me>>);
    spawn_local(async move {
        let known = api::account::me().await.ok();
        person.try_set(Some(known));
    });
    move || {
        if let Some(problem) = preview.problem.get() {
            if problem.code == Code::LinkInvalid {
                forget();
                return view! { <DeadLink problem href="/app/" act="Go to Frontdesk"/> }.into_any();
            }
            return view! {
                <Door heading="Invitation".to_owned() glyph=Glyph::People>
                    <p class="door-text" role="alert">{problem.message}</p>
                    <button class="button primary wide" type="button" on:click=move |_| preview.refresh()>
                        <Icon glyph=Glyph::Refresh/>
                        "Try again"
                    </button>
                </Door>
            }
            .into_any();
        }
        match (preview.value.get(), person.get()) {
            (Some(preview), Some(me)) => {
                view! { <Invited preview me person token=token.get_value()/> }.into_any()
            }
            _ => view! {
                <Door heading="Invitation".to_owned() glyph=Glyph::People><Skeleton lines=3/></Door>
            }
            .into_any(),
        }
    }
}

#[component]
fn Invited(
    preview: InvitationPreview,
    me: Option<Me>,
    person: RwSignal<Option<Option<Me>>>,
    token: String,
) -> impl IntoView {
    let heading = format!("Join {}", preview.workspace_name);
    let same = me.as_ref().is_some_and(|me| me.email.eq_ignore_ascii_case(&preview.email));
    let rest = match (me, preview.account_exists) {
        (Some(_), true) if same => view! { <Join token/> }.into_any(),
        (Some(me), _) => view! { <OtherPerson me person wanted=preview.email.clone()/> }.into_any(),
        (None, true) => view! {
            <p class="quiet">"You have an account with this address."</p>
            <a class="button primary wide" href="/app/sign-in?next=%2Fapp%2Finvitation">"Sign in to join"</a>
        }
        .into_any(),
        (None, false) => view! { <Newcomer token email=preview.email.clone()/> }.into_any(),
    };
    view! {
        <Door heading glyph=Glyph::People>
            <p class="door-text">
                {preview.invited_by} " invites " <strong class="break">{preview.email}</strong> " as "
                {role_label(preview.role).to_lowercase()} ". " {role_duty(preview.role)}
            </p>
            {rest}
        </Door>
    }
}

/// One click for who is signed in with the invited address.
#[component]
fn Join(token: String) -> impl IntoView {
    let enter = use_enter();
    let form = Form::new("join");
    let submit = move || {
        let body = AcceptInvitation { token: token.clone(), name: None, password: None };
        let enter = enter.clone();
        form.send(api::account::accept_invitation(body), move |reply| {
            forget();
            enter(reply);
        });
    };
    view! {
        <FormBody form submit>
            <SubmitButton form label="Join".to_owned() busy="Joining…" class="button primary wide"/>
        </FormBody>
    }
}

/// Signed in as somebody else: leave first.
#[component]
fn OtherPerson(me: Me, person: RwSignal<Option<Option<Me>>>, wanted: String) -> impl IntoView {
    let session = use_session();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let leave = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::account::logout().await {
                Ok(_) => {
                    session.me.set(None);
                    session.agents.set(None);
                    // The same invitation, looked at by nobody yet.
                    person.try_set(Some(None));
                }
                Err(why) => {
                    problem.try_set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <p class="form-problem block">
            <Icon glyph=Glyph::Alert/>
            <span>"You are signed in as " <strong class="break">{me.email}</strong> ", but the invitation is for " <strong class="break">{wanted}</strong> "."</span>
        </p>
        <FormProblem problem/>
        <button class="button primary wide" type="button" aria-disabled=move || busy.get().to_string() on:click=leave>
            {move || if busy.get() { "Signing out…" } else { "Sign out and go on" }}
        </button>
    }
}

/// Who is new here names themselves and chooses a password.
#[component]
fn Newcomer(token: String, email: String) -> impl IntoView {
    let enter = use_enter();
    let form = Form::new("newcomer");
    let submit = move || {
        if !form.complete(&[("name", "Enter your name."), ("password", "Choose a password.")]) {
            return;
        }
        let body = AcceptInvitation {
            token: token.clone(),
            name: Some(form.value("name").trim().to_owned()),
            password: Some(form.value("password")),
        };
        let enter = enter.clone();
        form.send(api::account::accept_invitation(body), move |reply| {
            forget();
            enter(reply);
        });
    };
    view! {
        <FormBody form submit>
            <TextField form name="name" label="Your name".to_owned() autocomplete="name" autofocus=true/>
            // The address belongs to the invitation; password managers store it with the password.
            <TextField form name="email" label="E-mail".to_owned() kind="email" autocomplete="username" value=email readonly=true/>
            <PasswordField form autocomplete="new-password" hint=PASSWORD_HINT/>
            <SubmitButton form label="Create account and join".to_owned() busy="Joining…" class="button primary wide"/>
        </FormBody>
    }
}
