//! Installing the widget: what the page wants otherwise than the agent says, the snippet for it, and how it gets into
//! the website.

mod platforms;
pub(crate) mod snippet;

use super::embed::reach;
use crate::components::copy::CopyButton;
use crate::components::icon::{Glyph, Icon};
use crate::components::shell::title;
use crate::session::use_session;
use leptos::prelude::*;
use platforms::Platform;
use snippet::Choices;

const LAYOUTS: [(&str, &str); 5] = [
    ("", "As the agent says"),
    ("bubble", "Bubble"),
    ("bar", "Bar"),
    ("inline", "Inside the page"),
    ("page", "The whole page"),
];
const POSITIONS: [(&str, &str); 6] = [
    ("", "As the agent says"),
    ("bottom-right", "Bottom right"),
    ("bottom-left", "Bottom left"),
    ("bottom-center", "Bottom centre"),
    ("top-right", "Top right"),
    ("top-left", "Top left"),
];
/// Those that the widget has words in.
const LANGUAGES: [(&str, &str); 10] = [
    ("", "As the page says"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("pt", "Português"),
    ("ja", "日本語"),
    ("ar", "العربية"),
    ("zh", "中文"),
    ("he", "עברית"),
];

#[component]
pub(crate) fn InstallPage() -> impl IntoView {
    let session = use_session();
    let name = move || session.current().map(|agent| agent.name).unwrap_or_default();
    title(move || format!("Install {}", name()));
    let choices = RwSignal::new(Choices::default());
    let platform = RwSignal::new(Platform::Html);
    view! {
        <div class="page install">
            <a class="back" href="/app/agent"><Icon glyph=Glyph::Back/><span dir="auto">{name}</span></a>
            <header class="page-head">
                <div>
                    <h1>"Put it on your website"</h1>
                    <p class="page-sub">{move || session.current().as_ref().map(reach)}</p>
                </div>
            </header>
            <div class="cards">
                <Options choices/>
                <Code choices platform/>
                <Steps choices platform/>
            </div>
        </div>
    }
}

/// What can be chosen; all of it changes the snippet below and nothing of the agent.
#[component]
fn Options(choices: RwSignal<Choices>) -> impl IntoView {
    let launcher = Memo::new(move |_| choices.with(Choices::has_launcher));
    let consent = Memo::new(move |_| choices.with(|choices| choices.consent));
    view! {
        <section class="card" aria-labelledby="install-options">
            <header class="card-head"><h2 id="install-options">"On this website"</h2></header>
            <div class="install-fields">
                <Pick id="install-layout" label="Layout" options=&LAYOUTS get=move || choices.with(|it| it.layout.clone()) set=move |to| choices.update(|it| it.layout = to)/>
                <Show when=move || launcher.get()>
                    <Pick id="install-position" label="Place" options=&POSITIONS get=move || choices.with(|it| it.position.clone()) set=move |to| choices.update(|it| it.position = to)/>
                </Show>
                <Pick id="install-language" label="Language of the buttons" options=&LANGUAGES get=move || choices.with(|it| it.language.clone()) set=move |to| choices.update(|it| it.language = to)/>
            </div>
            <div class="install-checks">
                <Show when=move || launcher.get()>
                    <Tick label="Show it only near the end of a page" get=move || choices.with(|it| it.reveal) set=move |on| choices.update(|it| it.reveal = on)/>
                </Show>
                <Tick label="Ask for consent first: nothing is requested or stored before the visitor agrees" get=move || consent.get() set=move |on| choices.update(|it| it.consent = on)/>
            </div>
            <Show when=move || consent.get()>
                <Consent choices/>
            </Show>
        </section>
    }
}

/// What a visitor is asked for consent with.
#[component]
fn Consent(choices: RwSignal<Choices>) -> impl IntoView {
    let wrong = Memo::new(move |_| !choices.with(Choices::privacy_fits));
    view! {
        <div class="install-fields">
            <div class="field">
                <label for="install-notice">"Notice"</label>
                <input
                    id="install-notice" type="text" dir="auto" autocomplete="off" aria-describedby="install-notice-hint"
                    prop:value=move || choices.with(|it| it.notice.clone())
                    on:input=move |event| choices.update(|it| it.notice = event_target_value(&event))
                />
                <p class="field-hint" id="install-notice-hint">"In the language of the page. Without it: “Chat: OK?”"</p>
            </div>
            <div class="field">
                <label for="install-privacy">"Address of your privacy notice"</label>
                <input
                    id="install-privacy" type="url" inputmode="url" dir="ltr" autocomplete="off" autocapitalize="none" spellcheck="false"
                    placeholder="https://www.example.com/privacy" aria-describedby="install-privacy-hint"
                    aria-invalid=move || wrong.get().to_string()
                    prop:value=move || choices.with(|it| it.privacy.clone())
                    on:input=move |event| choices.update(|it| it.privacy = event_target_value(&event))
                />
                <p class="field-hint" class:wrong=move || wrong.get() id="install-privacy-hint" role="status">
                    {move || if wrong.get() { "It begins with https:// or, on your website, with /. Until then it is left out." } else { "Linked below the notice." }}
                </p>
            </div>
        </div>
    }
}

#[component]
fn Pick(
    id: &'static str,
    label: &'static str,
    options: &'static [(&'static str, &'static str)],
    get: impl Fn() -> String + Copy + Send + 'static,
    set: impl Fn(String) + 'static,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id class="select" on:change=move |event| set(event_target_value(&event))>
                {options.iter().map(|(value, words)| view! { <option value=*value selected=move || get() == *value>{*words}</option> }).collect_view()}
            </select>
        </div>
    }
}

