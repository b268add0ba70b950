//! The dialog that writes a curated answer.

use super::Editing;
use super::list::replace;
use super::proposed::Proposed;
use super::words::{Choice, TemplateField, WordsChoice};
use crate::api::knowledge as api;
use crate::components::dialog::Dialog;
use crate::components::form::{FieldProblem, FormProblem, focus, is_wrong, mend};
use crate::components::notice::{Notices, announce};
use crate::load::Load;
use crate::pages::knowledge::markdown_field::MarkdownField;
use crate::session::use_session;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use protocol::agent::LANGUAGES;
use protocol::api::{CuratedAnswer, CuratedContent, CuratedWrite};

const MAX_ANSWER: usize = 4_000;

#[component]
pub(super) fn EditDialog(
    editing: Editing,
    answers: Load<Vec<CuratedAnswer>>,
    proposed: Proposed,
) -> impl IntoView {
    let title = move || {
        if editing.answer.with(Option::is_some) {
            "Edit answer".to_owned()
        } else if editing.proposal.with(Option::is_some) {
            "Edit and approve".to_owned()
        } else {
            "Add a curated answer".to_owned()
        }
    };
    view! {
        <Dialog open=editing.open title=Signal::derive(title)>
            <EditForm editing answers proposed/>
        </Dialog>
    }
}

