//! Tags on their way to the index: the rows are the truth, R2 and the `Knowledge` object follow. Nothing is read or
//! embedded again. An agent whose tags changed stays due until it was told.

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::AgentId;
use protocol::internal::PutTags;
use store::{Tenant, tags};
use worker::Env;

use crate::reading::knowledge_of;

/// Tells the index of an agent the tags of its knowledge. Nothing is lost when this fails: the sweep does it again.
pub async fn push(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    let Some(row) = database.first(&tags::revision(tenant, agent)).await? else { return Ok(()) };
    let revision = row.integer(0)?;
    let mut tagged = Vec::new();
    for statement in tags::of_agent(tenant, agent) {
        for row in database.rows(&statement).await? {
            tagged.push(tags::read(&row)?);
        }
    }
    let (bucket, key) = (env.bucket("FILES")?, protocol::objects::tags_key(tenant.workspace(), agent));
    let set = PutTags { workspace_id: tenant.workspace().clone(), agent_id: agent.clone(), revision, tagged };
    // R2 first, because a lost object would bring older tags back from there.
    if set.tagged.is_empty() {
        bucket.delete(key).await?;
    } else {
        bucket.put(key, serde_json::to_string(&set)?).execute().await?;
    }
    objects::call(env, "KNOWLEDGE", &knowledge_of(env, tenant, agent).await?, &set).await?;
    // A change that came meanwhile stays due.
    database.batch(&[tags::told(tenant, agent, revision)]).await
}

/// Tells every index that was not told yet.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    for row in Relational::of(env)?.rows(&tags::due(clock::now_ms())).await? {
        let (workspace, agent) = tags::read_due(&row)?;
        if let Err(failure) = push(env, &Tenant::of_job(&workspace), &agent).await {
            log::error("tags_not_told", Some(agent.as_str()), &failure.to_string());
        }
    }
    Ok(())
}
