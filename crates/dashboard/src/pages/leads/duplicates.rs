//! People who may be the same, and making them one.

use crate::api::leads as api;
use crate::components::allowed::Allowed;
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::notice::{Notices, announce};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::Contact;
use protocol::permission::Permission;
use protocol::{ContactId, Problem};

/// What a person is called.
pub(super) fn called(contact: &Contact) -> String {
    let known = [&contact.name, &contact.email, &contact.phone];
    known.into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_else(|| "Somebody".to_owned())
}

#[component]
pub(super) fn Duplicates(
    of: Signal<Option<ContactId>>,
    others: Signal<Vec<Contact>>,
    then: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let chosen = RwSignal::new(None::<Contact>);
    let any = Memo::new(move |_| others.with(|others| !others.is_empty()));
    view! {
        <Show when=move || any.get()>
            <section class="card" aria-labelledby="duplicates">
                <div class="card-head"><h3 id="duplicates">"May be the same person"</h3></div>
                <ul class="lead-doubles">
                    <For each=move || others.get() key=|contact| contact.id.to_string() let:contact>
                        {
                            let name = called(&contact);
                            let facts = [contact.email.clone(), contact.phone.clone()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
                            let href = format!("/app/contacts/{}", contact.id);
                            let label = format!("Merge with {name}");
                            let choose = StoredValue::new(contact);
                            view! {
                                <li>
                                    <span class="lead-double"><a class="link" dir="auto" href=href>{name}</a> <span class="quiet">{facts}</span></span>
                                    <Allowed permission=Permission::LeadsWrite>
                                        <button class="button small" type="button" aria-label=label.clone() on:click=move |_| {
                                            chosen.set(Some(choose.get_value()));
                                            open.set(true);
                                        }>"Merge…"</button>
                                    </Allowed>
                                </li>
                            }
                        }
                    </For>
                </ul>
            </section>
        </Show>
        <Dialog open title=Signal::derive(move || format!("Merge with {}?", chosen.with(|one| one.as_ref().map(called)).unwrap_or_default()))>
            <Confirmation open of chosen then/>
        </Dialog>
    }
}

#[component]
fn Confirmation(
    open: RwSignal<bool>,
    of: Signal<Option<ContactId>>,
    chosen: RwSignal<Option<Contact>>,
    then: Callback<()>,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let merge = move |_| {
        let (Some(kept), Some(other)) = (of.get_untracked(), chosen.get_untracked()) else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let reply = api::merge(kept, other.id).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match reply {
                Ok(_) => {
                    open.set(false);
                    announce(notices, "They are one person now.");
                    then.run(());
                }
                Err(why) => problem.set(Some(why)),
            }
        });
    };
    view! {
        <div class="form">
            <p>"All leads become those of one person, who keeps both addresses and numbers."</p>
            <p class="quiet">"This cannot be undone."</p>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep them apart"</button>
                <button class="button primary" type="button" aria-disabled=move || busy.get().to_string() on:click=merge>
                    <span class="spinner" class:on=move || busy.get()></span>
                    "Merge"
                </button>
            </div>
        </div>
    }
}
