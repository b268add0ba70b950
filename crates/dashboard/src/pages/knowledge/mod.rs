//! Knowledge of every kind: adding it, files and their upload, texts, FAQ lists, the passages of a document.

pub(crate) mod add;
pub(crate) mod csv;
pub(crate) mod document;
pub(crate) mod drop;
pub(crate) mod faq;
pub(crate) mod faq_import;
pub(crate) mod faq_list;
pub(crate) mod file_row;
pub(crate) mod files;
pub(crate) mod guard;
pub(crate) mod kinds;
pub(crate) mod markdown;
pub(crate) mod markdown_field;
pub(crate) mod markdown_parse;
pub(crate) mod text;
pub(crate) mod uploads;

use crate::components::icon::{Glyph, Icon};
use leptos::prelude::*;
use protocol::Problem;

pub(crate) use crate::components::form::FieldProblem;

/// The problem that is about no field that is shown, above a form.
#[component]
pub(crate) fn FormProblem(
    problem: RwSignal<Option<Problem>>,
    /// Fields that show their own.
    #[prop(default = &[])]
    fields: &'static [&'static str],
) -> impl IntoView {
    let elsewhere =
        move |problem: &Problem| !problem.field.as_deref().is_some_and(|field| fields.contains(&field));
    view! {
        <div role="alert">
            {move || problem.get().filter(elsewhere).map(|problem| view! {
                <p class="form-problem"><Icon glyph=Glyph::Alert/>{problem.message}</p>
            })}
        </div>
    }
}

/// Whether a field is the one that was refused, for `aria-invalid`.
pub(crate) fn is_wrong(problem: RwSignal<Option<Problem>>, field: &str) -> String {
    problem.with(|problem| problem.as_ref().is_some_and(|p| p.field.as_deref() == Some(field))).to_string()
}

/// A field that is being corrected is not complained about any more.
pub(crate) fn mend(problem: RwSignal<Option<Problem>>, field: &str) {
    if problem.with_untracked(|problem| problem.as_ref().is_some_and(|p| p.field.as_deref() == Some(field))) {
        problem.set(None);
    }
}
