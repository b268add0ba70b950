//! Who the agent says it is.

use super::choices::Pick;
use super::fields::{Section, TextField};
use super::{editor::use_editor, language_name};
use domain::draft::{MAX_PERSONA_NAME, MAX_TONE};
use leptos::prelude::*;
use protocol::agent::LANGUAGES;

#[component]
pub(super) fn PersonaPart() -> impl IntoView {
    let languages: Vec<(String, String)> =
        LANGUAGES.iter().map(|tag| ((*tag).to_owned(), language_name(tag).to_owned())).collect();
    view! {
        <Section id="persona" title="Persona">
            <TextField
                path="persona.name" label="Name" max=MAX_PERSONA_NAME
                get=|d| d.persona.name.clone() set=|d, text| d.persona.name = text
                hint="Visitors see it above the conversation."
            />
            <TextField
                path="persona.tone" label="Tone" max=MAX_TONE
                get=|d| d.persona.tone.clone() set=|d, text| d.persona.tone = text
                hint="A few words, as in: friendly and brief."
            />
            <div class="pair">
                <Picture/>
                <Pick
                    path="language" label="Language" options=Signal::stored(languages)
                    get=|d| d.language.clone() set=|d, tag| d.language = tag
                    hint="Spoken when the visitor’s is not known."
                />
            </div>
        </Section>
    }
}

/// The picture's address with the picture, once it can be shown.
#[component]
fn Picture() -> impl IntoView {
    let editor = use_editor();
    let problem = editor.problem("persona.avatar_url");
    let url = editor.read(|d| d.persona.avatar_url.clone().unwrap_or_default());
    let shown = Memo::new(move |_| Some(url.get()).filter(|url| !url.is_empty() && problem.get().is_none()));
    // The address that could not be loaded; another one is tried again.
    let broken = RwSignal::new(String::new());
    view! {
        <div class="picture">
            <TextField
                path="persona.avatar_url" label="Picture" code=true placeholder="https://…"
                get=|d| d.persona.avatar_url.clone().unwrap_or_default()
                set=|d, text| d.persona.avatar_url = Some(text.trim().to_owned()).filter(|text| !text.is_empty())
                hint="Address of a square picture, or empty for its initial."
            />
            {move || shown.get().map(|url| {
                let (own, failed) = (url.clone(), url.clone());
                view! {
                    <img
                        class="picture-view" src=url alt="" class:broken=move || broken.with(|broken| *broken == own)
                        on:error=move |_| broken.set(failed.clone())
                    />
                }
            })}
            <p class="foot-text wrong" role="status">
                {move || shown.get().filter(|url| broken.with(|broken| broken == url)).map(|_| "No picture can be loaded from this address.")}
            </p>
        </div>
    }
}
