//! Endpoints at which other services tell us what happened.

use crate::api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::copy::CopyButton;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, FormProblem, SubmitButton, TextField};
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::{Load, load};
use crate::pages::team::tabs::SettingsFrame;
use crate::pages::webhooks::secret::Secret;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::{Incoming, IncomingWrite, IssuedIncoming};
use protocol::permission::Permission;

/// What the dialog is about.
#[derive(Clone, PartialEq)]
enum About {
    Adding,
    Rotating(Incoming),
    Deleting(Incoming),
    Secret(IssuedIncoming),
}

#[component]
pub(crate) fn IncomingPage() -> impl IntoView {
    title(|| "Incoming events".to_owned());
    view! {
        <SettingsFrame here="/app/settings/incoming">
            <Allowed
                permission=Permission::WebhooksRead
                fallback=|| view! {
                    <Empty glyph=Glyph::Send title="Not for your role" text="Owners and admins manage what other services may tell this workspace."/>
                }
            >
                <Endpoints/>
            </Allowed>
        </SettingsFrame>
    }
}

#[component]
fn Endpoints() -> impl IntoView {
    let list = load(move || Some(api::operations::incoming()));
    let (open, about) = (RwSignal::new(false), RwSignal::new(About::Adding));
    let show = move |what: About| {
        about.set(what);
        open.set(true);
    };
    let locked = Signal::derive(move || about.with(|about| matches!(about, About::Secret(_))));
    let heading = Signal::derive(move || {
        match about.get() {
            About::Adding => "Add an endpoint",
            About::Rotating(_) => "Replace the secret?",
            About::Deleting(_) => "Delete this endpoint?",
            About::Secret(_) => "The secret of your endpoint",
        }
        .to_owned()
    });
    let none = Memo::new(move |_| list.value.with(|list| list.as_ref().is_some_and(Vec::is_empty)));
    let close = move || {
        open.set(false);
        about.set(About::Adding);
        list.refresh();
    };
    view! {
        <section class="card flush">
            <div class="card-head">
                <div>
                    <h2>"Incoming events"</h2>
                    <p class="quiet">"Your systems tell what happened, signed: people, leads, notes, pages that changed. Each event counts once."</p>
                </div>
                <button class="button primary" type="button" on:click=move |_| show(About::Adding)>
                    <Icon glyph=Glyph::Plus/>
                    "Add endpoint"
                </button>
            </div>
            <Loaded
                has=Signal::derive(move || list.value.with(Option::is_some))
                problem=list.problem
                retry=move || list.refresh()
                lines=3
                tall=true
            >
                <Show
                    when=move || !none.get()
                    fallback=|| view! {
                        <Empty glyph=Glyph::Send title="No endpoint yet" text="Add one for the till, the shop or whatever else knows of your customers."/>
                    }
                >
                    <ul class="rows">
                        {move || list.value.get().unwrap_or_default().into_iter().map(|one| view! { <Row one list show/> }).collect_view()}
                    </ul>
                </Show>
            </Loaded>
        </section>
        <Dialog open title=heading locked>
            {move || match about.get() {
                About::Adding => view! { <Add open about/> }.into_any(),
                About::Rotating(one) => view! { <Rotate one open about/> }.into_any(),
                About::Deleting(one) => view! { <Delete one done=close open/> }.into_any(),
                About::Secret(made) => view! { <Secret secret=made.secret done=close/> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Row(one: Incoming, list: Load<Vec<Incoming>>, show: impl Fn(About) + Copy + 'static) -> impl IntoView {
    let form = Form::new("incoming-switch");
    let session = use_session();
    let state = if one.enabled { ("On", "good") } else { ("Switched off", "wait") };
    let agent = one.agent_id.clone();
    let whose = move || {
        let named =
            |id| session.agents.get()?.into_iter().find(|known| known.id == id).map(|known| known.name);
        agent.clone().map_or_else(|| Some("the whole workspace".to_owned()), named)
    };
    let (rotating, deleting, switched) = (one.clone(), one.clone(), one.clone());
    let switch = move |_| {
        let Incoming { id, name, agent_id, enabled, .. } = switched.clone();
        let body = IncomingWrite { name, agent_id, enabled: !enabled };
        form.send(api::operations::update(id, body), move |_| list.refresh());
    };
    view! {
        <li class="job">
            <span class="item-name"><strong dir="auto">{one.name.clone()}</strong><Badge state=Signal::stored(state)/></span>
            <span class="item-facts">
                <span dir="auto">{whose}</span>
                {one.last_event_at.map(|at| view! { <span>"last event " <Ago at=Signal::stored(at)/></span> })}
                <span>{format!("{} done", one.succeeded)}</span>
                {(one.waiting > 0).then(|| view! { <span>{format!("{} waiting", one.waiting)}</span> })}
                {(one.dead > 0).then(|| view! { <span>{format!("{} given up", one.dead)}</span> })}
            </span>
            <p class="code" dir="ltr">{one.url.clone()}</p>
            <FormProblem problem=form.general()/>
            <div class="row-acts">
                <CopyButton text=Signal::stored(one.url.clone())/>
                <button class="button" type="button" on:click=move |_| show(About::Rotating(rotating.clone()))>"Replace secret"</button>
                <button class="button" type="button" on:click=switch>{if one.enabled { "Switch off" } else { "Switch on" }}</button>
                <button class="button danger-quiet" type="button" on:click=move |_| show(About::Deleting(deleting.clone()))>"Delete"</button>
            </div>
        </li>
    }
}

#[component]
fn Add(open: RwSignal<bool>, about: RwSignal<About>) -> impl IntoView {
    let form = Form::new("incoming");
    let session = use_session();
    let submit = move || {
        if !form.complete(&[("name", "Name who sends, such as the till.")]) {
            return;
        }
        let body = IncomingWrite {
            name: form.value("name").trim().to_owned(),
            agent_id: form.value("agent").parse().ok(),
            enabled: true,
        };
        form.send(api::operations::add(body), move |made| about.set(About::Secret(made)));
    };
    view! {
        <FormBody form submit>
            <TextField form name="name" label="Who sends".to_owned() autofocus=true/>
            <div class="field">
                <label for="incoming-agent">"What it may change"</label>
                <select id="incoming-agent" class="select">
                    <option value="">"Everything in the workspace"</option>
                    {session.live_agents().into_iter().map(|agent| view! {
                        <option value=agent.id.to_string()>{format!("Sources, leads and conversations of {}", agent.name)}</option>
                    }).collect_view()}
                </select>
            </div>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Add endpoint".to_owned() busy="Adding…"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Rotate(one: Incoming, open: RwSignal<bool>, about: RwSignal<About>) -> impl IntoView {
    let form = Form::new("incoming-rotate");
    let id = one.id;
    let submit = move || {
        form.send(api::operations::rotate(id.clone()), move |made| about.set(About::Secret(made)));
    };
    view! {
        <FormBody form submit>
            <p>"You get a new secret. The old one stays good for 24 hours, so that nothing is lost while you change it."</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Replace secret".to_owned() busy="Replacing…"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Delete(one: Incoming, done: impl Fn() + Copy + 'static, open: RwSignal<bool>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("incoming-delete");
    let (id, name) = (one.id, one.name);
    let submit = move || {
        form.send(api::operations::delete(id.clone()), move |_| {
            announce(notices, "The endpoint is deleted.");
            done();
        });
    };
    view! {
        <FormBody form submit>
            <p>{format!("{name} can tell nothing more, and what it told is forgotten; what came of it stays. This cannot be undone.")}</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <SubmitButton form label="Delete endpoint".to_owned() busy="Deleting…" class="button danger"/>
            </div>
        </FormBody>
    }
}
