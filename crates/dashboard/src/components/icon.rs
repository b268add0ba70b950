//! One stroke set of icons, 20 × 20; always beside a text or inside a labelled control.

use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Glyph {
    Alert,
    ArrowDown,
    ArrowUp,
    Document,
    Drag,
    Feed,
    Question,
    Send,
    Stop,
    ThumbDown,
    ThumbUp,
    Upload,
    Video,
    Back,
    Bell,
    Bolt,
    Book,
    Chat,
    Check,
    Clock,
    Close,
    Copy,
    Down,
    Download,
    External,
    Gear,
    Globe,
    Grid,
    Grip,
    Key,
    Mail,
    More,
    Pencil,
    People,
    Play,
    Plug,
    Plus,
    Redo,
    Refresh,
    Search,
    Shield,
    SignOut,
    Star,
    Trash,
    Undo,
    Up,
    User,
}

fn path(glyph: Glyph) -> &'static str {
    match glyph {
        Glyph::Alert => "M10 3l7.5 13.5h-15zM10 8v4M10 14.2v.1",
        Glyph::ArrowDown => "M10 4.5v11M5.5 11l4.5 4.5l4.5-4.5",
        Glyph::ArrowUp => "M10 15.5v-11M5.5 9L10 4.5L14.5 9",
        Glyph::Document => "M5 2.8h6.5L15.5 7v10.2H5zM11.3 3v4.2h4M7.8 10.5h5M7.8 13.5h5",
        Glyph::Drag => "M7.5 5v.1M12.5 5v.1M7.5 10v.1M12.5 10v.1M7.5 15v.1M12.5 15v.1",
        Glyph::Feed => "M4.5 15.4v.1M4 10.5a5.5 5.5 0 0 1 5.5 5.5M4 5.5A10.5 10.5 0 0 1 14.5 16",
        Glyph::Question => {
            "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zM7.8 8a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M10 14v.1"
        }
        Glyph::Send => "M10 16V4.5M5 9.5l5-5l5 5",
        Glyph::Stop => "M5.5 5.5h9v9h-9z",
        Glyph::ThumbDown => {
            "M6 3.5H3.5v7H6zM6 10l3.4 6.5c1.2 0 1.9-.9 1.9-2.1V12h3.6c1 0 1.8-.9 1.6-1.9l-.9-5.1c-.1-.9-.9-1.5-1.7-1.5H6"
        }
        Glyph::ThumbUp => {
            "M6 16.5H3.5v-7H6zM6 10l3.4-6.5c1.2 0 1.9.9 1.9 2.1V8h3.6c1 0 1.8.9 1.6 1.9l-.9 5.1c-.1.9-.9 1.5-1.7 1.5H6"
        }
        Glyph::Upload => "M10 13V3.5M6 7.5l4-4l4 4M3.5 16.5h13",
        Glyph::Video => "M3.5 5h13v10h-13zM8.5 7.8v4.4l3.6-2.2z",
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
        Glyph::Plus => "M10 4.5v11M4.5 10h11",
        Glyph::Redo => "M12.5 4.5L16 8l-3.5 3.5M16 8H8.5a4 4 0 0 0 0 8H11",
        Glyph::Refresh => "M16 10a6 6 0 1 1-1.8-4.3M16 2.8v3.7h-3.7",
        Glyph::Search => "M8.8 3.2a5.6 5.6 0 1 0 0 11.2a5.6 5.6 0 0 0 0-11.2zM12.9 12.9l4 4",
        Glyph::SignOut => "M8 4H4v12h4M12.5 6l4 4-4 4M16 10H8",
        Glyph::Bolt => "M11 2.5L4.5 11.5h5L8.5 17.5L15.5 8h-5z",
        Glyph::Book => {
            "M10 5.5C8.5 4 6.2 3.6 3 3.6v11.2c3.2 0 5.5.4 7 1.9c1.5-1.5 3.8-1.9 7-1.9V3.6c-3.2 0-5.5.4-7 1.9zM10 5.5v11.2"
        }
        Glyph::Clock => "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15zM10 5.8V10l2.8 1.8",
        Glyph::Download => "M10 3.5v9M6 9l4 4l4-4M3.5 16.5h13",
        Glyph::Gear => "M3 6h6M13 6h4M3 14h4M11 14h6M11 4v4M9 12v4",
        Glyph::Key => {
            "M12.5 3a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9zM9.3 10.7L3 17M5.5 14.5L7.5 16.5M13.7 6.3v.1"
        }
        Glyph::Mail => "M2.5 4.5h15v11h-15zM3 5l7 6l7-6",
        Glyph::More => "M4.5 9.6v.8M10 9.6v.8M15.5 9.6v.8M4.1 10h.8M9.6 10h.8M15.1 10h.8",
        Glyph::Pencil => "M4 16l.7-3.2l8.6-8.6l2.5 2.5l-8.6 8.6zM11.5 6l2.5 2.5",
        Glyph::People => {
            "M7.5 4a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 0 0 0-5.6zM2.5 16.2c.3-3 2.2-4.6 5-4.6s4.7 1.6 5 4.6M13 4.4a2.6 2.6 0 0 1 0 4.9M14.4 11.9c1.8.5 2.9 1.9 3.1 4.1"
        }
        Glyph::Plug => "M7 3v4M13 3v4M4.5 7h11v2.5a5.5 5.5 0 0 1-11 0zM10 15v3",
        Glyph::Play => "M6 4l9.5 6L6 16z",
        Glyph::Shield => "M10 2.8l6 2.2v4.6c0 3.6-2.3 6.3-6 7.6c-3.7-1.3-6-4-6-7.6V5zM7.3 10l2 2l3.4-4",
        Glyph::Star => "M10 3l2.1 4.5l4.9.6l-3.6 3.4l.9 4.9L10 14l-4.3 2.4l.9-4.9L3 8.1l4.9-.6z",
        Glyph::User => {
            "M10 3.5a3.2 3.2 0 1 0 0 6.4a3.2 3.2 0 0 0 0-6.4zM3.8 16.8c.4-3.3 2.8-5 6.2-5s5.8 1.7 6.2 5"
        }
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
