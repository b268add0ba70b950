//! Rows as a backup holds them: of the relations, and of any object's own tables. They are read in pages by their
//! numbers (`rowid`), which they keep when they are restored, so that a page can be sent again and changes nothing.

use protocol::WorkspaceId;
use protocol::objects::Jurisdiction;
use serde_json::Value as Json;

use crate::sql::{Engine, Error, Row, Statement, Value, sql};
use crate::tenant::named;

/// The relations that are backed up, each behind those it refers to: the order in which they are restored. A backup
/// reads them backwards, so that what a row refers to is read after it; and what was asked to be erased is read first,
/// so that it is asked for again where the person was still there. What is added up stands before what it is the sum
/// of: a limit is never told less than was used.
pub const RELATIONS: &[&str] = &[
    "plans",
    "alerts",
    "users",
    "workspaces",
    "members",
    "recovery_codes",
    "identities",
    "invitations",
    "api_keys",
    "agents",
    "agent_versions",
    "sources",
    "documents",
    "files",
    "templates",
    "curated_answers",
    "curated_proposals",
    "curated_dismissals",
    "playground_feedback",
    "catalogue",
    "tools",
    "template_uses",
    "rules",
    "ctas",
    "experiments",
    "integrations",
    "webhook_endpoints",
    "incoming_endpoints",
    "incoming_events",
    "incoming_attempts",
    "conversations",
    "turns",
    "tool_runs",
    "approvals",
    "gaps",
    "gap_turns",
    "widget_events",
    "exposures",
    "conversions",
    "contacts",
    "leads",
    "lead_entries",
    "lead_turns",
    "follow_ups",
    "daily_counts",
    "usage_days",
    "usage_turns",
    "usage_refusals",
    "usage_warnings",
    "audit_log",
    "mails",
    "events",
    "idempotent_requests",
    "receipts",
    "erased_conversations",
    "erasures",
];

/// The relations that no backup holds, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("sessions", "one that was ended since would be open again: members sign in anew"),
    ("links", "a mailed link that was used since would be good again"),
    ("rate_limits", "counts of minutes that are over"),
    ("sign_in_attempts", "counts of minutes that are over"),
    ("restores", "of this installation alone"),
    ("turn_sums", "figures of this installation's own minutes; its counters begin anew, as after any loss"),
    ("alert_firings", "what this installation's operator was told"),
    ("person_exports", "their files are kept for a day: they are asked for again"),
];

/// Rows of a page: a transaction takes a thousand statements.
pub const PAGE_ROWS: u32 = 500;
/// Characters of a page, unless its first row alone has more: far less than a Worker's memory.
const PAGE_CHARS: u32 = 400_000;
/// Whole numbers are exact up to here.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The columns of a table with their places in its key, from 1, or 0; none where there is no such table.
///
/// # Errors
/// When this is no name of a table.
pub fn columns(table: &str) -> Result<Statement, Error> {
    Ok(sql(format!("SELECT name, pk FROM pragma_table_info('{}')", plain(table)?)))
}

/// Rows of a table above a number, in their order; the number is the first column.
///
/// # Errors
/// When a name is none of ours.
pub fn page(table: &str, columns: &[String], after: i64) -> Result<Statement, Error> {
    let names = columns.iter().map(|name| Ok(format!("\"{}\"", plain(name)?)));
    let names = names.collect::<Result<Vec<_>, Error>>()?;
    let list = names.join(", ");
    let size =
        names.iter().map(|name| format!("coalesce(length({name}), 0)")).collect::<Vec<_>>().join(" + ");
    Ok(sql(format!(
        "SELECT _n, {list} FROM (SELECT _n, {list}, sum({size}) OVER (ORDER BY _n) - ({size}) AS _before \
         FROM (SELECT rowid AS _n, {list} FROM {} WHERE rowid > ?1 ORDER BY rowid LIMIT ?2)) \
         WHERE _before < ?3 ORDER BY _n",
        plain(table)?
    ))
    .bind(after)
    .bind(PAGE_ROWS)
    .bind(PAGE_CHARS))
}

/// Puts a row of [`page`] where it was; one that is there stays.
///
/// # Errors
/// When a name is none of ours, or the row has another number of columns.
pub fn put(table: &str, columns: &[String], row: &[Json]) -> Result<Statement, Error> {
    if row.len() != columns.len() + 1 {
        return Err(Error::Column { column: row.len() });
    }
    let mut names = vec!["rowid".to_owned()];
    for name in columns {
        names.push(format!("\"{}\"", plain(name)?));
    }
    let places = (1..=names.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
    let (table, names) = (plain(table)?, names.join(", "));
    let mut statement =
        sql(format!("INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"));
    for (column, value) in row.iter().enumerate() {
        statement.binds.push(from_json(value).ok_or(Error::Column { column })?);
    }
    Ok(statement)
}

/// A row as JSON.
///
/// # Errors
/// When it holds bytes: no table that is backed up does.
pub fn as_json(row: &Row) -> Result<Vec<Json>, Error> {
    row.0.iter().enumerate().map(|(column, value)| to_json(value).ok_or(Error::Column { column })).collect()
}

#[allow(clippy::cast_possible_truncation)]
fn to_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Integer(number) => Json::from(*number),
        // The relations tell every number as this one.
        Value::Real(number) if number.fract() == 0.0 && number.abs() < EXACT => Json::from(*number as i64),
        // As text in a list: JSON's numbers are read with an error in the last digit.
        Value::Real(number) => Json::Array(vec![Json::String(number.to_string())]),
        Value::Text(text) => Json::String(text.clone()),
        Value::Blob(_) => return None,
    })
}

