//! An address that leads nowhere.

use crate::components::icon::Glyph;
use crate::components::shell::title;
use crate::components::state::Empty;
use crate::session::HOME;
use leptos::prelude::*;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    title(|| "Not found".to_owned());
    view! {
        <Empty
            glyph=Glyph::Alert
            title="There is no such page"
            text="The address may be mistyped, or what was here has been deleted."
        >
            <a class="button primary" href=HOME>"Go to the overview"</a>
        </Empty>
    }
}
