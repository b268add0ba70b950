//! Alert rules of the installation, how they stand, and when they fired. They concern the operator, whose workspace is the
//! first, and no tenant's rows are shown by them: figures are counts over all.

use domain::alerts::Standing;
use protocol::WorkspaceId;
use protocol::api::{Alert, AlertFigure, AlertFiring, AlertState};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::named;

/// A rule as it is kept.
#[derive(Debug)]
pub struct Rule {
    pub id: String,
    pub figure: AlertFigure,
    pub above: f64,
    pub window_ms: f64,
    pub hold_ms: f64,
    pub value: Option<f64>,
    pub standing: Standing,
}

/// Every rule: see [`read`].
#[must_use]
pub fn list() -> Statement {
    sql(
        "SELECT a.id, a.figure, a.above, a.window_ms, a.hold_ms, a.value, a.holds_since, a.seen_at, a.firing \
         FROM alerts a ORDER BY a.position, a.id",
    )
}

/// Decodes a row of [`list`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(row: &Row) -> Result<Rule, Error> {
    Ok(Rule {
        id: row.text(0)?.to_owned(),
        figure: named(row, 1)?,
        above: row.real(2)?,
        window_ms: row.real(3)?,
        hold_ms: row.real(4)?,
        value: row.real_or_null(5)?,
        standing: Standing {
            since: row.real_or_null(6)?,
            seen_at: row.real_or_null(7)?,
            firing: row.text_or_null(8)?.is_some(),
        },
    })
}

impl Rule {
    /// The rule as members see it.
    #[must_use]
    pub fn shown(self, firings: Vec<AlertFiring>) -> Alert {
        let Standing { since, seen_at, firing } = self.standing;
        let state = match (firing, since) {
            (true, _) => AlertState::Firing,
            (false, Some(_)) => AlertState::Pending,
            (false, None) => AlertState::Ok,
        };
        Alert {
            id: self.id,
            figure: self.figure,
            above: self.above,
            window_ms: self.window_ms,
            hold_ms: self.hold_ms,
            state,
            value: self.value,
            since,
            seen_at,
            firings,
        }
    }
}

/// Notes what a rule's figure was.
#[must_use]
pub fn note(id: &str, value: Option<f64>, since: Option<f64>, now: f64) -> Statement {
    sql("UPDATE alerts SET value = ?2, holds_since = ?3, seen_at = ?4 WHERE id = ?1")
        .bind(id)
        .bind(value)
        .bind(since)
        .bind(now)
}

/// A rule fires. The firing's id follows from the rule and since when it held, so it is one however often it is noted.
#[must_use]
pub fn fire(id: &str, firing: &str, value: Option<f64>, due_at: Option<f64>, now: f64) -> [Statement; 2] {
    [
        insert(id, firing, false, value, due_at, now),
        sql("UPDATE alerts SET firing = ?2 WHERE id = ?1").bind(id).bind(firing),
    ]
}

/// A drill: it begins and ends, and is told.
#[must_use]
pub fn drill(id: &str, firing: &str, value: Option<f64>, due_at: Option<f64>, now: f64) -> Statement {
    insert(id, firing, true, value, due_at, now)
}

fn insert(
    id: &str,
    firing: &str,
    drill: bool,
    value: Option<f64>,
    due_at: Option<f64>,
    now: f64,
) -> Statement {
    sql("INSERT INTO alert_firings (id, alert, drill, value, fired_at, resolved_at, due_at) \
         SELECT ?2, a.id, ?3, ?4, ?5, CASE WHEN ?3 THEN ?5 END, ?6 FROM alerts a WHERE a.id = ?1 ON CONFLICT DO NOTHING")
        .bind(id)
        .bind(firing)
        .bind(drill)
        .bind(value)
        .bind(now)
        .bind(due_at)
}

/// A rule's firing is over.
#[must_use]
pub fn resolve(id: &str, now: f64) -> [Statement; 2] {
    [
        sql("UPDATE alert_firings SET resolved_at = ?2 WHERE id = (SELECT a.firing FROM alerts a WHERE a.id = ?1) AND resolved_at IS NULL")
            .bind(id)
            .bind(now),
        sql("UPDATE alerts SET firing = NULL WHERE id = ?1").bind(id),
    ]
}

/// The last firings of every rule, newest first: see [`read_firing`].
#[must_use]
pub fn firings(of_each: u32) -> Statement {
    sql("SELECT f.alert, f.drill, f.value, f.fired_at, f.resolved_at FROM alerts a JOIN alert_firings f ON f.alert = a.id \
         WHERE f.id IN (SELECT n.id FROM alert_firings n WHERE n.alert = a.id ORDER BY n.fired_at DESC, n.id DESC LIMIT ?1) \
         ORDER BY f.fired_at DESC, f.id DESC")
        .bind(of_each)
}

