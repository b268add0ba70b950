//! The workspace and its members.

use protocol::agent::WorkspaceModels;
use protocol::api::{BusinessProfile, Role, TeamMember, WorkspaceSettings};
use protocol::{AgentId, UserId};

use crate::sql::{Error, Row, Statement, Value, sql};
use crate::tenant::{Tenant, name, named};

/// A batch that begins with this happens where the condition holds, and not at all elsewhere: a workspace has to
/// have a name. `?1` is the tenant's key, the binds follow from `?2`.
pub(crate) fn only_if<const N: usize>(tenant: &Tenant, condition: &str, binds: [Value; N]) -> Statement {
    let statement =
        sql(format!("UPDATE workspaces SET name = CASE WHEN ({condition}) THEN name END WHERE id = ?1"))
            .bind(tenant.key());
    binds.into_iter().fold(statement, Statement::bind)
}

/// The workspace as its settings show it.
#[must_use]
pub fn settings(tenant: &Tenant) -> Statement {
    sql("SELECT w.id, w.name, w.plan, w.profile, w.created_at, w.retention_days, w.models FROM workspaces w WHERE w.id = ?1")
        .bind(tenant.key())
}

/// Decodes the row of [`settings`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_settings(row: &Row) -> Result<WorkspaceSettings, Error> {
    Ok(WorkspaceSettings {
        id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        plan: row.text(2)?.to_owned(),
        profile: row.json(3)?,
        created_at: row.real(4)?,
        retention_days: row.integer(5)?,
        models: row.json(6)?,
    })
}

/// Changes name, profile, the days that words are kept and the models, where all are still as the row of [`settings`]
/// says; its batch is refused elsewhere.
///
/// # Errors
/// When the row is not of that statement, or profile or models cannot be written.
pub fn update(
    tenant: &Tenant,
    before: &Row,
    new_name: &str,
    profile: &BusinessProfile,
    retention_days: u32,
    models: &WorkspaceModels,
) -> Result<Statement, Error> {
    Ok(sql("UPDATE workspaces SET name = CASE WHEN (name = ?2 AND profile = ?3 AND retention_days = ?6 AND models = ?8) \
         THEN ?4 END, profile = ?5, retention_days = ?7, models = ?9 WHERE id = ?1")
        .bind(tenant.key())
        .bind(before.text(1)?)
        .bind(before.text(3)?)
        .bind(new_name)
        .bind(serde_json::to_string(profile)?)
        .bind(before.integer::<u32>(5)?)
        .bind(retention_days)
        .bind(before.text(6)?)
        .bind(serde_json::to_string(models)?))
}

/// The models of agents that name none of their own: see [`read_models`].
#[must_use]
pub fn models(tenant: &Tenant) -> Statement {
    sql("SELECT w.models FROM workspaces w WHERE w.id = ?1").bind(tenant.key())
}

/// Decodes the row of [`models`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_models(row: &Row) -> Result<WorkspaceModels, Error> {
    row.json(0)
}

/// The owners' addresses and names.
#[must_use]
pub fn owners(tenant: &Tenant) -> Statement {
    sql("SELECT u.email, u.name FROM members m JOIN users u ON u.id = m.user_id \
         WHERE m.workspace_id = ?1 AND m.role = 'owner' ORDER BY u.email")
    .bind(tenant.key())
}

/// Every edge has to be told again about the published agents: their name, hours or models are others.
#[must_use]
pub fn republish(tenant: &Tenant, now: f64) -> Statement {
    sql("UPDATE agents SET edge_due_at = ?2, edge_change = edge_change + 1 \
         WHERE workspace_id = ?1 AND (published_version IS NOT NULL)")
    .bind(tenant.key())
    .bind(now)
}

/// Agents that the edges have to be told about: see [`read_agent`].
#[must_use]
pub fn due_agents(tenant: &Tenant) -> Statement {
    sql("SELECT a.id FROM agents a WHERE a.workspace_id = ?1 AND (a.edge_due_at IS NOT NULL)")
        .bind(tenant.key())
}

/// Decodes a row of [`due_agents`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_agent(row: &Row) -> Result<AgentId, Error> {
    Ok(row.text(0)?.parse()?)
}

