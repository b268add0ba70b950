//! Worker 2, for members and jobs. It has no public address: the front Worker hands it requests, queues hand it
//! bells. It may carry heavy parsers and may crash over a document; no conversation lives here.

mod archive;
mod audit;
mod auth;
mod crawl;
mod curated;
mod indexing;
mod jobs;
mod mail;
mod reading;
mod routes;

use platform::http::Exchange;
use platform::log;
use worker::{Context, Env, MessageBatch, Request, Response, ScheduleContext, ScheduledEvent, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
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
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    if let Err(failure) = auth::sweep(&env).await {
        log::error("sweep_failed", None, &failure.to_string());
    }
    if let Err(failure) = reading::sweep::sweep(&env).await {
        log::error("reading_sweep_failed", None, &failure.to_string());
    }
    if let Err(failure) = curated::sweep(&env).await {
        log::error("curated_sweep_failed", None, &failure.to_string());
    }
}
