//! The workspace: members, invitations, settings, API keys, audit log.

pub(crate) mod audit;
mod audit_entry;
mod delete_workspace;
mod holidays;
pub(crate) mod hours;
mod invitations;
mod invite;
mod key_form;
mod key_row;
pub(crate) mod keys;
mod member_row;
pub(crate) mod members_page;
mod models;
mod profile;
mod receipts;
mod retention;
pub(crate) mod settings;
pub(crate) mod tabs;
pub(crate) mod usage;
