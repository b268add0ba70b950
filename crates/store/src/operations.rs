//! Jobs of all parts that keep them in the relations, as one list. Deliveries are kept by their receivers' objects.

use protocol::api::{Job, JobArea, JobCount, JobState};
use protocol::{AgentId, IncomingEventId};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::{Tenant, name, named};

/// Which jobs are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub area: Option<JobArea>,
    /// Empty: those that failed and those that are given up.
    pub states: Vec<JobState>,
    pub agent: Option<AgentId>,
    pub endpoint: Option<String>,
    /// An event's name.
    pub event: Option<String>,
    /// A part of an id.
    pub id: Option<String>,
    /// Those after this place, newest first.
    pub after: Option<(f64, String)>,
}

/// A part that keeps its jobs in one table: the table with its alias `x`, and the columns of a job.
struct Part {
    area: JobArea,
    from: &'static str,
    id: &'static str,
    state: &'static str,
    what: &'static str,
    endpoint: &'static str,
    attempts: &'static str,
    outcome: &'static str,
    next_at: &'static str,
    at: &'static str,
}

const PARTS: [Part; 5] = [
    Part {
        area: JobArea::Incoming,
        from: "incoming_events x WHERE x.workspace_id = ?1",
        id: "x.id",
        state: "x.state",
        what: "x.kind",
        endpoint: "x.endpoint_id",
        attempts: "x.attempts",
        outcome: "x.outcome",
        next_at: "x.due_at",
        at: "x.received_at",
    },
    Part {
        area: JobArea::Crawl,
        from: "sources x WHERE x.workspace_id = ?1 AND x.kind IN ('website', 'sitemap')",
        id: "x.id",
        state: SOURCE_STATE,
        what: "x.kind",
        endpoint: "NULL",
        attempts: "0",
        outcome: "coalesce(x.reason, '')",
        next_at: "x.next_sync_at",
        at: "coalesce(x.last_synced_at, x.created_at)",
    },
    Part {
        area: JobArea::Index,
        from: "sources x WHERE x.workspace_id = ?1 AND x.kind IN ('text', 'faq', 'feed', 'video')",
        id: "x.id",
        state: SOURCE_STATE,
        what: "x.kind",
        endpoint: "NULL",
        attempts: "0",
        outcome: "coalesce(x.reason, '')",
        next_at: "x.due_at",
        at: "coalesce(x.last_synced_at, x.created_at)",
    },
    Part {
        area: JobArea::Index,
        from: "files x WHERE x.workspace_id = ?1",
        id: "x.id",
        state: "CASE x.state WHEN 'indexed' THEN 'succeeded' WHEN 'failed' THEN 'dead' WHEN 'reading' THEN 'processing' ELSE 'queued' END",
        what: "'file'",
        endpoint: "NULL",
        attempts: "x.attempts",
        outcome: "coalesce(x.reason, '')",
        next_at: "x.due_at",
        at: "x.created_at",
    },
    Part {
        area: JobArea::Turns,
        from: "turns x WHERE x.workspace_id = ?1",
        id: "x.id",
        state: "CASE x.state WHEN 'failed' THEN 'dead' ELSE 'succeeded' END",
        what: "'turn'",
        endpoint: "NULL",
        attempts: "1",
        outcome: "''",
        next_at: "NULL",
        at: "x.asked_at",
    },
];

const SOURCE_STATE: &str = "CASE x.state WHEN 'indexed' THEN 'succeeded' WHEN 'failed' THEN 'dead' WHEN 'crawling' THEN 'processing' ELSE 'queued' END";

/// Jobs of every part that may have such, each newest first: see [`read`].
///
/// # Errors
/// When the states cannot be written as JSON.
pub fn list(tenant: &Tenant, filter: &Filter, limit: u32) -> Result<Vec<(JobArea, Statement)>, Error> {
    let failed = [JobState::Failed, JobState::Dead];
    let states = if filter.states.is_empty() { &failed[..] } else { &filter.states };
    let states = serde_json::to_string(states)?;
    let (at, id) = filter.after.as_ref().map_or((f64::MAX, ""), |(at, id)| (*at, id.as_str()));
    let wanted = PARTS.iter().filter(|part| filter.area.is_none_or(|area| area == part.area));
    let statement = |part: &Part| {
        let Part { from, id, state, what, endpoint, attempts, outcome, next_at, at, .. } = part;
        sql(format!(
            "SELECT {id}, {state}, {what}, x.agent_id, {endpoint}, {attempts}, {outcome}, {next_at}, {at} FROM {from} \
             AND {state} IN (SELECT j.value FROM json_each(?2) j) AND (?3 IS NULL OR x.agent_id = ?3) \
             AND (?4 IS NULL OR {endpoint} = ?4) AND (?5 IS NULL OR {what} = ?5) AND (?6 IS NULL OR instr({id}, ?6) > 0) \
             AND ({at} < ?7 OR ({at} = ?7 AND {id} < ?8)) ORDER BY {at} DESC, {id} DESC LIMIT ?9"
        ))
    };
    Ok(wanted
        .map(|part| {
            let bound = statement(part)
                .bind(tenant.key())
                .bind(states.as_str())
                .bind(filter.agent.as_ref().map(AgentId::as_str))
                .bind(filter.endpoint.as_deref())
                .bind(filter.event.as_deref())
                .bind(filter.id.as_deref())
                .bind(at)
                .bind(id)
                .bind(limit);
            (part.area, bound)
        })
        .collect())
}

/// Decodes a row of [`list`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(area: JobArea, row: &Row) -> Result<Job, Error> {
    let state: JobState = named(row, 1)?;
    Ok(Job {
        area,
        id: row.text(0)?.to_owned(),
        state,
        what: row.text(2)?.to_owned(),
        agent_id: row.text_or_null(3)?.map(str::parse).transpose()?,
        endpoint: row.text_or_null(4)?.map(str::to_owned),
        attempts: row.integer(5)?,
        outcome: row.text(6)?.to_owned(),
        next_at: row.real_or_null(7)?,
        at: row.real(8)?,
        // A visitor has gone on; asking again is theirs.
        retryable: area != JobArea::Turns && matches!(state, JobState::Failed | JobState::Dead),
    })
}

/// How many jobs of each part there are, of the last days: see [`read_count`].
#[must_use]
pub fn counts(tenant: &Tenant, since: f64) -> Vec<(JobArea, Statement)> {
    let of = |part: &Part| {
        let Part { from, state, at, .. } = part;
        sql(format!("SELECT {state}, count(*) FROM {from} AND {at} >= ?2 GROUP BY 1"))
    };
    PARTS.iter().map(|part| (part.area, of(part).bind(tenant.key()).bind(since))).collect()
}

/// Decodes a row of [`counts`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_count(area: JobArea, row: &Row) -> Result<JobCount, Error> {
    Ok(JobCount { area, state: named(row, 0)?, count: row.integer(1)? })
}

/// An event of another service is tried again, unless it took effect or there is nothing left of it.
#[must_use]
pub fn retry_incoming(tenant: &Tenant, id: &IncomingEventId, now: f64) -> Statement {
    sql("UPDATE incoming_events SET state = ?4, made = 0, due_at = ?3, claim = NULL WHERE workspace_id = ?1 AND id = ?2 \
         AND state IN ('failed', 'dead') AND payload <> ''")
        .bind(tenant.key())
        .bind(id.as_str())
        .bind(now)
        .bind(name(&JobState::Queued))
}

/// Asks the database for nothing.
#[must_use]
pub fn ping() -> Statement {
    sql("SELECT 1")
}
