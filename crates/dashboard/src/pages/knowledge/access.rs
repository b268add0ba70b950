//! By what a website lets the crawler in: a password or a header. What was set is never shown again, only replaced or
//! removed.

use crate::api::knowledge as api;
use crate::clock::Ago;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, FormProblem, PasswordField, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use crate::load::{Load, load};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::{AccessKind, NewSourceAccess, Source, SourceAccess};

#[component]
pub(crate) fn SiteAccess(source: Load<Source>) -> impl IntoView {
    let id = Memo::new(move |_| source.part(|source| source.id.clone()));
    let access = load(move || id.get().map(api::source_access));
    let (editing, removing) = (RwSignal::new(false), RwSignal::new(false));
    let set = Memo::new(move |_| access.part(|access| access.kind != AccessKind::Open).unwrap_or(false));
    let words = move || {
        access.part(|access| match access.kind {
            AccessKind::Open => "This site is read as everybody sees it.".to_owned(),
            AccessKind::Basic => format!("The crawler signs in as {}.", access.name),
            AccessKind::Header => format!("The crawler sends the header {}.", access.name),
        })
    };
    view! {
        <Show when=move || access.value.with(Option::is_some)>
            <section class="card site-access" aria-label="Access to the site">
                <p>
                    {words}
                    {move || access.part(|access| access.set_at).flatten().map(|at| view! {
                        <span class="quiet">" Set " <Ago at=at/></span>
                    })}
                </p>
                <div class="site-access-acts">
                    <button class="button" type="button" on:click=move |_| editing.set(true)>
                        {move || if set.get() { "Change" } else { "Set a password" }}
                    </button>
                    <Show when=move || set.get()>
                        <button class="button danger-quiet" type="button" on:click=move |_| removing.set(true)>"Remove"</button>
                    </Show>
                </div>
            </section>
        </Show>
        <Dialog open=editing title="Access to the site".to_owned()><AccessForm open=editing source access/></Dialog>
        <Dialog open=removing title="Remove the password?".to_owned()><Removal open=removing source access/></Dialog>
    }
}

#[component]
fn AccessForm(open: RwSignal<bool>, source: Load<Source>, access: Load<SourceAccess>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("access");
    let name = untrack(|| access.part(|access| access.name.clone())).unwrap_or_default();
    let header = RwSignal::new(untrack(|| access.part(|access| access.kind)) == Some(AccessKind::Header));
    let (username, key) = if header.get_untracked() { (String::new(), name) } else { (name, String::new()) };
    let submit = move || {
        let Some(id) = untrack(|| source.part(|source| source.id.clone())) else { return };
        let wanted = if header.get_untracked() {
            if !form.complete(&[("name", "Enter the header's name."), ("value", "Enter the header's value.")])
            {
                return;
            }
            NewSourceAccess::Header { name: form.value("name"), value: form.value("value") }
        } else {
            if !form.complete(&[("username", "Enter the user name."), ("password", "Enter the password.")]) {
                return;
            }
            NewSourceAccess::Basic { username: form.value("username"), password: form.value("password") }
        };
        form.send(api::set_source_access(id, wanted), move |now| {
            announce(notices, "Saved. Crawl again to read the site with it.".to_owned());
            access.value.try_set(Some(now));
            open.set(false);
        });
    };
    view! {
        <FormBody form submit>
            <div class="field">
                <label for="access-kind">"The site asks for"</label>
                <select id="access-kind" class="select" on:change=move |event| header.set(event_target_value(&event) == "header")>
                    <option value="basic" selected=!header.get_untracked()>"A user name and password"</option>
                    <option value="header" selected=header.get_untracked()>"A header of the request"</option>
                </select>
            </div>
            {move || if header.get() {
                view! {
                    <TextField form name="name" label="Header".to_owned() value=key.clone() placeholder="X-Access-Key" ltr=true/>
                    <PasswordField form name="value" label="Value" autocomplete="off" hint="Stored sealed, sent to this site alone, never shown again."/>
                }.into_any()
            } else {
                view! {
                    <TextField form name="username" label="User name".to_owned() value=username.clone() ltr=true/>
                    <PasswordField form autocomplete="off" hint="Stored sealed, sent to this site alone, never shown again."/>
                }.into_any()
            }}
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Save".to_owned() busy="Saving…"/>
            </div>
        </FormBody>
    }
}

#[component]
fn Removal(open: RwSignal<bool>, source: Load<Source>, access: Load<SourceAccess>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let remove = move |_| {
        let Some(id) = source.part(|source| source.id.clone()) else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::remove_source_access(id).await {
                Ok(_) => {
                    open.try_set(false);
                    announce(notices, "The password is forgotten.".to_owned());
                    access.refresh();
                }
                Err(why) => {
                    problem.try_set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <div class="form">
            <p>"The crawler will not be let in any more. What it has read stays known until then, and is kept if the next crawl fails."</p>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <button class="button danger" type="button" aria-disabled=move || busy.get().to_string() on:click=remove>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Removing…" } else { "Remove" }}
                </button>
            </div>
        </div>
    }
}
