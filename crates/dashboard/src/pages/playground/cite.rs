//! What a citation says when its number is pressed.

use super::Opened;
use super::run::Run;
use crate::components::icon::{Glyph, Icon};
use crate::components::popover;
use crate::pages::knowledge::kinds;
use crate::text;
use leptos::prelude::*;
use protocol::DocumentId;
use protocol::answer::Citation;
use wasm_bindgen::JsCast;

const WIDTH: f64 = 340.0;
const MARGIN: f64 = 12.0;

/// The citation of one run that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Cited {
    id: StoredValue<String>,
    run: Signal<Run>,
    number: RwSignal<Option<u32>>,
}

impl Cited {
    pub(super) fn new(key: String, run: Signal<Run>) -> Self {
        Self { id: StoredValue::new(format!("cited-{key}")), run, number: RwSignal::new(None) }
    }

    /// Opens beside the number that was pressed.
    pub(super) fn show(self, number: u32, event: &web_sys::MouseEvent) {
        self.number.set(Some(number));
        let Some(button) = event.current_target().and_then(|it| it.dyn_into::<web_sys::Element>().ok())
        else {
            return;
        };
        let at = button.get_bounding_client_rect();
        let id = self.id.get_value();
        request_animation_frame(move || {
            let popover =
                document().get_element_by_id(&id).and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
            let Some(popover) = popover else { return };
            // The window without its scrollbar.
            let Some(root) = document().document_element() else { return };
            let (wide, high) = (f64::from(root.client_width()), f64::from(root.client_height()));
            // From the side where lines begin.
            let rtl = popover.matches(":dir(rtl)").unwrap_or(false);
            let before = if rtl { wide - at.right() } else { at.left() };
            let start = (before - 24.0).clamp(MARGIN, (wide - WIDTH - MARGIN).max(MARGIN));
            let style = web_sys::HtmlElement::style(&popover);
            let _ = style.set_property("inset-inline-start", &format!("{start}px"));
            // Above where there is more room.
            let (top, bottom) = if at.bottom() > high * 0.6 {
                ("auto".to_owned(), format!("{}px", high - at.top() + 6.0))
            } else {
                (format!("{}px", at.bottom() + 6.0), "auto".to_owned())
            };
            let _ = style.set_property("top", &top);
            let _ = style.set_property("bottom", &bottom);
            let _ = popover.show_popover();
            let _ = popover.focus();
        });
    }

    fn citation(self) -> Option<Citation> {
        let number = self.number.get()?;
        self.run.with(|run| run.end.as_ref()?.citations.iter().find(|it| it.number == number).cloned())
    }

    /// Where the cited passage is kept; retrieval said so before.
    fn passage(self) -> Option<(DocumentId, u32)> {
        let number = self.number.get()?;
        self.run.with(|run| {
            let found = run.found.as_ref()?;
            let cited = found.hits.iter().find(|found| found.number == Some(number))?;
            Some((cited.hit.document_id.clone(), cited.hit.ord))
        })
    }
}

#[component]
pub(super) fn Popover(cited: Cited) -> impl IntoView {
    let opened = expect_context::<Opened>();
    let name = move || cited.citation().map(|it| title(&it)).unwrap_or_default();
    view! {
        <div class="cited" popover="auto" tabindex="-1" role="dialog" id=cited.id.get_value()
            aria-label=move || format!("Source {}: {}", cited.number.get().unwrap_or_default(), name())>
            {move || cited.citation().map(|it| {
                let place = kinds::place(&it.url);
                let path = it.heading_path.join(" › ");
                let passage = cited.passage();
                let heading = title(&it);
                view! {
                    <p class="cited-title"><span class="note-number" aria-hidden="true">{it.number}</span><strong dir="auto">{heading.clone()}</strong></p>
                    {(!place.is_empty()).then(|| view! { <p class="cited-place">{place}</p> })}
                    {(!path.is_empty()).then(|| view! { <p class="cited-place" dir="auto">{path}</p> })}
                    <p class="cited-text" dir="auto">{it.snippet}</p>
                    <p class="cited-acts">
                        {passage.map(|(document, ord)| view! {
                            <button class="button" type="button" on:click=move |_| {
                                popover::hide(&cited.id.get_value());
                                opened.show(document.clone(), ord, heading.clone());
                            }><Icon glyph=Glyph::Document/>"Open the passage in its page"</button>
                        })}
                        {(text::is_web(&it.url)).then(|| view! {
                            <a class="link" href=it.url.clone() target="_blank" rel="noopener noreferrer">"Website" <Icon glyph=Glyph::External/></a>
                        })}
                    </p>
                }
            })}
        </div>
    }
}

fn title(citation: &Citation) -> String {
    if citation.title.is_empty() { text::short_url(&citation.url) } else { citation.title.clone() }
}
