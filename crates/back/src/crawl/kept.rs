//! What stays known after a run: what it indexed, and what it could not look at.

use std::collections::HashSet;

use platform::relational::Relational;
use platform::{Failure, objects};
use protocol::DocumentId;
use protocol::api::{Page, PageState};
use protocol::internal::{CrawlStatus, CrawlTarget};
use protocol::objects::ObjectName;
use store::{Tenant, sources};
use worker::Env;

use crate::indexing;

/// The documents that stay. After a run that the site cut short, every document stays of which the run did not see
/// that it is gone: nobody knows what the pages that were not read lead to.
pub async fn documents(
    env: &Env,
    tenant: &Tenant,
    crawl: &ObjectName,
    target: &CrawlTarget,
    cut_short: bool,
) -> Result<HashSet<DocumentId>, Failure> {
    let (mut kept, mut gone, mut after) = (HashSet::new(), HashSet::new(), None);
    loop {
        let ask = CrawlStatus { pages: true, after, state: None };
        let reply = objects::call(env, "CRAWL", crawl, &ask).await?;
        for page in reply.pages {
            let id = indexing::document_id(&target.source_id, &page.url);
            match page.state {
                PageState::Indexed => kept.insert(page.document_id.unwrap_or(id)),
                PageState::Failed if !is_gone(&page) => kept.insert(id),
                _ => gone.insert(id),
            };
        }
        after = reply.next;
        if after.is_none() {
            break;
        }
    }
    if cut_short {
        for row in Relational::of(env)?.rows(&sources::document_ids(tenant, &target.source_id)).await? {
            kept.insert(row.text(0)?.parse()?);
        }
        kept.retain(|id| !gone.contains(id));
    }
    Ok(kept)
}

/// The site says that there is no such page.
fn is_gone(page: &Page) -> bool {
    matches!(page.http_status, Some(404 | 410))
}
