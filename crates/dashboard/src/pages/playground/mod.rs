//! The playground.
use leptos::prelude::*;
#[component]
pub(crate) fn PlaygroundPage() -> impl IntoView {}
