//! The tags of one document: its own, beside those of its source.

use crate::api::knowledge as api;
use crate::components::allowed::Allowed;
use crate::components::form::{Form, FormBody, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use leptos::prelude::*;
use protocol::api::DocumentDetail;
use protocol::permission::Permission;

#[component]
pub(super) fn DocumentTags(detail: Load<DocumentDetail>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("document");
    let own = Memo::new(move |_| detail.part(|detail| detail.tags.join(", ")).unwrap_or_default());
    let inherited = Memo::new(move |_| detail.part(|detail| detail.source_tags.clone()).unwrap_or_default());
    let submit = move || {
        let Some(id) = untrack(|| detail.part(|detail| detail.document.id.clone())) else { return };
        let tags = form.value("tags").split(',').map(str::to_owned).collect();
        form.send(api::tag_document(id, tags), move |kept| {
            announce(notices, "The tags are saved.".to_owned());
            detail.value.try_update(|value| {
                if let Some(detail) = value {
                    detail.tags = kept.tags;
                }
            });
        });
    };
    let hint = Signal::derive(move || {
        inherited.with(|tags| match tags.as_slice() {
            [] => "With commas between. An agent can be kept to some tags.".to_owned(),
            tags => format!("With commas between. From its source it has {}, too.", tags.join(", ")),
        })
    });
    view! {
        <Allowed permission=Permission::KnowledgeWrite>
            <section class="card document-tags">
                <FormBody form submit>
                    {move || view! { <TextField form name="tags" label="Tags of this document".to_owned() value=own.get() hint/> }}
                    <div class="form-acts"><SubmitButton form label="Save tags".to_owned() busy="Saving…" class="button"/></div>
                </FormBody>
            </section>
        </Allowed>
    }
}
