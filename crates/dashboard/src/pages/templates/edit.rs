//! The dialog that writes a template, with what a visitor would read beside it.

use super::Editing;
use crate::api::templates as api;
use crate::components::dialog::Dialog;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, TextField, focus, is_wrong, mend};
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::session::use_session;
use domain::templates::{VARIABLES, Values, fill};
use leptos::prelude::*;
use protocol::api::{Template, TemplateWrite};

#[component]
pub(super) fn EditDialog(editing: Editing, templates: Load<Vec<Template>>) -> impl IntoView {
    let title = move || {
        if editing.template.with(Option::is_some) {
            "Edit template".to_owned()
        } else {
            "Add a template".to_owned()
        }
    };
    view! {
        <Dialog open=editing.open title=Signal::derive(title)>
            <EditForm editing templates/>
        </Dialog>
    }
}

#[component]
fn EditForm(editing: Editing, templates: Load<Vec<Template>>) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let form = Form::new("template");
    let old = editing.template.get_untracked();
    let text = RwSignal::new(old.as_ref().map(|old| old.text.clone()).unwrap_or_default());
    let (name, of) = old.as_ref().map(|old| (old.name.clone(), old.agent_id.clone())).unwrap_or_default();
    let id = old.map(|old| old.id);
    let save = move || {
        if !form.complete(&[("name", "Give it a name."), ("text", "Write the text.")]) {
            return;
        }
        let written = TemplateWrite {
            name: form.value("name"),
            text: text.get_untracked(),
            agent_id: form.value("agent").parse().ok(),
        };
        form.send(api::save(id.clone(), written), move |now: Template| {
            editing.open.set(false);
            announce(notices, format!("“{}” is saved.", now.name));
            templates.refresh();
        });
    };
    let insert = move |name: &'static str| {
        let spaced = text.with_untracked(|text| text.is_empty() || text.ends_with(char::is_whitespace));
        text.update(|text| text.push_str(&format!("{}{{{{{name}}}}}", if spaced { "" } else { " " })));
        focus("template-text");
    };
    let agents = session.live_agents();
    let one_agent = agents.len() < 2 && of.is_none();
    view! {
        <FormBody form submit=save>
            <TextField form name="name" label="Name".to_owned() value=name autofocus=true/>
            <div class="field">
                <label for="template-text">"Text"</label>
                <textarea
                    id="template-text" name="text" rows="5" dir="auto" aria-describedby="template-text-problem template-variables"
                    prop:value=move || text.get() aria-invalid=move || is_wrong(form.problem, "text")
                    on:input=move |event| { text.set(event_target_value(&event)); mend(form.problem, "text") }
                ></textarea>
                <FieldProblem problem=form.problem field="text" id="template-text-problem"/>
                <div class="variables" id="template-variables" role="group" aria-label="Insert a variable">
                    {VARIABLES.iter().map(|(name, what)| view! {
                        <button class="variable" type="button" title=*what on:click=move |_| insert(name)>{format!("{{{{{name}}}}}")}</button>
                    }).collect_view()}
                </div>
                <p class="field-hint">"Where a name may not be known, say what stands there: {{visitor_name|there}}."</p>
            </div>
            <div class="field" hidden=one_agent>
                <label for="template-agent">"For conversations of"</label>
                <select class="select" id="template-agent" name="agent">
                    <option value="" selected=of.is_none()>"All agents"</option>
                    {agents.into_iter().map(|agent| {
                        let chosen = of.as_ref() == Some(&agent.id);
                        view! { <option value=agent.id.to_string() selected=chosen>{agent.name}</option> }
                    }).collect_view()}
                </select>
            </div>
            <Preview text/>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| editing.open.set(false)>"Cancel"</button>
                <SubmitButton form label="Save".to_owned() busy="Saving…"/>
            </div>
        </FormBody>
    }
}

/// What a visitor would read, with a name for an example and without one.
#[component]
fn Preview(text: RwSignal<String>) -> impl IntoView {
    let session = use_session();
    let filled = move |visitor: &str| {
        let values = session.me.with(|me| Values {
            visitor_name: visitor.to_owned(),
            member_name: me.as_ref().map(|me| me.name.clone()).unwrap_or_default(),
            workspace_name: me
                .as_ref()
                .and_then(|me| me.workspace.as_ref().map(|workspace| workspace.name.clone()))
                .unwrap_or_default(),
            agent_name: session.current().map(|agent| agent.name).unwrap_or_default(),
        });
        text.with(|text| fill(text, &values))
    };
    let shown = move || match (filled("Ann"), filled("")) {
        (Err(problem), _) | (_, Err(problem)) => {
            view! { <p class="preview-problem">{problem}</p> }.into_any()
        }
        (Ok(known), _) if known.is_empty() => {
            view! { <p class="quiet">"Here stands what the visitor will read."</p> }.into_any()
        }
        (Ok(known), Ok(unknown)) => {
            let other = (known != unknown).then(|| {
                view! {
                    <p class="quiet">"Where the name is not known:"</p>
                    <p class="said" dir="auto">{unknown}</p>
                }
            });
            view! { <p class="said" dir="auto">{known}</p>{other} }.into_any()
        }
    };
    view! {
        <section class="template-preview" aria-label="Preview" aria-live="polite">
            <h3>"Preview"</h3>
            {shown}
        </section>
    }
}
