//! Invitations to a workspace, by the digest of a mailed token.

use protocol::api::{Invitation, InvitationState, Role};
use protocol::{InvitationId, UserId};

use crate::sql::{Error, Row, Statement, sql};
use crate::team::only_if;
use crate::tenant::{Tenant, name, named};

const COLUMNS: &str = "i.id, i.email, i.role, i.invited_by, i.created_at, i.expires_at";

/// A new invitation.
pub struct NewInvitation<'a> {
    pub id: &'a InvitationId,
    /// In lower case.
    pub email: &'a str,
    pub role: Role,
    pub token_digest: &'a str,
    /// The inviter's name.
    pub invited_by: &'a str,
    pub now: f64,
    pub expires_at: f64,
}

/// Those that were neither accepted nor revoked, newest first.
#[must_use]
pub fn list(tenant: &Tenant) -> Statement {
    sql(format!(
        "SELECT {COLUMNS} FROM invitations i WHERE i.workspace_id = ?1 ORDER BY i.created_at DESC, i.id"
    ))
    .bind(tenant.key())
}

/// One invitation.
#[must_use]
pub fn one(tenant: &Tenant, id: &InvitationId) -> Statement {
    sql(format!("SELECT {COLUMNS} FROM invitations i WHERE i.workspace_id = ?1 AND i.id = ?2"))
        .bind(tenant.key())
        .bind(id.as_str())
}

/// Decodes a row of [`list`] or [`one`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read(row: &Row, now: f64) -> Result<Invitation, Error> {
    let expires_at = row.real(5)?;
    Ok(Invitation {
        id: row.text(0)?.parse()?,
        email: row.text(1)?.to_owned(),
        role: named(row, 2)?,
        state: if expires_at > now { InvitationState::Pending } else { InvitationState::Expired },
        invited_by: row.text(3)?.to_owned(),
        created_at: row.real(4)?,
        expires_at,
    })
}

/// Invites somebody, in place of an earlier invitation. The batch is refused where they are a member.
#[must_use]
pub fn invite(tenant: &Tenant, new: &NewInvitation<'_>) -> [Statement; 3] {
    [
        only_if(
            tenant,
            "NOT EXISTS (SELECT 1 FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ?1 AND u.email = ?2)",
            [new.email.into()],
        ),
        sql("DELETE FROM invitations WHERE workspace_id = ?1 AND email = ?2").bind(tenant.key()).bind(new.email),
        sql("INSERT INTO invitations (id, workspace_id, email, role, token_digest, invited_by, created_at, expires_at) \
             VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8)")
        .bind(tenant.key())
        .bind(new.id.as_str())
        .bind(new.email)
        .bind(name(&new.role))
        .bind(new.token_digest)
        .bind(new.invited_by)
        .bind(new.now)
        .bind(new.expires_at),
    ]
}

/// Another token for an invitation, good from now on; the earlier link is good no more. The batch is refused where
/// the invitation is gone.
#[must_use]
pub fn renew(tenant: &Tenant, id: &InvitationId, token_digest: &str, expires_at: f64) -> [Statement; 2] {
    [
        still_there(tenant, id),
        sql("UPDATE invitations SET token_digest = ?3, expires_at = ?4 WHERE workspace_id = ?1 AND id = ?2")
            .bind(tenant.key())
            .bind(id.as_str())
            .bind(token_digest)
            .bind(expires_at),
    ]
}

/// Takes an invitation back. The batch is refused where it is gone.
#[must_use]
pub fn revoke(tenant: &Tenant, id: &InvitationId) -> [Statement; 2] {
    [
        still_there(tenant, id),
        sql("DELETE FROM invitations WHERE workspace_id = ?1 AND id = ?2")
            .bind(tenant.key())
            .bind(id.as_str()),
    ]
}

fn still_there(tenant: &Tenant, id: &InvitationId) -> Statement {
    only_if(
        tenant,
        "EXISTS (SELECT 1 FROM invitations i WHERE i.workspace_id = ?1 AND i.id = ?2)",
        [id.as_str().into()],
    )
}

/// What a link invites to, with the account that the address has: see [`read_found`].
#[must_use]
pub fn by_token(token_digest: &str, now: f64) -> Statement {
    sql("SELECT i.workspace_id, w.name, w.jurisdiction, i.id, i.email, i.role, i.invited_by, \
         (SELECT u.id FROM users u WHERE u.email = i.email) \
         FROM invitations i JOIN workspaces w ON w.id = i.workspace_id \
         WHERE i.token_digest = ?1 AND i.expires_at > ?2 AND w.deleted_at IS NULL")
    .bind(token_digest)
    .bind(now)
}

/// An invitation as the holder of its link finds it.
pub struct Found {
    pub tenant: Tenant,
    pub workspace_name: String,
    pub jurisdiction: protocol::objects::Jurisdiction,
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    pub invited_by: String,
    /// The account that the address has.
    pub user: Option<UserId>,
}

/// Decodes a row of [`by_token`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_found(row: &Row) -> Result<Found, Error> {
    Ok(Found {
        tenant: Tenant::of_job(&row.text(0)?.parse()?),
        workspace_name: row.text(1)?.to_owned(),
        jurisdiction: named(row, 2)?,
        id: row.text(3)?.parse()?,
        email: row.text(4)?.to_owned(),
        role: named(row, 5)?,
        invited_by: row.text(6)?.to_owned(),
        user: row.text_or_null(7)?.map(str::parse).transpose()?,
    })
}

/// A user joins by the link of an invitation, which is used up. Where it is used up, revoked, replaced or expired
/// by now there is no role to join with, and the batch is refused; so it is for those who are members.
#[must_use]
pub fn accept(tenant: &Tenant, token_digest: &str, user: &UserId, now: f64) -> [Statement; 2] {
    [
        sql("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, (SELECT i.role FROM invitations i \
             WHERE i.workspace_id = ?1 AND i.token_digest = ?3 AND i.expires_at > ?4), ?4)")
        .bind(tenant.key())
        .bind(user.as_str())
        .bind(token_digest)
        .bind(now),
        sql("DELETE FROM invitations WHERE workspace_id = ?1 AND token_digest = ?2")
            .bind(tenant.key())
            .bind(token_digest),
    ]
}
