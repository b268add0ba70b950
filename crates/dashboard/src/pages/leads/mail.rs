//! Follow-up mails: one to this lead, and the words that all of them begin from.

use super::detail::of;
use super::words::called;
use crate::api::leads as api;
use crate::components::form::{FieldProblem, Form, FormBody, FormProblem, SubmitButton, is_wrong, mend};
use crate::components::notice::{Notices, announce};
use crate::load::{Load, load};
use crate::once::Once;
use crate::session::use_session;
use domain::leads::without;
use leptos::prelude::*;
use protocol::Problem;
use protocol::api::{FollowUp, Lead, LeadDetail, LeadMail};

#[component]
pub(super) fn Mails(lead: Load<LeadDetail>) -> impl IntoView {
    let template = load(|| Some(api::follow_up()));
    view! {
        <details class="desk-more">
            <summary>"Write a follow-up mail"</summary>
            <MailForm lead template/>
        </details>
        <details class="desk-more">
            <summary>"Change what these mails begin from"</summary>
            <TemplateForm lead template/>
        </details>
    }
}

/// What the words of a template stand for.
#[derive(Clone, Default, PartialEq)]
struct Values {
    name: String,
    workspace: String,
    member: String,
}

impl Values {
    fn of(lead: Load<LeadDetail>) -> Memo<Self> {
        let session = use_session();
        Memo::new(move |_| {
            let (workspace, member) = session.me.with(|me| {
                let workspace = me.as_ref().and_then(|me| me.workspace.as_ref());
                let member = me.as_ref().map(|me| me.name.clone());
                (workspace.map(|it| it.name.clone()).unwrap_or_default(), member.unwrap_or_default())
            });
            Self { name: of(lead, |lead| lead.name.clone()), workspace, member }
        })
    }

    /// A template as this person gets it.
    fn fill(&self, template: &FollowUp) -> FollowUp {
        let name = if self.name.is_empty() { "there" } else { &self.name };
        // The name comes last: it is a visitor's text, and nothing in it stands for anything.
        let fill = |text: &str| {
            text.replace("{workspace}", &self.workspace)
                .replace("{member}", &self.member)
                .replace("{name}", name)
        };
        FollowUp { subject: fill(&template.subject), text: fill(&template.text) }
    }
}

/// A subject and a text that are being written.
#[derive(Clone, Copy)]
struct Draft {
    subject: RwSignal<String>,
    text: RwSignal<String>,
}

impl Draft {
    fn new() -> Self {
        Self { subject: RwSignal::new(String::new()), text: RwSignal::new(String::new()) }
    }

    fn get(self) -> FollowUp {
        FollowUp { subject: self.subject.get(), text: self.text.get() }
    }

    fn set(self, to: FollowUp) {
        self.subject.set(to.subject);
        self.text.set(to.text);
    }
}

/// A mail begins from the workspace's words, filled for this lead.
#[component]
fn MailForm(lead: Load<LeadDetail>, template: Load<FollowUp>) -> impl IntoView {
    let form = Form::new("lead-mail");
    let notices = use_context::<Notices>();
    let (draft, values) = (Draft::new(), Values::of(lead));
    let sending = Once::new("mail");
    Effect::new(move |begun: Option<FollowUp>| {
        let now = untrack(|| draft.get());
        let begun = begun.unwrap_or_else(|| now.clone());
        let Some(template) = template.value.get() else { return begun };
        let fresh = values.with_untracked(|values| values.fill(&template));
        // What somebody has written stays, whatever mails begin from by now.
        if now != begun {
            return begun;
        }
        draft.set(fresh.clone());
        fresh
    });
    let send = move || {
        let Some(id) = untrack(|| lead.part(|detail| detail.lead.id.clone())) else { return };
        if !form.complete(&[("subject", "Write a subject."), ("text", "Write something first.")]) {
            return;
        }
        let FollowUp { subject, text } = untrack(|| draft.get());
        let mail = LeadMail { id: sending.id(format!("{id} {subject}\n{text}")), subject, text };
        form.send(api::mail(id, mail), move |_| {
            sending.accepted();
            announce(notices, "The mail is on its way.");
            lead.refresh();
        });
    };
    view! {
        <FormBody form submit=send class="desk-form">
            <Line form name="subject" text=draft.subject label="Subject"/>
            <Area form name="text" text=draft.text label="Mail" rows=8/>
            <SubmitButton form label="Send".to_owned() busy="Sending…"/>
        </FormBody>
    }
}