/// Closes the workspace and takes its agents offline. The rest is forgotten step by step (`purge`).
#[must_use]
pub fn close(tenant: &Tenant, now: f64) -> [Statement; 2] {
    [
        sql("UPDATE workspaces SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL")
            .bind(tenant.key())
            .bind(now),
        sql("UPDATE agents SET published_version = NULL, edge_due_at = ?2, edge_change = edge_change + 1 \
             WHERE workspace_id = ?1 AND (published_version IS NOT NULL)")
        .bind(tenant.key())
        .bind(now),
    ]
}

const MEMBER: &str = "u.id, u.name, u.email, m.role, u.totp_enabled_at IS NOT NULL, m.created_at";

/// All members, in the order they joined.
#[must_use]
pub fn members(tenant: &Tenant) -> Statement {
    sql(format!("SELECT {MEMBER} FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ?1 ORDER BY m.created_at, u.id"))
        .bind(tenant.key())
}

/// One member.
#[must_use]
pub fn member(tenant: &Tenant, user: &UserId) -> Statement {
    sql(format!("SELECT {MEMBER} FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ?1 AND m.user_id = ?2"))
        .bind(tenant.key())
        .bind(user.as_str())
}

/// Decodes a row of [`members`] or [`member`].
///
/// # Errors
/// When the row is not of those statements.
pub fn read_member(row: &Row) -> Result<TeamMember, Error> {
    Ok(TeamMember {
        user_id: row.text(0)?.parse()?,
        name: row.text(1)?.to_owned(),
        email: row.text(2)?.to_owned(),
        role: named(row, 3)?,
        totp_enabled: row.integer::<u8>(4)? == 1,
        joined_at: row.real(5)?,
    })
}

/// They are a member of that role, and where they are an owner there is another.
const NOT_THE_LAST_OWNER: &str = "EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = ?1 AND m.user_id = ?2 AND m.role = ?3) \
    AND (?3 <> 'owner' OR EXISTS (SELECT 1 FROM members o WHERE o.workspace_id = ?1 AND o.role = 'owner' AND o.user_id <> ?2))";

/// Gives a member another role. The batch is refused where they do not have the role `from` (any more), and where
/// nobody would own the workspace.
#[must_use]
pub fn change_role(tenant: &Tenant, user: &UserId, from: Role, to: Role) -> [Statement; 2] {
    let guard = if to == Role::Owner {
        "EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = ?1 AND m.user_id = ?2 AND m.role = ?3)"
    } else {
        NOT_THE_LAST_OWNER
    };
    [
        only_if(tenant, guard, [user.as_str().into(), name(&from).into()]),
        sql("UPDATE members SET role = ?3 WHERE workspace_id = ?1 AND user_id = ?2")
            .bind(tenant.key())
            .bind(user.as_str())
            .bind(name(&to)),
    ]
}

/// Ends a membership, and the sessions that look at the workspace. The batch is refused where they do not have that
/// role (any more), and where nobody would own the workspace.
#[must_use]
pub fn remove(tenant: &Tenant, user: &UserId, role: Role) -> [Statement; 3] {
    let of = |text: &str| sql(text).bind(tenant.key()).bind(user.as_str());
    [
        only_if(tenant, NOT_THE_LAST_OWNER, [user.as_str().into(), name(&role).into()]),
        of("DELETE FROM sessions WHERE workspace_id = ?1 AND user_id = ?2"),
        of("DELETE FROM members WHERE workspace_id = ?1 AND user_id = ?2"),
    ]
}

/// Makes another member the owner and the owner an admin. The batch is refused where one of the two is not (any
/// more) what they have to be for that.
#[must_use]
pub fn transfer(tenant: &Tenant, from: &UserId, to: &UserId) -> [Statement; 3] {
    let role = |user: &UserId, role: Role| {
        sql("UPDATE members SET role = ?3 WHERE workspace_id = ?1 AND user_id = ?2")
            .bind(tenant.key())
            .bind(user.as_str())
            .bind(name(&role))
    };
    [
        only_if(
            tenant,
            "?2 <> ?3 AND EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = ?1 AND m.user_id = ?2 AND m.role = 'owner') \
             AND EXISTS (SELECT 1 FROM members o WHERE o.workspace_id = ?1 AND o.user_id = ?3)",
            [from.as_str().into(), to.as_str().into()],
        ),
        role(to, Role::Owner),
        role(from, Role::Admin),
    ]
}
