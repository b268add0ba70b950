//! The dialog that takes questions from a spreadsheet: what was read is shown before it is taken over.

use super::csv;
use super::faq_list::{FaqList, MAX_PAIRS};
use crate::components::dialog::Dialog;
use crate::components::icon::{Glyph, Icon};
use crate::text;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Pairs and wrong lines that the preview shows; the counts are of all.
const SHOWN: usize = 5;
const MAX_BYTES: f64 = 5_000_000.0;

#[component]
pub(crate) fn Import(open: RwSignal<bool>, list: FaqList) -> impl IntoView {
    view! {
        <Dialog open title="Import questions".to_owned()>
            <ImportForm open list/>
        </Dialog>
    }
}

#[component]
fn ImportForm(open: RwSignal<bool>, list: FaqList) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let instead = RwSignal::new(list.is_empty());
    let table = Memo::new(move |_| typed.with(|typed| csv::read(typed)));
    let found = Memo::new(move |_| table.with(|table| table.pairs.len()));
    let wrong = Memo::new(move |_| table.with(|table| table.wrong.len()));
    let choose = move |_| {
        let Some(file) = input.get_untracked().and_then(|input| input.files()).and_then(|files| files.get(0))
        else {
            return;
        };
        if file.size() > MAX_BYTES {
            problem.set(Some("This file is larger than 5 MB. Split it.".to_owned()));
            return;
        }
        problem.set(None);
        spawn_local(async move {
            match JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()) {
                Some(text) => {
                    typed.try_set(text);
                }
                None => {
                    problem
                        .try_set(Some("The browser could not read this file. Choose it again.".to_owned()));
                }
            }
        });
    };
    let take = move |_| {
        let pairs = table.with_untracked(|table| table.pairs.clone());
        if pairs.is_empty() {
            problem.set(Some(
                "There is no question with an answer in it. Choose a file, or paste lines.".to_owned(),
            ));
            return;
        }
        list.put(pairs, instead.get_untracked());
        open.set(false);
    };
    view! {
        <div class="form">
            <p class="quiet">"Two columns, question and answer, as a spreadsheet exports them as CSV. Nothing is saved before you save the list."</p>
            <div role="alert">
                {move || problem.get().map(|why| view! { <p class="form-problem"><Icon glyph=Glyph::Alert/>{why}</p> })}
            </div>
            <div class="field">
                <label for="csv-file">"CSV file"</label>
                <input id="csv-file" class="file-input" type="file" accept=".csv,text/csv,text/plain" node_ref=input on:change=choose/>
            </div>
            <div class="field">
                <label for="csv-text">"or paste its lines"</label>
                <textarea id="csv-text" rows="5" spellcheck="false" dir="auto" placeholder="question,answer"
                    prop:value=move || typed.get() on:input=move |event| typed.set(event_target_value(&event))></textarea>
            </div>
            <div class="import-read" aria-live="polite">
                <Show when=move || { found.get() + wrong.get() > 0 }>
                    <p>
                        <strong>{move || text::count(found.get() as u64, "pair was read", "pairs were read")}</strong>
                        {move || (wrong.get() > 0).then(|| format!(", {}", text::count(wrong.get() as u64, "line is wrong and left out", "lines are wrong and left out")))}
                        {move || table.with(|table| table.header).then_some(". The first line names the columns.")}
                    </p>
                </Show>
                <Show when=move || { found.get() > MAX_PAIRS }>
                    <p class="form-problem"><Icon glyph=Glyph::Alert/>"A list holds 5,000 questions. Split the file."</p>
                </Show>
                <ul class="import-pairs">
                    {move || table.with(|table| table.pairs.iter().take(SHOWN).map(|pair| view! {
                        <li><strong dir="auto">{pair.question.clone()}</strong><span dir="auto">{pair.answer.clone()}</span></li>
                    }).collect_view())}
                </ul>
                <ul class="import-wrong">
                    {move || table.with(|table| table.wrong.iter().take(SHOWN).map(|wrong| view! {
                        <li><strong>{format!("Line {}: ", wrong.line)}</strong>{wrong.why}" "<span class="quiet" dir="auto">{wrong.text.clone()}</span></li>
                    }).collect_view())}
                </ul>
            </div>
            <Show when=move || !list.is_empty()>
                <label class="check">
                    <input type="checkbox" prop:checked=move || instead.get() on:change=move |event| instead.set(event_target_checked(&event))/>
                    "Replace the questions that are in the list now"
                </label>
            </Show>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <button class="button primary" type="button" aria-disabled=move || (found.get() == 0).to_string() on:click=take>
                    {move || match found.get() {
                        0 => "Take over".to_owned(),
                        n => format!("Take over {}", text::count(n as u64, "pair", "pairs")),
                    }}
                </button>
            </div>
        </div>
    }
}
