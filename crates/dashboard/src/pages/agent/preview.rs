//! The real widget beside the form, in a frame that is told the draft after every change.

use super::editor::use_editor;
use crate::session::use_session;
use leptos::html;
use leptos::prelude::*;
use protocol::agent::{AgentDraft, Layout, Scheme};
use protocol::lead::LeadForm;
use protocol::widget::WidgetConfig;
use serde::Serialize;
use std::time::Duration;
use wasm_bindgen::JsValue;

const PAGE: &str = "/widget/preview.html";
const DEBOUNCE: Duration = Duration::from_millis(100);

/// What the frame is told.
#[derive(Serialize)]
struct Told {
    r#type: &'static str,
    config: WidgetConfig,
    open: bool,
    /// What the visitor's system prefers; a scheme that the draft fixes stands above it.
    scheme: Scheme,
    /// The page is long, and the bar appears near its end.
    reveal: bool,
}

/// What a visitor's widget is told of an agent, as the server builds it from a published one.
fn config(draft: &AgentDraft, workspace_name: String) -> WidgetConfig {
    WidgetConfig {
        agent_name: draft.persona.name.clone(),
        workspace_name,
        welcome: draft.welcome.clone(),
        quick_prompts: draft.quick_prompts.clone(),
        language: draft.language.clone(),
        rules: Vec::new(),
        variants: Vec::new(),
        theme: draft.theme.clone(),
        avatar_url: draft.persona.avatar_url.clone(),
        lead_form: LeadForm::of(draft.lead_fields.clone(), draft.lead_consent.clone()),
        turnstile: None,
        badge: None,
    }
}

/// How the preview is looked at; nothing of it is saved.
#[derive(Clone, Copy)]
struct Look {
    open: RwSignal<bool>,
    dark: RwSignal<bool>,
    phone: RwSignal<bool>,
    reveal: RwSignal<bool>,
}

#[component]
pub(super) fn Preview() -> impl IntoView {
    let frame = NodeRef::<html::Iframe>::new();
    let ready = RwSignal::new(false);
    let system = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    let look = Look {
        open: RwSignal::new(true),
        dark: RwSignal::new(system.is_some_and(|query| query.matches())),
        phone: RwSignal::new(false),
        reveal: RwSignal::new(false),
    };
    let editor = use_editor();
    let bar = Memo::new(move |_| editor.draft.with(|draft| draft.theme.layout == Layout::Bar));
    let reveals = Memo::new(move |_| bar.get() && look.reveal.get());
    listen(frame, ready);
    tell(frame, ready, look, reveals);
    view! {
        <section class="preview" aria-labelledby="preview-title">
            <header class="preview-head">
                <h2 id="preview-title">"Preview"</h2>
                <div class="preview-looks">
                    <Toggle name="preview-open" label="Widget" value=look.open off="Closed" on="Open"/>
                    <Toggle name="preview-dark" label="Colours" value=look.dark off="Light" on="Dark"/>
                    <Toggle name="preview-phone" label="Width" value=look.phone off="Desktop" on="Phone"/>
                    <Show when=move || bar.get()>
                        <Toggle name="preview-reveal" label="The bar appears" value=look.reveal off="At once" on="Near the end"/>
                    </Show>
                </div>
            </header>
            <div class="preview-stage" class:phone=move || look.phone.get() data-dark=move || look.dark.get().to_string()>
                <iframe node_ref=frame src=PAGE title="Preview of the widget" aria-busy=move || (!ready.get()).to_string()></iframe>
            </div>
            <p class="quiet">"The draft as it is typed. Visitors see it once it is published."</p>
            <Show when=move || reveals.get()>
                <p class="quiet">"Scroll the page of the preview: the bar appears when 90 % of it was seen. On your site the attribute "<code>"data-reveal=\"scroll\""</code>" of the script does this."</p>
            </Show>
        </section>
    }
}

/// Learns when the frame listens. It says so again when it was loaded anew.
fn listen(frame: NodeRef<html::Iframe>, ready: RwSignal<bool>) {
    let handle = window_event_listener(leptos::ev::message, move |event| {
        let own = frame.get_untracked().and_then(|frame| frame.content_window());
        let from = event.source().map(JsValue::from);
        let ours = own.is_some_and(|own| Some(JsValue::from(own)) == from);
        let kind = js_sys::Reflect::get(&event.data(), &"type".into()).ok().and_then(|kind| kind.as_string());
        if ours && origin() == event.origin() && kind.as_deref() == Some("frontdesk-preview-ready") {
            ready.set(true);
            ready.notify();
        }
    });
    on_cleanup(move || handle.remove());
}

fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Tells the frame after every change, once things are still.
fn tell(frame: NodeRef<html::Iframe>, ready: RwSignal<bool>, look: Look, reveals: Memo<bool>) {
    let (editor, session) = (use_editor(), use_session());
    let told = Memo::new(move |_| {
        let workspace = session.me.with(|me| me.as_ref()?.workspace.as_ref().map(|w| w.name.clone()));
        let config = editor.draft.with(|d| config(d, workspace.unwrap_or_default()));
        let scheme = if look.dark.get() { Scheme::Dark } else { Scheme::Light };
        let reveal = reveals.get();
        // Closed, for it is the bar that is looked at.
        let open = look.open.get() && !reveal;
        let told = Told { r#type: "frontdesk-preview", config, open, scheme, reveal };
        serde_json::to_string(&told).ok()
    });
    let ticket = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let Some(message) = told.get().filter(|_| ready.get()) else { return };
        let own = ticket.get_value().wrapping_add(1);
        ticket.set_value(own);
        set_timeout(
            move || {
                let target = frame.try_get_untracked().flatten().and_then(|frame| frame.content_window());
                let newest = ticket.try_get_value() == Some(own);
                if let (true, Some(target), Ok(message)) = (newest, target, js_sys::JSON::parse(&message)) {
                    let _ = target.post_message(&message, &origin());
                }
            },
            DEBOUNCE,
        );
    });
}

#[component]
fn Toggle(
    name: &'static str,
    label: &'static str,
    value: RwSignal<bool>,
    off: &'static str,
    on: &'static str,
) -> impl IntoView {
    let radio = move |this: bool, text: &'static str| {
        view! {
            <label>
                <input type="radio" name=name prop:checked=move || value.get() == this on:change=move |_| value.set(this)/>
                <span>{text}</span>
            </label>
        }
    };
    view! {
        <fieldset class="radio-set small">
            <legend class="visually-hidden">{label}</legend>
            <div class="radio-row">{radio(false, off)} {radio(true, on)}</div>
        </fieldset>
    }
}
