//! How long what was said is kept. Before fewer days are saved, it is said what goes.

use crate::api;
use crate::components::allowed::Allowed;
use crate::components::dialog::Dialog;
use crate::components::form::{Form, FormBody, FormProblem, SubmitButton};
use crate::components::notice::{Notices, announce};
use crate::text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::api::{WorkspaceSettings, WorkspaceUpdate};
use protocol::permission::Permission;

/// Choices, in days.
const CHOICES: [(u32, &str); 7] = [
    (7, "7 days"),
    (14, "14 days"),
    (30, "30 days"),
    (60, "60 days"),
    (90, "90 days"),
    (180, "180 days"),
    (365, "One year"),
];

#[component]
pub(super) fn RetentionCard(days: u32, readonly: bool) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("retention");
    let saved = RwSignal::new(days);
    let chosen = RwSignal::new(days);
    let asking = RwSignal::new(false);
    let going = RwSignal::new(0_u64);
    let save = move || {
        let body =
            WorkspaceUpdate { retention_days: Some(chosen.get_untracked()), ..WorkspaceUpdate::default() };
        form.send(api::team::update_settings(body), move |settings: WorkspaceSettings| {
            saved.set(settings.retention_days);
            asking.set(false);
            announce(notices, format!("What was said is kept for {} days.", settings.retention_days));
        });
    };
    let submit = move || {
        if readonly || form.busy.get_untracked() || chosen.get_untracked() == saved.get_untracked() {
            return;
        }
        if chosen.get_untracked() > saved.get_untracked() {
            return save();
        }
        form.busy.set(true);
        spawn_local(async move {
            let preview = api::team::retention_preview(chosen.get_untracked()).await;
            form.busy.try_set(false);
            match preview {
                Ok(preview) => {
                    going.try_set(preview.conversations);
                    asking.try_set(true);
                }
                Err(problem) => form.fail(problem),
            }
        });
    };
    // Days that an API key set are one of the choices.
    let own = (!CHOICES.iter().any(|(choice, _)| *choice == days)).then(|| (days, format!("{days} days")));
    let options = own
        .into_iter()
        .chain(CHOICES.map(|(days, label)| (days, label.to_owned())))
        .map(|(value, label)| {
            view! { <option value=value.to_string() selected=move || chosen.get() == value>{label}</option> }
        })
        .collect_view();
    view! {
        <section class="card">
            <div class="card-head"><h2>"Keeping conversations"</h2></div>
            <FormBody form submit class="form line-form">
                <div class="field">
                    <label for="retention-retention_days">"What was said is kept for"</label>
                    <select
                        id="retention-retention_days" class="select" disabled=readonly aria-describedby="retention-hint"
                        on:change=move |event| {
                            if let Ok(days) = event_target_value(&event).parse() {
                                chosen.set(days);
                            }
                        }
                    >
                        {options}
                    </select>
                    <p id="retention-hint" class="field-hint">
                        "Counted from a conversation's last question. After that its words are removed; how many there were stays in your figures."
                    </p>
                </div>
                <Allowed permission=Permission::WorkspaceWrite>
                    <SubmitButton form label="Save".to_owned() busy="Saving…" class="button"/>
                </Allowed>
            </FormBody>
            <Dialog open=asking title=Signal::derive(move || format!("Keep what was said for {} days only?", chosen.get()))>
                <Confirm form asking going save/>
            </Dialog>
        </section>
    }
}

#[component]
fn Confirm(
    form: Form,
    asking: RwSignal<bool>,
    going: RwSignal<u64>,
    save: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let problem: RwSignal<Option<Problem>> = form.problem;
    view! {
        <div class="form">
            <p>{move || match going.get() {
                0 => "No conversation is older than that now. Those to come lose their words sooner.".to_owned(),
                going => format!(
                    "The words of {} are removed within the next half hour. This cannot be undone.",
                    text::count(going, "conversation", "conversations"),
                ),
            }}</p>
            <FormProblem problem/>
            <div class="form-acts">
                <button class="button" type="button" autofocus on:click=move |_| asking.set(false)>"Leave it"</button>
                <button
                    class="button danger" type="button" aria-disabled=move || form.busy.get().to_string()
                    on:click=move |_| {
                        if !form.busy.get_untracked() {
                            save();
                        }
                    }
                >
                    <span class="spinner" class:on=move || form.busy.get()></span>
                    "Shorten"
                </button>
            </div>
        </div>
    }
}
