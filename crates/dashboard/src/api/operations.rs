//! Operations: alerts, jobs of all parts, health, and endpoints for events of other services.

use super::{Listed, NOTHING, Reply, list, one};
use protocol::IncomingId;
use protocol::api::{
    Alert, Done, HealthCheck, Incoming, IncomingWrite, IssuedIncoming, Job, JobCount, JobName, RetriedJobs,
    RetryJobs, RotateSecret,
};
use protocol::routes::RouteId;

/// What jobs are looked for; empty: any.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) area: String,
    pub(crate) state: String,
    pub(crate) words: String,
    pub(crate) event: String,
    pub(crate) endpoint: String,
    pub(crate) agent: String,
}

impl Wanted {
    fn query(&self, cursor: Option<String>) -> [(&'static str, Option<String>); 7] {
        let filled = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        [
            ("area", filled(&self.area)),
            ("state", filled(&self.state)),
            ("q", filled(&self.words)),
            ("event", filled(&self.event)),
            ("endpoint", filled(&self.endpoint)),
            ("agent", filled(&self.agent)),
            ("cursor", cursor),
        ]
    }

    /// Where the log of these is downloaded.
    pub(crate) fn log(&self) -> String {
        super::address(RouteId::OperationsLog, &[], &self.query(None))
    }
}

pub(crate) async fn jobs(wanted: Wanted, cursor: Option<String>) -> Reply<Listed<Job>> {
    list(RouteId::Jobs, "", &wanted.query(cursor)).await
}

pub(crate) async fn counts() -> Reply<Vec<JobCount>> {
    one(RouteId::JobCounts, &[], &[], NOTHING).await
}

pub(crate) async fn retry(jobs: Vec<JobName>) -> Reply<RetriedJobs> {
    one(RouteId::RetryJobs, &[], &[], Some(&RetryJobs { jobs })).await
}

pub(crate) async fn health() -> Reply<Vec<HealthCheck>> {
    one(RouteId::HealthChecks, &[], &[], NOTHING).await
}

pub(crate) async fn alerts() -> Reply<Vec<Alert>> {
    one(RouteId::Alerts, &[], &[], NOTHING).await
}

pub(crate) async fn fire(id: String) -> Reply<Alert> {
    one(RouteId::FireAlert, &[&id], &[], NOTHING).await
}

pub(crate) async fn incoming() -> Reply<Vec<Incoming>> {
    one(RouteId::IncomingEndpoints, &[], &[], NOTHING).await
}

pub(crate) async fn add(body: IncomingWrite) -> Reply<IssuedIncoming> {
    one(RouteId::CreateIncoming, &[], &[], Some(&body)).await
}

pub(crate) async fn update(id: IncomingId, body: IncomingWrite) -> Reply<Incoming> {
    one(RouteId::UpdateIncoming, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn delete(id: IncomingId) -> Reply<Done> {
    one(RouteId::DeleteIncoming, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn rotate(id: IncomingId) -> Reply<IssuedIncoming> {
    one(RouteId::RotateIncoming, &[id.as_str()], &[], Some(&RotateSecret { overlap_hours: 24 })).await
}
