//! What the screens share.

pub(crate) mod allowed;
pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod form;
pub(crate) mod icon;
pub(crate) mod navigation;
pub(crate) mod notice;
pub(crate) mod popover;
pub(crate) mod progress;
pub(crate) mod shell;
pub(crate) mod state;
pub(crate) mod user_menu;
pub(crate) mod verify_banner;
