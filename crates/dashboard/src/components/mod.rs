//! What the screens share.

pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod icon;
pub(crate) mod notice;
pub(crate) mod progress;
pub(crate) mod shell;
pub(crate) mod state;
pub(crate) mod user_menu;