#[component]
fn Tick(
    label: &'static str,
    get: impl Fn() -> bool + Send + 'static,
    set: impl Fn(bool) + 'static,
) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=get on:change=move |event| set(event_target_checked(&event))/>
            <span>{label}</span>
        </label>
    }
}

/// The snippet, as the website takes it.
#[component]
fn Code(choices: RwSignal<Choices>, platform: RwSignal<Platform>) -> impl IntoView {
    let session = use_session();
    let code = Signal::derive(move || {
        let origin = window().location().origin().unwrap_or_default();
        let Some(agent) = session.current() else { return String::new() };
        let write = if platform.get().drops_attributes() { snippet::script } else { snippet::tag };
        choices.with(|choices| write(&origin, &agent.id, choices))
    });
    let element =
        Memo::new(move |_| choices.with(Choices::needs_element) && platform.get().can(&choices.get()));
    view! {
        <section class="card" aria-labelledby="install-snippet">
            <header class="card-head"><h2 id="install-snippet">"Snippet"</h2><CopyButton text=code/></header>
            <pre class="code" tabindex="0" aria-label="Snippet to embed"><code>{code}</code></pre>
            <Show when=move || element.get()>
                <header class="card-head"><h3>"The element that it fills"</h3><CopyButton text=Signal::derive(snippet::element)/></header>
                <pre class="code" tabindex="0" aria-label="Element of the page"><code>{snippet::element()}</code></pre>
                <p class="quiet">"It needs a height; give it the one that you want."</p>
            </Show>
        </section>
    }
}

#[component]
fn Steps(choices: RwSignal<Choices>, platform: RwSignal<Platform>) -> impl IntoView {
    let session = use_session();
    let origin = window().location().origin().unwrap_or_default();
    let socket = origin.replacen("http", "ws", 1);
    let pick = move |key: String| {
        if let Some(chosen) = platforms::ALL.into_iter().find(|one| one.key() == key) {
            platform.set(chosen);
        }
    };
    let place = move || choices.with(Choices::needs_element).then(|| platform.get().place());
    let list = move || platform.get().steps().0.iter().map(|step| view! { <li>{*step}</li> }).collect_view();
    let fits = move || platform.get().can(&choices.get());
    view! {
        <section class="card" aria-labelledby="install-steps">
            <header class="card-head"><h2 id="install-steps">"Steps"</h2></header>
            <div class="install-fields">
                <Pick
                    id="install-platform" label="Your website is made with"
                    options=&platforms::NAMED
                    get=move || platform.get().key().to_owned() set=pick
                />
            </div>
            <ol class="install-steps" aria-live="polite">
                {move || fits().then(list)}
                {move || place().map(|words| view! { <li>{words}</li> })}
            </ol>
            <p class="quiet">{move || platform.get().steps().1}</p>
            <Show when=move || session.current().is_some_and(|agent| agent.allowed_origins.is_empty())>
                <p><a class="link" href="/app/agent#places">"List your website, so that it may show the agent"</a></p>
            </Show>
            <details class="install-more">
                <summary>"If your website has a Content-Security-Policy"</summary>
                <p>"It has to allow "<code>{format!("script-src {origin}; connect-src {origin} {socket}")}</code>"."</p>
            </details>
        </section>
    }
}
