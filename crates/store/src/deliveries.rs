//! The `Endpoint` object's tables: what is on its way to one receiver, and every attempt. One object holds one
//! receiver, so there is no tenant to bind.
//!
//! A delivery that is due has `due_at`. Beginning an attempt moves it into the future by a lease and writes the attempt
//! down, in one synchronous block; so nothing is attempted twice at once, and what was cut off is due again.

use protocol::api::{
    Delivery, DeliveryAttempt, DeliveryDetail, DeliveryState, EndpointStatus, Job, JobArea, JobState,
};
use protocol::internal::{FindDeliveries, ListDeliveries, ListDeliveriesReply, NewDelivery};
use protocol::{EndpointId, EventId, WorkspaceId};

use crate::sql::{Engine, Error, Row, sql};
use crate::tenant::{name, named};

/// Deliveries of one page.
const PAGE: usize = 30;
/// What is said of an attempt until it has ended.
const RUNNING: &str = "running";
const CUT_OFF: &str = "The attempt was cut off on our side; it is not known whether it arrived.";
const SWITCHED_OFF: &str = "The webhook is switched off.";
const ERASED: &str = "The person was erased.";

/// Creates what is missing.
///
/// # Errors
/// When the database refuses.
pub fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        "CREATE TABLE IF NOT EXISTS deliveries (place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, \
         event TEXT NOT NULL, payload TEXT NOT NULL, at REAL NOT NULL, created_at REAL NOT NULL, state TEXT NOT NULL, \
         made INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, due_at REAL, \
         outcome TEXT NOT NULL DEFAULT '')",
        "CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, place)",
        "CREATE TABLE IF NOT EXISTS attempts (delivery TEXT NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL, \
         succeeded INTEGER NOT NULL DEFAULT 0, status INTEGER, duration_ms REAL, outcome TEXT NOT NULL, \
         headers TEXT NOT NULL DEFAULT '[]', answer TEXT NOT NULL DEFAULT '', PRIMARY KEY (delivery, number))",
        "CREATE INDEX IF NOT EXISTS attempts_running ON attempts (delivery) WHERE outcome = 'running'",
        "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ] {
        engine.run(&sql(statement))?;
    }
    if engine.run(&sql("SELECT 1 FROM pragma_table_info('attempts') WHERE name = 'sha256'"))?.is_empty() {
        engine.run(&sql("ALTER TABLE attempts ADD COLUMN sha256 TEXT NOT NULL DEFAULT ''"))?;
    }
    Ok(())
}

