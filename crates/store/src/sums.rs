//! What turns came to, in sums of nobody in particular: by the minute, for alerts, and over all, for metrics.

use domain::alerts::{BOUNDS, Sums, bucket};
use domain::metrics::Total;
use protocol::api::{Turn, TurnState};

use crate::sql::{Error, Row, Statement, sql};
use crate::tenant::name;

/// The slot of what is summed up over all time.
const ALL: f64 = 0.0;

/// The counts by time to the first token, as columns.
fn firsts(write: impl Fn(usize) -> String) -> String {
    (0..=BOUNDS.len()).map(write).collect::<Vec<_>>().join(", ")
}

/// What a turn adds; nothing where a limit refused it, which is no fault of anybody.
fn of(turn: &Turn) -> Option<Sums> {
    let failed = turn.state == TurnState::Failed;
    let ours = turn.failure.as_ref().is_none_or(|problem| problem.code.status() >= 500);
    if failed && !ours {
        return None;
    }
    let answered = !failed && turn.model.is_some() && turn.tokens.output > 0;
    let mut sums = Sums {
        turns: 1,
        errors: failed.into(),
        hits: (!failed && turn.cached).into(),
        misses: (!failed && !turn.cached).into(),
        calls: u64::from(answered) + u64::from(turn.model_errors),
        call_errors: turn.model_errors.into(),
        ..Sums::default()
    };
    let first = turn.stages.first_token;
    if !failed && first > 0.0 {
        sums.first_ms = first;
        if let Some(count) = sums.first.get_mut(bucket(first)) {
            *count = 1;
        }
    }
    Some(sums)
}

/// Adds a turn to the sums of its slot and of all, where the statement before it in the transaction stored it: each turn
/// counts once. Nothing where it does not count.
#[must_use]
pub fn add(turn: &Turn, slot: f64, now: f64) -> Option<Statement> {
    let sums = of(turn)?;
    let columns = firsts(|n| format!("first_{n}"));
    let values = firsts(|n| format!("?{}", n + 12));
    let added = firsts(|n| format!("first_{n} = first_{n} + excluded.first_{n}"));
    let mut statement = sql(format!(
        "INSERT INTO turn_sums (slot, provider, since, turns, errors, hits, misses, calls, call_errors, first_ms, {columns}) \
         SELECT j.value, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, {values} FROM json_each(json_array(?1, ?2)) j WHERE changes() > 0 \
         ON CONFLICT (slot, provider) DO UPDATE SET turns = turns + excluded.turns, errors = errors + excluded.errors, \
         hits = hits + excluded.hits, misses = misses + excluded.misses, calls = calls + excluded.calls, \
         call_errors = call_errors + excluded.call_errors, first_ms = first_ms + excluded.first_ms, {added}"
    ))
    .bind(ALL)
    .bind(slot)
    .bind(name(&turn.provider))
    .bind(now)
    .bind(sums.turns)
    .bind(sums.errors)
    .bind(sums.hits)
    .bind(sums.misses)
    .bind(sums.calls)
    .bind(sums.call_errors)
    .bind(sums.first_ms);
    for count in sums.first {
        statement = statement.bind(count);
    }
    Some(statement)
}

fn columns(write: impl Fn(&str) -> String) -> String {
    let plain = ["turns", "errors", "hits", "misses", "calls", "call_errors", "first_ms"].map(str::to_owned);
    let all = plain.into_iter().chain((0..=BOUNDS.len()).map(|n| format!("first_{n}")));
    all.map(|column| write(&column)).collect::<Vec<_>>().join(", ")
}

fn read_from(row: &Row, first: usize) -> Result<Sums, Error> {
    let mut sums = Sums {
        turns: row.integer(first)?,
        errors: row.integer(first + 1)?,
        hits: row.integer(first + 2)?,
        misses: row.integer(first + 3)?,
        calls: row.integer(first + 4)?,
        call_errors: row.integer(first + 5)?,
        first_ms: row.real(first + 6)?,
        ..Sums::default()
    };
    for (n, count) in sums.first.iter_mut().enumerate() {
        *count = row.integer(first + 7 + n)?;
    }
    Ok(sums)
}

/// What was recorded in slots that begin after a moment: see [`read`].
#[must_use]
pub fn since(after: f64) -> Statement {
    let sums = columns(|column| format!("coalesce(sum(s.{column}), 0)"));
    sql(format!("SELECT {sums} FROM turn_sums s WHERE s.slot > ?1 AND s.slot > 0")).bind(after)
}

/// Decodes the row of [`since`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read(row: &Row) -> Result<Sums, Error> {
    read_from(row, 0)
}

/// What all turns came to, by who wrote the answer: see [`read_total`].
#[must_use]
pub fn totals() -> Statement {
    let sums = columns(|column| format!("s.{column}"));
    sql(format!("SELECT s.provider, s.since, {sums} FROM turn_sums s WHERE s.slot = ?1 ORDER BY s.provider"))
        .bind(ALL)
}

/// Decodes a row of [`totals`].
///
/// # Errors
/// When the row is not of that statement.
pub fn read_total(row: &Row) -> Result<Total, Error> {
    Ok(Total { provider: row.text(0)?.to_owned(), since: row.real(1)?, sums: read_from(row, 2)? })
}

/// Forgets slots that began before; what is summed up over all stays.
#[must_use]
pub fn forget(before: f64) -> Statement {
    sql("DELETE FROM turn_sums WHERE slot > 0 AND slot < ?1").bind(before)
}
