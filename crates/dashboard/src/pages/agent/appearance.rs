//! Colours, shape and place of the widget.

use super::choices::Segments;
use super::color::{ENOUGH, complete, contrast, nearest_for_white, parse};
use super::editor::use_editor;
use super::fields::{Foot, Section, dom_id};
use crate::components::icon::{Glyph, Icon};
use domain::draft::RADII;
use leptos::prelude::*;
use protocol::agent::{AgentDraft, Font, Layout, Position, Scheme};

#[component]
pub(super) fn AppearancePart() -> impl IntoView {
    let own = use_editor().read(|d| d.theme.message.is_some());
    view! {
        <Section id="appearance" title="Appearance">
            <div class="pair">
                <Colour path="theme.accent" label="Accent" get=|d| d.theme.accent.clone() set=|d, hex| d.theme.accent = hex/>
                <div>
                    <Colour
                        path="theme.message" label="Visitor’s messages"
                        get=|d| d.theme.message.clone().unwrap_or_else(|| d.theme.accent.clone())
                        set=|d, hex| d.theme.message = Some(hex)
                    />
                    <Follow own/>
                </div>
            </div>
            <div class="pair">
                <Segments
                    path="theme.layout" label="While closed"
                    options=vec![(Layout::Bubble, "Bubble"), (Layout::Bar, "Bar")]
                    get=|d| d.theme.layout set=|d, layout| d.theme.layout = layout
                />
                <Segments
                    path="theme.scheme" label="Light or dark"
                    options=vec![(Scheme::Auto, "As the visitor"), (Scheme::Light, "Light"), (Scheme::Dark, "Dark")]
                    get=|d| d.theme.scheme set=|d, scheme| d.theme.scheme = scheme
                />
            </div>
            <div class="pair">
                <Places/>
                <div class="stack">
                    <Segments
                        path="theme.radius" label="Corners"
                        options=RADII.into_iter().zip(["4 px", "8 px", "12 px", "16 px"]).collect()
                        get=|d| d.theme.radius set=|d, radius| d.theme.radius = radius
                    />
                    <Segments
                        path="theme.font" label="Font"
                        options=vec![(Font::System, "System"), (Font::Inter, "Inter"), (Font::Geist, "Geist"), (Font::Serif, "Serif")]
                        get=|d| d.theme.font set=|d, font| d.theme.font = font
                    />
                    <p class="quiet">"Inter and Geist show on websites that have them; nothing is loaded from elsewhere."</p>
                </div>
            </div>
        </Section>
    }
}

/// Whether the visitor's messages have a colour of their own, and the way back.
#[component]
fn Follow(own: Memo<bool>) -> impl IntoView {
    let editor = use_editor();
    view! {
        <p class="quiet follow">
            {move || if own.get() && !editor.locked {
                view! {
                    <button class="text-button" type="button" on:click=move |_| editor.edit("theme.message follow", |d| d.theme.message = None)>
                        "Use the accent"
                    </button>
                }.into_any()
            } else {
                "Follows the accent until you choose another.".into_any()
            }}
        </p>
    }
}

/// A colour by picker or by its code, with what text on it will be like.
#[component]
fn Colour(
    path: &'static str,
    label: &'static str,
    get: fn(&AgentDraft) -> String,
    set: fn(&mut AgentDraft, String),
) -> impl IntoView {
    let editor = use_editor();
    let value = editor.read(get);
    let problem = editor.problem(path);
    let id = dom_id(path);
    // A colour input knows only whole colours.
    let whole = Memo::new(move |before: Option<&String>| {
        let value = value.get();
        if parse(&value).is_some() { value } else { before.cloned().unwrap_or_else(|| "#000000".to_owned()) }
    });
    let change = move |hex: String| editor.edit(path, |d| set(d, hex));
    view! {
        <div class="field colour">
            <label for=id.clone()>{label}</label>
            <div class="colour-row">
                <input
                    type="color" aria-label=format!("{label}, picker") disabled=editor.locked prop:value=whole
                    on:input=move |event| change(event_target_value(&event))
                />
                <input
                    id=id.clone() type="text" dir="ltr" spellcheck="false" autocomplete="off" autocapitalize="none" maxlength="9"
                    readonly=editor.locked prop:value=value aria-describedby=format!("{id}-foot {id}-contrast")
                    aria-invalid=move || problem.get().is_some().to_string()
                    on:input=move |event| change(event_target_value(&event))
                    on:change=move |event| if let Some(hex) = complete(&event_target_value(&event)) { change(hex) }
                />
            </div>
            <Foot path/>
            <Contrast value id=format!("{id}-contrast") locked=editor.locked change/>
        </div>
    }
}

/// Whether white text can be read on a colour; where it cannot, what happens and the nearest colour where it can.
#[component]
fn Contrast(
    value: Memo<String>,
    id: String,
    locked: bool,
    change: impl Fn(String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let told = move || {
        let rgb = parse(&value.get())?;
        let (white, black) = contrast(rgb);
        if white >= ENOUGH {
            return Some(view! { <span class="contrast good"><Icon glyph=Glyph::Check/>{format!("White text is easy to read ({white:.1} : 1)")}</span> }.into_any());
        }
        let near = nearest_for_white(rgb);
        let (shown, fix) = (near.clone(), near.clone());
        Some(view! {
            <span class="contrast warn">
                <Icon glyph=Glyph::Alert/>
                <span>
                    {format!("White text is hard to read ({white:.1} : 1, needs 4.5), so it will be black ({black:.1} : 1).")}
                    {(!locked).then(|| view! {
                        " "
                        <button class="text-button" type="button" on:click=move |_| change(fix.clone())>
                            <span class="swatch" style:background=near></span>{format!("Use {shown} for white text")}
                        </button>
                    })}
                </span>
            </span>
        }.into_any())
    };
    view! { <p id=id aria-live="polite">{told}</p> }
}

const PLACES: [(Position, &str, &str); 5] = [
    (Position::TopLeft, "Top left", "tl"),
    (Position::TopRight, "Top right", "tr"),
    (Position::BottomLeft, "Bottom left", "bl"),
    (Position::BottomCenter, "Bottom centre", "bc"),
    (Position::BottomRight, "Bottom right", "br"),
];

/// The places of the widget on a small page; arrow keys move between them.
#[component]
fn Places() -> impl IntoView {
    let editor = use_editor();
    let value = editor.read(|d| d.theme.position);
    let name = move || PLACES.iter().find(|(place, ..)| *place == value.get()).map(|(_, name, _)| *name);
    view! {
        <fieldset class="places">
            <legend>"Position" <span class="quiet">" · " {name}</span></legend>
            <div class="places-page">
                {PLACES
                    .into_iter()
                    .map(|(place, name, at)| view! {
                        <label data-place=at>
                            <input
                                type="radio" name="theme.position" disabled=editor.locked prop:checked=move || value.get() == place
                                on:change=move |_| editor.edit("theme.position", |d| d.theme.position = place)
                            />
                            <span class="visually-hidden">{name}</span>
                        </label>
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}
