//! Receipts of what was removed by age, handed out of a person, or erased: in numbers, behind the audit log.

use crate::api::team as api;
use crate::clock::Moment;
use crate::components::state::{Badge, Loaded};
use crate::load::load;
use leptos::prelude::*;
use protocol::api::{Receipt, ReceiptKind, ReceiptPlace};

#[component]
pub(super) fn Receipts() -> impl IntoView {
    let receipts = load(|| Some(api::receipts()));
    let none = Memo::new(move |_| receipts.part(Vec::is_empty).unwrap_or_default());
    view! {
        <section class="card flush" aria-labelledby="receipts">
            <div class="card-head"><h2 id="receipts">"Removed and handed out"</h2></div>
            <Loaded
                has=Signal::derive(move || receipts.value.with(Option::is_some))
                problem=receipts.problem
                retry=move || receipts.refresh()
                lines=3
            >
                <Show
                    when=move || !none.get()
                    fallback=|| view! {
                        <p class="nothing">"Nothing was removed by age, and nobody was exported or erased yet."</p>
                    }
                >
                    <ul class="rows">
                        {move || receipts.value.get().unwrap_or_default().into_iter().map(line).collect_view()}
                    </ul>
                </Show>
            </Loaded>
        </section>
    }
}

fn line(receipt: Receipt) -> impl IntoView {
    let state = match (receipt.kind, receipt.done_at) {
        (_, None) => ("Running", "busy"),
        (ReceiptKind::Retention, _) => ("Removed by age", "good"),
        (ReceiptKind::Export, _) => ("Person exported", "good"),
        (ReceiptKind::Download, _) => ("Export downloaded", "good"),
        (ReceiptKind::Erasure, _) => ("Person erased", "good"),
    };
    let said = |place, of: &'static str| {
        let counts = receipt.counts.iter().filter(|one| one.place == place && one.count > 0);
        let counts = counts.map(|one| format!("{} {}", one.count, one.what.replace('_', " ")));
        let counts = counts.collect::<Vec<_>>().join(", ");
        (!counts.is_empty()).then(|| format!("{of}: {counts}"))
    };
    let said = [
        said(ReceiptPlace::Database, "Database"),
        said(ReceiptPlace::Archive, "Archive"),
        said(ReceiptPlace::Files, "Storage"),
    ];
    let said = said.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let by = if receipt.by.is_empty() {
        "By the schedule, ".to_owned()
    } else {
        format!("Asked for by {}, ", receipt.by)
    };
    view! {
        <li class="entry">
            <p><Badge state=Signal::stored(state)/> <span>{said}</span></p>
            <p class="quiet">
                {by} <Moment at=receipt.requested_at/>
                {receipt.done_at.map(|at| view! { " · done " <Moment at=at/> })}
                " · " <code>{receipt.id}</code>
            </p>
        </li>
    }
}