#[component]
fn EditForm(editing: Editing, answers: Load<Vec<CuratedAnswer>>, proposed: Proposed) -> impl IntoView {
    let session = use_session();
    let notices = use_context::<Notices>();
    let old = editing.answer.get_untracked();
    let proposal = editing.proposal.get_untracked();
    let (asked, said) =
        proposal.as_ref().map(|one| (one.question.clone(), one.answer.clone())).unwrap_or_default();
    let content = old.as_ref().map(|answer| answer.content.clone()).unwrap_or_else(|| CuratedContent {
        pattern: asked,
        keywords: String::new(),
        answer: said,
        pages: String::new(),
        languages: Vec::new(),
        enabled: true,
    });
    let pattern = RwSignal::new(content.pattern);
    let keywords = RwSignal::new(content.keywords);
    let answer = RwSignal::new(content.answer);
    let pages = RwSignal::new(content.pages);
    let languages = RwSignal::new(content.languages);
    let enabled = content.enabled;
    let choice = Choice::new(old.as_ref().and_then(|old| old.template_id.clone()));
    let lent = Memo::new(move |_| choice.lent.get());
    // What a page says is approved in its own words.
    let may_lend = proposal.is_none();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(agent) = session.agent.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let content = CuratedContent {
            pattern: tidy(&pattern.get_untracked()),
            keywords: tidy(&keywords.get_untracked()),
            answer: if lent.get_untracked() {
                String::new()
            } else {
                answer.get_untracked().trim().to_owned()
            },
            pages: tidy(&pages.get_untracked()),
            languages: languages.get_untracked(),
            enabled,
        };
        let template_id = choice.template.get_untracked().filter(|_| lent.get_untracked());
        let written = CuratedWrite { content, template_id };
        if let Some(missing) = missing(&written, lent.get_untracked()) {
            if let Some(field) = &missing.field {
                focus(field);
            }
            problem.set(Some(missing));
            return;
        }
        busy.set(true);
        let (old, proposal) = (old.clone(), proposal.clone());
        spawn_local(async move {
            let from_site = proposal.is_some();
            let reply = match (old, proposal) {
                (Some(old), _) => api::update_curated(old.id, written).await,
                (None, Some(proposal)) => api::approve(proposal.id, Some(written.content)).await,
                (None, None) => api::create_curated(agent, written).await,
            };
            match reply {
                Ok(now) => {
                    editing.open.try_set(false);
                    announce(notices, "Saved. The agent knows it in a moment.");
                    if from_site {
                        proposed.approved(now);
                    } else {
                        replace(answers, now);
                    }
                }
                Err(why) => {
                    busy.try_set(false);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    let area = move |id: &'static str,
                     label: &'static str,
                     hint: &'static str,
                     value: RwSignal<String>,
                     sample: &'static str| {
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <p class="field-hint" id=format!("{id}-hint")>{hint}</p>
                <textarea id=id rows="3" dir="auto" placeholder=sample aria-describedby=format!("{id}-hint {id}-problem")
                    aria-invalid=move || is_wrong(problem, id) prop:value=move || value.get()
                    on:input=move |event| { value.set(event_target_value(&event)); mend(problem, id) }></textarea>
                <FieldProblem problem field=id/>
            </div>
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <FormProblem problem fields=&["pattern", "keywords", "answer", "template_id", "pages"]/>
            {area("pattern", "Phrasings of the question",
                "One a line. Matched word for word, and by meaning as the first source of the agent's answer.",
                pattern, "Do you treat emergencies at night?")}
            {area("keywords", "Keywords",
                "A question with all words of one line gets this answer word for word. Each line is another set; leave it empty to match phrasings only.",
                keywords, "emergency night")}
            <Show when=move || may_lend>
                <WordsChoice choice/>
            </Show>
            <Show
                when=move || lent.get()
                fallback=move || view! {
                    <MarkdownField id="answer" label="Answer" value=answer max=MAX_ANSWER rows=6 problem/>
                }
            >
                <TemplateField choice problem/>
            </Show>
            {area("pages", "Only on these pages",
                "Paths, one a line, * at the end for everything below. Empty: on every page.",
                pages, "/prices/*")}
            <fieldset class="field languages">
                <legend>"Only in these languages"</legend>
                <p class="field-hint">"None chosen: in every language."</p>
                <div class="checks">
                    {LANGUAGES.iter().map(|tag| view! {
                        <label class="check">
                            <input type="checkbox" prop:checked=move || languages.with(|all| all.iter().any(|it| it == tag))
                                on:change=move |event| languages.update(|all| {
                                    all.retain(|it| it != tag);
                                    if event_target_checked(&event) {
                                        all.push((*tag).to_owned());
                                    }
                                })/>
                            {language(tag)}
                        </label>
                    }).collect_view()}
                </div>
            </fieldset>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| editing.open.set(false)>"Cancel"</button>
                <button class="button primary" type="submit" aria-disabled=move || busy.get().to_string()>
                    <span class="spinner" class:on=move || busy.get()></span>
                    {move || if busy.get() { "Saving…" } else { "Save" }}
                </button>
            </div>
        </form>
    }
}

fn language(tag: &str) -> &str {
    match tag {
        "en" => "English",
        "es" => "Spanish",
        "fr" => "French",
        "de" => "German",
        "pt" => "Portuguese",
        "ja" => "Japanese",
        "ar" => "Arabic",
        "zh" => "Chinese",
        "he" => "Hebrew",
        other => other,
    }
}

/// Lines without the empty ones.
fn tidy(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What the server would refuse anyway, told without asking it.
fn missing(written: &CuratedWrite, lent: bool) -> Option<Problem> {
    let content = &written.content;
    if content.pattern.is_empty() {
        Some(Problem::field("pattern", "Write at least one phrasing of the question."))
    } else if lent && written.template_id.is_none() {
        Some(Problem::field("template_id", "Choose a template, or write own words."))
    } else if !lent && content.answer.is_empty() {
        Some(Problem::field("answer", "Write the answer."))
    } else if content.answer.chars().count() > MAX_ANSWER {
        Some(Problem::field(
            "answer",
            "This answer is too long. Shorten it, or make it a text of the knowledge.",
        ))
    } else if content.pages.lines().any(|line| !line.starts_with('/')) {
        Some(Problem::field("pages", "Write each page as a path that begins with /, as in /prices."))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tidied() {
        assert_eq!(tidy(" a \n\n b\n"), "a\nb");
    }
}
