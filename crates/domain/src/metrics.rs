//! What turns came to and what waits, as OpenTelemetry metrics: the JSON that collectors take at `/v1/metrics`. Sums are
//! cumulative, so a message that is lost or comes twice changes nothing that is shown.

use serde::Serialize;

use crate::alerts::{BOUNDS, Sums};
use crate::spans::{Attribute, Resource, Scope, nanos, resource, text};

/// The body of one request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    resource_metrics: [ResourceMetrics; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceMetrics {
    resource: Resource,
    scope_metrics: [ScopeMetrics; 1],
}

#[derive(Serialize)]
struct ScopeMetrics {
    scope: Scope,
    metrics: Vec<Metric>,
}

#[derive(Serialize)]
struct Metric {
    name: &'static str,
    description: &'static str,
    unit: &'static str,
    #[serde(flatten)]
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Data {
    #[serde(rename_all = "camelCase")]
    Sum { aggregation_temporality: u8, is_monotonic: bool, data_points: Vec<Point> },
    #[serde(rename_all = "camelCase")]
    Gauge { data_points: Vec<Point> },
    #[serde(rename_all = "camelCase")]
    Histogram { aggregation_temporality: u8, data_points: Vec<Distribution> },
}

/// 2 is cumulative.
const CUMULATIVE: u8 = 2;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    attributes: Vec<Attribute>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time_unix_nano: Option<String>,
    time_unix_nano: String,
    /// 64 bits: a string.
    as_int: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Distribution {
    attributes: Vec<Attribute>,
    start_time_unix_nano: String,
    time_unix_nano: String,
    count: String,
    sum: f64,
    bucket_counts: Vec<String>,
    explicit_bounds: [f64; BOUNDS.len()],
}

/// What turns of one provider came to since a moment.
pub struct Total {
    /// The name on the wire.
    pub provider: String,
    pub since: f64,
    pub sums: Sums,
}

/// The counts of one counter, apart by what more is said of them.
type Counts = Vec<(Option<Attribute>, u64)>;

/// Everything as one request: totals by provider, and how many jobs of each kind wait.
#[must_use]
pub fn export(release: &str, totals: &[Total], waiting: &[(&str, u64)], now: f64) -> Export {
    let counter = |name, description, unit, of: &dyn Fn(&Sums) -> Counts| {
        let points = totals.iter().flat_map(|total| {
            of(&total.sums).into_iter().map(|(more, value)| Point {
                attributes: std::iter::once(provider(total)).chain(more).collect(),
                start_time_unix_nano: Some(nanos(total.since)),
                time_unix_nano: nanos(now),
                as_int: value.to_string(),
            })
        });
        let data = Data::Sum {
            aggregation_temporality: CUMULATIVE,
            is_monotonic: true,
            data_points: points.collect(),
        };
        Metric { name, description, unit, data }
    };
    let first = totals.iter().map(|total| Distribution {
        attributes: vec![provider(total)],
        start_time_unix_nano: nanos(total.since),
        time_unix_nano: nanos(now),
        count: total.sums.first.iter().sum::<u64>().to_string(),
        sum: total.sums.first_ms,
        bucket_counts: total.sums.first.iter().map(u64::to_string).collect(),
        explicit_bounds: BOUNDS,
    });
    let depth = waiting.iter().map(|(kind, jobs)| Point {
        attributes: vec![text("frontdesk.queue", kind)],
        start_time_unix_nano: None,
        time_unix_nano: nanos(now),
        as_int: jobs.to_string(),
    });
    let looked = |sums: &Sums| {
        let of = |result, count| (Some(text("frontdesk.cache", result)), count);
        vec![of("hit", sums.hits), of("miss", sums.misses)]
    };
    let metrics = vec![
        counter("frontdesk.turns", "Questions that were to be answered", "{turn}", &|sums| {
            vec![(None, sums.turns)]
        }),
        counter("frontdesk.turn.errors", "Questions whose answer failed on our side", "{turn}", &|sums| {
            vec![(None, sums.errors)]
        }),
        Metric {
            name: "frontdesk.turn.first_token",
            description: "From the question's arrival to the first text of its answer",
            unit: "ms",
            data: Data::Histogram { aggregation_temporality: CUMULATIVE, data_points: first.collect() },
        },
        counter(
            "frontdesk.retrieval.lookups",
            "Questions whose passages were remembered, or not",
            "{turn}",
            &looked,
        ),
        counter("frontdesk.model.calls", "Answers that models were asked for", "{call}", &|sums| {
            vec![(None, sums.calls)]
        }),
        counter("frontdesk.model.errors", "Those that the model's provider failed", "{call}", &|sums| {
            vec![(None, sums.call_errors)]
        }),
        Metric {
            name: "frontdesk.queue.depth",
            description: "Jobs that are due and not begun",
            unit: "{job}",
            data: Data::Gauge { data_points: depth.collect() },
        },
    ];
    Export {
        resource_metrics: [ResourceMetrics {
            resource: resource(release),
            scope_metrics: [ScopeMetrics { scope: Scope { name: "frontdesk" }, metrics }],
        }],
    }
}

fn provider(total: &Total) -> Attribute {
    text("frontdesk.provider", &total.provider)
}
