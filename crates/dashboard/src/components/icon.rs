//! One stroke set of icons, 20 × 20; always beside a text or inside a labelled control.

use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Glyph {
    Alert,
    Back,
    Bell,
    Chat,
    Check,
    Close,
    Copy,
    Down,
    External,
    Globe,
    Grid,
    Grip,
    More,
    Plus,
    Redo,
    Refresh,
    SignOut,
    Trash,
    Undo,
    Up,
}

fn path(glyph: Glyph) -> &'static str {
    match glyph {
        Glyph::Alert => "M10 3l7.5 13.5h-15zM10 8v4M10 14.2v.1",
        Glyph::Back => "M12 4.5L6.5 10l5.5 5.5",
        Glyph::Bell => "M2.5 15.5h15M4.2 15.5a5.8 5.8 0 0 1 11.6 0M10 9.7V6.8M8.3 6.3h3.4",
        Glyph::Chat => {
            "M4.3 3.8h11.4c1 0 1.8.8 1.8 1.8v6.8c0 1-.8 1.8-1.8 1.8H9.4l-4 3v-3H4.3c-1 0-1.8-.8-1.8-1.8V5.6c0-1 .8-1.8 1.8-1.8z"
        }
        Glyph::Check => "M4 10.5l4 4 8-9",
        Glyph::Close => "M5 5l10 10M15 5L5 15",
        Glyph::Copy => "M7.5 7.5h9v9h-9zM4.5 12.5h-1v-9h9v1",
        Glyph::Down => "M5 8l5 5 5-5",
        Glyph::External => "M8.5 4.5h-4v11h11v-4M11.5 3.5h5v5M16.5 3.5l-7 7",
        Glyph::Globe => {
            "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zM2.5 10h15M10 2.5c2.2 2 3.3 4.6 3.3 7.5s-1.1 5.5-3.3 7.5c-2.2-2-3.3-4.6-3.3-7.5s1.1-5.5 3.3-7.5z"
        }
        Glyph::Grid => "M3 3h5.5v5.5H3zM11.5 3H17v5.5h-5.5zM3 11.5h5.5V17H3zM11.5 11.5H17V17h-5.5z",
        Glyph::Grip => "M7.5 5v.1M12.5 5v.1M7.5 10v.1M12.5 10v.1M7.5 15v.1M12.5 15v.1",
        Glyph::More => "M4.5 10v.1M10 10v.1M15.5 10v.1",
        Glyph::Plus => "M10 4.5v11M4.5 10h11",
        Glyph::Redo => "M12.5 4.5L16 8l-3.5 3.5M16 8H8.5a4 4 0 0 0 0 8H11",
        Glyph::Refresh => "M16 10a6 6 0 1 1-1.8-4.3M16 2.8v3.7h-3.7",
        Glyph::SignOut => "M8 4H4v12h4M12.5 6l4 4-4 4M16 10H8",
        Glyph::Trash => "M4 6h12M8 6V4h4v2M5.5 6l.7 10.5h7.6L14.5 6",
        Glyph::Undo => "M7.5 4.5L4 8l3.5 3.5M4 8h7.5a4 4 0 0 1 0 8H9",
        Glyph::Up => "M5 12l5-5 5 5",
    }
}

#[component]
pub(crate) fn Icon(glyph: Glyph) -> impl IntoView {
    let mirrored = matches!(glyph, Glyph::Back | Glyph::SignOut | Glyph::Undo | Glyph::Redo);
    view! {
        <svg class="icon" class:mirrored=mirrored viewBox="0 0 20 20" aria-hidden="true">
            <path d=path(glyph)></path>
        </svg>
    }
}
