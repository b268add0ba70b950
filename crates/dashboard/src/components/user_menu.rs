//! The menu of the person who is signed in: theme and sign out.

use super::icon::{Glyph, Icon};
use super::notice::{Notices, announce};
use crate::session::use_session;
use crate::theme::{self, Theme};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::Role;

fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect::<String>().to_uppercase()
}

fn role_label(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Editor => "Editor",
        Role::Viewer => "Viewer",
    }
}

#[component]
pub(crate) fn UserMenu() -> impl IntoView {
    let session = use_session();
    let name = move || session.me.with(|me| me.as_ref().map(|me| me.name.clone()).unwrap_or_default());
    let email = move || session.me.with(|me| me.as_ref().map(|me| me.email.clone()).unwrap_or_default());
    let place = move || {
        session.me.with(|me| {
            me.as_ref()
                .and_then(|me| me.workspace.as_ref())
                .map(|workspace| format!("{} · {}", workspace.name, role_label(workspace.role)))
        })
    };
    view! {
        <button class="user" type="button" popovertarget="user-menu">
            <span class="visually-hidden">"Account of "</span>
            <span class="avatar" aria-hidden="true">{move || initials(&name())}</span>
            <span class="user-text">
                <span class="user-name">{name}</span>
                <span class="user-place">{place}</span>
            </span>
        </button>
        <div class="menu" id="user-menu" popover="auto">
            <div class="menu-head">
                <strong>{name}</strong>
                <span>{email}</span>
                <span>{place}</span>
            </div>
            <ThemeChoice/>
            <SignOut/>
        </div>
    }
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let chosen = RwSignal::new(theme::stored());
    view! {
        <fieldset class="choice">
            <legend>"Theme"</legend>
            <div class="choice-row">
                {Theme::ALL
                    .into_iter()
                    .map(|theme| {
                        view! {
                            <label>
                                <input
                                    type="radio"
                                    name="theme"
                                    value=theme.key()
                                    prop:checked=move || chosen.get() == theme
                                    on:change=move |_| {
                                        chosen.set(theme);
                                        theme::choose(theme);
                                    }
                                />
                                <span>{theme.label()}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}

#[component]
fn SignOut() -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let sign_out = move |_| {
        busy.set(true);
        spawn_local(async move {
            match crate::api::account::logout().await {
                Ok(_) => session.leave(),
                Err(problem) => {
                    busy.set(false);
                    announce(notices, problem.message);
                }
            }
        });
    };
    view! {
        <button class="menu-item" type="button" disabled=move || busy.get() on:click=sign_out>
            <Icon glyph=Glyph::SignOut/>
            {move || if busy.get() { "Signing out…" } else { "Sign out" }}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_two_names() {
        assert_eq!(initials("maren van Harbour"), "MV");
        assert_eq!(initials(""), "");
    }
}
