//! Something said outside of turns: by a visitor to people, by a member, by the product, or a note.

use super::turn::sought;
use crate::clock::Hour;
use leptos::prelude::*;
use protocol::handover::{Message, Speaker};

#[component]
pub(crate) fn MessageView(message: Message) -> impl IntoView {
    let name = message.name.unwrap_or_default();
    let by = match message.from {
        Speaker::Visitor => "Visitor".to_owned(),
        Speaker::Member => name,
        Speaker::System => "Automatic".to_owned(),
        Speaker::Note => format!("Note by {name}"),
    };
    let class = match message.from {
        Speaker::Visitor => "question",
        Speaker::Member | Speaker::System => "uttered",
        Speaker::Note => "uttered noted",
    };
    let id = message.id.to_string();
    let (row, sought) = sought(&id);
    view! {
        <li class="turn" class:sought=move || sought.get() id=id node_ref=row>
            <div class=class>
                <p class="said" dir="auto">{message.text}</p>
                <span class="said-by">{by} " · " <Hour at=message.at/></span>
            </div>
        </li>
    }
}
