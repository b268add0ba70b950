//! The models of agents that name none of their own.

use crate::api;
use crate::components::allowed::Allowed;
use crate::components::form::{Form, FormBody, SubmitButton};
use crate::components::notice::{Notices, announce};
use crate::load::load;
use crate::pages::agent::editor::Sheet;
use crate::pages::agent::models::ModelList;
use leptos::prelude::*;
use protocol::Problem;
use protocol::agent::{AgentDraft, WorkspaceModels};
use protocol::api::{WorkspaceSettings, WorkspaceUpdate};
use protocol::permission::Permission;

#[component]
pub(super) fn ModelsCard(models: WorkspaceModels, readonly: bool) -> impl IntoView {
    let notices = use_context::<Notices>();
    // Its fields are those of an agent's editor, by their ids, too.
    let form = Form::new("f");
    let options = load(|| Some(api::agents::models()));
    let draft = AgentDraft { models: models.order, simple_model: models.simple, ..AgentDraft::default() };
    let sheet = Sheet::alone(draft, form.problem, readonly);
    provide_context(sheet);
    let submit = move || {
        if readonly {
            return;
        }
        let models = sheet.sent(|draft| WorkspaceModels { order: draft.models, simple: draft.simple_model });
        let body = WorkspaceUpdate { models: Some(models), ..WorkspaceUpdate::default() };
        let job = async move { api::team::update_settings(body).await.map_err(at_field) };
        form.send(job, move |_: WorkspaceSettings| announce(notices, "The models are saved."));
    };
    view! {
        <section class="card" aria-labelledby="workspace-models-title">
            <div class="card-head"><h2 id="workspace-models-title">"Models"</h2></div>
            <p class="quiet card-text">
                "For agents without models of their own. A change counts for all of them within a minute, without publishing. Where this list is empty, too, the site’s own sentences answer."
            </p>
            <FormBody form submit>
                <ModelList models=options/>
                <Allowed permission=Permission::WorkspaceWrite>
                    <div class="form-acts">
                        <SubmitButton form label="Save models".to_owned() busy="Saving…"/>
                    </div>
                </Allowed>
            </FormBody>
        </section>
    }
}

/// The server names fields by their place in the body; here they are an agent's.
fn at_field(problem: Problem) -> Problem {
    let field = problem.field.as_deref().map(|field| match field {
        "models.simple" => "simple_model".to_owned(),
        _ => field.replacen("models.order", "models", 1).replace('[', "-").replace(']', ""),
    });
    Problem { field, ..problem }
}
