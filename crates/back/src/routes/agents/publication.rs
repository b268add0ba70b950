//! Publication: immutable versions, what differs between them, and taking an agent offline.

use domain::{diff, draft};
use platform::relational::Relational;
use platform::{Failure, http, log};
use protocol::agent::{AgentDraft, AgentSnapshot};
use protocol::api::{Agent, PublishRequest, RollbackRequest, Version};
use protocol::events::EventKind;
use protocol::{AgentId, Code, Problem};
use serde::Deserialize;
use serde_json::json;
use store::versions::NewVersion;
use store::{Actor, agents, versions};
use worker::{Env, Request, Response};

use super::drafts::edited_meanwhile;
use super::{detail, now};
use crate::events::Happened;
use crate::routes::found;
use crate::{audit, edge};

const PAGE: usize = 30;
const MAX_NOTE: usize = 500;

pub async fn publish(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
) -> Result<Response, Failure> {
    let database = Relational::of(env)?;
    let row = found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let (current, stored) = (agents::read_detail(&row)?, agents::read_draft(&row)?);
    let body: PublishRequest = http::body(request).await?;
    not_archived(&current.agent)?;
    if body.revision != current.revision {
        return Err(edited_meanwhile(&current.edited_by).into());
    }
    if body.note.chars().count() > MAX_NOTE {
        return Err(Problem::field("note", format!("At most {MAX_NOTE} characters.")).into());
    }
    draft::check_for_publication(&current.draft)?;
    let new = Publication { note: body.note.trim(), restored: None, revision: current.revision };
    http::data(put(env, actor, stored, &new, "agent.published", &current.agent.name).await?)
}

fn not_archived(agent: &Agent) -> Result<(), Problem> {
    match agent.archived_at {
        None => Ok(()),
        Some(_) => Err(Problem::new(Code::Conflict, "This agent is archived. Restore it, then publish.")),
    }
}

/// An earlier version again, as a new one; the draft becomes the same.
pub async fn roll_back(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
) -> Result<Response, Failure> {
    let before = detail(env, actor, agent).await?;
    let body: RollbackRequest = http::body(request).await?;
    not_archived(&before.agent)?;
    let database = Relational::of(env)?;
    let row = database.first(&versions::one(&actor.tenant, agent, body.version)).await?;
    let row = row.ok_or_else(|| Problem::field("version", "There is no such version of this agent."))?;
    let earlier = versions::read_snapshot(&row)?;
    let stored = AgentSnapshot { version: 0, ..earlier };
    let save = agents::save_draft(&actor.tenant, &stored, before.revision, actor.name(), now())?;
    if database.change(&[save]).await?.first() != Some(&1) {
        return Err(edited_meanwhile(&before.edited_by).into());
    }
    let note = format!("Version {} again", body.version);
    let new = Publication {
        note: &note,
        restored: Some(body.version),
        revision: before.revision.saturating_add(1),
    };
    http::data(put(env, actor, stored, &new, "agent.rolled_back", &before.agent.name).await?)
}

/// What makes a draft a version.
struct Publication<'a> {
    note: &'a str,
    restored: Option<u32>,
    revision: u32,
}

