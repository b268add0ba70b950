//! Curated answers.
use leptos::prelude::*;
#[component]
pub(crate) fn CuratedPage() -> impl IntoView {}
