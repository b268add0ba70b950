//! Shows its content to those who may use it.

use crate::session::use_session;
use leptos::prelude::*;
use protocol::permission::Permission;

/// Content for members whose role has the permission; others see `fallback`, or nothing.
#[component]
pub(crate) fn Allowed(
    permission: Permission,
    #[prop(optional, into)] fallback: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let may = Memo::new(move |_| session.may(permission));
    view! { <Show when=move || may.get() fallback>{children()}</Show> }
}
