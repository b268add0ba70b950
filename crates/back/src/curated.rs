//! Curated answers on their way to the index: the rows are the truth, R2 and the `Knowledge` object follow. An
//! agent whose rows changed stays due until they did. What says the words of a template is told with them filled in.

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::AgentId;
use protocol::api::{CuratedAnswer, CuratedContent};
use protocol::internal::{Curated, PutCurated};
use store::{Tenant, curated};
use worker::Env;

use crate::reading::knowledge_of;

/// Tries until a newer change is not there; the rest is the sweep's.
const TRIES: u32 = 3;

/// Tells the index of an agent its curated answers. Nothing is lost when this fails: the sweep does it again.
async fn push(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<(), Failure> {
    for _ in 0..TRIES {
        if push_once(env, tenant, agent).await? {
            break;
        }
    }
    Ok(())
}

/// Whether what was told is still all there is to tell.
async fn push_once(env: &Env, tenant: &Tenant, agent: &AgentId) -> Result<bool, Failure> {
    let database = Relational::of(env)?;
    let Some(row) = database.first(&curated::revision(tenant, agent)).await? else { return Ok(true) };
    let revision = row.integer(0)?;
    let mut answers = Vec::new();
    for row in database.rows(&curated::list(tenant, agent)).await? {
        let (answer, _) = curated::read(&row)?;
        if let (true, Some(content)) = (answer.content.enabled, said(&answer)) {
            answers.push(Curated { id: answer.id, content });
        }
    }
    let (bucket, key) = (env.bucket("FILES")?, protocol::objects::curated_key(tenant.workspace(), agent));
    let set =
        PutCurated { workspace_id: tenant.workspace().clone(), agent_id: agent.clone(), revision, answers };
    // R2 first, because a lost object would bring older answers back from there.
    if set.answers.is_empty() {
        bucket.delete(key).await?;
    } else {
        bucket.put(key, serde_json::to_string(&set)?).execute().await?;
    }
    objects::call(env, "KNOWLEDGE", &knowledge_of(env, tenant, agent).await?, &set).await?;
    let told = database.change(&[curated::told(tenant, agent, revision)]).await?;
    Ok(told.first() == Some(&1))
}

/// A curated answer with the words it says; absent where its template is not there.
pub fn said(answer: &CuratedAnswer) -> Option<CuratedContent> {
    let words = match answer.template_id {
        None => answer.content.answer.clone(),
        Some(_) => answer.words.clone()?,
    };
    Some(CuratedContent { answer: words, ..answer.content.clone() })
}

/// Tells at once what is due of a tenant; what fails is swept.
pub async fn push_due(env: &Env, tenant: &Tenant) -> Result<(), Failure> {
    for row in Relational::of(env)?.rows(&curated::due_of(tenant)).await? {
        push_or_log(env, tenant, &curated::read_due(&row)?.1).await;
    }
    Ok(())
}

/// Tells an index; the sweep does it again where that fails.
pub async fn push_or_log(env: &Env, tenant: &Tenant, agent: &AgentId) {
    if let Err(failure) = push(env, tenant, agent).await {
        log::error("curated_not_told", Some(agent.as_str()), &failure.to_string());
    }
}

/// Tells every index that was not told yet.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    for row in Relational::of(env)?.rows(&curated::due(clock::now_ms())).await? {
        let (workspace, agent) = curated::read_due(&row)?;
        push_or_log(env, &Tenant::of_job(&workspace), &agent).await;
    }
    Ok(())
}
