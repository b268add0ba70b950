//! A form: its fields are read when it is sent (password managers fill without events), what was typed stays
//! when it is refused, and the focus goes to the field that is wrong.

use super::icon::{Glyph, Icon};
use crate::api::Reply;
use leptos::html;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use protocol::Problem;
use std::future::Future;
use wasm_bindgen::JsCast;

/// The state of one form. Its `id` keeps the ids of fields apart where a screen has several forms.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    id: &'static str,
    pub(crate) busy: RwSignal<bool>,
    pub(crate) problem: RwSignal<Option<Problem>>,
}

impl Form {
    pub(crate) fn new(id: &'static str) -> Self {
        Self { id, busy: RwSignal::new(false), problem: RwSignal::new(None) }
    }

    pub(crate) fn field_id(self, name: &str) -> String {
        if self.id.is_empty() { name.to_owned() } else { format!("{}-{name}", self.id) }
    }

    /// What a field holds now.
    pub(crate) fn value(self, name: &str) -> String {
        let Some(element) = document().get_element_by_id(&self.field_id(name)) else { return String::new() };
        match element.dyn_into::<web_sys::HtmlInputElement>() {
            Ok(input) => input.value(),
            Err(element) => match element.dyn_into::<web_sys::HtmlSelectElement>() {
                Ok(select) => select.value(),
                Err(element) => element
                    .dyn_into::<web_sys::HtmlTextAreaElement>()
                    .map(|area| area.value())
                    .unwrap_or_default(),
            },
        }
    }

    /// What the server would refuse anyway, told without asking it: the first field that is empty.
    pub(crate) fn complete(self, required: &[(&str, &str)]) -> bool {
        let missing = required.iter().find(|(name, _)| self.value(name).trim().is_empty());
        if let Some((name, message)) = missing {
            self.fail(Problem::field(name, *message));
        }
        missing.is_none()
    }

    /// Shows why the form was refused, at the field where there is one of that name.
    pub(crate) fn fail(self, problem: Problem) {
        let field = problem
            .field
            .as_ref()
            .and_then(|field| document().get_element_by_id(&self.field_id(field)))
            .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
        let field_name = problem.field.clone().filter(|_| field.is_some());
        self.problem.try_set(Some(Problem { field: field_name, ..problem }));
        if let Some(field) = field {
            let _ = field.focus();
            if let Ok(input) = field.dyn_into::<web_sys::HtmlInputElement>() {
                input.select();
            }
        }
    }

    pub(crate) fn focus(self, name: &str) {
        focus(&self.field_id(name));
    }

    /// Sends the form once, however often it is submitted meanwhile.
    pub(crate) fn send<T: 'static>(
        self,
        job: impl Future<Output = Reply<T>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let reply = job.await;
            // The screen may have gone meanwhile.
            if self.busy.try_set(false).is_some() {
                return;
            }
            match reply {
                Ok(value) => then(value),
                Err(problem) => self.fail(problem),
            }
        });
    }

    /// The problem that is shown at no field.
    pub(crate) fn general(self) -> Signal<Option<Problem>> {
        Signal::derive(move || self.problem.get().filter(|problem| problem.field.is_none()))
    }
}

/// Moves the focus to the element with this id.
pub(crate) fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        let _ = element.focus();
    }
}

/// Moves the focus to an element that is drawn for what just changed: before the next key, which a frame is not.
pub(crate) fn focus_soon(id: impl Into<String>) {
    let id = id.into();
    once_drawn(move || focus(&id));
}

/// Acts when what just changed is drawn, before the browser takes the next event.
pub(crate) fn once_drawn(act: impl FnOnce() + 'static) {
    spawn_local(async move {
        tick().await;
        act();
    });
}

/// The `<form>` with the problem that belongs to no field. Enter in any field submits it.
#[component]
pub(crate) fn FormBody(
    form: Form,
    submit: impl Fn() + 'static,
    #[prop(default = "form")] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <form class=class method="post" novalidate on:submit=move |event: web_sys::SubmitEvent| {
            event.prevent_default();
            submit();
        }>
            <FormProblem problem=form.general()/>
            {children()}
        </form>
    }
}

/// The problem that is about no field that is shown, above a form.
#[component]
pub(crate) fn FormProblem(
    #[prop(into)] problem: Signal<Option<Problem>>,
    /// Fields that show their own.
    #[prop(default = &[])]
    fields: &'static [&'static str],
) -> impl IntoView {
    let elsewhere =
        move |problem: &Problem| !problem.field.as_deref().is_some_and(|field| fields.contains(&field));
    view! {
        <div role="alert">
            {move || problem.get().filter(elsewhere).map(|problem| view! {
                <p class="form-problem"><Icon glyph=Glyph::Alert/>{problem.message}</p>
            })}
        </div>
    }
}

