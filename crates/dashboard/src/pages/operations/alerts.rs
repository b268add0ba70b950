//! Alerts of the installation: how each rule stands, when it fired, and firing it by hand. Only the operator's workspace has any.

use crate::api;
use crate::clock::Ago;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, SubmitButton};
use crate::components::notice::{Notices, announce};
use crate::components::state::{Badge, Loaded};
use crate::load::{Load, load};
use crate::session::use_session;
use domain::alerts::{advice, limit, shown, title};
use leptos::prelude::*;
use protocol::api::{Alert, AlertFiring, AlertState};
use protocol::permission::Permission;

#[component]
pub(crate) fn Alerts() -> impl IntoView {
    let list = load(move || Some(api::operations::alerts()));
    let (open, picked) = (RwSignal::new(false), RwSignal::new(None::<Alert>));
    let none = Memo::new(move |_| list.value.with(|list| list.as_ref().is_some_and(Vec::is_empty)));
    let firing = Memo::new(move |_| {
        list.part(|all| all.iter().filter(|alert| alert.state == AlertState::Firing).count())
    });
    view! {
        <Show when=move || !none.get()>
            <section class="card flush" aria-labelledby="alerts-title">
                <div class="card-head">
                    <div>
                        <h2 id="alerts-title">"Alerts"</h2>
                        <p class="quiet" role="status">
                            {move || match firing.get() {
                                None => String::new(),
                                Some(0) => "No alert is firing. The owners of this workspace are mailed when one does.".to_owned(),
                                Some(1) => "One alert is firing.".to_owned(),
                                Some(many) => format!("{many} alerts are firing."),
                            }}
                        </p>
                    </div>
                </div>
                <Loaded
                    has=Signal::derive(move || list.value.with(Option::is_some))
                    problem=list.problem
                    retry=move || list.refresh()
                    lines=5
                >
                    <ul class="rows">
                        {move || list.value.get().unwrap_or_default().into_iter().map(|alert| view! { <Rule alert open picked/> }).collect_view()}
                    </ul>
                </Loaded>
            </section>
        </Show>
        <Dialog open title=Signal::stored("Fire this alert as a drill?".to_owned())>
            {move || picked.get().map(|alert| view! { <Drill alert open list/> })}
        </Dialog>
    }
}

#[component]
fn Rule(alert: Alert, open: RwSignal<bool>, picked: RwSignal<Option<Alert>>) -> impl IntoView {
    let session = use_session();
    let badge = match alert.state {
        AlertState::Ok => ("Well", "good"),
        AlertState::Pending => ("Above its limit", "wait"),
        AlertState::Firing => ("Firing", "bad"),
    };
    let now = alert.value.map_or_else(|| "Nothing to judge".to_owned(), |value| shown(alert.figure, value));
    let does = (alert.state != AlertState::Ok).then(|| view! { <p class="quiet">{advice(alert.figure)}</p> });
    let since = alert.since.map(|at| view! { <span>"since "<Ago at/></span> });
    let firings = alert.firings.clone().into_iter().map(fired).collect_view();
    let named = format!("Fire a drill: {}", title(alert.figure));
    let (name, when) = (title(alert.figure), limit(alert.figure, alert.above, alert.hold_ms));
    let pick = StoredValue::new(alert);
    view! {
        <li class="job">
            <span class="item-name">
                <strong>{name}</strong>
                <Badge state=Signal::stored(badge)/>
                <Show when=move || session.may(Permission::OperationsWrite)>
                    <button class="button small" type="button" aria-label=named.clone() on:click=move |_| {
                        picked.set(Some(pick.get_value()));
                        open.set(true);
                    }>"Fire a drill"</button>
                </Show>
            </span>
            <span class="item-facts">
                <span>{now}</span>
                <span>{format!("fires at {when}")}</span>
                {since}
            </span>
            {does}
            {firings}
        </li>
    }
}

fn fired(firing: AlertFiring) -> impl IntoView {
    let what = if firing.drill { "Drill" } else { "Fired" };
    let over = firing.resolved_at.filter(|_| !firing.drill).map(|at| view! { <span>"over "<Ago at/></span> });
    let open = firing.resolved_at.is_none().then(|| view! { <span>"goes on"</span> });
    view! {
        <span class="item-facts"><span>{what}" "<Ago at=firing.fired_at/></span>{over}{open}</span>
    }
}

#[component]
fn Drill(alert: Alert, open: RwSignal<bool>, list: Load<Vec<Alert>>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("drill");
    let id = alert.id;
    let submit = move || {
        form.send(api::operations::fire(id.clone()), move |_| {
            announce(notices, "The drill is on its way.");
            open.set(false);
            list.refresh();
        });
    };
    view! {
        <FormBody form submit>
            <p>{format!("\u{201c}{}\u{201d} is told to the owners, and to the operator's address where there is one, as a real one would be. It says that it is a drill.", title(alert.figure))}</p>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Fire the drill".to_owned() busy="Firing…"/>
            </div>
        </FormBody>
    }
}
