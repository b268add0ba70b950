//! Doors (register, sign in, mailed links), one's own account, and the workspaces one belongs to.

pub(crate) mod check_mail;
mod delete_account;
mod door;
mod email;
pub(crate) mod invitation;
pub(crate) mod mailed_links;
pub(crate) mod page;
mod password;
pub(crate) mod recovery;
mod recovery_codes;
pub(crate) mod register;
mod sessions;
pub(crate) mod sign_in;
mod totp;
pub(crate) mod workspaces;
