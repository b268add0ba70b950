//! The picker of response templates in a reply: `/` at the beginning, or the button; by keyboard alone.

use crate::api::templates as api;
use crate::components::form::focus;
use crate::components::icon::{Glyph, Icon};
use crate::load::{Load, load};
use crate::session::use_session;
use domain::templates::{Values, fill};
use leptos::prelude::*;
use protocol::TemplateId;
use protocol::api::{Conversation, Template};

/// Templates that are offered at once.
const OFFERED: usize = 8;
const LIST: &str = "reply-templates";

/// What is picked for one reply.
#[derive(Clone, Copy)]
pub(crate) struct Picker {
    text: RwSignal<String>,
    /// Opened by the button.
    opened: RwSignal<bool>,
    /// Closed with Escape, until the text is another one.
    dismissed: RwSignal<bool>,
    at: RwSignal<usize>,
    offered: Memo<Vec<Template>>,
    values: Memo<Values>,
    /// The template that the text began with.
    used: StoredValue<Option<TemplateId>>,
}

impl Picker {
    pub(crate) fn new(conversation: Load<Conversation>, text: RwSignal<String>) -> Self {
        let session = use_session();
        let all = load(|| Some(api::list()));
        let agent = Memo::new(move |_| conversation.part(|c| c.summary.agent_id.clone()));
        let offered = Memo::new(move |_| {
            let wanted = text.with(|text| text.strip_prefix('/').unwrap_or_default().trim().to_lowercase());
            let fits = |template: &&Template| {
                (template.agent_id.is_none() || template.agent_id == agent.get())
                    && template.name.to_lowercase().contains(&wanted)
            };
            let found = all.part(|all| all.iter().filter(fits).take(OFFERED).cloned().collect::<Vec<_>>());
            found.unwrap_or_default()
        });
        let values = Memo::new(move |_| {
            let (member_name, workspace_name) = session.me.with(|me| {
                let workspace = me.as_ref().and_then(|me| me.workspace.as_ref());
                (
                    me.as_ref().map(|me| me.name.clone()).unwrap_or_default(),
                    workspace.map(|workspace| workspace.name.clone()).unwrap_or_default(),
                )
            });
            let of = agent.get();
            let agent_name = session.agents.with(|all| {
                let agent = all.iter().flatten().find(|known| Some(&known.id) == of.as_ref());
                agent.map(|agent| agent.name.clone()).unwrap_or_default()
            });
            let visitor_name = conversation.part(|c| c.visitor_name.clone()).unwrap_or_default();
            Values { visitor_name, member_name, agent_name, workspace_name }
        });
        Self {
            text,
            opened: RwSignal::new(false),
            dismissed: RwSignal::new(false),
            at: RwSignal::new(0),
            offered,
            values,
            used: StoredValue::new(None),
        }
    }

    /// The text has changed.
    pub(crate) fn typed(self) {
        self.dismissed.set(false);
        self.at.set(0);
        if self.text.with_untracked(String::is_empty) {
            self.used.set_value(None);
            self.opened.set(false);
        }
    }

    pub(crate) fn is_open(self) -> bool {
        let asks = self.text.with(|text| text.starts_with('/') && !text.contains('\n'));
        self.opened.get() || asks && !self.dismissed.get()
    }

    /// The id of the entry that Enter takes, for `aria-activedescendant`.
    pub(crate) fn active(self) -> Option<String> {
        let there = self.offered.with(|offered| self.at.get() < offered.len());
        (self.is_open() && there).then(|| format!("{LIST}-{}", self.at.get()))
    }

    /// Whether a key was meant for the picker.
    pub(crate) fn key(self, key: &str) -> bool {
        if !untrack(|| self.is_open()) {
            return false;
        }
        let count = self.offered.with_untracked(Vec::len);
        match key {
            "ArrowDown" if count > 0 => self.at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => self.at.update(|at| *at = (*at + count - 1) % count),
            "Enter" | "Tab" if count > 0 => self.take(self.at.get_untracked()),
            "Escape" => {
                self.opened.set(false);
                self.dismissed.set(true);
            }
            _ => return false,
        }
        true
    }

    fn take(self, at: usize) {
        let Some(template) = self.offered.with_untracked(|offered| offered.get(at).cloned()) else { return };
        let filled =
            self.values.with_untracked(|values| fill(&template.text, values)).unwrap_or(template.text);
        self.text.update(|text| {
            if text.trim().is_empty() || text.starts_with('/') {
                *text = filled;
            } else {
                *text = format!("{}\n{filled}", text.trim_end());
            }
        });
        self.used.set_value(Some(template.id));
        self.opened.set(false);
        self.dismissed.set(true);
        focus("reply-text");
    }

    /// The template that this reply was written with; the next one begins anew.
    pub(crate) fn used(self) -> Option<TemplateId> {
        self.used.get_value()
    }
}

/// The button that opens the picker.
#[component]
pub(crate) fn PickButton(picker: Picker) -> impl IntoView {
    let toggle = move |_| {
        let open = untrack(|| picker.is_open());
        picker.opened.set(!open);
        picker.dismissed.set(open);
        picker.at.set(0);
        focus("reply-text");
    };
    view! {
        <button class="button" type="button" aria-controls=LIST aria-expanded=move || picker.is_open().to_string() on:click=toggle>
            <Icon glyph=Glyph::Document/>"Templates"
        </button>
    }
}

/// The templates that fit, over the reply.
#[component]
pub(crate) fn PickList(picker: Picker) -> impl IntoView {
    let count = move || match picker.offered.with(Vec::len) {
        0 => "No template of that name.".to_owned(),
        1 => "1 template. Enter takes it.".to_owned(),
        many => format!("{many} templates. Arrow keys choose, Enter takes one."),
    };
    let entry = move |(at, template): (usize, Template)| {
        let said = picker.values.with(|values| fill(&template.text, values)).unwrap_or(template.text);
        view! {
            <li
                id=format!("{LIST}-{at}") role="option" class="pick" aria-selected=move || (picker.at.get() == at).to_string()
                on:mousedown=move |event: web_sys::MouseEvent| {
                    // The focus stays in the reply.
                    event.prevent_default();
                    picker.take(at);
                }
            >
                <strong dir="auto">{template.name}</strong>
                <span class="pick-text" dir="auto">{said}</span>
            </li>
        }
    };
    view! {
        <Show when=move || picker.is_open()>
            <div class="picker">
                <p class="picker-said" role="status">{count}
                    " " <a class="link" href="/app/templates">"All templates"</a></p>
                <ul id=LIST role="listbox" aria-label="Templates">
                    {move || picker.offered.get().into_iter().enumerate().map(entry).collect_view()}
                </ul>
            </div>
        </Show>
    }
}
