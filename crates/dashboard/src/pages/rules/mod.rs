//! What the agent does of its own accord: rules, calls to action, experiments.

mod card;
mod cta_form;
mod experiment_form;
pub(crate) mod experiments;
mod fields;
mod item;
mod list;
mod rule_form;
mod trial;
mod variant_fields;
mod words;

use crate::api::rules as api;
use crate::components::dialog::Dialog;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::components::state::{Empty, Loaded};
use crate::load::load;
use crate::session::use_session;
pub(crate) use card::CtaCard;
use cta_form::CtaForm;
use leptos::prelude::*;
use list::ItemList;
use protocol::api::{CtaRule, Rule};
use protocol::permission::Permission;
use rule_form::RuleForm;
use trial::Trial;

const RULES: &str = "/app/rules";
const CTAS: &str = "/app/rules/ctas";
const EXPERIMENTS: &str = "/app/rules/experiments";

/// The frame of the three screens: heading, what can be added, tabs with addresses of their own.
#[component]
fn Frame(
    here: &'static str,
    heading: &'static str,
    text: &'static str,
    add: &'static str,
    may: Memo<bool>,
    begin: Callback<()>,
    children: Children,
) -> impl IntoView {
    let tab = move |href: &'static str, label: &'static str| {
        view! { <a class="tab" href=href aria-current=(href == here).then_some("page")>{label}</a> }
    };
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>{heading}</h1>
                    <p class="page-sub">{text}</p>
                </div>
                <Show when=move || may.get()>
                    <button class="button primary" type="button" on:click=move |_| begin.run(())>
                        <Icon glyph=Glyph::Plus/>{add}
                    </button>
                </Show>
            </header>
            <nav class="tabs" aria-label="Rules">
                {tab(RULES, "Rules")}
                {tab(CTAS, "Calls to action")}
                {tab(EXPERIMENTS, "Experiments")}
            </nav>
            {children()}
        </div>
    }
}

/// What the dialog edits: one that exists, or a new one.
struct Editing<T: Send + Sync + 'static> {
    open: RwSignal<bool>,
    item: RwSignal<Option<T>>,
}

impl<T: Send + Sync + 'static> Copy for Editing<T> {}
impl<T: Send + Sync + 'static> Clone for Editing<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Editing<T> {
    fn new() -> Self {
        Self { open: RwSignal::new(false), item: RwSignal::new(None) }
    }

    fn begin(self, item: Option<T>) {
        self.item.set(item);
        self.open.set(true);
    }
}

#[component]
pub(crate) fn RulesPage() -> impl IntoView {
    title(|| "Rules".to_owned());
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::AgentsWrite));
    let rules = load(move || session.agent.get().map(api::rules));
    let ctas = load(move || session.agent.get().map(api::ctas));
    let editing = Editing::<Rule>::new();
    let none = Memo::new(move |_| rules.part(Vec::is_empty).unwrap_or(false));
    let begin = Callback::new(move |()| editing.begin(None));
    let named =
        move || if editing.item.with(Option::is_some) { "Edit rule" } else { "Add a rule" }.to_owned();
    view! {
        <Frame here=RULES heading="Rules" may begin add="Add rule"
            text="What the widget does of its own accord. The first that fits fires, once in five minutes at most.">
            <Trial rules ctas/>
            <Loaded
                has=Signal::derive(move || rules.value.with(Option::is_some))
                problem=rules.problem retry=move || rules.refresh() lines=4 tall=true
            >
                <Show when=move || !none.get() fallback=move || view! {
                    <div class="card">
                        <Empty glyph=Glyph::Bell title="No rule yet"
                            text="The widget waits to be opened. Add a rule to speak first: when somebody is about to leave the price page, say.">
                            <Show when=move || may.get()>
                                <button class="button primary" type="button" on:click=move |_| editing.begin(None)>
                                    <Icon glyph=Glyph::Plus/>"Add the first"
                                </button>
                            </Show>
                        </Empty>
                    </div>
                }>
                    <ItemList items=rules ctas label="Rules, the most important first" may
                        edit=Callback::new(move |rule| editing.begin(Some(rule)))/>
                </Show>
            </Loaded>
            <Dialog open=editing.open title=Signal::derive(named)>
                <RuleForm editing rules ctas/>
            </Dialog>
        </Frame>
    }
}

#[component]
pub(crate) fn CtasPage() -> impl IntoView {
    title(|| "Calls to action".to_owned());
    let session = use_session();
    let may = Memo::new(move |_| session.may(Permission::AgentsWrite));
    let ctas = load(move || session.agent.get().map(api::ctas));
    let editing = Editing::<CtaRule>::new();
    let none = Memo::new(move |_| ctas.part(Vec::is_empty).unwrap_or(false));
    let begin = Callback::new(move |()| editing.begin(None));
    let named = move || {
        if editing.item.with(Option::is_some) { "Edit call to action" } else { "Add a call to action" }
            .to_owned()
    };
    view! {
        <Frame here=CTAS heading="Calls to action" may begin add="Add call to action"
            text="A button below an answer, or shown by a rule. After an answer the first that fits is shown, each once in a conversation.">
            <Loaded
                has=Signal::derive(move || ctas.value.with(Option::is_some))
                problem=ctas.problem retry=move || ctas.refresh() lines=4 tall=true
            >
                <Show when=move || !none.get() fallback=move || view! {
                    <div class="card">
                        <Empty glyph=Glyph::Star title="No call to action yet"
                            text="Answers end where they end. Add what a visitor may do next: book a demo, buy, leave an address.">
                            <Show when=move || may.get()>
                                <button class="button primary" type="button" on:click=move |_| editing.begin(None)>
                                    <Icon glyph=Glyph::Plus/>"Add the first"
                                </button>
                            </Show>
                        </Empty>
                    </div>
                }>
                    <ItemList items=ctas ctas label="Calls to action, the most important first" may
                        edit=Callback::new(move |cta| editing.begin(Some(cta)))/>
                </Show>
            </Loaded>
            <Dialog open=editing.open title=Signal::derive(named)>
                <CtaForm editing ctas/>
            </Dialog>
        </Frame>
    }
}
