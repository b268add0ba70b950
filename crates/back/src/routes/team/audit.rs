//! The audit log, read: page by page, and as a table for spreadsheets.

use futures::stream;
use platform::relational::Relational;
use platform::{Failure, http, log};
use protocol::api::{Actor as Named, AuditEntry, Change};
use protocol::{AuditId, Problem};
use serde::Deserialize;
use store::audit::{self, Filter};
use store::{Actor, Tenant};
use worker::{Env, Request, Response};

use crate::csv;

const PAGE: u32 = 50;
/// Entries of one read of the export.
const EXPORTED: u32 = 500;
const HEAD: &str = "Time,Actor,Actor id,Address,Action,Subject,Subject name,Changes\r\n";

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Query {
    cursor: Option<String>,
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// A query that was understood.
#[derive(Clone)]
struct Wanted {
    query: Query,
    from: Option<f64>,
    to: Option<f64>,
    after: Option<(f64, AuditId)>,
}

impl Wanted {
    fn of(request: &Request) -> Result<Self, Failure> {
        let query: Query =
            request.query().map_err(|_| Problem::field("actor", "A parameter is given more than once."))?;
        let query = Query {
            actor: given(query.actor),
            action: given(query.action),
            subject: given(query.subject),
            ..query
        };
        let (from, to) = (time("from", query.from.as_deref())?, time("to", query.to.as_deref())?);
        let after = query.cursor.as_deref().map(place).transpose()?;
        Ok(Self { from, to, after, query })
    }

    async fn read(&self, env: &Env, tenant: &Tenant, limit: u32) -> Result<Vec<AuditEntry>, Failure> {
        let filter = Filter {
            actor: self.query.actor.as_deref(),
            action: self.query.action.as_deref(),
            subject: self.query.subject.as_deref(),
            from: self.from,
            to: self.to,
        };
        let after = self.after.as_ref().map(|(at, id)| (*at, id));
        let rows = Relational::of(env)?.rows(&audit::list(tenant, &filter, after, limit)).await?;
        Ok(rows.iter().map(audit::read).collect::<Result<_, _>>()?)
    }
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn time(field: &str, text: Option<&str>) -> Result<Option<f64>, Problem> {
    let refused = || Problem::field(field, "Give the time as milliseconds since 1970.");
    let one = |text: &str| text.parse().ok().filter(|at: &f64| at.is_finite()).ok_or_else(refused);
    text.filter(|text| !text.is_empty()).map(one).transpose()
}

fn place(cursor: &str) -> Result<(f64, AuditId), Problem> {
    let refused = || Problem::field("cursor", "This is no cursor of ours. Begin without one.");
    let (at, id) = cursor.rsplit_once('.').ok_or_else(refused)?;
    let at: f64 = at.parse().ok().filter(|at: &f64| at.is_finite()).ok_or_else(refused)?;
    Ok((at, id.parse().map_err(|_| refused())?))
}

pub async fn list(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let mut entries = Wanted::of(request)?.read(env, &actor.tenant, PAGE + 1).await?;
    let more = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    let next = entries.last().filter(|_| more).map(|last| format!("{}.{}", last.at, last.id));
    http::page(entries, next)
}

/// The export is written while it is read: a log of any length takes the memory of one page.
pub fn export(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let wanted = Wanted::of(request)?;
    let (env, tenant) = (env.clone(), actor.tenant.clone());
    let pages = stream::unfold(Some((wanted, true)), move |state| {
        let (env, tenant) = (env.clone(), tenant.clone());
        async move {
            let (mut wanted, first) = state?;
            let entries = match wanted.read(&env, &tenant, EXPORTED).await {
                Ok(entries) => entries,
                Err(failure) => {
                    // The connection breaks, so that nobody takes a part for the whole.
                    log::error(
                        "audit_export_failed",
                        Some(tenant.workspace().as_str()),
                        &failure.to_string(),
                    );
                    return Some((Err(worker::Error::RustError("the export broke off".into())), None));
                }
            };
            let mut text = if first { format!("{}{HEAD}", csv::MARK) } else { String::new() };
            entries.iter().for_each(|entry| line(&mut text, entry));
            wanted.after = entries.last().map(|last| (last.at, last.id.clone()));
            let next = (entries.len() == EXPORTED as usize).then_some((wanted, false));
            Some((Ok(text.into_bytes()), next))
        }
    });
    let mut response = Response::from_stream(pages)?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "text/csv; charset=utf-8")?;
    headers.set("Content-Disposition", "attachment; filename=\"audit-log.csv\"")?;
    Ok(response)
}

fn line(text: &mut String, entry: &AuditEntry) {
    let (name, id) = match &entry.actor {
        Named::Member { user_id, name } => (name.as_str(), user_id.as_str()),
        Named::ApiKey { key_id, name } => (name.as_str(), key_id.as_str()),
        Named::System => ("Frontdesk", ""),
    };
    let at = String::from(js_sys::Date::new(&entry.at.into()).to_iso_string());
    let changes = entry.changes.iter().map(told).collect::<Vec<_>>().join("\n");
    text.push_str(&csv::line(&[
        &at,
        name,
        id,
        &entry.address,
        &entry.action,
        &entry.subject,
        &entry.subject_name,
        &changes,
    ]));
}

fn told(change: &Change) -> String {
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".into());
    format!("{}: {} → {}", change.field, side(&change.before), side(&change.after))
}
