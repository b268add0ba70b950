//! Webhooks: receivers, and what was delivered to them.

use super::{Listed, NOTHING, Reply, list, one};
use protocol::api::{
    Delivery, DeliveryDetail, Done, Endpoint, EndpointWrite, IssuedEndpoint, ReplaySince, Replayed,
    RotateSecret,
};
use protocol::routes::RouteId;
use protocol::{EndpointId, EventId};

pub(crate) async fn endpoints() -> Reply<Vec<Endpoint>> {
    one(RouteId::Webhooks, &[], &[], NOTHING).await
}

pub(crate) async fn endpoint(id: EndpointId) -> Reply<Endpoint> {
    one(RouteId::Webhook, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn create(body: EndpointWrite) -> Reply<IssuedEndpoint> {
    one(RouteId::CreateWebhook, &[], &[], Some(&body)).await
}

pub(crate) async fn update(id: EndpointId, body: EndpointWrite) -> Reply<Endpoint> {
    one(RouteId::UpdateWebhook, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn delete(id: EndpointId) -> Reply<Done> {
    one(RouteId::DeleteWebhook, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn rotate(id: EndpointId, body: RotateSecret) -> Reply<IssuedEndpoint> {
    one(RouteId::RotateWebhook, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn test(id: EndpointId) -> Reply<Delivery> {
    one(RouteId::TestWebhook, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn replay_since(id: EndpointId, since: f64) -> Reply<Replayed> {
    one(RouteId::ReplayWebhook, &[id.as_str()], &[], Some(&ReplaySince { since })).await
}

pub(crate) async fn deliveries(
    id: EndpointId,
    state: String,
    event: String,
    cursor: Option<String>,
) -> Reply<Listed<Delivery>> {
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    let query = [("state", filled(state)), ("event", filled(event)), ("cursor", cursor)];
    list(RouteId::Deliveries, id.as_str(), &query).await
}

pub(crate) async fn delivery(id: EndpointId, delivery: EventId) -> Reply<DeliveryDetail> {
    one(RouteId::Delivery, &[id.as_str(), delivery.as_str()], &[], NOTHING).await
}

pub(crate) async fn replay(id: EndpointId, delivery: EventId) -> Reply<Delivery> {
    one(RouteId::ReplayDelivery, &[id.as_str(), delivery.as_str()], &[], NOTHING).await
}