/// Decodes a row of [`firings`]: the rule's id, and the firing.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_firing(row: &Row) -> Result<(String, AlertFiring), Error> {
    let firing = AlertFiring {
        drill: row.integer::<u8>(1)? != 0,
        value: row.real_or_null(2)?,
        fired_at: row.real(3)?,
        resolved_at: row.real_or_null(4)?,
    };
    Ok((row.text(0)?.to_owned(), firing))
}

/// A firing that the operator's address has to be told.
pub struct Due {
    pub id: String,
    pub drill: bool,
    pub value: Option<f64>,
    pub tries: u32,
    pub figure: AlertFigure,
    pub above: f64,
    pub hold_ms: f64,
}

/// Firings whose telling is due, taken until the lease ends: see [`read_due`].
#[must_use]
pub fn due(now: f64, lease_until: f64) -> Statement {
    sql("UPDATE alert_firings SET due_at = ?2, tries = tries + 1 WHERE due_at <= ?1 \
         RETURNING id, drill, value, tries, (SELECT a.figure FROM alerts a WHERE a.id = alert), \
         (SELECT a.above FROM alerts a WHERE a.id = alert), (SELECT a.hold_ms FROM alerts a WHERE a.id = alert)")
        .bind(now)
        .bind(lease_until)
}

/// Decodes a row of [`due`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_due(row: &Row) -> Result<Due, Error> {
    Ok(Due {
        id: row.text(0)?.to_owned(),
        drill: row.integer::<u8>(1)? != 0,
        value: row.real_or_null(2)?,
        tries: row.integer(3)?,
        figure: named(row, 4)?,
        above: row.real(5)?,
        hold_ms: row.real(6)?,
    })
}

/// The operator's address was told, or is given up.
#[must_use]
pub fn told(firing: &str) -> Statement {
    sql("UPDATE alert_firings SET due_at = NULL WHERE id = ?1").bind(firing)
}

/// The operator's address is told again later.
#[must_use]
pub fn again(firing: &str, due_at: f64) -> Statement {
    sql("UPDATE alert_firings SET due_at = ?2 WHERE id = ?1").bind(firing).bind(due_at)
}

/// Kinds of jobs that become due: how they are called, and the rows that are.
const KINDS: [(&str, &str); 10] = [
    ("deliveries", "events WHERE due_at <= ?1"),
    ("incoming", "incoming_events WHERE due_at <= ?1"),
    ("mails", "mails WHERE due_at <= ?1"),
    ("files", "files WHERE due_at <= ?1"),
    ("texts", "sources WHERE due_at <= ?1"),
    (
        "crawls",
        "sources s JOIN agents a ON a.id = s.agent_id JOIN workspaces w ON w.id = s.workspace_id \
         WHERE s.next_sync_at <= ?1 AND a.deleted_at IS NULL AND w.deleted_at IS NULL",
    ),
    ("summaries", "conversations WHERE summary_due_at <= ?1"),
    ("edges", "agents WHERE edge_due_at <= ?1"),
    ("erasures", "erasures WHERE due_at <= ?1"),
    ("exports", "person_exports WHERE due_at <= ?1"),
];

/// How many jobs of each kind are due and not begun, whoever's they are: see [`read_waiting`].
#[must_use]
pub fn waiting(now: f64) -> Statement {
    let counts = KINDS.map(|(_, rows)| format!("(SELECT count(*) FROM {rows})"));
    sql(format!("SELECT {}", counts.join(", "))).bind(now)
}

/// Decodes the row of [`waiting`]: each kind and its number.
///
/// # Errors
/// When the row is not of that statement.
pub fn read_waiting(row: &Row) -> Result<Vec<(&'static str, u64)>, Error> {
    KINDS.iter().enumerate().map(|(at, (kind, _))| Ok((*kind, row.integer(at)?))).collect()
}

/// Events of other services and mails that came since a moment and were given up, whoever's they are.
#[must_use]
pub fn dead(since: f64) -> Statement {
    sql("SELECT (SELECT count(*) FROM incoming_events WHERE state = 'dead' AND received_at > ?1) \
         + (SELECT count(*) FROM mails WHERE state = 'failed' AND created_at > ?1)")
    .bind(since)
}

/// The operator's workspace, the first there is of those that nobody is sold a plan for: see [`read_operator`].
#[must_use]
pub fn operator() -> Statement {
    sql(
        "SELECT id FROM workspaces WHERE plan = 'custom' AND deleted_at IS NULL ORDER BY created_at, id LIMIT 1",
    )
}

/// Decodes the row of [`operator`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_operator(row: &Row) -> Result<WorkspaceId, Error> {
    Ok(row.text(0)?.parse()?)
}

/// Forgets firings that are over since before.
#[must_use]
pub fn forget(before: f64) -> Statement {
    sql("DELETE FROM alert_firings WHERE resolved_at < ?1 AND due_at IS NULL").bind(before)
}
