//! The frame of every screen: navigation, agent switcher, user menu, and the session behind them.

use super::icon::{Glyph, Icon};
use super::notice::NoticeBar;
use super::state::{Empty, Failure};
use super::user_menu::UserMenu;
use crate::api;
use crate::session::{HOME, SIGN_IN, Session, use_session};
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_navigate};

const SECTIONS: [(&str, &str, Glyph); 3] = [
    (HOME, "Overview", Glyph::Grid),
    ("/app/sources", "Sources", Glyph::Globe),
    ("/app/conversations", "Conversations", Glyph::Chat),
];

fn section_of(path: &str) -> &'static str {
    SECTIONS
        .iter()
        .skip(1)
        .find(|(href, ..)| path.starts_with(href))
        .map_or(if path == HOME || path == "/app" { HOME } else { "" }, |(href, ..)| href)
}

#[component]
pub(crate) fn Shell() -> impl IntoView {
    let session = use_session();
    return_after_sign_in(session);
    session.start();
    let ready = Memo::new(move |_| session.me.with(Option::is_some) && session.agents.with(Option::is_some));
    move || {
        if ready.get() {
            view! { <Frame/> }.into_any()
        } else if let Some(problem) = session.problem.get() {
            view! {
                <main class="standalone">
                    <Failure problem retry=move || session.start()/>
                </main>
            }
            .into_any()
        } else {
            view! { <div class="boot" role="status"><span class="visually-hidden">"Loading…"</span></div> }
                .into_any()
        }
    }
}

/// An ended session leads to the sign-in page, which leads back to this very address.
fn return_after_sign_in(session: Session) {
    let navigate = use_navigate();
    api::on_sign_in_required(move || {
        let location = window().location();
        let here =
            format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
        if here.starts_with(SIGN_IN) {
            return;
        }
        session.me.set(None);
        session.agents.set(None);
        let next = String::from(js_sys::encode_uri_component(&here));
        let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
        navigate(&format!("{SIGN_IN}?next={next}"), options);
    });
}

#[component]
fn Frame() -> impl IntoView {
    let session = use_session();
    let main = NodeRef::<html::Main>::new();
    let path = use_location().pathname;
    let section = Memo::new(move |_| section_of(&path.get()));
    focus_new_section(section, main);
    let empty = move || session.agents.with(|agents| agents.as_ref().is_some_and(Vec::is_empty));
    view! {
        <a class="skip" href="#main" rel="external" on:click=move |event| {
            event.prevent_default();
            focus(main);
        }>"Skip to content"</a>
        <div class="frame">
            <header class="side">
                <a class="mark" href=HOME aria-label="Frontdesk, overview">
                    <span class="mark-bell"><Icon glyph=Glyph::Bell/></span>
                    <span class="mark-name">"Frontdesk"</span>
                </a>
                <AgentSwitcher/>
                <Navigation section/>
                <div class="side-end"><UserMenu/></div>
            </header>
            <main class="main" id="main" tabindex="-1" node_ref=main>
                <Show
                    when=move || !empty()
                    fallback=|| view! {
                        <Empty
                            glyph=Glyph::Bell
                            title="No agent yet"
                            text="This workspace has no receptionist. Ask the operator of this installation to create one."
                        />
                    }
                >
                    <Outlet/>
                </Show>
            </main>
        </div>
        <NoticeBar/>
    }
}

#[component]
fn Navigation(section: Memo<&'static str>) -> impl IntoView {
    view! {
        <nav class="nav" aria-label="Main">
            {SECTIONS
                .into_iter()
                .map(|(href, label, glyph)| {
                    view! {
                        <a href=href aria-current=move || (section.get() == href).then_some("page")>
                            <Icon glyph/>
                            <span>{label}</span>
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// The agent that the screens are about: its name, or a choice where there are several.
#[component]
fn AgentSwitcher() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let path = use_location().pathname;
    let several = Memo::new(move |_| session.agents.with(|a| a.as_ref().is_some_and(|a| a.len() > 1)));
    let pick = move |value: String| {
        if let Ok(agent) = value.parse() {
            session.pick(agent);
            // What is open belongs to the other agent: go to the list of the same kind.
            navigate(section_of(&path.get_untracked()), NavigateOptions::default());
        }
    };
    let name = move || session.current().map(|agent| agent.name).unwrap_or_default();
    let options = move || {
        let agents = session.agents.get().unwrap_or_default();
        agents
            .into_iter()
            .map(|agent| {
                let id = agent.id.clone();
                let chosen = move || session.agent.get().as_ref() == Some(&id);
                view! { <option value=agent.id.to_string() selected=chosen>{agent.name}</option> }
            })
            .collect_view()
    };
    view! {
        <div class="switcher">
            <Show when=move || several.get() fallback=move || view! {
                <span class="switcher-label">"Agent"</span>
                <span class="switcher-name">{name}</span>
            }>
                <label class="switcher-label" for="agent">"Agent"</label>
                <select id="agent" class="switcher-select" on:change={
                    let pick = pick.clone();
                    move |event| pick(event_target_value(&event))
                }>{options}</select>
            </Show>
        </div>
    }
}

fn focus(main: NodeRef<html::Main>) {
    if let Some(main) = main.get_untracked() {
        let _ = main.focus();
    }
}

/// Moves focus to the content when another section opens, so that a screen reader starts there.
fn focus_new_section(section: Memo<&'static str>, main: NodeRef<html::Main>) {
    Effect::new(move |before: Option<&'static str>| {
        let section = section.get();
        if before.is_some_and(|before| before != section) {
            focus(main);
        }
        section
    });
}

/// Sets the title of the browser's tab.
pub(crate) fn title(text: impl Fn() -> String + 'static) {
    Effect::new(move |_| document().set_title(&format!("{} · Frontdesk", text())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_one_section() {
        assert_eq!(section_of("/app/sources/src_1"), "/app/sources");
        assert_eq!(section_of("/app/"), HOME);
        assert_eq!(section_of("/app/nowhere"), "");
    }
}
