//! The menu of the person who is signed in: account, workspaces, theme, sign out.

use super::icon::{Glyph, Icon};
use super::navigation::ACCOUNT;
use super::notice::{Notices, announce};
use super::popover;
use crate::pages::account::workspaces::{CreateWorkspace, select};
use crate::session::use_session;
use crate::text::role_label;
use crate::theme::{self, Theme};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::Workspace;

const MENU: &str = "user-menu";

fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect::<String>().to_uppercase()
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
    let creating = RwSignal::new(false);
    view! {
        <button class="user" type="button" popovertarget=MENU>
            <span class="visually-hidden">"Account of "</span>
            <span class="avatar" aria-hidden="true">{move || initials(&name())}</span>
            <span class="user-text">
                <span class="user-name">{name}</span>
                <span class="user-place">{place}</span>
            </span>
        </button>
        <div class="menu" id=MENU popover="auto">
            <div class="menu-head">
                <strong>{name}</strong>
                <span>{email}</span>
                <span>{place}</span>
            </div>
            <a class="menu-item" href=ACCOUNT on:click=move |_| popover::hide(MENU)>
                <Icon glyph=Glyph::User/>
                "Your account"
            </a>
            <Workspaces creating/>
            <ThemeChoice/>
            <SignOut/>
        </div>
        <CreateWorkspace open=creating/>
    }
}

/// The workspaces of the person, where there are several, and a new one.
#[component]
fn Workspaces(creating: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let all = Memo::new(move |_| {
        session.me.with(|me| me.as_ref().map(|me| me.workspaces.clone()).unwrap_or_default())
    });
    let current = Memo::new(move |_| session.me.with(|me| Some(me.as_ref()?.workspace.as_ref()?.id.clone())));
    let item = move |workspace: Workspace| {
        let id = workspace.id.clone();
        let here = current.with(|current| current.as_ref() == Some(&id));
        let pick = move |_| {
            popover::hide(MENU);
            if !here {
                select(session, id.clone(), move |problem| announce(notices, problem.message));
            }
        };
        view! {
            <li>
                <button class="menu-item" type="button" aria-current=here.then_some("true") on:click=pick>
                    <span class="menu-mark">{here.then(|| view! { <Icon glyph=Glyph::Check/> })}</span>
                    <span class="menu-text">{workspace.name} <small>{role_label(workspace.role)}</small></span>
                </button>
            </li>
        }
    };
    view! {
        <div class="menu-part">
            <Show when=move || all.with(|all| all.len() > 1)>
                <p class="menu-label" id="workspaces-label">"Workspaces"</p>
                <ul class="menu-list" aria-labelledby="workspaces-label">{move || all.get().into_iter().map(item).collect_view()}</ul>
            </Show>
            <button class="menu-item" type="button" on:click=move |_| {
                popover::hide(MENU);
                creating.set(true);
            }>
                <Icon glyph=Glyph::Plus/>
                "Create a workspace"
            </button>
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
