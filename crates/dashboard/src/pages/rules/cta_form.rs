//! The dialog that writes a call to action.

use super::Editing;
use super::fields::{Acts, Check, Choice, Sheet, Text, lines, number};
use super::item::replace;
use super::words;
use crate::api::rules as api;
use crate::components::form::FormProblem;
use crate::load::Load;
use crate::session::use_session;
use leptos::prelude::*;
use protocol::api::CtaRule;
use protocol::rules::{CtaContent, CtaHistory, CtaKind};

const KINDS: &[(&str, CtaKind)] = &[
    ("buy", CtaKind::Buy),
    ("demo", CtaKind::Demo),
    ("signup", CtaKind::Signup),
    ("book", CtaKind::Book),
    ("link", CtaKind::Link),
    ("capture_email", CtaKind::CaptureEmail),
];
/// Fields that show their own problem.
const FIELDS: &[&str] = &["name", "label", "target", "page", "words", "history.asked", "history.seen"];

#[component]
pub(super) fn CtaForm(editing: Editing<CtaRule>, ctas: Load<Vec<CtaRule>>) -> impl IntoView {
    let session = use_session();
    let old = editing.item.get_untracked();
    let content = old.as_ref().map(|cta| cta.content.clone()).unwrap_or_else(|| CtaContent {
        name: String::new(),
        label: String::new(),
        kind: CtaKind::Demo,
        target: String::new(),
        page: Vec::new(),
        words: Vec::new(),
        history: CtaHistory::default(),
        after_answers: true,
        repeat: false,
        enabled: true,
    });
    let key = KINDS.iter().find(|(_, kind)| *kind == content.kind).map_or("link", |(key, _)| key);
    let kind = RwSignal::new(key.to_owned());
    let (name, label) = (RwSignal::new(content.name), RwSignal::new(content.label));
    let target = RwSignal::new(content.target);
    let (page, said) = (RwSignal::new(content.page.join("\n")), RwSignal::new(content.words.join("\n")));
    let asked = RwSignal::new(content.history.asked.to_string());
    let seen = RwSignal::new(content.history.seen.join("\n"));
    let (after, repeat) = (RwSignal::new(content.after_answers), RwSignal::new(content.repeat));
    let enabled = content.enabled;
    let sheet = Sheet::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(agent) = session.agent.get_untracked() else { return };
        let chosen =
            kind.with_untracked(|kind| KINDS.iter().find(|(key, _)| key == kind).map(|(_, kind)| *kind));
        let content = domain::cta::accept(CtaContent {
            name: name.get_untracked(),
            label: label.get_untracked(),
            kind: chosen.unwrap_or(CtaKind::Link),
            target: target.get_untracked(),
            page: lines(page),
            words: lines(said),
            history: CtaHistory { asked: number(asked), seen: lines(seen) },
            after_answers: after.get_untracked(),
            repeat: repeat.get_untracked(),
            enabled,
        });
        let then = move |now| {
            editing.open.set(false);
            replace(ctas, now);
        };
        match (content, old.clone()) {
            (Err(why), _) => sheet.refuse(why),
            (Ok(content), Some(old)) => {
                sheet.save(Box::pin(api::update_cta(old.id, old.revision, content)), then);
            }
            (Ok(content), None) => sheet.save(Box::pin(api::create_cta(agent, content)), then),
        }
    };
    let kinds: Vec<(String, String)> =
        KINDS.iter().map(|(key, kind)| ((*key).to_owned(), words::kind(*kind).to_owned())).collect();
    view! {
        <form class="form" novalidate on:submit=submit>
            <FormProblem problem=sheet.problem fields=FIELDS/>
            <Text sheet field="name" label="Name" value=name hint="For you; visitors do not see it."/>
            <Text sheet field="label" label="On the button" value=label sample="Book a demo"/>
            <Choice sheet field="kind" label="What it does" value=kind options=kinds/>
            <Show when=move || kind.with(|kind| kind != "capture_email")>
                <Text sheet field="target" label="Where it leads" value=target kind="url" sample="https://example.com/demo"/>
            </Show>
            <Check label="Show it after answers" value=after/>
            <Show when=move || after.get()>
                <Text sheet field="page" label="On these pages" value=page rows=2 sample="/pricing*"
                    hint="Paths, one a line, * for anything. Empty: on every page."/>
                <Text sheet field="words" label="When the question has one of these" value=said rows=3 sample="price"
                    hint="Words or phrases, one a line, in any language. Empty: any question."/>
                <Text sheet field="history.asked" label="From which question on" value=asked kind="number"/>
                <Text sheet field="history.seen" label="Once something was asked on" value=seen rows=2 hint="Paths, one a line. Empty: anywhere."/>
                <Check label="Show it more than once in a conversation" value=repeat/>
            </Show>
            <Acts sheet open=editing.open/>
        </form>
    }
}
