//! Integrations: a card for each service that can be connected, with what is connected and how it does.

mod connected;
mod filters;
mod forms;
mod live;
mod mapping;

use crate::api;
use crate::components::allowed::Allowed;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormProblem};
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::{Load, load};
use crate::pages::team::tabs::SettingsFrame;
use connected::Connected;
use forms::{EmailForm, SlackForm};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use live::LiveForm;
use protocol::api::{Integration, IntegrationKind as Kind, Integrations};
use protocol::permission::Permission;

const HERE: &str = "/app/settings/integrations";

/// What a service is for.
fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::Slack => "New leads and visitors who wait for a person, as messages in a channel.",
        Kind::Hubspot => "Leads become contacts, found again by their e-mail address.",
        Kind::Email => "Leads are mailed to addresses, and given to members in turn.",
        Kind::Shopify | Kind::Woocommerce => {
            "Agents look up orders for those who placed them, and find products with price and stock."
        }
        Kind::Database => {
            "Agents ask your own database, by statements that you write and as a role that only reads."
        }
    }
}

#[component]
pub(crate) fn IntegrationsPage() -> impl IntoView {
    title(|| "Integrations".to_owned());
    view! {
        <SettingsFrame here=HERE>
            <Allowed
                permission=Permission::IntegrationsRead
                fallback=|| view! {
                    <Empty glyph=Glyph::Plug title="Not for your role" text="Owners and admins connect outside services."/>
                }
            >
                <Cards/>
            </Allowed>
        </SettingsFrame>
    }
}

/// How coming back from a service went.
fn came_back() -> Option<(&'static str, bool)> {
    let query = use_query_map();
    let of = move |name: &str| query.with_untracked(|query| query.get(name)).unwrap_or_default();
    match (of("connected").as_str(), of("problem").as_str()) {
        ("hubspot", _) => Some(("HubSpot is connected.", true)),
        (_, "denied") => Some(("HubSpot was not connected: it was not allowed there.", false)),
        (_, "state") => Some((
            "HubSpot was not connected: it took too long, or was begun in another browser. Connect it again.",
            false,
        )),
        (_, "failed") => {
            Some(("HubSpot was not connected: it did not accept us. Try again in a minute.", false))
        }
        _ => None,
    }
}

#[component]
fn Cards() -> impl IntoView {
    let all = load(|| Some(api::integrations::all()));
    let back = came_back();
    view! {
        {back.map(|(words, good)| view! {
            <p class=if good { "came-back" } else { "form-problem" } role=if good { "status" } else { "alert" }>{words}</p>
        })}
        <Loaded
            has=Signal::derive(move || all.value.with(Option::is_some))
            problem=all.problem
            retry=move || all.refresh()
            lines=5
            tall=true
        >
            <div class="integrations">
                {Kind::ALL.into_iter().map(|kind| view! { <Card kind all/> }).collect_view()}
                <WebhookCard/>
            </div>
        </Loaded>
    }
}

#[component]
fn Card(kind: Kind, all: Load<Integrations>) -> impl IntoView {
    let adding = RwSignal::new(false);
    let notices = use_context::<Notices>();
    let ours = Memo::new(move |_| {
        let of = |all: &Integrations| -> Vec<Integration> {
            all.integrations.iter().filter(|one| one.kind == kind).cloned().collect()
        };
        all.part(of).unwrap_or_default()
    });
    let saved = move |one: Integration| {
        adding.set(false);
        announce(notices, format!("{} is connected.", one.kind.title()));
        all.refresh();
    };
    let id = format!("integration-{}", kind.title().to_lowercase());
    view! {
        <section class="card flush integration" aria-labelledby=id.clone()>
            <div class="card-head">
                <div>
                    <h2 id=id.clone()>{kind.title()}</h2>
                    <p class="quiet">{purpose(kind)}</p>
                </div>
                <Allowed permission=Permission::IntegrationsWrite>
                    {if kind == Kind::Hubspot {
                        view! { <ConnectHubspot all/> }.into_any()
                    } else {
                        view! {
                            <button class="button" type="button" on:click=move |_| adding.set(true)>
                                <Icon glyph=Glyph::Plus/>
                                {format!("Connect {}", kind.title())}
                            </button>
                        }.into_any()
                    }}
                </Allowed>
            </div>
            <ul class="rows">
                <For each=move || ours.get() key=|one| (one.id.to_string(), one.edited_at.to_bits()) let:one>
                    <Connected one all/>
                </For>
            </ul>
            <Show when=move || ours.with(Vec::is_empty)>
                <p class="nothing">"Not connected."</p>
            </Show>
            <Dialog open=adding title=format!("Connect {}", kind.title())>
                {match kind {
                    Kind::Slack => view! { <SlackForm open=adding one=None saved/> }.into_any(),
                    Kind::Email => view! { <EmailForm open=adding one=None saved/> }.into_any(),
                    Kind::Shopify | Kind::Woocommerce | Kind::Database => {
                        view! { <LiveForm open=adding kind one=None saved/> }.into_any()
                    }
                    // It is connected by signing in there.
                    Kind::Hubspot => ().into_any(),
                }}
            </Dialog>
        </section>
    }
}

#[component]
fn ConnectHubspot(all: Load<Integrations>) -> impl IntoView {
    let form = Form::new("hubspot");
    let offered = Memo::new(move |_| all.part(|all| all.hubspot).unwrap_or_default());
    let go = move |_| {
        form.send(api::integrations::authorize_hubspot(), |there| {
            let _ = window().location().assign(&there.url);
        });
    };
    view! {
        <Show
            when=move || offered.get()
            fallback=|| view! { <p class="quiet">"This installation is not registered with HubSpot."</p> }
        >
            <button class="button" type="button" aria-disabled=move || form.busy.get().to_string() on:click=go>
                <Icon glyph=Glyph::External/>
                "Connect HubSpot"
            </button>
            <FormProblem problem=form.general()/>
        </Show>
    }
}

#[component]
fn WebhookCard() -> impl IntoView {
    view! {
        <section class="card flush integration" aria-labelledby="integration-webhook">
            <div class="card-head">
                <div>
                    <h2 id="integration-webhook">"Your own server"</h2>
                    <p class="quiet">"Every event, signed, to an address of yours: for what has no card here."</p>
                </div>
                <a class="button" href="/app/settings/webhooks"><Icon glyph=Glyph::Send/>"Webhooks"</a>
            </div>
        </section>
    }
}
