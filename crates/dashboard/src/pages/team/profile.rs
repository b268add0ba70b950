//! The business profile: where it is, how it is reached, when it is open.

use super::holidays::{self, HolidaysEditor};
use super::hours::{HoursEditor, Week, now_zone};
use crate::api;
use crate::components::allowed::Allowed;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, TextField};
use crate::components::notice::{Notices, announce};
use leptos::prelude::*;
use protocol::Problem;
use protocol::agent::BusinessHours;
use protocol::api::{BusinessProfile, WorkspaceUpdate};
use protocol::permission::Permission;

#[component]
pub(crate) fn ProfileForm(profile: BusinessProfile, readonly: bool) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("profile");
    let week = RwSignal::new(Week::of(&profile.hours.open));
    let holiday_fields: Vec<_> = profile.hours.holidays.iter().map(holidays::Fields::of).collect();
    let holiday_list = RwSignal::new(holiday_fields);
    let always = RwSignal::new(profile.hours.open.is_empty());
    let zone = RwSignal::new(if profile.hours.time_zone.is_empty() {
        now_zone()
    } else {
        profile.hours.time_zone.clone()
    });
    let submit = move || {
        if readonly {
            return;
        }
        let open = if always.get_untracked() { Ok(Vec::new()) } else { week.with_untracked(Week::spans) };
        let open = match open {
            Ok(open) => open,
            Err(words) => return form.fail(Problem::field("hours", words)),
        };
        let holidays = match holiday_list.with_untracked(|list| holidays::read(list)) {
            Ok(holidays) => holidays,
            Err(problem) => return form.fail(problem),
        };
        let profile = BusinessProfile {
            address: form.value("address").trim().to_owned(),
            phone: form.value("phone").trim().to_owned(),
            email: form.value("email").trim().to_owned(),
            website: crate::text::as_address(&form.value("website")),
            hours: BusinessHours { time_zone: zone.get_untracked(), open, holidays },
        };
        let body = WorkspaceUpdate { profile: Some(profile), ..WorkspaceUpdate::default() };
        let job = async move { api::team::update_settings(body).await.map_err(at_field) };
        form.send(job, move |_| announce(notices, "The business profile is saved."));
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>"Business"</h2></div>
            <p class="quiet card-text">"Your agent answers questions about where you are and when you are open from this."</p>
            <FormBody form submit>
                <div class="field">
                    <label for="profile-address">"Address"</label>
                    <textarea
                        id="profile-address" name="address" rows="3" autocomplete="street-address" readonly=readonly
                        prop:value=profile.address aria-describedby="profile-address-problem"
                    ></textarea>
                    <FieldProblem problem=form.problem field="address" id="profile-address-problem"/>
                </div>
                <div class="field-row">
                    <TextField form name="phone" label="Phone".to_owned() kind="tel" autocomplete="tel" value=profile.phone ltr=true readonly/>
                    <TextField form name="email" label="E-mail".to_owned() kind="email" autocomplete="email" value=profile.email readonly/>
                </div>
                <TextField form name="website" label="Website".to_owned() kind="url" autocomplete="url" value=profile.website ltr=true readonly/>
                <HoursEditor form week always zone readonly/>
                <HolidaysEditor form list=holiday_list readonly/>
                <Allowed permission=Permission::WorkspaceWrite>
                    <div class="form-acts">
                        <SubmitButton form label="Save business".to_owned() busy="Saving…"/>
                    </div>
                </Allowed>
            </FormBody>
        </section>
    }
}

/// The server names fields by their place in the body; here they are flat.
fn at_field(problem: Problem) -> Problem {
    let field = problem.field.as_deref().map(|field| {
        let field = field.strip_prefix("profile.").unwrap_or(field);
        if let Some(holiday) = field.strip_prefix("hours.").filter(|field| field.starts_with("holidays")) {
            return holiday.to_owned();
        }
        field.split(['.', '[']).next().unwrap_or(field).to_owned()
    });
    Problem { field, ..problem }
}
