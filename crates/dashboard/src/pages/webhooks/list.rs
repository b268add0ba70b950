//! All receivers of the workspace.

use super::form::EndpointForm;
use super::secret::Secret;
use super::{health, hears, made_by};
use crate::api;
use crate::clock::Ago;
use crate::components::allowed::Allowed;
use crate::components::dialog::Dialog;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Badge, Empty, Loaded};
use crate::load::load;
use crate::pages::team::tabs::SettingsFrame;
use leptos::prelude::*;
use protocol::api::{Endpoint, EndpointKind, IssuedEndpoint};
use protocol::permission::Permission;

#[component]
pub(crate) fn WebhooksPage() -> impl IntoView {
    title(|| "Webhooks".to_owned());
    view! {
        <SettingsFrame here="/app/settings/webhooks">
            <Allowed
                permission=Permission::WebhooksRead
                fallback=|| view! {
                    <Empty glyph=Glyph::Send title="Not for your role" text="Owners and admins manage the webhooks of this workspace."/>
                }
            >
                <Webhooks/>
            </Allowed>
        </SettingsFrame>
    }
}

#[component]
fn Webhooks() -> impl IntoView {
    let list = load(move || Some(api::webhooks::endpoints()));
    let adding = RwSignal::new(false);
    let issued = RwSignal::new(None::<IssuedEndpoint>);
    let locked = Signal::derive(move || issued.with(Option::is_some));
    let heading = Signal::derive(move || {
        if locked.get() { "The secret of your webhook" } else { "Add a webhook" }.to_owned()
    });
    let none = Memo::new(move |_| list.value.with(|list| list.as_ref().is_some_and(Vec::is_empty)));
    let saved = move |made: IssuedEndpoint| {
        issued.set(Some(made));
        list.refresh();
    };
    view! {
        <section class="card flush">
            <div class="card-head">
                <div>
                    <h2>"Webhooks"</h2>
                    <p class="quiet">"What happens here is sent to your servers, signed, and tried again until it arrives."</p>
                </div>
                <button class="button primary" type="button" on:click=move |_| adding.set(true)>
                    <Icon glyph=Glyph::Plus/>
                    "Add webhook"
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
                        <Empty glyph=Glyph::Send title="No webhook yet" text="Add the address of a server that should hear of conversations, leads or sources."/>
                    }
                >
                    <ul class="rows">{move || list.value.get().unwrap_or_default().into_iter().map(row).collect_view()}</ul>
                </Show>
            </Loaded>
        </section>
        <Dialog open=adding title=heading locked>
            {move || match issued.get() {
                None => view! { <EndpointForm open=adding endpoint=None created=saved changed=|_| ()/> }.into_any(),
                Some(made) => view! {
                    <Secret secret=made.secret.clone() done=move || {
                        adding.set(false);
                        issued.set(None);
                    }/>
                }.into_any(),
            }}
        </Dialog>
    }
}

fn row(endpoint: Endpoint) -> impl IntoView {
    let status = endpoint.status;
    let state = health(&endpoint);
    view! {
        <li>
            <a class="row" href=format!("/app/settings/webhooks/{}", endpoint.id)>
                <span class="row-text" dir="ltr">{endpoint.url.clone()}</span>
                <span class="row-facts">
                    <Badge state=Signal::stored(state)/>
                    {(!endpoint.description.is_empty()).then(|| view! { <span dir="auto">{endpoint.description.clone()}</span> })}
                    <span>{hears(&endpoint)}</span>
                    {(endpoint.kind == EndpointKind::Hook).then(|| view! { <span dir="auto">{made_by(&endpoint)}</span> })}
                    {status.last_success_at.map(|at| view! { <span>"last success " <Ago at=Signal::stored(at)/></span> })}
                    {(status.pending > 0).then(|| view! { <span>{format!("{} waiting", status.pending)}</span> })}
                    {(status.failed > 0).then(|| view! { <span>{format!("{} failed", status.failed)}</span> })}
                </span>
            </a>
        </li>
    }
}
