//! What the screens before the dashboard share: one card, and where to go when somebody is signed in.

use crate::components::icon::{Glyph, Icon};
use crate::session::{Session, safe_return};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::api::Me;

/// A card in the middle of an empty page.
#[component]
pub(crate) fn Door(
    #[prop(into)] heading: Signal<String>,
    #[prop(default = Glyph::Bell)] glyph: Glyph,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="door">
            <div class="door-card">
                <span class="mark-bell large"><Icon glyph/></span>
                <h1>{move || heading.get()}</h1>
                {children()}
            </div>
        </main>
    }
}

/// Takes a person who has just signed in to where they wanted to be.
pub(crate) fn use_enter(session: Session) -> impl Fn(Me) + Clone + 'static {
    let navigate = use_navigate();
    let query = use_query_map();
    move |me| {
        session.me.set(Some(me));
        let next = query.with_untracked(|query| query.get("next"));
        let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
        navigate(&safe_return(next.as_deref()), options);
    }
}

/// The address of another door that leads back to the same place.
pub(crate) fn with_next(path: &'static str) -> impl Fn() -> String + Copy + Send + Sync + 'static {
    let query = use_query_map();
    move || {
        query.with(|query| match query.get("next") {
            Some(next) => format!("{path}?next={}", String::from(js_sys::encode_uri_component(&next))),
            None => path.to_owned(),
        })
    }
}
