//! Deleting one's account. What is theirs alone goes with them; what others work in needs another owner first.

use platform::relational::Relational;
use platform::{Failure, clock, http};
use protocol::api::{PasswordRequest, Role};
use protocol::{Code, Problem, WorkspaceId};
use store::{Account, Row, Statement, Tenant, accounts};
use worker::{Env, Request, Response};

use super::as_actor;
use crate::mail::letters;
use crate::routes::{done, session};
use crate::{audit, auth, mail};

/// A workspace, and what would be left of it.
struct Standing {
    id: WorkspaceId,
    name: String,
    owner: bool,
    others: u32,
    other_owners: u32,
}

impl Standing {
    fn read(row: &Row) -> Result<Self, Failure> {
        Ok(Self {
            id: row.text(0)?.parse()?,
            name: row.text(1)?.to_owned(),
            owner: row.text(2)? == "owner",
            others: row.integer(3)?,
            other_owners: row.integer(4)?,
        })
    }
}

pub async fn handle(request: &mut Request, env: &Env, account: &Account) -> Result<Response, Failure> {
    let body: PasswordRequest = http::body(request).await?;
    let person = auth::confirm_password(env, account, "password", &body.password).await?;
    let database = Relational::of(env)?;
    let rows = database.rows(&accounts::standings(&person.id)).await?;
    let standings = rows.iter().map(Standing::read).collect::<Result<Vec<_>, _>>()?;
    let needed = |at: &&Standing| at.owner && at.others > 0 && at.other_owners == 0;
    if let Some(kept) = standings.iter().find(needed) {
        let message = format!(
            "You are the only owner of \u{201c}{}\u{201d}, in which others work. Make one of them the owner first, or \
             delete the workspace.",
            kept.name
        );
        return Err(Problem::new(Code::Conflict, message).into());
    }
    let mut statements: Vec<Statement> = Vec::new();
    for at in &standings {
        let tenant = Tenant::of_job(&at.id);
        if at.others == 0 {
            statements.extend(accounts::close_workspace(&tenant, &person.id, clock::now_ms()));
        } else {
            let role = if at.owner { Role::Owner } else { Role::Viewer };
            let actor = as_actor(&person, auth::address(request), tenant, &at.name, role);
            statements.push(accounts::leave(&person.id, &at.id));
            statements.push(audit::entry(&actor, "member.left", person.id.as_str(), &person.name, &[])?);
        }
    }
    statements.push(accounts::leave_closed(&person.id));
    statements.push(mail::queue(env, None, "account_deleted", &letters::account_deleted(&person.email))?);
    statements.extend(accounts::forget(&person.id));
    // Who joined or left a workspace meanwhile makes a membership stay; then the user's row cannot go, and nothing
    // of this has happened.
    if let Err(failure) = database.batch(&statements).await {
        platform::log::error("account_not_deleted", None, &failure.to_string());
        let message = "One of your workspaces changed just now. Please try again.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    mail::ring(env).await;
    session::with_cookie(done()?, &auth::no_cookie())
}
