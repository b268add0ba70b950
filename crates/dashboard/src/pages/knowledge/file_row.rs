//! A file that arrived: its state in words, and what can be done with it.

use super::files::is_busy;
use super::kinds;
use crate::api::knowledge as api;
use crate::clock::Ago;
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::state::Badge;
use crate::load::Row;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::{File, FileState};

fn state(state: FileState) -> (&'static str, &'static str) {
    match state {
        FileState::Uploading => ("Uploading", "busy"),
        FileState::Queued => ("Waiting", "wait"),
        FileState::Reading => ("Reading", "busy"),
        FileState::Indexed => ("Indexed", "good"),
        FileState::Failed => ("Failed", "bad"),
    }
}

fn facts(file: &File) -> String {
    let mut facts = vec![kinds::bytes(file.bytes as f64)];
    if let Some(kind) = &file.kind {
        facts.insert(0, kind_label(kind).to_owned());
    }
    if file.state == FileState::Indexed {
        facts.extend(file.pages.map(|pages| text::count(u64::from(pages), "page", "pages")));
        facts.push(text::count(u64::from(file.passages), "passage", "passages"));
    }
    facts.join(" · ")
}

fn kind_label(kind: &str) -> &str {
    match kind {
        "pdf" => "PDF",
        "docx" => "Word",
        "text" => "Text",
        "markdown" => "Markdown",
        "csv" => "CSV",
        "html" => "HTML",
        other => other,
    }
}

#[component]
pub(crate) fn FileRow(
    row: Row<File>,
    may: Memo<bool>,
    changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let file: Signal<File> = row.value.clone().into();
    let name = Signal::derive(move || file.with(|file| file.name.clone()));
    let failed = Memo::new(move |_| file.with(|file| file.state == FileState::Failed));
    let busy = Memo::new(move |_| file.with(|file| is_busy(file.state)));
    let document = Memo::new(move |_| {
        file.with(|file| file.document_id.clone().filter(|_| file.state == FileState::Indexed))
    });
    let reason = move || {
        file.with(|file| {
            let words =
                || "It could not be read. Try again, or save the file anew and upload that.".to_owned();
            (file.state == FileState::Failed).then(|| file.reason.clone().unwrap_or_else(words))
        })
    };
    let retrying = RwSignal::new(false);
    let deleting = RwSignal::new(false);
    let value = row.value.clone();
    let retry = move |_| {
        if retrying.get_untracked() {
            return;
        }
        retrying.set(true);
        let value = value.clone();
        let id = value.with_untracked(|file| file.id.clone());
        spawn_local(async move {
            match api::retry_file(id).await {
                Ok(file) => value.set(file),
                Err(problem) => announce(notices, problem.message),
            }
            retrying.try_set(false);
        });
    };
    let retry = StoredValue::new(retry);
    view! {
        <li class="file-row">
            <span class="kind-mark" class:bad=move || failed.get() aria-hidden="true"><Icon glyph=Glyph::Document/></span>
            <div class="file-text">
                <span class="file-name" dir="auto">
                    {move || match document.get() {
                        Some(document) => view! { <a href=format!("/app/documents/{document}")>{name.get()}</a> }.into_any(),
                        None => name.get().into_any(),
                    }}
                </span>
                <span class="quiet">
                    {move || file.with(facts)} " · " <Ago at=Signal::derive(move || file.with(|file| file.created_at))/>
                </span>
                {move || reason().map(|why| view! { <p class="file-problem"><Icon glyph=Glyph::Alert/>{why}</p> })}
            </div>
            <span class="file-state"><Badge state=Signal::derive(move || state(file.with(|file| file.state)))/></span>
            <div class="file-acts">
                <Show when=move || failed.get() && may.get()>
                    <button class="button" type="button" aria-disabled=move || retrying.get().to_string() on:click=move |event| retry.with_value(|retry| retry(event))>
                        <Icon glyph=Glyph::Refresh/>"Try again"
                    </button>
                </Show>
                <a class="icon-button" download=move || name.get() href=move || file.with(|file| api::file_address(&file.id)) rel="external" aria-label=move || format!("Download {}", name.get())>
                    <Icon glyph=Glyph::Download/>
                </a>
                <Show when=move || may.get()>
                    <button class="icon-button" type="button" aria-label=move || format!("Delete {}", name.get()) on:click=move |_| deleting.set(true)>
                        <Icon glyph=Glyph::Trash/>
                    </button>
                </Show>
            </div>
            <Dialog open=deleting title=Signal::derive(move || format!("Delete {}?", name.get()))>
                <ConfirmDelete open=deleting file busy changed/>
            </Dialog>
        </li>
    }
}

#[component]
fn ConfirmDelete(
    open: RwSignal<bool>,
    file: Signal<File>,
    busy: Memo<bool>,
    changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let deleting = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let loss = move || {
        let passages = file.with(|file| file.passages);
        if busy.get() {
            "It is being read; that stops.".to_owned()
        } else if passages == 0 {
            "Nothing of it can be found.".to_owned()
        } else {
            format!("The agent forgets {} at once.", text::count(u64::from(passages), "passage", "passages"))
        }
    };
    let delete = move |_| {
        if deleting.get_untracked() {
            return;
        }
        deleting.set(true);
        let (id, name) = file.with_untracked(|file| (file.id.clone(), file.name.clone()));
        spawn_local(async move {
            match api::delete_file(id).await {
                Ok(_) => {
                    open.try_set(false);
                    announce(notices, format!("{name} is deleted."));
                    changed();
                }
                Err(why) => {
                    deleting.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <div class="form">
            <p>{loss}</p>
            <p class="quiet">"The file itself is deleted, too. This cannot be undone."</p>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                <button class="button danger" type="button" aria-disabled=move || deleting.get().to_string() on:click=delete>
                    <span class="spinner" class:on=move || deleting.get()></span>
                    {move || if deleting.get() { "Deleting…" } else { "Delete file" }}
                </button>
            </div>
        </div>
    }
}
