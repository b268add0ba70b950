//! Worker 2, for members and jobs. It has no public address: the front Worker hands it requests, queues hand it
//! bells. It may carry heavy parsers and may crash over a document; no conversation lives here.

mod archive;
mod attendance;
mod audit;
mod auth;
mod crawl;
mod curated;
mod edge;
mod events;
mod indexing;
mod jobs;
mod ledger;
mod mail;
mod oidc;
mod password;
mod prices;
mod purge;
mod reading;
mod retention;
mod routes;
mod spans;
mod tags;
mod tools;
mod totp;
mod usage;

use platform::http::Exchange;
use platform::{log, objects};
use protocol::internal::RunTool;
use worker::{Context, Env, MessageBatch, Request, Response, ScheduleContext, ScheduledEvent, event};

/// The schedule of what may wait, as in `wrangler.toml`.
const EVERY_QUARTER: &str = "*/15 * * * *";

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(mut request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    // From a conversation over the service binding; the front Worker hands on nothing from outside but routes.
    if request.path() == objects::path_of::<RunTool>() {
        let ran = async { tools::in_turn(&env, &objects::message(&mut request).await?).await };
        return objects::reply("back", ran.await);
    }
    let exchange = Exchange::begin(&request);
    let result = routes::dispatch(request, &env).await;
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
    let swept = [
        auth::sweep(&env).await,
        edge::sweep(&env).await,
        ledger::sweep(&env).await,
        usage::sweep(&env).await,
        mail::send::due(&env).await,
        mail::send::sweep(&env).await,
        reading::sweep::sweep(&env).await,
        curated::sweep(&env).await,
        tags::sweep(&env).await,
        crawl::begin::sweep(&env).await,
        purge::agents(&env).await,
        tools::sweep(&env).await,
    ];
    for failure in swept.into_iter().filter_map(Result::err) {
        log::error("sweep_failed", None, &failure.to_string());
    }
    if event.cron() == EVERY_QUARTER {
        for failure in
            [purge::workspaces(&env).await, retention::sweep(&env).await].into_iter().filter_map(Result::err)
        {
            log::error("sweep_failed", None, &failure.to_string());
        }
    }
}
