//! What rules and calls to action have in common on the screen: a list in an order, each with a sentence, a switch and
//! what can be done with it.

use super::words;
use crate::api::{Reply, rules as api};
use crate::components::dialog::Dialog;
use crate::components::form::FormProblem;
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::session::use_session;
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{CtaRule, Done, Rule};
use protocol::{AgentId, Problem};
use std::future::Future;
use std::pin::Pin;

/// A call that is under way.
pub(super) type Job<T> = Pin<Box<dyn Future<Output = Reply<T>>>>;

/// One of the two.
pub(super) trait Item: Clone + PartialEq + Send + Sync + 'static {
    /// Its kind, in lower case.
    const NOUN: &'static str;
    fn id(&self) -> String;
    fn name(&self) -> String;
    fn enabled(&self) -> bool;
    fn sentence(&self, ctas: &[CtaRule]) -> String;
    fn facts(&self) -> String;
    fn switched(self) -> Job<Self>;
    fn delete(self) -> Job<Done>;
    fn order(agent: AgentId, all: &[Self]) -> Job<Done>;
}

impl Item for Rule {
    const NOUN: &'static str = "rule";
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn name(&self) -> String {
        self.content.name.clone()
    }
    fn enabled(&self) -> bool {
        self.content.enabled
    }
    fn sentence(&self, ctas: &[CtaRule]) -> String {
        words::rule(&self.content, ctas)
    }
    fn facts(&self) -> String {
        let fired = match self.fired {
            0 => "Has not fired in 30 days".to_owned(),
            n => format!(
                "Fired {} for {} in 30 days",
                text::count(n.into(), "time", "times"),
                text::count(self.visitors.into(), "visitor", "visitors")
            ),
        };
        let schedule = words::schedule(&self.content.schedule);
        if schedule.is_empty() { fired } else { format!("{schedule} · {fired}") }
    }
    fn switched(mut self) -> Job<Self> {
        self.content.enabled = !self.content.enabled;
        Box::pin(api::update_rule(self.id, self.revision, self.content))
    }
    fn delete(self) -> Job<Done> {
        Box::pin(api::delete_rule(self.id))
    }
    fn order(agent: AgentId, all: &[Self]) -> Job<Done> {
        Box::pin(api::order_rules(agent, all.iter().map(|rule| rule.id.clone()).collect()))
    }
}

impl Item for CtaRule {
    const NOUN: &'static str = "call to action";
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn name(&self) -> String {
        self.content.name.clone()
    }
    fn enabled(&self) -> bool {
        self.content.enabled
    }
    fn sentence(&self, _: &[CtaRule]) -> String {
        words::cta(&self.content)
    }
    fn facts(&self) -> String {
        let kind = words::kind(self.content.kind);
        if self.shown == 0 {
            return format!("{kind} · Not shown in 30 days");
        }
        let rate = words::percent(f64::from(self.clicked.min(self.shown)) / f64::from(self.shown));
        format!("{kind} · Shown {}, followed {} in 30 days ({rate})", self.shown, self.clicked)
    }
    fn switched(mut self) -> Job<Self> {
        self.content.enabled = !self.content.enabled;
        Box::pin(api::update_cta(self.id, self.revision, self.content))
    }
    fn delete(self) -> Job<Done> {
        Box::pin(api::delete_cta(self.id))
    }
    fn order(agent: AgentId, all: &[Self]) -> Job<Done> {
        Box::pin(api::order_ctas(agent, all.iter().map(|cta| cta.id.clone()).collect()))
    }
}

/// Puts what was changed or added into what is shown.
pub(super) fn replace<T: Item>(items: Load<Vec<T>>, now: T) {
    items.value.try_update(|all| {
        let Some(all) = all else { return };
        match all.iter_mut().find(|item| item.id() == now.id()) {
            Some(item) => *item = now,
            None => all.push(now),
        }
    });
}

/// Puts one at another place, at once; saved behind it, one order after the other.
pub(super) struct Order<T: Item> {
    items: Load<Vec<T>>,
    notices: Option<Notices>,
    agent: RwSignal<Option<AgentId>>,
    saving: StoredValue<bool>,
    /// It was changed while an earlier order was being saved.
    again: StoredValue<bool>,
}

impl<T: Item> Copy for Order<T> {}
impl<T: Item> Clone for Order<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Item> Order<T> {
    pub(super) fn new(items: Load<Vec<T>>) -> Self {
        let session = use_session();
        let agent = RwSignal::new(None);
        Effect::new(move |_| agent.set(session.agent.get()));
        let notices = use_context::<Notices>();
        Self { items, notices, agent, saving: StoredValue::new(false), again: StoredValue::new(false) }
    }

    /// The place of one, from 0.
    pub(super) fn place(self, id: &str) -> Option<usize> {
        self.items.part(|all| all.iter().position(|item| item.id() == id)).flatten()
    }

    pub(super) fn put(self, id: &str, to: usize) {
        let moved = self.items.value.try_update(|all| {
            let all = all.as_mut()?;
            let from = all.iter().position(|item| item.id() == id)?;
            (from != to && to < all.len()).then(|| {
                let item = all.remove(from);
                let said = format!("“{}” is now number {} of {}.", item.name(), to + 1, all.len() + 1);
                all.insert(to, item);
                said
            })
        });
        let Some(said) = moved.flatten() else { return };
        announce(self.notices, said);
        if self.saving.get_value() {
            self.again.set_value(true);
        } else {
            self.save();
        }
    }

    fn save(self) {
        let Some(agent) = self.agent.get_untracked() else { return };
        self.saving.set_value(true);
        spawn_local(async move {
            loop {
                self.again.try_update_value(|again| *again = false);
                let job = self
                    .items
                    .value
                    .try_with_untracked(|all| all.as_ref().map(|all| T::order(agent.clone(), all)))
                    .flatten();
                let Some(job) = job else { break };
                if let Err(problem) = job.await {
                    announce(self.notices, format!("The order was not saved. {}", problem.message));
                    // What the server has is what applies.
                    self.items.refresh();
                    break;
                }
                if self.again.try_get_value() != Some(true) {
                    break;
                }
            }
            self.saving.try_set_value(false);
        });
    }
}

/// Asks before one is deleted.
#[component]
pub(super) fn ConfirmDelete<T: Item>(
    open: RwSignal<bool>,
    item: Memo<Option<T>>,
    items: Load<Vec<T>>,
) -> impl IntoView {
    let notices = use_context::<Notices>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let name = Signal::derive(move || item.with(|item| item.as_ref().map(Item::name)).unwrap_or_default());
    let delete = move |_| {
        let Some(item) = item.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        let (id, said) = (item.id(), format!("“{}” is deleted.", item.name()));
        spawn_local(async move {
            match item.delete().await {
                Ok(_) => {
                    open.try_set(false);
                    announce(notices, said);
                    items.value.try_update(|all| {
                        if let Some(all) = all {
                            all.retain(|known| known.id() != id);
                        }
                    });
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    view! {
        <Dialog open title=Signal::derive(move || format!("Delete “{}”?", name.get()))>
            <div class="form">
                <p>"Visitors do not see it any more, and its figures are gone. To keep it for later, switch it off instead."</p>
                <FormProblem problem/>
                <div class="form-acts">
                    <button class="button" type="button" autofocus on:click=move |_| open.set(false)>"Keep it"</button>
                    <button class="button danger" type="button" aria-disabled=move || busy.get().to_string() on:click=delete>
                        <span class="spinner" class:on=move || busy.get()></span>
                        {format!("Delete {}", T::NOUN)}
                    </button>
                </div>
            </div>
        </Dialog>
    }
}