/// Whether a field is the one that was refused, for `aria-invalid`.
pub(crate) fn is_wrong(problem: RwSignal<Option<Problem>>, field: &str) -> String {
    problem.with(|problem| concerns(problem.as_ref(), field)).to_string()
}

/// A field that is being corrected is not complained about any more.
pub(crate) fn mend(problem: RwSignal<Option<Problem>>, field: &str) {
    if problem.with_untracked(|problem| concerns(problem.as_ref(), field)) {
        problem.set(None);
    }
}

fn concerns(problem: Option<&Problem>, field: &str) -> bool {
    problem.is_some_and(|problem| problem.field.as_deref() == Some(field))
}

/// The problem of one field, under it; its line is kept free so that nothing jumps.
#[component]
pub(crate) fn FieldProblem(
    problem: RwSignal<Option<Problem>>,
    field: &'static str,
    #[prop(optional, into)] id: Option<String>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| format!("{field}-problem"));
    view! {
        <p class="field-problem" id=id role="alert">
            {move || problem.get().filter(|problem| problem.field.as_deref() == Some(field)).map(|problem| problem.message)}
        </p>
    }
}

/// A labelled field of one line.
#[component]
pub(crate) fn TextField(
    form: Form,
    name: &'static str,
    #[prop(into)] label: Signal<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: Option<Signal<String>>,
    #[prop(optional)] placeholder: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] readonly: bool,
    /// Digits and codes read from left to right in every language.
    #[prop(optional)]
    ltr: bool,
) -> impl IntoView {
    let id = form.field_id(name);
    let node = NodeRef::<html::Input>::new();
    take_focus(autofocus, node);
    let mode = match kind {
        "email" => Some("email"),
        "tel" => Some("tel"),
        "url" => Some("url"),
        "code" | "number" => Some("numeric"),
        _ => None,
    };
    let plain = kind != "text";
    let type_ = if kind == "code" { "text" } else { kind };
    view! {
        <div class="field">
            <label for=id.clone()>{move || label.get()}</label>
            <input
                id=id.clone() name=name type=type_ autocomplete=autocomplete placeholder=placeholder
                inputmode=mode autocapitalize=plain.then_some("none") spellcheck=plain.then_some("false")
                dir=ltr.then_some("ltr") prop:value=value autofocus=autofocus readonly=readonly node_ref=node
                aria-invalid=move || is_wrong(form.problem, name)
                aria-describedby=format!("{id}-hint {id}-problem")
            />
            {hint.map(|hint| view! { <p class="field-hint" id=format!("{id}-hint")>{move || hint.get()}</p> })}
            <FieldProblem problem=form.problem field=name id=format!("{id}-problem")/>
        </div>
    }
}

/// A password with a button that shows it.
#[component]
pub(crate) fn PasswordField(
    form: Form,
    #[prop(default = "password")] name: &'static str,
    #[prop(default = "Password")] label: &'static str,
    #[prop(default = "current-password")] autocomplete: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let id = form.field_id(name);
    let node = NodeRef::<html::Input>::new();
    take_focus(autofocus, node);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <div class="field-with-act">
                <input
                    id=id.clone() name=name autocomplete=autocomplete autocapitalize="none" spellcheck="false"
                    autofocus=autofocus node_ref=node
                    type=move || if shown.get() { "text" } else { "password" }
                    aria-invalid=move || is_wrong(form.problem, name)
                    aria-describedby=format!("{id}-hint {id}-problem")
                />
                <button
                    class="field-act" type="button" aria-pressed=move || shown.get().to_string()
                    aria-label=format!("Show {}", label.to_lowercase())
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { "Hide" } else { "Show" }}
                </button>
            </div>
            {hint.map(|hint| view! { <p class="field-hint" id=format!("{id}-hint")>{hint}</p> })}
            <FieldProblem problem=form.problem field=name id=format!("{id}-problem")/>
        </div>
    }
}

/// The button that sends a form, and says so while it does.
#[component]
pub(crate) fn SubmitButton(
    form: Form,
    #[prop(into)] label: Signal<String>,
    busy: &'static str,
    #[prop(default = "button primary")] class: &'static str,
) -> impl IntoView {
    view! {
        <button class=class type="submit" aria-disabled=move || form.busy.get().to_string()>
            <span class="spinner" class:on=move || form.busy.get()></span>
            {move || if form.busy.get() { busy.to_owned() } else { label.get() }}
        </button>
    }
}

/// Browsers honour `autofocus` only once per document; screens come and go within one.
fn take_focus(wanted: bool, node: NodeRef<html::Input>) {
    if wanted {
        Effect::new(move |_| {
            if let Some(input) = node.get() {
                once_drawn(move || {
                    let _ = input.focus();
                });
            }
        });
    }
}
