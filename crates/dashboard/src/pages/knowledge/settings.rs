//! How a source is kept fresh: its schedule, which of its pages are read, its tags, its secret address.

use super::kinds;
use crate::api::knowledge as api;
use crate::components::copy::CopyButton;
use crate::components::dialog::Dialog;
use crate::components::form::{FieldProblem, Form, FormBody, SubmitButton, TextField, is_wrong};
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use leptos::prelude::*;
use protocol::api::{RefreshHook, Schedule, Source, SourceUpdate};

const SCHEDULES: [(Schedule, &str, &str); 4] = [
    (Schedule::Manual, "manual", "By hand only"),
    (Schedule::Daily, "daily", "Every day"),
    (Schedule::Weekly, "weekly", "Every week"),
    (Schedule::Monthly, "monthly", "Every 30 days"),
];

#[component]
pub(crate) fn SourceSettings(open: RwSignal<bool>, source: Load<Source>) -> impl IntoView {
    let hook = RwSignal::new(None::<RefreshHook>);
    let locked = Signal::derive(move || hook.with(Option::is_some));
    let heading = Signal::derive(move || {
        if locked.get() { "The address that refreshes pages" } else { "Settings of this source" }.to_owned()
    });
    view! {
        <Dialog open title=heading locked>
            {move || match hook.get() {
                None => view! { <SettingsForm open source/><Hook source hook/> }.into_any(),
                Some(made) => view! { <Secret made hook/> }.into_any(),
            }}
        </Dialog>
    }
}

/// Lines or words of a field, as a list.
fn listed(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

#[component]
fn SettingsForm(open: RwSignal<bool>, source: Load<Source>) -> impl IntoView {
    let notices = use_context::<Notices>();
    let form = Form::new("source");
    let Some(now) = source.value.get_untracked() else { return ().into_any() };
    let (remote, crawled) = (kinds::is_remote(now.kind), kinds::is_crawled(now.kind));
    let id = now.id.clone();
    let submit = move || {
        let schedule = form.value("schedule");
        let chosen = SCHEDULES.iter().find(|(_, key, _)| *key == schedule).map(|(schedule, _, _)| *schedule);
        let update = SourceUpdate {
            schedule: chosen.filter(|_| remote),
            include: crawled.then(|| listed(&form.value("include"), '\n')),
            exclude: crawled.then(|| listed(&form.value("exclude"), '\n')),
            tags: Some(listed(&form.value("tags"), ',')),
            ..SourceUpdate::default()
        };
        form.send(api::update_source(id.clone(), update), move |now| {
            announce(notices, "The settings are saved.".to_owned());
            source.value.try_set(Some(now));
            open.set(false);
        });
    };
    let schedules = SCHEDULES.map(|(schedule, key, label)| {
        view! { <option value=key selected=schedule == now.schedule>{label}</option> }
    });
    view! {
        <FormBody form submit>
            {remote.then(|| view! {
                <div class="field">
                    <label for="source-schedule">"Sync by itself"</label>
                    <select id="source-schedule" name="schedule" class="select" aria-describedby="source-schedule-hint">{schedules.into_iter().collect_view()}</select>
                    <p class="field-hint" id="source-schedule-hint">"What has not changed is not read again."</p>
                    <FieldProblem problem=form.problem field="schedule" id="source-schedule-problem"/>
                </div>
            })}
            {crawled.then(|| view! {
                <Patterns form name="include" label="Only these pages" value=now.include.join("\n") placeholder="/help/*" hint="Paths, one a line; * is anything. Empty: all pages."/>
                <Patterns form name="exclude" label="Never these pages" value=now.exclude.join("\n") placeholder="/blog/*" hint="They leave at the next sync."/>
            })}
            <TextField
                form name="tags" label="Tags".to_owned() value=now.tags.join(", ")
                hint=Signal::stored("With commas between. An agent can be kept to some tags.".to_owned())
            />
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label="Save settings".to_owned() busy="Saving…"/>
            </div>
        </FormBody>
    }
    .into_any()
}

#[component]
fn Patterns(
    form: Form,
    name: &'static str,
    label: &'static str,
    value: String,
    placeholder: &'static str,
    hint: &'static str,
) -> impl IntoView {
    let id = form.field_id(name);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                id=id.clone() name=name rows="3" dir="ltr" spellcheck="false" placeholder=placeholder prop:value=value
                aria-invalid=move || is_wrong(form.problem, name)
                aria-describedby=format!("{id}-hint {id}-problem")
            ></textarea>
            <p class="field-hint" id=format!("{id}-hint")>{hint}</p>
            <FieldProblem problem=form.problem field=name id=format!("{id}-problem")/>
        </div>
    }
}

/// The secret address by which another system says that pages have changed.
#[component]
fn Hook(source: Load<Source>, hook: RwSignal<Option<RefreshHook>>) -> impl IntoView {
    let form = Form::new("hook");
    let crawled = source.part(|source| kinds::is_crawled(source.kind)).unwrap_or_default();
    let there = Memo::new(move |_| source.part(|source| source.hook).unwrap_or_default());
    let id = move || untrack(|| source.part(|source| source.id.clone()));
    let note = move |hook: bool| {
        source.value.try_update(|value| {
            if let Some(source) = value {
                source.hook = hook;
            }
        });
    };
    let create = move || {
        let Some(id) = id() else { return };
        form.send(api::create_hook(id), move |made| {
            note(true);
            hook.set(Some(made));
        });
    };
    let remove = move |_| {
        let Some(id) = id() else { return };
        form.send(api::delete_hook(id), move |_| note(false));
    };
    let words = Signal::derive(move || {
        if there.get() { "Replace the address" } else { "Create an address" }.to_owned()
    });
    view! {
        <Show when=move || crawled>
            <section class="source-hook" aria-labelledby="hook-title">
                <h3 id="hook-title">"Refresh pages from your own system"</h3>
                <p class="quiet">
                    {move || if there.get() {
                        "There is a secret address. Whoever knows it can have pages of this site read again."
                    } else {
                        "A secret address that your system calls when a page has changed."
                    }}
                </p>
                <FormBody form submit=create>
                    <div class="form-acts">
                        <Show when=move || there.get()>
                            <button class="button danger-quiet" type="button" on:click=remove>"Remove"</button>
                        </Show>
                        <SubmitButton form label=words busy="Working…" class="button"/>
                    </div>
                </FormBody>
            </section>
        </Show>
    }
}

#[component]
fn Secret(made: RefreshHook, hook: RwSignal<Option<RefreshHook>>) -> impl IntoView {
    let url = made.url;
    view! {
        <p>"Copy it now: it is shown this once. Send a POST with the JSON " <code>"{\"url\": \"…\"}"</code> " to it when a page has changed."</p>
        <div class="secret secret-line"><code dir="ltr">{url.clone()}</code><CopyButton text=url/></div>
        <div class="form-acts">
            <button class="button primary" type="button" on:click=move |_| hook.set(None)>"I have copied it"</button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_what_stands_between_separators() {
        assert_eq!(listed("/a\n\n /b/* \n", '\n'), ["/a", "/b/*"]);
        assert_eq!(listed(" one , two words,,", ','), ["one", "two words"]);
    }
}
