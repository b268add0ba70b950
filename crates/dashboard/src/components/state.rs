//! What a screen shows instead of its content: loading, nothing yet, an error with a way out.

use super::icon::{Glyph, Icon};
use leptos::prelude::*;
use protocol::Problem;

/// A state in one word with a dot of its colour.
#[component]
pub(crate) fn Badge(#[prop(into)] state: Signal<(&'static str, &'static str)>) -> impl IntoView {
    view! {
        <span class="badge" data-tone=move || state.get().1>
            {move || state.get().0}
        </span>
    }
}

/// Grey lines in the size of the content that comes.
#[component]
pub(crate) fn Skeleton(lines: usize, #[prop(optional)] tall: bool) -> impl IntoView {
    view! {
        <div class="skeleton" class:tall=tall aria-busy="true" role="status">
            <span class="visually-hidden">"Loading…"</span>
            {(0..lines).map(|_| view! { <div class="skeleton-line"></div> }).collect_view()}
        </div>
    }
}

/// Nothing is here yet, and what to do about it.
#[component]
pub(crate) fn Empty(
    glyph: Glyph,
    title: &'static str,
    text: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-mark"><Icon glyph/></span>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="empty-act">{children()}</div> })}
        </div>
    }
}

/// The content could not be loaded.
#[component]
pub(crate) fn Failure(problem: Problem, retry: impl Fn() + 'static) -> impl IntoView {
    view! {
        <div class="failure" role="alert">
            <span class="failure-mark"><Icon glyph=Glyph::Alert/></span>
            <div>
                <p>{problem.message}</p>
                <button class="button" type="button" on:click=move |_| retry()>
                    <Icon glyph=Glyph::Refresh/>
                    "Try again"
                </button>
            </div>
        </div>
    }
}

/// The content is shown but could not be refreshed.
#[component]
pub(crate) fn Stale(problem: RwSignal<Option<Problem>>, has: Signal<bool>) -> impl IntoView {
    move || {
        problem.get().filter(|_| has.get()).map(|problem| {
            view! {
                <p class="stale" role="status">
                    <Icon glyph=Glyph::Alert/>
                    {format!("What you see may be old. {}", problem.message)}
                </p>
            }
        })
    }
}

/// Content of a load: a skeleton until it is there, the error with a retry when it does not come.
#[component]
pub(crate) fn Loaded<R, V>(
    /// Whether the content is there.
    #[prop(into)]
    has: Signal<bool>,
    problem: RwSignal<Option<Problem>>,
    retry: R,
    lines: usize,
    #[prop(optional)] tall: bool,
    children: TypedChildrenFn<V>,
) -> impl IntoView
where
    R: Fn() + Copy + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let has = Memo::new(move |_| has.get());
    let children = children.into_inner();
    view! {
        <Stale problem has=has.into()/>
        {move || {
            if has.get() {
                children().into_any()
            } else if let Some(problem) = problem.get() {
                view! { <Failure problem retry/> }.into_any()
            } else {
                view! { <Skeleton lines tall/> }.into_any()
            }
        }}
    }
}
