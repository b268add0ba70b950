//! API keys: what other programs may do in this workspace.

use super::key_form::CreateKey;
use super::key_row::KeyRow;
use super::tabs::SettingsFrame;
use crate::api;
use crate::components::allowed::Allowed;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::paged;
use crate::pages::sources::LoadMore;
use leptos::prelude::*;
use protocol::api::ApiKey;
use protocol::permission::Permission;

#[component]
pub(crate) fn KeysPage() -> impl IntoView {
    title(|| "API keys".to_owned());
    view! {
        <SettingsFrame here="/app/settings/keys">
            <Allowed
                permission=Permission::KeysWrite
                fallback=|| view! {
                    <Empty glyph=Glyph::Key title="Not for your role" text="Owners and admins manage the keys of this workspace."/>
                }
            >
                <Keys/>
            </Allowed>
        </SettingsFrame>
    }
}

#[component]
fn Keys() -> impl IntoView {
    let list = paged(|key: &ApiKey| key.id.to_string(), |cursor| Some(api::team::keys(cursor)));
    let creating = RwSignal::new(false);
    let none = Memo::new(move |_| list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <div class="cards">
            <section class="card flush">
                <div class="card-head">
                    <div>
                        <h2>"API keys"</h2>
                        <p class="quiet">
                            "A key lets a program work in this workspace, with the scopes you give it. "
                            <a class="link" href="/docs/api.html" rel="external noopener" target="_blank">"API reference"</a>
                        </p>
                    </div>
                    <button class="button primary" type="button" on:click=move |_| creating.set(true)>
                        <Icon glyph=Glyph::Plus/>
                        "Create key"
                    </button>
                </div>
                <Loaded
                    has=Signal::derive(move || list.rows.with(Option::is_some))
                    problem=list.problem
                    retry=move || list.refresh()
                    lines=3
                    tall=true
                >
                    <Show
                        when=move || !none.get()
                        fallback=|| view! {
                            <Empty glyph=Glyph::Key title="No key yet" text="Create one for each program, so that you can revoke them one by one."/>
                        }
                    >
                        <ul class="rows">
                            <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                                <KeyRow row list/>
                            </For>
                        </ul>
                        <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
                    </Show>
                </Loaded>
            </section>
            <CreateKey open=creating list/>
        </div>
    }
}
