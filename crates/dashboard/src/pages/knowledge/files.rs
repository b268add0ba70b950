//! The files of a source: those on their way, and those that arrived with what became of them.

use super::drop::{DropAnywhere, FilePicker};
use super::file_row::FileRow;
use super::kinds;
use super::uploads::{self, Stage, Upload};
use crate::api::knowledge as api;
use crate::components::icon::{Glyph, Icon};
use crate::components::state::Loaded;
use crate::load::{Load, every, paged};
use crate::pages::sources::LoadMore;
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use protocol::SourceId;
use protocol::api::{File, FileState, Source};
use protocol::permission::Permission;

pub(crate) fn is_busy(state: FileState) -> bool {
    matches!(state, FileState::Uploading | FileState::Queued | FileState::Reading)
}

#[component]
pub(crate) fn SourceFiles(source: Load<Source>, id: Memo<Option<SourceId>>) -> impl IntoView {
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::KnowledgeWrite));
    let list =
        paged(|file: &File| file.id.to_string(), move |cursor| id.get().map(|id| api::files(id, cursor)));
    every(1200, move || {
        let busy = list.rows.with_untracked(|rows| {
            rows.iter().flatten().any(|row| row.value.with_untracked(|file| is_busy(file.state)))
        });
        if busy && !list.busy.get_untracked() {
            list.refresh();
            source.refresh();
        }
    });
    let arrived = uploads::arrived();
    Effect::new(move |before: Option<()>| {
        arrived.track();
        if before.is_some() {
            list.refresh();
            source.refresh();
        }
    });
    let taken = move || list.rows.with_untracked(|rows| rows.as_ref().map_or(0, Vec::len));
    let take = move |files: Vec<web_sys::File>| {
        if let Some(id) = id.get_untracked() {
            uploads::add(&id, files, taken());
        }
    };
    let all = uploads::uploads();
    let mine = Memo::new(move |_| {
        let id = id.get();
        all.with(|all| {
            all.iter().filter(|upload| Some(&upload.source) == id.as_ref()).cloned().collect::<Vec<_>>()
        })
    });
    let none = Memo::new(move |_| {
        mine.with(Vec::is_empty) && list.rows.with(|rows| rows.as_ref().is_some_and(Vec::is_empty))
    });
    let changed = move || {
        list.restart();
        source.refresh();
    };
    view! {
        <Show when=move || may.get()>
            <DropAnywhere text="Drop to add to this source" on_files=take/>
            <FilePicker on_files=take/>
        </Show>
        <Loaded
            has=Signal::derive(move || list.rows.with(Option::is_some))
            problem=list.problem
            retry=move || list.refresh()
            lines=3
            tall=true
        >
            <Show when=move || none.get()>
                <p class="card nothing">"No file is here yet. What you add is read at once and can be found a moment later."</p>
            </Show>
            <ul class="card flush file-list" class:empty-list=move || none.get()>
                <For each=move || mine.get() key=|upload| upload.key let:upload>
                    <UploadRow key=upload.key mine/>
                </For>
                <For each=move || list.rows.get().unwrap_or_default() key=|row| row.key.clone() let:row>
                    <FileRow row may changed/>
                </For>
            </ul>
            <LoadMore cursor=list.cursor busy=list.busy more=move || list.more()/>
        </Loaded>
    }
}

/// A file on its way.
#[component]
fn UploadRow(key: u32, mine: Memo<Vec<Upload>>) -> impl IntoView {
    let of = move || mine.with(|mine| mine.iter().find(|upload| upload.key == key).cloned());
    let upload = Memo::new(move |_| of());
    let read =
        move |part: fn(&Upload) -> f64| upload.with(|upload| upload.as_ref().map(part).unwrap_or_default());
    let sent = move || read(|upload| upload.sent);
    let whole = move || read(|upload| upload.bytes);
    let name = move || upload.with(|upload| upload.as_ref().map(|u| u.name.clone()).unwrap_or_default());
    let stage = move || upload.with(|upload| upload.as_ref().map(|u| u.stage.clone()));
    // All bytes are away; the server is still storing them.
    let storing = move || stage() == Some(Stage::Sending) && sent() >= whole();
    let line = move || match stage() {
        Some(Stage::Waiting) => "Waits for its turn".to_owned(),
        Some(Stage::Sending) if storing() => format!("{} sent, being stored", kinds::bytes(whole())),
        Some(Stage::Sending) => format!(
            "Uploading {} of {} · {}",
            kinds::bytes(sent()),
            kinds::bytes(whole()),
            text::percent(sent(), whole())
        ),
        _ => kinds::bytes(whole()),
    };
    let why = move || match stage() {
        Some(Stage::Refused(why) | Stage::Failed(why)) => Some(why),
        _ => None,
    };
    let moving = Memo::new(move |_| matches!(stage(), Some(Stage::Sending | Stage::Waiting)));
    let again = Memo::new(move |_| matches!(stage(), Some(Stage::Failed(_))));
    view! {
        <li class="file-row">
            <span class="kind-mark" aria-hidden="true"><Icon glyph=Glyph::Upload/></span>
            <div class="file-text">
                <span class="file-name" dir="auto">{name}</span>
                <span class="quiet">{line}</span>
                <Show when=move || moving.get()>
                    <progress class="file-progress" max="1" aria-label=move || format!("Upload of {}", name())
                        prop:value=move || (sent() / whole().max(1.0)).min(1.0)></progress>
                </Show>
                <div role="alert">
                    {move || why().map(|why| view! { <p class="file-problem"><Icon glyph=Glyph::Alert/>{why}</p> })}
                </div>
            </div>
            <div class="file-acts">
                <Show when=move || again.get()>
                    <button class="button" type="button" on:click=move |_| uploads::retry(key)>
                        <Icon glyph=Glyph::Refresh/>"Try again"
                    </button>
                </Show>
                <button
                    class="icon-button" type="button" on:click=move |_| uploads::cancel(key)
                    aria-label=move || if moving.get() { format!("Cancel {}", name()) } else { format!("Dismiss {}", name()) }
                >
                    <Icon glyph=Glyph::Close/>
                </button>
            </div>
        </li>
    }
}