/// The version becomes the live one, then the edges are told: what is cut off between is told by the sweep.
async fn put(
    env: &Env,
    actor: &Actor,
    draft: AgentSnapshot,
    new: &Publication<'_>,
    action: &str,
    name: &str,
) -> Result<Version, Failure> {
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let agent = draft.agent_id.clone();
    let newest: u32 = found(database.first(&versions::newest(tenant, &agent)).await?)?.integer(0)?;
    let live = detail(env, actor, &agent).await?.agent.published_version;
    let version = newest.saturating_add(1);
    let snapshot = AgentSnapshot { version, ..draft };
    let statement = NewVersion {
        snapshot: &snapshot,
        revision: new.revision,
        note: new.note,
        by: actor.name(),
        restored: new.restored,
        now: now(),
    };
    let [insert, point] = versions::publish(tenant, &statement)?;
    let was = live.map(|version| version.to_string());
    let change = audit::change("version", was.as_deref(), Some(&version.to_string()));
    let entry = audit::entry_if_changed(actor, action, agent.as_str(), name, &[change])?;
    let once = version.to_string();
    let happened = Happened {
        kind: EventKind::AgentPublished,
        agent: Some(&agent),
        subject: agent.as_str(),
        once: &once,
        data: json!({ "version": version, "restored": new.restored }),
    };
    // The event comes last and hangs on the entry before it, which hangs on the version.
    let statements = [insert, point, entry, happened.statement_if_changed(tenant)?];
    if database.change(&statements).await?.first() != Some(&1) {
        let message =
            "Somebody published or edited this agent at the same moment. Look at it and publish again.";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    if let Err(failure) = edge::tell(env, tenant, &agent).await {
        // It is published; the sweep brings it to the edges.
        log::error("edge_not_told", Some(agent.as_str()), &failure.to_string());
    }
    let row = found(database.first(&versions::one(tenant, &agent, version)).await?)?;
    Ok(versions::read(&row)?)
}

/// Acknowledged only when no turn can start any more.
pub async fn unpublish(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    let before = detail(env, actor, agent).await?.agent;
    if let Some(version) = before.published_version {
        let change = audit::change("version", Some(&version.to_string()), None);
        let once = now().to_string();
        let happened = Happened {
            kind: EventKind::AgentUnpublished,
            agent: Some(agent),
            subject: agent.as_str(),
            once: &once,
            data: json!({ "version": version }),
        };
        let statements = [
            versions::unpublish(&actor.tenant, agent, now()),
            happened.statement(&actor.tenant)?,
            audit::entry(actor, "agent.unpublished", agent.as_str(), &before.name, &[change])?,
        ];
        Relational::of(env)?.batch(&statements).await?;
    }
    edge::tell(env, &actor.tenant, agent).await?;
    http::data(detail(env, actor, agent).await?)
}

#[derive(Deserialize)]
struct Cursor {
    #[serde(default)]
    cursor: Option<u32>,
}

pub async fn list(request: &Request, env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    detail(env, actor, agent).await?;
    let query: Cursor = request
        .query()
        .map_err(|_| Problem::field("cursor", "This is no cursor of ours. Begin without one."))?;
    let limit = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
    let rows = Relational::of(env)?.rows(&versions::list(&actor.tenant, agent, query.cursor, limit)).await?;
    let mut listed = rows.iter().map(versions::read).collect::<Result<Vec<_>, _>>()?;
    let more = listed.len() > PAGE;
    listed.truncate(PAGE);
    let next = listed.last().filter(|_| more).map(|last| last.version.to_string());
    http::page(listed, next)
}

pub async fn one(env: &Env, actor: &Actor, agent: &AgentId, version: &str) -> Result<Response, Failure> {
    let version = version.parse().map_err(|_| Problem::not_found())?;
    let row = Relational::of(env)?.first(&versions::one(&actor.tenant, agent, version)).await?;
    http::data(versions::read_detail(&found(row)?)?)
}

#[derive(Deserialize)]
struct Between {
    from: String,
    to: String,
}

/// `?from=3&to=draft`: numbers of versions, or `draft`; `from=none` is an agent that does not exist yet.
pub async fn diff(request: &Request, env: &Env, actor: &Actor, agent: &AgentId) -> Result<Response, Failure> {
    detail(env, actor, agent).await?;
    let between: Between = request.query().map_err(|_| {
        Problem::field("from", "Name two versions, as in ?from=1&to=2, or draft for what is not published.")
    })?;
    let from = content(env, actor, agent, "from", &between.from).await?;
    let to = content(env, actor, agent, "to", &between.to).await?;
    http::page(diff::changes(&serde_json::to_value(&from)?, &serde_json::to_value(&to)?), None)
}

async fn content(
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
    field: &str,
    named: &str,
) -> Result<Option<AgentDraft>, Failure> {
    match named {
        "none" => Ok(None),
        "draft" => Ok(Some(detail(env, actor, agent).await?.draft)),
        number => {
            let missing = || Problem::field(field, "There is no such version of this agent.");
            let version = number.parse().map_err(|_| missing())?;
            let row = Relational::of(env)?.first(&versions::one(&actor.tenant, agent, version)).await?;
            Ok(Some(versions::read_detail(&row.ok_or_else(missing)?)?.content))
        }
    }
}
