//! A call to action as the visitor has it before them.

use super::words;
use crate::text;
use leptos::prelude::*;
use protocol::lead::LeadForm;
use protocol::rules::{Cta, CtaKind};

/// The card with what a click on it does: where it leads, or the fields of the form that it opens.
#[component]
pub(crate) fn CtaCard(cta: Cta, form: Option<LeadForm>) -> impl IntoView {
    let asks = cta.kind == CtaKind::CaptureEmail;
    let kind = words::kind(cta.kind);
    let place = (!asks).then(|| {
        let shown = text::short_url(&cta.target);
        view! { <a class="cta-place" dir="ltr" href=cta.target.clone() target="_blank" rel="noopener noreferrer">{shown}</a> }
    });
    let opens = asks.then(|| match form {
        None => {
            view! { <p class="quiet">"It opens no form: the agent has no fields for leads."</p> }.into_any()
        }
        Some(form) => {
            let rows = form
                .fields
                .into_iter()
                .map(|field| {
                    let label = if field.required { format!("{} *", field.label) } else { field.label };
                    view! { <li dir="auto">{label}</li> }
                })
                .collect_view();
            let consent = (!form.consent.is_empty())
                .then(|| view! { <p class="cta-consent" dir="auto">{form.consent}</p> });
            view! {
                <p class="quiet">"A click opens the form here:"</p>
                <ul class="cta-fields">{rows}</ul>
                {consent}
            }
            .into_any()
        }
    });
    view! {
        <section class="cta-card" aria-label="Call to action">
            <p class="cta-head"><strong dir="auto">{cta.label}</strong> <span class="quiet">{kind}</span></p>
            {place}
            {opens}
        </section>
    }
}
