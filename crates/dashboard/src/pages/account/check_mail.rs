//! After registering: a mail says how to go on.

use super::door::{Door, use_enter};
use crate::api;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::load::load;
use crate::session::use_session;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_query_map;

const PATH: &str = "/app/check-mail";

/// Goes there with the address the mail went to.
pub(crate) fn go(navigate: &impl Fn(&str, NavigateOptions), email: &str) {
    let email = String::from(js_sys::encode_uri_component(email));
    navigate(&format!("{PATH}?email={email}"), NavigateOptions::default());
}
