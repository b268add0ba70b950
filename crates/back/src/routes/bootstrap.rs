//! The first workspace of an installation: user, workspace, membership, agent, first published version. It is the
//! operator's own, on the plan that counts without an end.

use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::agent::{AgentDraft, AgentSnapshot, BusinessHours, Placement};
use protocol::api::{BootstrapRequest, BootstrapResponse};
use protocol::objects::{Jurisdiction, Region};
use protocol::{AgentId, UserId, WorkspaceId};
use store::{Tenant, agents, members};
use worker::{Env, Request, Response};

use crate::{auth, ledger, password};

pub async fn handle(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body: BootstrapRequest = http::body(&mut request).await?;
    let email = auth::email(&body.email)?;
    password::check(&body.password, &[&email, &body.name])?;
    let database = Relational::of(env)?;
    let snapshot = match database.first(&members::first_agent(&email)).await? {
        Some(row) => row.json(0)?,
        None => create(&database, &body, &email).await?,
    };
    publish(env, &snapshot).await?;
    ledger::tell(env, &Tenant::of_job(&snapshot.workspace_id)).await?;
    http::data(BootstrapResponse {
        workspace_id: snapshot.workspace_id.clone(),
        agent_id: snapshot.agent_id.clone(),
        published: snapshot,
    })
}

async fn create(
    database: &Relational,
    body: &BootstrapRequest,
    email: &str,
) -> Result<AgentSnapshot, Failure> {
    let (user, workspace) = (random::id(UserId::ordered), random::id(WorkspaceId::ordered));
    let now = clock::now_ms();
    let draft = AgentDraft {
        persona: body.agent.persona.clone(),
        language: body.agent.language.clone(),
        welcome: body.agent.welcome.clone(),
        quick_prompts: body.agent.quick_prompts.clone(),
        allowed_origins: body.agent.allowed_origins.clone(),
        models: body.agent.models.clone(),
        ..AgentDraft::default()
    };
    let placement = Placement {
        workspace_id: workspace.clone(),
        workspace_name: body.workspace.trim().to_owned(),
        agent_id: random::id(AgentId::ordered),
        version: 1,
        hours: BusinessHours::default(),
        region: Region::Home,
        jurisdiction: Jurisdiction::Anywhere,
    };
    let snapshot = AgentSnapshot::of(draft, placement);
    let mut statements = vec![
        members::create_user(
            &user,
            email,
            body.name.trim(),
            &auth::hash_password(&body.password)?,
            Some(now),
            now,
        ),
        members::create_workspace(&workspace, snapshot.workspace_name.as_str(), "custom", now),
        members::create_owner(&workspace, &user, now),
    ];
    statements.extend(agents::create_published(&Tenant::of_job(&workspace), &snapshot, now)?);
    database.batch(&statements).await?;
    Ok(snapshot)
}

/// Puts the snapshot where every edge reads it.
async fn publish(env: &Env, snapshot: &AgentSnapshot) -> Result<(), Failure> {
    let json = serde_json::to_string(snapshot)?;
    env.kv("AGENTS")?.put(&AgentSnapshot::key(&snapshot.agent_id), json)?.execute().await?;
    Ok(())
}