/// What every follow-up mail begins from, with its placeholders, and how it reads for this lead.
#[component]
fn TemplateForm(lead: Load<LeadDetail>, template: Load<FollowUp>) -> impl IntoView {
    let form = Form::new("lead-template");
    let notices = use_context::<Notices>();
    let (draft, values) = (Draft::new(), Values::of(lead));
    Effect::new(move |_| template.value.get().into_iter().for_each(|kept| draft.set(kept)));
    let save = move || {
        if !form.complete(&[("subject", "Write a subject."), ("text", "Write something first.")]) {
            return;
        }
        let written = untrack(|| draft.get());
        if let Some(problem) = untrack(|| lead.part(|detail| personal(&detail.lead, &written))).flatten() {
            return form.fail(problem);
        }
        form.send(api::set_follow_up(written), move |kept| {
            template.value.set(Some(kept));
            announce(notices, "Follow-up mails begin from these words now.");
        });
    };
    let shown = Memo::new(move |_| values.with(|values| values.fill(&draft.get())));
    view! {
        <FormProblem problem=template.problem/>
        <FormBody form submit=save class="desk-form">
            <p class="field-hint">"Every follow-up mail of the workspace begins from this. {name} stands for the person's name, {workspace} for the business, {member} for who writes."</p>
            <Line form name="subject" text=draft.subject label="Subject of every mail"/>
            <Area form name="text" text=draft.text label="Text of every mail" rows=8/>
            <section class="lead-preview" aria-label="Preview">
                <p class="quiet">{move || lead.part(|detail| format!("As {} gets it", called(&detail.lead)))}</p>
                <p><strong dir="auto">{move || shown.with(|mail| mail.subject.clone())}</strong></p>
                <p class="lead-preview-text" dir="auto">{move || shown.with(|mail| mail.text.clone())}</p>
            </section>
            <SubmitButton form label="Save for every mail".to_owned() busy="Saving…" class="button"/>
        </FormBody>
    }
}

/// Why words that are for everybody are refused: something of this lead stands in them.
fn personal(lead: &Lead, template: &FollowUp) -> Option<Problem> {
    let theirs = |text: &str| without(text, &[&lead.name], &[&lead.email, &lead.phone]) != text;
    let of = |field| {
        let words = "Something of this person stands here, and every mail begins from it. Write {name} where a name belongs.";
        Problem::field(field, words)
    };
    theirs(&template.subject).then(|| of("subject")).or_else(|| theirs(&template.text).then(|| of("text")))
}

#[component]
fn Line(form: Form, name: &'static str, text: RwSignal<String>, label: &'static str) -> impl IntoView {
    let id = form.field_id(name);
    let problem = format!("{id}-problem");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id name=name type="text" dir="auto" autocomplete="off" aria-describedby=problem.clone()
                prop:value=move || text.get() aria-invalid=move || is_wrong(form.problem, name)
                on:input=move |event| { text.set(event_target_value(&event)); mend(form.problem, name) }
            />
            <FieldProblem problem=form.problem field=name id=problem/>
        </div>
    }
}

#[component]
pub(super) fn Area(
    form: Form,
    name: &'static str,
    text: RwSignal<String>,
    label: &'static str,
    rows: u32,
) -> impl IntoView {
    let id = form.field_id(name);
    let problem = format!("{id}-problem");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                id=id name=name rows=rows dir="auto" aria-describedby=problem.clone()
                prop:value=move || text.get() aria-invalid=move || is_wrong(form.problem, name)
                on:input=move |event| { text.set(event_target_value(&event)); mend(form.problem, name) }
            ></textarea>
            <FieldProblem problem=form.problem field=name id=problem/>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn words(subject: &str, text: &str) -> FollowUp {
        FollowUp { subject: subject.to_owned(), text: text.to_owned() }
    }

    fn values(name: &str) -> Values {
        Values { name: name.into(), workspace: "Acme".into(), member: "Bo".into() }
    }

    fn lead() -> Lead {
        serde_json::from_value(json!({
            "id": "led_00000000000000000000000001", "agent_id": "agt_00000000000000000000000001",
            "agent_name": "", "conversation_id": null, "contact_id": "con_00000000000000000000000001",
            "name": "Wanda Kowalczyk", "email": "wanda@kowalczyk.example", "phone": "+441235555011",
            "answers": [], "status": "new", "score": 0, "reasons": [], "source": "form",
            "created_at": 0.0, "updated_at": 0.0, "revision": 1
        }))
        .unwrap()
    }

    #[test]
    fn a_template_says_who_it_is_for() {
        let template = words("For {workspace}", "Hello {name}, {member} of {workspace}");
        assert_eq!(values("Ann").fill(&template), words("For Acme", "Hello Ann, Bo of Acme"));
        assert_eq!(values("").fill(&words("", "Hello {name}")).text, "Hello there");
        assert_eq!(values("{member}").fill(&words("", "Hello {name}")).text, "Hello {member}");
    }

    #[test]
    fn what_is_for_everybody_holds_nothing_of_one() {
        let field =
            |subject, text| personal(&lead(), &words(subject, text)).and_then(|problem| problem.field);
        assert_eq!(field("Your question to {workspace}", "Hello {name},\n\n{member}"), None);
        assert_eq!(field("For Wanda", "Hello {name}"), Some("subject".into()));
        assert_eq!(field("For you", "Hello Wanda Kowalczyk"), Some("text".into()));
        assert_eq!(field("For you", "You wrote as WANDA@kowalczyk.example"), Some("text".into()));
        assert_eq!(field("For you", "We rang +441235555011"), Some("text".into()));
    }
}
