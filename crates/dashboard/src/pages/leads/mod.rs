//! Leads: the inbox beside one lead, the people behind them.

mod act;
mod bulk;
pub(crate) mod contact;
pub(crate) mod contacts;
pub(crate) mod detail;
mod duplicates;
mod erase;
mod export;
mod filters;
mod history;
pub(crate) mod inbox;
mod mail;
mod words;
