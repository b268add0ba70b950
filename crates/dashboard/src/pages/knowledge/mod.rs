//! Knowledge of every kind: adding it, files and their upload, texts, FAQ lists, the passages of a document.

pub(crate) mod access;
pub(crate) mod add;
pub(crate) mod csv;
pub(crate) mod document;
pub(crate) mod drop;
pub(crate) mod faq;
pub(crate) mod faq_import;
pub(crate) mod faq_list;
pub(crate) mod file_row;
pub(crate) mod files;
pub(crate) mod guard;
pub(crate) mod kinds;
pub(crate) mod markdown;
pub(crate) mod markdown_field;
pub(crate) mod markdown_parse;
pub(crate) mod retry;
pub(crate) mod settings;
mod tags;
pub(crate) mod text;
pub(crate) mod uploads;