fn fact(engine: &dyn Engine, name: &str) -> Result<Option<String>, Error> {
    let rows = engine.run(&sql("SELECT value FROM facts WHERE name = ?1").bind(name))?;
    rows.first().map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

fn number(engine: &dyn Engine, name: &str) -> Result<Option<f64>, Error> {
    Ok(fact(engine, name)?.and_then(|value| value.parse().ok()))
}

fn set(engine: &dyn Engine, name: &str, value: &str) -> Result<(), Error> {
    engine
        .run(
            &sql(
                "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            )
            .bind(name)
            .bind(value),
        )
        .map(|_| ())
}

/// Who the receiver is; an object cannot read its own name.
///
/// # Errors
/// When the database refuses.
pub fn identity(engine: &dyn Engine) -> Result<Option<(WorkspaceId, EndpointId)>, Error> {
    let (workspace, endpoint) = (fact(engine, "workspace")?, fact(engine, "endpoint")?);
    workspace
        .zip(endpoint)
        .map(|(workspace, endpoint)| Ok((workspace.parse()?, endpoint.parse()?)))
        .transpose()
}

/// Takes deliveries in; one that is known already stays as it is. Where the receiver is switched off they are kept,
/// given up, for a replay.
///
/// # Errors
/// When the database refuses.
pub fn take(
    engine: &dyn Engine,
    (workspace, endpoint): (&WorkspaceId, &EndpointId),
    deliveries: &[NewDelivery],
    now: f64,
) -> Result<(), Error> {
    set(engine, "workspace", workspace.as_str())?;
    set(engine, "endpoint", endpoint.as_str())?;
    let enabled = is_enabled(engine)?;
    let (state, outcome) =
        if enabled { (DeliveryState::Pending, "") } else { (DeliveryState::Failed, SWITCHED_OFF) };
    for delivery in deliveries {
        engine.run(
            &sql("INSERT INTO deliveries (id, event, payload, at, created_at, state, due_at, outcome) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING")
            .bind(delivery.id.as_str())
            .bind(delivery.event.as_str())
            .bind(delivery.payload.as_str())
            .bind(delivery.at)
            .bind(now)
            .bind(name(&state))
            .bind(enabled.then_some(now))
            .bind(outcome),
        )?;
    }
    Ok(())
}

/// Whether the receiver was switched on when it was last heard of.
///
/// # Errors
/// When the database refuses.
pub fn is_enabled(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(fact(engine, "enabled")?.as_deref() != Some("0"))
}

/// Switches the receiver. What waits for one that is off is given up; one that is on begins with a clean record.
///
/// # Errors
/// When the database refuses.
pub fn switch(engine: &dyn Engine, enabled: bool) -> Result<(), Error> {
    if enabled == is_enabled(engine)? {
        return Ok(());
    }
    set(engine, "enabled", if enabled { "1" } else { "0" })?;
    if enabled {
        return engine
            .run(&sql("DELETE FROM facts WHERE name IN ('failing_since', 'failing_last')"))
            .map(|_| ());
    }
    let given_up =
        sql("UPDATE deliveries SET state = 'failed', due_at = NULL, outcome = ?1 WHERE state = 'pending'");
    engine.run(&given_up.bind(SWITCHED_OFF)).map(|_| ())
}

/// An attempt that is about to be made.
#[derive(Debug)]
pub struct Begun {
    pub id: EventId,
    pub event: String,
    pub payload: String,
    /// From 1, of all rounds.
    pub number: u32,
    /// Failed attempts before it in this round.
    pub made: u32,
}

/// Begins the attempt that is due for longest, if one is.
///
/// # Errors
/// When the database refuses.
pub fn begin(engine: &dyn Engine, now: f64, lease_until: f64) -> Result<Option<Begun>, Error> {
    let due = sql(
        "SELECT id, event, payload, attempts, made FROM deliveries WHERE due_at IS NOT NULL AND due_at <= ?1 \
         ORDER BY due_at, place LIMIT 1",
    );
    let rows = engine.run(&due.bind(now))?;
    let Some(row) = rows.first() else { return Ok(None) };
    let begun = Begun {
        id: row.text(0)?.parse()?,
        event: row.text(1)?.to_owned(),
        payload: row.text(2)?.to_owned(),
        number: row.integer::<u32>(3)?.saturating_add(1),
        made: row.integer(4)?,
    };
    // A lease that ran out: nothing is known of that attempt.
    cut_off(engine, Some(&begun.id))?;
    engine.run(
        &sql("UPDATE deliveries SET due_at = ?2, attempts = ?3 WHERE id = ?1")
            .bind(begun.id.as_str())
            .bind(lease_until)
            .bind(begun.number),
    )?;
    engine.run(
        &sql("INSERT INTO attempts (delivery, number, at, outcome) VALUES (?1, ?2, ?3, ?4)")
            .bind(begun.id.as_str())
            .bind(begun.number)
            .bind(now)
            .bind(RUNNING),
    )?;
    Ok(Some(begun))
}

fn cut_off(engine: &dyn Engine, delivery: Option<&EventId>) -> Result<(), Error> {
    engine
        .run(&sql("UPDATE attempts SET outcome = ?2 WHERE outcome = 'running' AND (?1 IS NULL OR delivery = ?1)")
            .bind(delivery.map(EventId::as_str))
            .bind(CUT_OFF))
        .map(|_| ())
}

/// What was cut off with the object's memory is due at once: nobody else works here.
///
/// # Errors
/// When the database refuses.
pub fn recover(engine: &dyn Engine, now: f64) -> Result<(), Error> {
    engine.run(
        &sql("UPDATE deliveries SET due_at = ?1 WHERE state = 'pending' \
             AND id IN (SELECT delivery FROM attempts WHERE outcome = 'running')")
        .bind(now),
    )?;
    cut_off(engine, None)
}

/// How an attempt ended.
#[derive(Debug, Default)]
pub struct Ended {
    pub succeeded: bool,
    pub status: Option<u16>,
    pub duration_ms: f64,
    pub outcome: String,
    pub headers: Vec<String>,
    pub answer: String,
    /// Of a body that is kept nowhere.
    pub sha256: String,
}

/// What comes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Then {
    Done,
    Again(f64),
    GivenUp,
}

/// Notes how an attempt ended, and what comes after it. One that was given up meanwhile stays so, unless it arrived.
///
/// # Errors
/// When the database refuses.
pub fn end(engine: &dyn Engine, begun: &Begun, ended: &Ended, then: Then, now: f64) -> Result<(), Error> {
    // What was scrubbed meanwhile stays empty.
    let kept = sql("SELECT 1 FROM deliveries WHERE id = ?1 AND payload <> ''").bind(begun.id.as_str());
    let kept = !engine.run(&kept)?.is_empty();
    let (headers, answer, sha256) = if kept {
        (&ended.headers[..], ended.answer.as_str(), ended.sha256.as_str())
    } else {
        (&[][..], "", "")
    };
    engine.run(
        &sql("UPDATE attempts SET succeeded = ?3, status = ?4, duration_ms = ?5, outcome = ?6, headers = ?7, answer = ?8, sha256 = ?9 \
             WHERE delivery = ?1 AND number = ?2")
        .bind(begun.id.as_str())
        .bind(begun.number)
        .bind(ended.succeeded)
        .bind(ended.status.map(u32::from))
        .bind(ended.duration_ms)
        .bind(ended.outcome.as_str())
        .bind(serde_json::to_string(headers)?)
        .bind(answer)
        .bind(sha256),
    )?;
    let (state, due, condition) = match then {
        Then::Done => (DeliveryState::Succeeded, None, ""),
        Then::Again(at) => (DeliveryState::Pending, Some(at), " AND state = 'pending'"),
        Then::GivenUp => (DeliveryState::Failed, None, " AND state = 'pending'"),
    };
    engine.run(
        &sql(format!(
            "UPDATE deliveries SET state = ?2, due_at = ?3, made = ?4, outcome = ?5 WHERE id = ?1{condition}"
        ))
        .bind(begun.id.as_str())
        .bind(name(&state))
        .bind(due)
        .bind(begun.made.saturating_add(u32::from(!ended.succeeded)))
        .bind(ended.outcome.as_str()),
    )?;
    set(engine, if ended.succeeded { "last_success_at" } else { "last_failure_at" }, &now.to_string())
}

/// Since when nothing succeeded and when the last failure was.
///
/// # Errors
/// When the database refuses.
pub fn failing(engine: &dyn Engine) -> Result<Option<(f64, f64)>, Error> {
    Ok(number(engine, "failing_since")?.zip(number(engine, "failing_last")?))
}

/// Keeps what [`failing`] reads.
///
/// # Errors
/// When the database refuses.
pub fn set_failing(engine: &dyn Engine, failing: Option<(f64, f64)>) -> Result<(), Error> {
    match failing {
        Some((since, last)) => {
            set(engine, "failing_since", &since.to_string())?;
            set(engine, "failing_last", &last.to_string())
        }
        None => {
            engine.run(&sql("DELETE FROM facts WHERE name IN ('failing_since', 'failing_last')")).map(|_| ())
        }
    }
}

/// When the next attempt is due.
///
/// # Errors
/// When the database refuses.
pub fn next_due(engine: &dyn Engine) -> Result<Option<f64>, Error> {
    let rows = engine.run(&sql("SELECT min(due_at) FROM deliveries WHERE due_at IS NOT NULL"))?;
    Ok(rows.first().map(|row| row.real_or_null(0)).transpose()?.flatten())
}

/// Tries one delivery again, whatever became of it; says whether there is one. An attempt that runs is waited for.
///
/// # Errors
/// When the database refuses.
pub fn replay(engine: &dyn Engine, id: &EventId, now: f64) -> Result<bool, Error> {
    engine.run(
        &sql(
            "UPDATE deliveries SET state = 'pending', made = 0, due_at = ?2 WHERE id = ?1 AND payload <> '' \
             AND id NOT IN (SELECT delivery FROM attempts WHERE outcome = 'running')",
        )
        .bind(id.as_str())
        .bind(now),
    )?;
    Ok(!engine.run(&sql("SELECT 1 FROM deliveries WHERE id = ?1").bind(id.as_str()))?.is_empty())
}

/// Tries what failed again, of events from a time on; how many that are.
///
/// # Errors
/// When the database refuses.
pub fn replay_since(engine: &dyn Engine, since: f64, now: f64) -> Result<u64, Error> {
    let failed = "FROM deliveries WHERE state = 'failed' AND payload <> '' AND at >= ?1";
    let rows = engine.run(&sql(format!("SELECT count(*) {failed}")).bind(since))?;
    engine.run(
        &sql("UPDATE deliveries SET state = 'pending', made = 0, due_at = ?2 WHERE state = 'failed' AND payload <> '' AND at >= ?1")
            .bind(since)
            .bind(now),
    )?;
    rows.first().map_or(Ok(0), |row| row.integer(0))
}

/// Empties what holds one of these words, of people who are erased, with what receivers answered; what waits is not sent
/// any more.
///
/// # Errors
/// When the database refuses.
pub fn scrub(engine: &dyn Engine, words: &[String]) -> Result<(), Error> {
    let words = serde_json::to_string(words)?;
    let theirs = "SELECT d.id FROM deliveries d WHERE EXISTS (SELECT 1 FROM json_each(?1) j WHERE instr(d.payload, j.value) > 0)";
    for (text, said) in [
        (
            format!(
                "UPDATE attempts SET headers = '[]', answer = '', sha256 = '' WHERE delivery IN ({theirs})"
            ),
            None,
        ),
        (
            format!(
                "UPDATE deliveries SET state = 'failed', due_at = NULL, outcome = ?2 WHERE due_at IS NOT NULL AND id IN ({theirs})"
            ),
            Some(ERASED),
        ),
        // Last: it is what the others are found by.
        (format!("UPDATE deliveries SET payload = '' WHERE id IN ({theirs})"), None),
    ] {
        let statement = sql(text).bind(words.as_str());
        engine.run(&if let Some(said) = said { statement.bind(said) } else { statement })?;
    }
    Ok(())
}

/// Forgets what ended and is older than a moment, with its attempts.
///
/// # Errors
/// When the database refuses.
pub fn prune(engine: &dyn Engine, before: f64) -> Result<(), Error> {
    let old = "state <> 'pending' AND created_at < ?1";
    let attempts = format!("DELETE FROM attempts WHERE delivery IN (SELECT id FROM deliveries WHERE {old})");
    engine.run(&sql(attempts).bind(before))?;
    engine.run(&sql(format!("DELETE FROM deliveries WHERE {old}")).bind(before)).map(|_| ())
}

/// Whether no delivery is kept.
///
/// # Errors
/// When the database refuses.
pub fn is_empty(engine: &dyn Engine) -> Result<bool, Error> {
    Ok(engine.run(&sql("SELECT 1 FROM deliveries LIMIT 1"))?.is_empty())
}

/// How deliveries go.
///
/// # Errors
/// When the database refuses.
pub fn status(engine: &dyn Engine) -> Result<EndpointStatus, Error> {
    let mut status = EndpointStatus {
        last_success_at: number(engine, "last_success_at")?,
        last_failure_at: number(engine, "last_failure_at")?,
        failing_since: number(engine, "failing_since")?,
        ..EndpointStatus::default()
    };
    for row in engine.run(&sql("SELECT state, count(*) FROM deliveries GROUP BY state"))? {
        let count = row.integer(1)?;
        match named::<DeliveryState>(&row, 0)? {
            DeliveryState::Pending => status.pending = count,
            DeliveryState::Succeeded => status.succeeded = count,
            DeliveryState::Failed => status.failed = count,
        }
    }
    Ok(status)
}

const SELECT: &str =
    "SELECT id, event, state, attempts, due_at, outcome, at, created_at, place, payload FROM deliveries";

fn read(row: &Row) -> Result<Delivery, Error> {
    Ok(Delivery {
        id: row.text(0)?.parse()?,
        event: row.text(1)?.to_owned(),
        state: named(row, 2)?,
        attempts: row.integer(3)?,
        next_at: row.real_or_null(4)?,
        outcome: row.text(5)?.to_owned(),
        happened_at: row.real(6)?,
        created_at: row.real(7)?,
    })
}

/// A page of deliveries, newest first.
///
/// # Errors
/// When the database refuses.
pub fn list(engine: &dyn Engine, wanted: &ListDeliveries) -> Result<ListDeliveriesReply, Error> {
    let rows = engine.run(
        &sql(format!(
            "{SELECT} WHERE place < ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR event = ?3) ORDER BY place DESC LIMIT ?4"
        ))
        .bind(wanted.below.unwrap_or(1 << 53))
        .bind(wanted.state.map(|state| name(&state)))
        .bind(wanted.event.as_deref())
        .bind(u32::try_from(PAGE + 1).unwrap_or(u32::MAX)),
    )?;
    let shown = rows.get(..PAGE).unwrap_or(&rows);
    let last = if rows.len() > PAGE { shown.last() } else { None };
    Ok(ListDeliveriesReply {
        deliveries: shown.iter().map(read).collect::<Result<_, _>>()?,
        next: last.map(|row| row.integer(8)).transpose()?,
    })
}

/// Deliveries as jobs, newest first.
///
/// # Errors
/// When the database refuses.
pub fn find(engine: &dyn Engine, wanted: &FindDeliveries) -> Result<Vec<Job>, Error> {
    let state = "CASE state WHEN 'succeeded' THEN 'succeeded' WHEN 'failed' THEN 'dead' \
                 ELSE CASE attempts WHEN 0 THEN 'queued' ELSE 'failed' END END";
    let (at, id) = wanted.after.as_ref().map_or((f64::MAX, ""), |(at, id)| (*at, id.as_str()));
    let endpoint = fact(engine, "endpoint")?;
    let rows = engine.run(
        &sql(format!(
            "SELECT id, {state}, event, attempts, outcome, due_at, created_at, payload <> '' FROM deliveries \
             WHERE {state} IN (SELECT value FROM json_each(?1)) AND (?2 IS NULL OR event = ?2) AND (?3 IS NULL OR instr(id, ?3) > 0) \
             AND (created_at < ?4 OR (created_at = ?4 AND id < ?5)) ORDER BY created_at DESC, id DESC LIMIT ?6"
        ))
        .bind(serde_json::to_string(&wanted.states)?)
        .bind(wanted.event.as_deref())
        .bind(wanted.id.as_deref())
        .bind(at)
        .bind(id)
        .bind(wanted.limit),
    )?;
    let job = |row: &Row| {
        let state: JobState = named(row, 1)?;
        Ok(Job {
            area: JobArea::Deliveries,
            id: row.text(0)?.to_owned(),
            state,
            what: row.text(2)?.to_owned(),
            agent_id: None,
            endpoint: endpoint.clone(),
            attempts: row.integer(3)?,
            outcome: row.text(4)?.to_owned(),
            next_at: row.real_or_null(5)?,
            at: row.real(6)?,
            retryable: matches!(state, JobState::Failed | JobState::Dead) && row.integer::<u8>(7)? == 1,
        })
    };
    rows.iter().map(job).collect()
}

/// One delivery with its body and every attempt.
///
/// # Errors
/// When the database refuses.
pub fn detail(engine: &dyn Engine, id: &EventId) -> Result<Option<DeliveryDetail>, Error> {
    let rows = engine.run(&sql(format!("{SELECT} WHERE id = ?1")).bind(id.as_str()))?;
    let Some(row) = rows.first() else { return Ok(None) };
    let attempts = engine.run(
        &sql("SELECT number, at, succeeded, status, duration_ms, outcome, headers, answer, sha256 FROM attempts \
             WHERE delivery = ?1 ORDER BY number DESC")
        .bind(id.as_str()),
    )?;
    let attempt = |row: &Row| {
        Ok(DeliveryAttempt {
            number: row.integer(0)?,
            at: row.real(1)?,
            succeeded: row.integer::<u8>(2)? == 1,
            status: row.real_or_null(3)?.map(|_| row.integer(3)).transpose()?,
            duration_ms: row.real_or_null(4)?,
            outcome: row.text(5)?.to_owned(),
            headers: row.json(6)?,
            answer: row.text(7)?.to_owned(),
            sha256: row.text(8)?.to_owned(),
        })
    };
    Ok(Some(DeliveryDetail {
        delivery: read(row)?,
        payload: row.text(9)?.to_owned(),
        note: String::new(),
        attempts: attempts.iter().map(attempt).collect::<Result<_, Error>>()?,
    }))
}
