//! Response templates: words that members keep ready, with how often each was sent and which agents say it.

mod confirm;
mod edit;

use crate::api::templates as api;
use crate::clock::Ago;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::{Load, load};
use crate::session::use_session;
use crate::text;
use confirm::ConfirmDelete;
use edit::EditDialog;
use leptos::prelude::*;
use protocol::TemplateId;
use protocol::api::{Template, TemplateAnswer};
use protocol::permission::Permission;

/// What the dialog edits: a template that exists, or a new one.
#[derive(Clone, Copy)]
struct Editing {
    open: RwSignal<bool>,
    template: RwSignal<Option<Template>>,
}

impl Editing {
    fn begin(self, template: Option<Template>) {
        self.template.set(template);
        self.open.set(true);
    }
}

#[component]
pub(crate) fn TemplatesPage() -> impl IntoView {
    title(|| "Templates".to_owned());
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::ConversationsWrite));
    let templates = load(|| Some(api::list()));
    let editing = Editing { open: RwSignal::new(false), template: RwSignal::new(None) };
    let deleting = RwSignal::new(None::<Template>);
    let none = Memo::new(move |_| templates.part(Vec::is_empty).unwrap_or(false));
    let ids = move || {
        templates
            .part(|all| all.iter().map(|template| template.id.clone()).collect::<Vec<_>>())
            .unwrap_or_default()
    };
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Templates"</h1>
                    <p class="page-sub">"Words you keep ready. In a conversation, type / or press Templates to use one; curated answers of agents can say them, too."</p>
                </div>
                <Show when=move || may.get()>
                    <button class="button primary" type="button" on:click=move |_| editing.begin(None)>
                        <Icon glyph=Glyph::Plus/>"Add template"
                    </button>
                </Show>
            </header>
            <Loaded
                has=Signal::derive(move || templates.value.with(Option::is_some))
                problem=templates.problem
                retry=move || templates.refresh()
                lines=4
                tall=true
            >
                <Show when=move || !none.get() fallback=move || view! {
                    <div class="card">
                        <Empty
                            glyph=Glyph::Document
                            title="No template yet"
                            text="Write down what you say again and again: a greeting, the way to you, what happens next."
                        >
                            <Show when=move || may.get()>
                                <button class="button primary" type="button" on:click=move |_| editing.begin(None)>
                                    <Icon glyph=Glyph::Plus/>"Add the first"
                                </button>
                            </Show>
                        </Empty>
                    </div>
                }>
                    <ul class="card flush template-list" aria-label="Templates">
                        <For each=ids key=|id| id.to_string() let:id>
                            <TemplateRow id templates editing deleting may/>
                        </For>
                    </ul>
                </Show>
            </Loaded>
            <EditDialog editing templates/>
            <ConfirmDelete deleting templates/>
        </div>
    }
}

#[component]
fn TemplateRow(
    id: TemplateId,
    templates: Load<Vec<Template>>,
    editing: Editing,
    deleting: RwSignal<Option<Template>>,
    may: Memo<bool>,
) -> impl IntoView {
    let session = use_session();
    let template = Memo::new(move |_| {
        templates.part(|all| all.iter().find(|template| template.id == id).cloned()).flatten()
    });
    let read =
        move |read: fn(&Template) -> String| template.with(|t| t.as_ref().map(read).unwrap_or_default());
    let name = Signal::derive(move || read(|template| template.name.clone()));
    let last = move || template.with(|t| t.as_ref().and_then(|template| template.last_used_at));
    let agent = move || {
        let of = template.with(|t| t.as_ref().and_then(|template| template.agent_id.clone()));
        of.map(|of| {
            let known = session.agents.with(|all| {
                all.iter().flatten().find(|agent| agent.id == of).map(|agent| agent.name.clone())
            });
            known.unwrap_or_else(|| "an agent that is gone".to_owned())
        })
    };
    let said_in = move || {
        let answers = template.with(|t| t.as_ref().map(|template| template.answers.clone()))?;
        let names = session.agents.with(|all| {
            let name = |answer: &TemplateAnswer| {
                let agent = all.iter().flatten().find(|agent| agent.id == answer.agent_id);
                let agent = agent.map_or_else(String::new, |agent| format!(" ({})", agent.name));
                format!("“{}”{agent}", answer.question)
            };
            answers.iter().map(name).collect::<Vec<_>>()
        });
        (!names.is_empty()).then(|| names.join(", "))
    };
    view! {
        <li class="template-row">
            <div class="template-text">
                <strong dir="auto">{name}</strong>
                <span class="template-said" dir="auto">{move || read(|template| template.text.clone())}</span>
                <span class="template-facts">
                    <span>{move || read(uses)}</span>
                    {move || last().map(|at| view! { <span>"last " <Ago at=Signal::derive(move || at)/></span> })}
                    {move || agent().map(|agent| view! { <span dir="auto">{format!("Only for {agent}")}</span> })}
                </span>
                {move || said_in().map(|all| view! { <span class="template-facts" dir="auto">{format!("Used by agents in: {all}")}</span> })}
            </div>
            <Show when=move || may.get()>
                <div class="template-acts">
                    <button class="icon-button" type="button" aria-label=move || format!("Edit “{}”", name.get())
                        on:click=move |_| editing.begin(template.get_untracked())><Icon glyph=Glyph::Pencil/></button>
                    <button class="icon-button" type="button" aria-label=move || format!("Delete “{}”", name.get())
                        on:click=move |_| deleting.set(template.get_untracked())><Icon glyph=Glyph::Trash/></button>
                </div>
            </Show>
        </li>
    }
}

/// How often members and agents used it.
fn uses(template: &Template) -> String {
    let times = |n: u32| text::count(u64::from(n), "time", "times");
    match (template.used, template.used_by_agents) {
        (0, 0) => "Never used".to_owned(),
        (members, 0) => format!("Used {}", times(members)),
        (0, agents) => format!("Used {} by agents", times(agents)),
        (members, agents) => format!("Used {} by members, {} by agents", times(members), times(agents)),
    }
}
