//! Drills: the back Worker breaks on purpose, so that anyone can see that conversations go on; and events happen of
//! which nothing is the cause, so that anyone can see that none is lost on its way. Only where `DRILLS` is on, and only
//! for the operator.

use platform::relational::Relational;
use platform::{Failure, config, http};
use protocol::api::Done;
use protocol::events::EventKind;
use protocol::{Problem, WorkspaceId};
use serde::Deserialize;
use store::Tenant;
use worker::{Env, Request, Response};

use crate::deliveries;
use crate::events::Happened;

/// Events that happen at once.
const MOST: u32 = 100;

pub async fn handle(request: &Request, env: &Env, drill: &str) -> Result<Response, Failure> {
    if config::optional(env, "DRILLS").as_deref() != Some("on") {
        return Err(Problem::not_found().into());
    }
    match drill {
        "panic" => panic_now(),
        "memory" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![u8::try_from(hoard.len() % 251).unwrap_or(1); 1 << 20]);
                if hoard.len() > 4_096 {
                    return http::data(Done {});
                }
            }
        }
        "events" => events(request, env).await,
        _ => Err(Problem::not_found().into()),
    }
}

/// Which events happen: those of these numbers, each once however often it is asked for.
#[derive(Deserialize)]
struct Numbers {
    workspace: WorkspaceId,
    from: u32,
    count: u32,
}

async fn events(request: &Request, env: &Env) -> Result<Response, Failure> {
    let wrong = |_| Problem::field("from", "Name a workspace, the first number and how many.");
    let Numbers { workspace, from, count } = request.query().map_err(wrong)?;
    let tenant = Tenant::of_job(&workspace);
    let mut statements = Vec::new();
    for number in from..from.saturating_add(count.min(MOST)) {
        let happened = Happened {
            kind: EventKind::SourceIndexed,
            agent: None,
            subject: &format!("drill-{number}"),
            once: "",
            data: serde_json::json!({ "number": number }),
        };
        statements.push(happened.statement(&tenant)?);
    }
    Relational::of(env)?.batch(&statements).await?;
    deliveries::hurry(env, &tenant).await;
    http::data(Done {})
}

#[allow(clippy::panic)]
fn panic_now() -> ! {
    panic!("a drill")
}