fn from_json(value: &Json) -> Option<Value> {
    Some(match value {
        Json::Null => Value::Null,
        Json::Number(number) => Value::Integer(number.as_i64()?),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(real) => Value::Real(real.first()?.as_str()?.parse().ok()?),
        Json::Bool(_) | Json::Object(_) => return None,
    })
}

/// A name that can stand in a statement.
fn plain(name: &str) -> Result<&str, Error> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.is_empty() && name.chars().all(fits) {
        return Ok(name);
    }
    Err(Error::Engine("this is no name of a table or a column".into()))
}

/// The tables of an object, in their order, but those of its full text, which is written anew from the rows.
///
/// # Errors
/// When the database refuses.
pub fn tables(engine: &dyn Engine) -> Result<Vec<String>, Error> {
    let rows = engine.run(&sql(
        "SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT IN ('said', 'unsaid', 'spoken') AND m.name NOT LIKE 'said\\_%' ESCAPE '\\' \
         ORDER BY m.name",
    ))?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// The migrations that were applied.
#[must_use]
pub fn migrations() -> Statement {
    sql("SELECT name FROM d1_migrations ORDER BY name")
}

/// Which column of which table refers to which column of which.
#[must_use]
pub fn references() -> Statement {
    sql("SELECT m.name, f.\"from\", f.\"table\", f.\"to\" FROM sqlite_master m \
         JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2")
}

/// Objects with rows of their own, above a name, in the order of their names; whose they are says the name.
#[must_use]
pub fn objects(after: &str, limit: u32) -> Statement {
    sql("SELECT name FROM (SELECT 'archive/' || id AS name FROM workspaces \
         UNION ALL SELECT 'crawl/' || workspace_id || '/' || id FROM sources \
         UNION ALL SELECT 'endpoint/' || workspace_id || '/' || id FROM webhook_endpoints) \
         WHERE name > ?1 ORDER BY name LIMIT ?2")
    .bind(after)
    .bind(limit)
}

/// Where objects of a workspace live: see [`read_jurisdiction`].
#[must_use]
pub fn jurisdiction(workspace: &WorkspaceId) -> Statement {
    sql("SELECT jurisdiction FROM workspaces WHERE id = ?1").bind(workspace.as_str())
}

/// Decodes a row of [`jurisdiction`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_jurisdiction(row: &Row) -> Result<Jurisdiction, Error> {
    named(row, 0)
}

/// Begins restoring a backup where nothing is yet, or goes on with it. Plans, rules of alerts and the catalogue are of the
/// backup, not of the migrations.
#[must_use]
pub fn begin(backup: &str, now: f64) -> [Statement; 5] {
    let nothing = "NOT EXISTS (SELECT 1 FROM users) AND NOT EXISTS (SELECT 1 FROM workspaces)";
    let of_migrations = |table: &str| {
        sql(format!(
            "DELETE FROM {table} WHERE {nothing} AND EXISTS (SELECT 1 FROM restores WHERE id = ?1 AND pages = 0 AND ended_at IS NULL)"
        ))
        .bind(backup)
    };
    [
        sql(format!(
            "INSERT INTO restores (id, begun_at) SELECT ?1, ?2 WHERE {nothing} \
             AND NOT EXISTS (SELECT 1 FROM restores WHERE ended_at IS NULL) ON CONFLICT DO NOTHING"
        ))
        .bind(backup)
        .bind(now),
        of_migrations("plans"),
        of_migrations("alert_firings"),
        of_migrations("alerts"),
        of_migrations("catalogue"),
    ]
}

/// How many pages of a backup are here, and when the last of them was: no row where it is not being restored.
#[must_use]
pub fn restored(backup: &str) -> Statement {
    sql("SELECT pages, ended_at FROM restores WHERE id = ?1").bind(backup)
}

/// Whether something is being restored.
#[must_use]
pub fn restoring() -> Statement {
    sql("SELECT 1 FROM restores WHERE ended_at IS NULL")
}

/// A page is here.
#[must_use]
pub fn came(backup: &str, page: u32) -> Statement {
    sql("UPDATE restores SET pages = max(pages, ?2) WHERE id = ?1 AND ended_at IS NULL")
        .bind(backup)
        .bind(page)
}

/// All is here: edges and ledgers are told, as they are made from the rows. A tool whose entry was deleted while the backup
/// was made is its workspace's own, as it would be without the backup.
#[must_use]
pub fn end(backup: &str, now: f64) -> [Statement; 4] {
    let ours = "EXISTS (SELECT 1 FROM restores WHERE id = ?1 AND ended_at IS NULL)";
    [
        sql(format!("UPDATE agents SET edge_due_at = ?2 WHERE deleted_at IS NULL AND {ours}"))
            .bind(backup)
            .bind(now),
        sql(format!("UPDATE workspaces SET ledger_due_at = ?2 WHERE deleted_at IS NULL AND {ours}"))
            .bind(backup)
            .bind(now),
        sql(format!(
            "UPDATE tools SET catalogue = NULL WHERE catalogue NOT IN (SELECT c.name FROM catalogue c) AND {ours}"
        ))
        .bind(backup),
        sql("UPDATE restores SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL").bind(backup).bind(now),
    ]
}

/// How many agents the edges are still to be told of, and how many workspaces their ledgers.
#[must_use]
pub fn untold() -> Statement {
    sql("SELECT (SELECT count(*) FROM agents WHERE edge_due_at IS NOT NULL AND deleted_at IS NULL) \
         + (SELECT count(*) FROM workspaces WHERE ledger_due_at IS NOT NULL AND deleted_at IS NULL)")
}
