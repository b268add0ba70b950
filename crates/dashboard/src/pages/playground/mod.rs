//! The playground: a question to the draft or a version, with everything that was done to answer it.

mod answer;
mod cite;
mod column;
mod composer;
mod details;
mod feedback;
mod found;
mod run;

use crate::api::playground as api;
use crate::components::dialog::Dialog;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::load::{Load, load};
use crate::pages::knowledge::document::DocumentView;
use crate::session::use_session;
use column::{Column, ColumnView};
use composer::Composer;
use leptos::prelude::*;
use protocol::DocumentId;
use protocol::agent::Model;
use protocol::api::{ModelOption, Version};

/// What the choices above a column are made of.
#[derive(Clone, Copy)]
struct Choices {
    versions: Load<Vec<Version>>,
    models: Load<Vec<ModelOption>>,
}

impl Choices {
    /// A model's name for people.
    fn label(self, model: &Model) -> String {
        let known = self
            .models
            .part(|all| all.iter().find(|option| option.model == *model).map(|option| option.label.clone()))
            .flatten();
        known.unwrap_or_else(|| model.name().unwrap_or("Quoted sentences").to_owned())
    }
}

/// The passage that is looked at in its page.
#[derive(Clone, Copy)]
struct Opened {
    open: RwSignal<bool>,
    what: RwSignal<Option<(DocumentId, u32, String)>>,
}

impl Opened {
    fn show(self, document: DocumentId, passage: u32, title: String) {
        self.what.set(Some((document, passage, title)));
        self.open.set(true);
    }
}

#[component]
pub(crate) fn PlaygroundPage() -> impl IntoView {
    title(|| "Playground".to_owned());
    let session = use_session();
    let choices = Choices {
        versions: load(move || session.agent.get().map(api::versions)),
        models: load(move || Some(api::models())),
    };
    let opened = Opened { open: RwSignal::new(false), what: RwSignal::new(None) };
    provide_context(choices);
    provide_context(opened);
    let columns = [Column::new(0), Column::new(1)];
    let [first, second] = columns;
    let both = RwSignal::new(false);
    let started = Memo::new(move |_| columns.iter().any(|column| column.runs.with(|runs| !runs.is_empty())));
    let restart = move || columns.into_iter().for_each(Column::clear);
    // Another agent's conversation does not go on here.
    Effect::new(move |before: Option<()>| {
        session.agent.track();
        if before.is_some() {
            columns.into_iter().for_each(|column| {
                column.clear();
                column.version.set(None);
            });
        }
    });
    on_cleanup(move || columns.into_iter().for_each(Column::stop));
    let compare = move |on: bool| {
        if !on {
            second.clear();
        }
        both.set(on);
    };
    let shown = move || opened.what.get();
    view! {
        <div class="page playground" class:both=move || both.get()>
            <header class="page-head">
                <div>
                    <h1>"Playground"</h1>
                    <p class="page-sub">"The real pipeline, with everything it did. Nothing here is billed or counted."</p>
                </div>
                <div class="page-acts">
                    <button class="button" type="button" aria-pressed=move || both.get().to_string() on:click=move |_| compare(!both.get_untracked())>
                        <Icon glyph=Glyph::Grid/>
                        "Side by side"
                    </button>
                    <button class="button" type="button" aria-disabled=move || (!started.get()).to_string() on:click=move |_| restart()>
                        <Icon glyph=Glyph::Plus/>
                        "New conversation"
                    </button>
                </div>
            </header>
            <div class="play-columns">
                <ColumnView column=first name="Left" both/>
                <Show when=move || both.get()><ColumnView column=second name="Right" both/></Show>
            </div>
            <Composer columns both/>
            <Dialog open=opened.open title=Signal::derive(move || shown().map(|(.., title)| title).unwrap_or_default())>
                {shown().map(|(document, passage, _)| view! { <DocumentView document passage/> })}
            </Dialog>
        </div>
    }
}
