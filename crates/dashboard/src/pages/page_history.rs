//! What the last runs made of one page, in a dialog.

use crate::api;
use crate::clock::Moment;
use crate::components::dialog::Dialog;
use crate::components::state::Loaded;
use crate::load::load;
use crate::text;
use leptos::prelude::*;
use protocol::SourceId;
use protocol::api::{PageChange, PageEvent};

/// `page` is the address whose history is asked for; none closes the dialog.
#[component]
pub(crate) fn PageHistory(id: Memo<Option<SourceId>>, page: RwSignal<Option<String>>) -> impl IntoView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(page.with(Option::is_some)));
    Effect::new(move |before: Option<bool>| {
        let open = open.get();
        if before == Some(true) && !open {
            page.set(None);
        }
        open
    });
    let heading = Signal::derive(move || {
        page.with(|page| page.as_deref().map(text::path_of)).unwrap_or_else(|| "Page".to_owned())
    });
    view! {
        <Dialog open title=heading>
            {move || page.get().zip(id.get()).map(|(url, id)| view! { <Events id url/> })}
        </Dialog>
    }
}

#[component]
fn Events(id: SourceId, url: String) -> impl IntoView {
    let list = load(move || Some(api::page_history(id.clone(), url.clone())));
    let none = move || list.value.with(|list| list.as_ref().is_some_and(Vec::is_empty));
    view! {
        <Loaded
            has=Signal::derive(move || list.value.with(Option::is_some))
            problem=list.problem
            retry=move || list.refresh()
            lines=4
        >
            <Show when=move || !none() fallback=|| view! { <p class="nothing">"No run has read this page yet."</p> }>
                <ol class="page-history">
                    {move || list.value.get().unwrap_or_default().into_iter().map(entry).collect_view()}
                </ol>
            </Show>
        </Loaded>
    }
}

fn entry(event: PageEvent) -> impl IntoView {
    let (words, state) = match event.change {
        PageChange::Added => ("Added", "indexed"),
        PageChange::Changed => ("Changed", "indexed"),
        PageChange::Unchanged => ("Unchanged", "unchanged"),
        PageChange::Removed => ("Removed", "skipped"),
        PageChange::Failed => ("Failed", "failed"),
    };
    let mut facts = Vec::new();
    if event.passages > 0 {
        facts.push(text::count(u64::from(event.passages), "passage", "passages"));
    }
    if let Some(status) = event.http_status {
        facts.push(format!("HTTP {status}"));
    }
    if event.refresh {
        facts.push("read by itself".to_owned());
    }
    view! {
        <li>
            <span class="state" data-state=state>{words}</span>
            <span class="quiet"><Moment at=event.at/></span>
            <span class="quiet">{facts.join(" · ")}</span>
            {event.reason.map(|reason| view! { <p class="break">{reason}</p> })}
        </li>
    }
}
