//! What is shown when somebody else saved the same draft: who, when, what, and the choice.

use super::changes::{Changes, as_text, between};
use super::editor::use_editor;
use crate::clock::Moment;
use crate::components::copy::CopyButton;
use crate::components::form::once_drawn;
use crate::components::icon::{Glyph, Icon};
use leptos::html;
use leptos::prelude::*;
use protocol::api::Change;

#[component]
pub(super) fn Conflict() -> impl IntoView {
    let editor = use_editor();
    let mine = RwSignal::new(None::<Vec<Change>>);
    let heading = NodeRef::<html::H2>::new();
    Effect::new(move |_| {
        if editor.theirs.with(Option::is_some) {
            once_drawn(move || {
                if let Some(heading) = heading.try_get_untracked().flatten() {
                    let _ = heading.focus();
                }
            });
        }
    });
    let load = move |_| {
        let lost = editor.theirs.with_untracked(|theirs| {
            theirs.as_ref().map(|theirs| between(&theirs.draft, &editor.draft.get_untracked()))
        });
        mine.set(lost);
        editor.load_theirs();
    };
    view! {
        {move || editor.theirs.get().map(|theirs| {
            let differs = Memo::new(move |_| editor.draft.with(|mine| between(&theirs.draft, mine)));
            view! {
                <section class="conflict" role="alert" aria-labelledby="conflict-title">
                    <h2 id="conflict-title" tabindex="-1" node_ref=heading>
                        <Icon glyph=Glyph::Alert/>
                        <span>{theirs.edited_by} " changed this agent at " <Moment at=theirs.edited_at/></span>
                    </h2>
                    <p>"Nothing of yours is saved since. Choose whose draft goes on; the other can still be copied or undone."</p>
                    <details>
                        <summary>"What differs: theirs → yours"</summary>
                        {move || view! { <Changes changes=differs.get()/> }}
                    </details>
                    <div class="conflict-acts">
                        <button class="button" type="button" on:click=load>"Load theirs"</button>
                        <button class="button" type="button" on:click=move |_| editor.keep_mine()>"Keep mine"</button>
                    </div>
                </section>
            }
        })}
        {move || mine.get().filter(|changes| !changes.is_empty()).map(|changes| {
            let text = as_text(&changes);
            view! {
                <section class="conflict kept" aria-labelledby="kept-title">
                    <h2 id="kept-title">"Your changes that were not saved"</h2>
                    <Changes changes/>
                    <div class="conflict-acts">
                        <CopyButton text=Signal::stored(text)/>
                        <button class="button" type="button" on:click=move |_| mine.set(None)>"Dismiss"</button>
                    </div>
                </section>
            }
        })}
    }
}
