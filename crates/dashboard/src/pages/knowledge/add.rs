//! Adding knowledge: its kind first, then what that kind needs.

use super::drop::{DropAnywhere, FilePicker};
use super::faq::NewFaq;
use super::text::NewText;
use super::uploads;
use crate::api::knowledge as api;
use crate::components::icon::{Glyph, Icon};
use crate::components::notice::{Notices, announce};
use crate::components::shell::title;
use crate::pages::add_source::AddAddress;
use crate::session::{Session, use_session};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use protocol::api::{NewSource, SourceKind};
use protocol::permission::Permission;

struct Choice {
    key: &'static str,
    kind: SourceKind,
    name: &'static str,
    text: &'static str,
}

const CHOICES: [Choice; 6] = [
    Choice {
        key: "website",
        kind: SourceKind::Website,
        name: "Website",
        text: "All pages of a site or sitemap",
    },
    Choice {
        key: "files",
        kind: SourceKind::Files,
        name: "Files",
        text: "PDF, Word, text, Markdown, CSV, HTML",
    },
    Choice { key: "text", kind: SourceKind::Text, name: "Text", text: "Written here, in Markdown" },
    Choice { key: "faq", kind: SourceKind::Faq, name: "FAQ list", text: "Questions with answers, or a CSV" },
    Choice { key: "feed", kind: SourceKind::Feed, name: "Feed", text: "News by RSS, Atom or JSON Feed" },
    Choice { key: "video", kind: SourceKind::Video, name: "Video", text: "What is said in a YouTube video" },
];

#[component]
pub(crate) fn AddPage() -> impl IntoView {
    title(|| "Add knowledge".to_owned());
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::KnowledgeWrite));
    let query = use_query_map();
    let kind = Memo::new(move |_| {
        let key = query.with(|query| query.get("kind"));
        CHOICES
            .iter()
            .find(|choice| Some(choice.key) == key.as_deref())
            .map_or(SourceKind::Website, |c| c.kind)
    });
    let choices = move || {
        CHOICES
        .iter()
        .map(|choice| {
            view! {
                <li>
                    <a class="kind-choice" data-noscroll="" href=format!("/app/sources/new?kind={}", choice.key)
                        aria-current=move || (kind.get() == choice.kind).then_some("true")>
                        <span class="kind-mark" aria-hidden="true"><Icon glyph=super::kinds::glyph(choice.kind)/></span>
                        <span class="kind-text"><strong>{choice.name}</strong><span>{choice.text}</span></span>
                    </a>
                </li>
            }
        })
        .collect_view()
    };
    view! {
        <div class="page">
            <a class="back" href="/app/sources"><Icon glyph=Glyph::Back/>"Knowledge"</a>
            <header class="page-head">
                <div>
                    <h1>"Add knowledge"</h1>
                    <p class="page-sub">"The agent answers from what you give it here, and names where it stands."</p>
                </div>
            </header>
            <Show when=move || may.get() fallback=|| view! {
                <p class="card nothing">"Your role can look at knowledge, not change it. Ask an admin for the role of an editor."</p>
            }>
                <nav aria-label="Kind of knowledge"><ul class="kind-choices">{choices}</ul></nav>
                {move || match kind.get() {
                    SourceKind::Files => view! { <NewFiles/> }.into_any(),
                    SourceKind::Text => view! { <NewText/> }.into_any(),
                    SourceKind::Faq => view! { <NewFaq/> }.into_any(),
                    kind => view! { <AddAddress kind/> }.into_any(),
                }}
            </Show>
        </div>
    }
}

#[component]
fn NewFiles() -> impl IntoView {
    let take = new_files(use_session());
    view! {
        <section class="card" aria-label="Files">
            <DropAnywhere text="Drop to add these files" on_files=take/>
            <FilePicker on_files=take/>
        </section>
    }
}

/// Makes a source of files and sends them to it. Files of which none can be read make none.
pub(crate) fn new_files(session: Session) -> impl Fn(Vec<web_sys::File>) + Copy + 'static {
    let navigate = StoredValue::new_local(use_navigate());
    let notices = use_context::<Notices>();
    let busy = StoredValue::new(false);
    move |files| {
        let Some(agent) = session.agent.get_untracked().filter(|_| !busy.get_value() && !files.is_empty())
        else {
            return;
        };
        let refusals: Vec<String> =
            files.iter().filter_map(|file| uploads::refuse(&file.name(), file.size(), true)).collect();
        if refusals.len() == files.len() {
            announce(notices, refusals.into_iter().next().unwrap_or_default());
            return;
        }
        busy.set_value(true);
        let new =
            NewSource { kind: Some(SourceKind::Files), title: "Files".to_owned(), ..NewSource::default() };
        spawn_local(async move {
            match api::add_source(agent, new).await {
                Ok(source) => {
                    uploads::add(&source.id, files, 0);
                    navigate.try_with_value(|navigate| {
                        navigate(&format!("/app/sources/{}", source.id), NavigateOptions::default());
                    });
                }
                Err(problem) => announce(notices, problem.message),
            }
            busy.try_set_value(false);
        });
    }
}
