//! The frame of every screen: navigation, agent switcher, user menu, and the session behind them.

use super::icon::{Glyph, Icon};
use super::navigation::{ACCOUNT, AGENTS, Navigation, needs_agent, section_of};
use super::notice::NoticeBar;
use super::state::{Empty, Failure};
use super::user_menu::UserMenu;
use super::verify_banner::VerifyBanner;
use crate::api;
use crate::components::allowed::Allowed;
use crate::live::Live;
use crate::pages::account::workspaces::NoWorkspace;
use crate::session::{HOME, SIGN_IN, Session, use_session};
use crate::tone;
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_navigate};
use protocol::permission::Permission;

#[component]
pub(crate) fn Shell() -> impl IntoView {
    let session = use_session();
    return_after_sign_in(session);
    session.start();
    let ready = Memo::new(move |_| {
        let belongs = session.me.with(|me| me.as_ref().map(|me| me.workspace.is_some()));
        // Who belongs to no workspace has no agents to wait for.
        belongs.is_some_and(|belongs| !belongs || session.agents.with(Option::is_some))
    });
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
    on_cleanup(|| api::on_sign_in_required(|| {}));
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
    tone::on_first_use();
    if let Some(live) = use_context::<Live>() {
        live.begin(session);
    }
    let homeless = Memo::new(move |_| session.role().is_none());
    let agentless = Memo::new(move |_| session.agent.with(Option::is_none) && needs_agent(section.get()));
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
                <Show when=move || !homeless.get()>
                    <AgentSwitcher/>
                    <Navigation section/>
                </Show>
                <div class="side-end"><UserMenu/></div>
            </header>
            <main class="main" id="main" tabindex="-1" node_ref=main>
                <VerifyBanner/>
                {move || {
                    if homeless.get() && section.get() != ACCOUNT {
                        view! { <NoWorkspace/> }.into_any()
                    } else if agentless.get() {
                        view! { <NoAgent/> }.into_any()
                    } else {
                        view! { <Outlet/> }.into_any()
                    }
                }}
            </main>
        </div>
        <NoticeBar/>
    }
}

/// Nothing to show until there is an agent; who may not make one learns who can.
#[component]
fn NoAgent() -> impl IntoView {
    title(|| "Welcome".to_owned());
    view! {
        <div class="page">
            <h1 class="visually-hidden">"Welcome to Frontdesk"</h1>
            <div class="card">
                <Allowed
                    permission=Permission::AgentsWrite
                    fallback=|| view! {
                        <Empty
                            glyph=Glyph::Bell
                            title="No agent yet"
                            text="This workspace has no receptionist. An editor, an admin or the owner can create one."
                        />
                    }
                >
                    <Empty
                        glyph=Glyph::Bell
                        title="No agent yet"
                        text="An agent is your website's receptionist. Give it a name, teach it your website, and put it to work."
                    >
                        <a class="button primary" href=format!("{AGENTS}/new")>
                            <Icon glyph=Glyph::Plus/>
                            "Create your first agent"
                        </a>
                    </Empty>
                </Allowed>
            </div>
        </div>
    }
}

/// The agent that the screens are about: its name, or a choice where there are several; and the way to all.
#[component]
fn AgentSwitcher() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let path = use_location().pathname;
    // An archived agent is listed while it is the one that is open.
    let listed = Memo::new(move |_| {
        let mut agents = session.live_agents();
        if let Some(current) = session.current().filter(|agent| agent.archived_at.is_some()) {
            agents.push(current);
        }
        agents
    });
    let several = Memo::new(move |_| listed.with(|agents| agents.len() > 1));
    let pick = move |value: String| {
        if let Ok(agent) = value.parse() {
            session.pick(agent);
            // What is open belongs to the other agent: go to the list of the same kind.
            let section = section_of(&path.get_untracked());
            navigate(if section.is_empty() { HOME } else { section }, NavigateOptions::default());
        }
    };
    let name = move || session.current().map_or_else(|| "None yet".to_owned(), |agent| agent.name);
    let options = move || {
        listed
            .get()
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
            <a class="switcher-all" href=AGENTS>"All agents"</a>
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

/// Sets the title of the browser's tab; before it, how many visitors wait for a person.
pub(crate) fn title(text: impl Fn() -> String + 'static) {
    let live = use_context::<Live>();
    Effect::new(move |_| {
        let waiting = live.map_or(0, |live| live.waiting.with(Vec::len));
        let badge = if waiting > 0 { format!("({waiting}) ") } else { String::new() };
        document().set_title(&format!("{badge}{} · Frontdesk", text()));
    });
}
