//! Response templates.

use super::{NOTHING, Reply, one};
use protocol::TemplateId;
use protocol::api::{Done, Template, TemplateWrite};
use protocol::routes::RouteId;

pub(crate) async fn list() -> Reply<Vec<Template>> {
    one(RouteId::Templates, &[], &[], NOTHING).await
}

/// Adds a template, or changes the one of this id.
pub(crate) async fn save(id: Option<TemplateId>, written: TemplateWrite) -> Reply<Template> {
    match id {
        Some(id) => one(RouteId::UpdateTemplate, &[id.as_str()], &[], Some(&written)).await,
        None => one(RouteId::CreateTemplate, &[], &[], Some(&written)).await,
    }
}

pub(crate) async fn delete(id: TemplateId) -> Reply<Done> {
    one(RouteId::DeleteTemplate, &[id.as_str()], &[], NOTHING).await
}
