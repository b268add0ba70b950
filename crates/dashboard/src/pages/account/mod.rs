//! Doors (register, sign in, mailed links), one's own account, and the workspaces one belongs to.

pub(crate) mod check_mail;
pub(crate) mod door;
pub(crate) mod sign_in;
pub(crate) mod workspaces;
