//! Light, dark, or what the system says. `static/theme.js` applies the stored choice before the first paint.

use crate::session::storage;
use leptos::prelude::document;

const KEY: &str = "frontdesk.theme";

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Theme::System => "System",
            Theme::Light => "Light",
            Theme::Dark => "Dark",
        }
    }

    pub(crate) fn key(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

pub(crate) fn stored() -> Theme {
    let key = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    Theme::ALL.into_iter().find(|theme| Some(theme.key()) == key.as_deref()).unwrap_or(Theme::System)
}

pub(crate) fn choose(theme: Theme) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(KEY, theme.key());
    }
    apply(theme);
}

pub(crate) fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-theme", theme.key());
    }
}
