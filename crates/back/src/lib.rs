//! Worker 2, for members and jobs. It has no public address: the front Worker hands it requests, queues hand it
//! bells. It may carry heavy parsers and may crash over a document; no conversation lives here.

mod archive;
mod attendance;
mod audit;
mod auth;
mod backup;
mod challenge;
mod crawl;
mod csv;
mod curated;
mod deliveries;
mod edge;
mod erasure;
mod etag;
mod events;
mod exports;
mod gaps;
mod hooks;
mod incoming;
mod indexing;
mod integrations;
mod jobs;
mod keyed;
mod leads;
mod ledger;
mod live;
mod lounge;
mod mail;
mod oidc;
mod password;
mod prices;
mod proposals;
mod purge;
mod reading;
mod reports;
mod retention;
mod routes;
mod rules;
mod summaries;
mod tags;
mod tools;
mod totp;
mod turns;
mod usage;
mod watch;
mod widget_events;

use platform::http::Exchange;
use platform::{Failure, log, objects};
use protocol::internal::{
    CaptureLead, EnterLounge, FAILED_PATH, NoteEvents, NoteRefusal, PassChallenge, RunTool, WhoWaits,
};
use reports::Report;
use worker::{Context, Env, MessageBatch, Request, Response, ScheduleContext, ScheduledEvent, event};

/// The schedule of what may wait, as in `wrangler.toml`.
const EVERY_QUARTER: &str = "*/15 * * * *";

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
    platform::tasks::stay_inside();
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, context: Context) -> worker::Result<Response> {
    // From the front Worker over the service binding; it hands on nothing from outside but routes.
    let path = request.path();
    if path == objects::path_of::<RunTool>() {
        let ran = async { tools::in_turn(&env, objects::message(&mut request).await?).await };
        return objects::reply("back", ran.await);
    }
    if path == objects::path_of::<EnterLounge>() {
        let entered = async { lounge::enter(&env, &objects::message(&mut request).await?).await };
        return objects::reply("back", entered.await);
    }
    if path == objects::path_of::<WhoWaits>() {
        let waiting = async { lounge::who_waits(&env, &objects::message(&mut request).await?).await };
        return objects::reply("back", waiting.await);
    }
    if path == objects::path_of::<NoteEvents>() {
        let noted = async { widget_events::note(&env, objects::message(&mut request).await?).await };
        return objects::reply("back", noted.await);
    }
    if path == objects::path_of::<PassChallenge>() {
        let passed = async { challenge::pass(&env, &objects::message(&mut request).await?).await };
        return objects::reply("back", passed.await);
    }
    if path == objects::path_of::<NoteRefusal>() {
        let noted = async { usage::note_refusal(&env, &objects::message(&mut request).await?).await };
        return objects::reply("back", noted.await);
    }
    if path == objects::path_of::<CaptureLead>() {
        let captured = async { leads::by_form(&env, &objects::message(&mut request).await?).await };
        return objects::reply("back", captured.await);
    }
    let exchange = Exchange::begin(&request);
    if path == FAILED_PATH {
        reports::of_front(&env, &exchange.id, &request.text().await?).await;
        return Response::empty();
    }
    let result = routes::dispatch(request, &env).await;
    if let Err(Failure::Internal(reason)) = &result {
        let (id, reason) = (reports::id_of(&exchange.id), reason.clone());
        context.wait_until(async move {
            let report = Report { id, event: "request_failed", reason: &reason, part: "back" };
            reports::tell(&env, &report).await;
        });
    }
    exchange.finish(result)
}

/// Bells. Always Ok: an error here would reset the isolate; each message is acknowledged or retried by itself.
#[event(queue)]
async fn queue(batch: MessageBatch<serde_json::Value>, env: Env, _context: Context) -> worker::Result<()> {
    jobs::answer(batch, &env).await;
    Ok(())
}

/// Housekeeping.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    // What is being restored is not whole yet: nothing of it is due.
    if backup::is_restoring(&env).await.unwrap_or_default() {
        return;
    }
    let swept = [
        auth::sweep(&env).await,
        keyed::sweep(&env).await,
        edge::sweep(&env).await,
        leads::sweep(&env).await,
        erasure::due(&env).await,
        exports::due(&env).await,
        erasure::sweep(&env).await,
        ledger::sweep(&env).await,
        usage::sweep(&env).await,
        deliveries::sweep(&env).await,
        incoming::sweep(&env).await,
        mail::send::due(&env).await,
        mail::send::sweep(&env).await,
        reading::sweep::sweep(&env).await,
        curated::sweep(&env).await,
        tags::sweep(&env).await,
        summaries::sweep(&env).await,
        crawl::begin::sweep(&env).await,
        purge::agents(&env).await,
        tools::sweep(&env).await,
        tools::waiting::sweep(&env).await,
        watch::sweep(&env).await,
    ];
    for failure in swept.into_iter().filter_map(Result::err) {
        log::error("sweep_failed", None, &failure.to_string());
        reports::failed(&env, "sweep_failed", &failure).await;
    }
    if event.cron() == EVERY_QUARTER {
        let swept = [
            purge::workspaces(&env).await,
            retention::sweep(&env).await,
            exports::sweep(&env).await,
            attendance::sweep(&env).await,
        ];
        for failure in swept.into_iter().filter_map(Result::err) {
            log::error("sweep_failed", None, &failure.to_string());
            reports::failed(&env, "sweep_failed", &failure).await;
        }
    }
}
