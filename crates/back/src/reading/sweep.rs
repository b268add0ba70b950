//! Housekeeping: what is due is rung for (again), uploads that broke off leave nothing behind.

use std::collections::HashSet;

use platform::relational::Relational;
use platform::{Failure, clock, log, queue};
use protocol::internal::Bell;
use protocol::{FileId, SourceId, WorkspaceId};
use store::{Row, Tenant, files, readings};
use worker::Env;

/// An upload may take this long.
const UPLOAD_MS: f64 = 60.0 * 60.0 * 1_000.0;

pub async fn sweep(env: &Env) -> Result<(), Failure> {
    ring_for_due(env).await?;
    for row in Relational::of(env)?.rows(&files::broken_uploads(clock::now_ms() - UPLOAD_MS)).await? {
        let (workspace, source, file) = read_broken(&row)?;
        let tenant = Tenant::of_job(&workspace);
        discard(env, &tenant, &source, &file).await?;
        log::info("upload_discarded", file.as_str(), "it broke off");
    }
    Ok(())
}

/// Rings for every source that has something to read.
pub async fn ring_for_due(env: &Env) -> Result<(), Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let mut rung = HashSet::new();
    for statement in [files::due(now), readings::due(now)] {
        for row in database.rows(&statement).await? {
            let (workspace_id, source_id) = readings::read_due(&row)?;
            if rung.insert(source_id.clone()) {
                queue::ring(env, "JOBS", &Bell::Read { workspace_id, source_id }).await;
            }
        }
    }
    Ok(())
}

/// Leaves nothing of an upload that broke off.
pub async fn discard(env: &Env, tenant: &Tenant, source: &SourceId, file: &FileId) -> Result<(), Failure> {
    env.bucket("FILES")?.delete(super::file::key(tenant.workspace(), source, file)).await?;
    let gone = [files::delete(tenant, file), readings::note_files(tenant, source, clock::now_ms())];
    Relational::of(env)?.batch(&gone).await
}

fn read_broken(row: &Row) -> Result<(WorkspaceId, SourceId, FileId), store::Error> {
    Ok((row.text(0)?.parse()?, row.text(1)?.parse()?, row.text(2)?.parse()?))
}
