//! The screens, one file each; what a screen alone needs stands beside it.

pub(crate) mod account;
pub(crate) mod add_source;
pub(crate) mod agent;
pub(crate) mod conversation_search;
pub(crate) mod conversations;
pub(crate) mod curated;
pub(crate) mod delete_source;
pub(crate) mod desk;
pub(crate) mod embed;
pub(crate) mod knowledge;
pub(crate) mod message;
pub(crate) mod not_found;
pub(crate) mod overview;
pub(crate) mod page_history;
pub(crate) mod playground;
pub(crate) mod rename_source;
pub(crate) mod source;
pub(crate) mod source_pages;
pub(crate) mod source_texts;
pub(crate) mod sources;
pub(crate) mod team;
pub(crate) mod transcript;
pub(crate) mod turn;
