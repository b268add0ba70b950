//! Accounts, mailed links and mails.

use protocol::{MailId, UserId};
use store::links::{self, NewLink, Purpose};
use store::{Statement, accounts, mails};

use super::{Built, Ids, name, tenant};

/// Statements of this area that take no tenant, and why they may not.
pub const WITHOUT_TENANT: &[(&str, &str)] = &[
    ("mails::queue", "a mail belongs to a person; its workspace is only noted"),
    ("mails::take_due", "a job: what has to be sent, whoever's it is"),
    ("mails::sent", "a job: the mail it has just taken"),
    ("mails::postpone", "a job: the mail it has just taken"),
    ("mails::fail", "a job: the mail it has just taken"),
    ("mails::outbox", "a developer's machine: all mails, as a mailbox would have them"),
    ("mails::forget", "housekeeping by age, whoever's mails they are"),
    ("members::by_id", "signing in: the user is proven by a link, a challenge or a session"),
    ("members::by_identity", "signing in: the user follows from a signed identity"),
    ("links::issue", "a link belongs to a person, who may not be signed in"),
    ("links::look", "the link's token is the right to use it"),
    ("links::take", "the link's token is the right to use it"),
    ("links::attempt", "the challenge's token is the right to try"),
    ("links::void", "a person's own links"),
    ("accounts::verify", "a person's own row"),
    ("accounts::claim", "a person's own row"),
    ("accounts::create_identity", "a person's own identity elsewhere"),
    ("accounts::rename", "a person's own row"),
    ("accounts::set_password", "a person's own row"),
    ("accounts::set_email", "a person's own row"),
    ("accounts::begin_totp", "a person's own row"),
    ("accounts::enable_totp", "a person's own row"),
    ("accounts::disable_totp", "a person's own row"),
    ("accounts::use_totp_step", "a person's own row"),
    ("accounts::forget_recovery_codes", "a person's own codes"),
    ("accounts::add_recovery_code", "a person's own codes"),
    ("accounts::use_recovery_code", "a person's own codes"),
    ("accounts::recovery_codes_left", "a person's own codes"),
    ("accounts::sessions", "a person's own sessions"),
    ("accounts::end_session", "a person's own session"),
    ("accounts::end_sessions", "a person's own sessions"),
    ("accounts::select_workspace", "a person's own session; that they are a member is part of the statement"),
    ("accounts::remember_workspace", "a person's own row"),
    ("accounts::standings", "a person's own memberships, and how many others there are"),
    ("accounts::leave", "a person's own membership"),
    ("accounts::leave_closed", "a person's own memberships"),
    ("accounts::forget", "a person's own rows"),
];

pub fn builders(ids: &Ids, of: u64) -> Vec<Built> {
    let (t, user) = (&tenant(of), UserId::ordered(ids.picks[0], [9; 10]));
    // The other member of the filled workspaces leaves first: the last one closes them.
    let other = UserId::ordered(of, [8; 10]);
    let mut closing = store::team::remove(t, &other, protocol::api::Role::Editor).to_vec();
    closing.extend(accounts::close_workspace(t, &user, 5.0));
    vec![("accounts::close_workspace", closing)]
}

/// Rows of this area for one workspace.
pub fn fill(n: u64) -> Vec<Statement> {
    let (user, workspace) = (UserId::ordered(n, [9; 10]), tenant(n).workspace().clone());
    let token_digest = &format!("{} link", name(n));
    let email = format!("{}@x.test", name(n));
    vec![
        mails::queue(&MailId::ordered(n, [5; 10]), Some(&workspace), &email, "verify_email", name(n), 1.0),
        links::issue(&NewLink {
            token_digest,
            purpose: Purpose::VerifyEmail,
            user: &user,
            payload: "",
            now: 1.0,
            expires_at: 1e13,
        }),
        accounts::add_recovery_code(&user, &format!("{} code", name(n))),
        accounts::create_identity("https://issuer.test", &format!("{} subject", name(n)), &user, 1.0),
        accounts::remember_workspace(&user, &workspace),
    ]
}
