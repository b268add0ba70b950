//! Operations: jobs of all parts as one list, tried again one by one or many at once, as a file; and whether all that the
//! product depends on answers.

mod health;

use futures::future::{join_all, try_join_all};
use platform::relational::Relational;
use platform::{Failure, clock, http, log};
use protocol::api::{
    EndpointStatus, Job, JobArea, JobCount, JobName, JobState, RefusedJob, RetriedJobs, RetryJobs,
};
use protocol::internal::{AskEndpoint, FindDeliveries, Replay};
use protocol::routes::RouteId as R;
use protocol::{Code, Problem};
use serde::Deserialize;
use store::endpoints::{self, Stored};
use store::operations::{self, Filter};
use store::{Actor, Tenant};
use worker::{Env, Request, Response};

use super::{knowledge, sources, unhandled, webhooks};
use crate::{audit, deliveries, incoming, watch};

/// Jobs of one page, and of one file.
const PAGE: u32 = 30;
const LOGGED: usize = 2_000;
/// Jobs tried again at once.
const AT_ONCE: usize = 50;
/// Figures are of this long.
const COUNTED_MS: f64 = 30.0 * 86_400_000.0;

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    first: &str,
) -> Result<Response, Failure> {
    match id {
        R::Jobs => {
            let filter = wanted(request)?;
            let jobs = page(env, &actor.tenant, &filter).await?;
            let more = jobs.len() == PAGE as usize;
            let next = jobs.last().filter(|_| more).map(|job| format!("{} {}", job.at, job.id));
            http::page(jobs, next)
        }
        R::JobCounts => http::page(counts(env, &actor.tenant).await?, None),
        R::RetryJobs => http::data(retry(env, actor, http::body(request).await?).await?),
        R::OperationsLog => file(env, actor, wanted(request)?).await,
        R::HealthChecks => http::page(health::all(env, &actor.tenant, actor.jurisdiction).await, None),
        R::Alerts => http::page(watch::list(env, actor).await?, None),
        R::FireAlert => http::data(watch::drill(env, actor, first).await?),
        _ => Err(unhandled()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    area: Option<String>,
    state: Option<String>,
    agent: Option<String>,
    endpoint: Option<String>,
    event: Option<String>,
    q: Option<String>,
    cursor: Option<String>,
}

fn wanted(request: &Request) -> Result<Filter, Failure> {
    let query: Query =
        request.query().map_err(|_| Problem::field("area", "A parameter is given more than once."))?;
    let filled =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let states = filled(query.state).unwrap_or_default();
    let states = states.split(',').filter(|state| !state.is_empty()).map(|state| {
        let known = "States are queued, processing, succeeded, failed and dead.";
        named(state).map_err(|_| Problem::field("state", known))
    });
    let area = filled(query.area).map(|area| {
        let known = "Areas are deliveries, incoming, crawl, index and turns.";
        named(&area).map_err(|_| Problem::field("area", known))
    });
    let after = filled(query.cursor).map(|cursor| {
        let (at, id) = cursor.split_once(' ').unwrap_or_default();
        let at =
            at.parse().map_err(|_| Problem::field("cursor", "This is no cursor of ours. Begin without one."));
        at.map(|at: f64| (at, id.to_owned()))
    });
    Ok(Filter {
        area: area.transpose()?,
        states: states.collect::<Result<_, _>>()?,
        agent: filled(query.agent).map(|agent| agent.parse()).transpose()?,
        endpoint: filled(query.endpoint),
        event: filled(query.event),
        id: filled(query.q),
        after: after.transpose()?,
    })
}

fn named<T: serde::de::DeserializeOwned>(name: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(name.to_owned()))
}

async fn receivers(env: &Env, tenant: &Tenant) -> Result<Vec<Stored>, Failure> {
    let rows = Relational::of(env)?.rows(&endpoints::list(tenant)).await?;
    Ok(rows.iter().map(endpoints::read).collect::<Result<_, _>>()?)
}

/// The next jobs, newest first.
async fn page(env: &Env, tenant: &Tenant, filter: &Filter) -> Result<Vec<Job>, Failure> {
    let database = &Relational::of(env)?;
    let kept = operations::list(tenant, filter, PAGE)?.into_iter().map(|(area, statement)| async move {
        let rows = database.rows(&statement).await?;
        Ok::<_, Failure>(rows.iter().map(|row| operations::read(area, row)).collect::<Result<Vec<_>, _>>()?)
    });
    let mut jobs: Vec<Job> = try_join_all(kept).await?.into_iter().flatten().collect();
    if filter.area.is_none_or(|area| area == JobArea::Deliveries) && filter.agent.is_none() {
        jobs.extend(delivered(env, tenant, filter).await?);
    }
    jobs.sort_by(|a, b| b.at.total_cmp(&a.at).then_with(|| b.id.cmp(&a.id)));
    jobs.truncate(PAGE as usize);
    Ok(jobs)
}

async fn delivered(env: &Env, tenant: &Tenant, filter: &Filter) -> Result<Vec<Job>, Failure> {
    let failed = vec![JobState::Failed, JobState::Dead];
    let message = &FindDeliveries {
        states: if filter.states.is_empty() { failed } else { filter.states.clone() },
        event: filter.event.clone(),
        id: filter.id.clone(),
        after: filter.after.clone(),
        limit: PAGE,
    };
    let receivers = receivers(env, tenant).await?;
    let wanted = receivers
        .iter()
        .filter(|one| filter.endpoint.as_ref().is_none_or(|endpoint| endpoint == one.endpoint.id.as_str()));
    let found = join_all(wanted.map(|receiver| async move {
        match deliveries::ask(env, tenant, receiver.place(), message).await {
            Ok(reply) => reply.jobs,
            // One that does not answer hides nobody else's.
            Err(failure) => {
                log::error("endpoint_silent", Some(receiver.endpoint.id.as_str()), &failure.to_string());
                Vec::new()
            }
        }
    }));
    Ok(found.await.into_iter().flatten().collect())
}

async fn counts(env: &Env, tenant: &Tenant) -> Result<Vec<JobCount>, Failure> {
    let (database, since) = (&Relational::of(env)?, clock::now_ms() - COUNTED_MS);
    let kept = operations::counts(tenant, since).into_iter().map(|(area, statement)| async move {
        let rows = database.rows(&statement).await?;
        let counts = rows.iter().map(|row| operations::read_count(area, row));
        Ok::<_, Failure>(counts.collect::<Result<Vec<_>, _>>()?)
    });
    let mut all: Vec<JobCount> = Vec::new();
    let receivers = receivers(env, tenant).await?;
    let told =
        receivers.iter().map(|receiver| deliveries::ask(env, tenant, receiver.place(), &AskEndpoint {}));
    let told = join_all(told).await.into_iter().filter_map(Result::ok).flat_map(|status: EndpointStatus| {
        let of = |state, count| JobCount { area: JobArea::Deliveries, state, count };
        [
            of(JobState::Queued, status.pending),
            of(JobState::Succeeded, status.succeeded),
            of(JobState::Dead, status.failed),
        ]
    });
    let kept = try_join_all(kept).await?.into_iter().flatten();
    for one in kept.chain(told).filter(|one| one.count > 0) {
        match all.iter_mut().find(|sum| sum.area == one.area && sum.state == one.state) {
            Some(sum) => sum.count += one.count,
            None => all.push(one),
        }
    }
    Ok(all)
}

async fn retry(env: &Env, actor: &Actor, wanted: RetryJobs) -> Result<RetriedJobs, Failure> {
    if wanted.jobs.is_empty() || wanted.jobs.len() > AT_ONCE {
        return Err(Problem::field("jobs", format!("Name 1 to {AT_ONCE} jobs.")).into());
    }
    let mut done = RetriedJobs { retried: 0, refused: Vec::new() };
    for job in wanted.jobs {
        match again(env, actor, &job).await {
            Ok(()) => done.retried += 1,
            Err(Failure::Problem(problem)) => {
                done.refused.push(RefusedJob { id: job.id, reason: problem.message });
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(done)
}

/// Has one job tried again, as its own screen would.
async fn again(env: &Env, actor: &Actor, job: &JobName) -> Result<(), Failure> {
    match job.area {
        JobArea::Deliveries => {
            let endpoint = job.endpoint.as_deref().unwrap_or_default().parse()?;
            let stored = webhooks::one(env, actor, &endpoint).await?;
            webhooks::again(env, actor, &stored, Replay::One { id: job.id.parse()? }).await?;
        }
        JobArea::Incoming => {
            let id = job.id.parse()?;
            let statements = [
                operations::retry_incoming(&actor.tenant, &id, clock::now_ms()),
                audit::entry_if_changed(actor, "incoming.retried", id.as_str(), "", &[])?,
            ];
            if Relational::of(env)?.change(&statements).await?.first() != Some(&1) {
                let message = "There is nothing to try again: it took effect, or is gone.";
                return Err(Problem::new(Code::Conflict, message).into());
            }
            incoming::ring(env, &actor.tenant).await;
        }
        JobArea::Index if job.id.starts_with("fil_") => {
            knowledge::files::retry(env, actor, &job.id).await?;
        }
        JobArea::Crawl | JobArea::Index => {
            sources::reindex(env, actor, &job.id).await?;
        }
        JobArea::Turns => {
            let message = "The visitor has gone on. Answer in the conversation instead.";
            return Err(Problem::new(Code::Conflict, message).into());
        }
    }
    Ok(())
}

/// The jobs of a search, one JSON a line: ids, states and what is said of them; nothing of bodies, addresses or people.
async fn file(env: &Env, actor: &Actor, mut filter: Filter) -> Result<Response, Failure> {
    let (mut text, mut lines) = (String::new(), 0);
    loop {
        let jobs = page(env, &actor.tenant, &filter).await?;
        for job in &jobs {
            text.push_str(&serde_json::to_string(job)?);
            text.push('\n');
        }
        lines += jobs.len();
        let last = jobs.last().filter(|_| jobs.len() == PAGE as usize && lines < LOGGED);
        let Some(last) = last else { break };
        filter.after = Some((last.at, last.id.clone()));
    }
    Relational::of(env)?.batch(&[audit::entry(actor, "operations.downloaded", "", "", &[])?]).await?;
    let mut response = Response::ok(text)?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "application/x-ndjson; charset=utf-8")?;
    headers.set("Content-Disposition", "attachment; filename=\"operations.jsonl\"")?;
    Ok(response)
}
