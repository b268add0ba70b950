//! Integrations: connected outside services.

use super::{NOTHING, Reply, one};
use protocol::IntegrationId;
use protocol::api::{
    Authorize, Done, Integration, IntegrationConnect, IntegrationUpdate, Integrations, RemoteFields,
};
use protocol::routes::RouteId;

pub(crate) async fn all() -> Reply<Integrations> {
    one(RouteId::Integrations, &[], &[], NOTHING).await
}

pub(crate) async fn connect(body: IntegrationConnect) -> Reply<Integration> {
    one(RouteId::ConnectIntegration, &[], &[], Some(&body)).await
}

pub(crate) async fn update(id: IntegrationId, body: IntegrationUpdate) -> Reply<Integration> {
    one(RouteId::UpdateIntegration, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn verify(id: IntegrationId) -> Reply<Integration> {
    one(RouteId::VerifyIntegration, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn fields(id: IntegrationId) -> Reply<RemoteFields> {
    one(RouteId::IntegrationFields, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn disconnect(id: IntegrationId) -> Reply<Done> {
    one(RouteId::DisconnectIntegration, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn authorize_hubspot() -> Reply<Authorize> {
    one(RouteId::AuthorizeHubspot, &[], &[], NOTHING).await
}
