//! Reading the failed pages of a crawl again, and nothing else.

use crate::api::knowledge as api;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{Source, SourceState};
use protocol::permission::Permission;

#[component]
pub(crate) fn RetryFailed(source: Load<Source>, running: Memo<bool>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let failed = Memo::new(move |_| source.part(|source| source.progress.failed).unwrap_or_default());
    let shown = move || failed.get() > 0 && !running.get() && session.may(Permission::KnowledgeWrite);
    let retry = move |_| {
        let Some(id) = source.part(|source| source.id.clone()) else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match api::retry_source(id).await {
                Ok(_) => {
                    source.value.try_update(|value| {
                        if let Some(source) = value {
                            source.state = SourceState::Crawling;
                        }
                    });
                    source.refresh();
                }
                Err(problem) => announce(notices, problem.message),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Show when=shown>
            <p class="retry-failed">
                <span>{move || format!("{} could not be read.", text::count(u64::from(failed.get()), "page", "pages"))}</span>
                <button class="button" type="button" aria-disabled=move || busy.get().to_string() on:click=retry>
                    <Icon glyph=Glyph::Refresh/>
                    {move || if busy.get() { "Starting…" } else { "Try only these again" }}
                </button>
            </p>
        </Show>
    }
}
