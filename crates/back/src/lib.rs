//! Worker 2, for members and jobs. It has no public address: the front Worker hands it requests, queues hand it
//! bells. It may carry heavy parsers and may crash over a document; no conversation lives here.

mod archive;
mod auth;
mod crawl;
mod jobs;
mod routes;

use platform::http::Exchange;
use platform::{Failure, log};
use protocol::routes::{Access, Found, RouteId, find, route};
use protocol::{Code, Problem};
use worker::{Context, Env, MessageBatch, Request, Response, ScheduleContext, ScheduledEvent, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let exchange = Exchange::begin(&request);
    let result = dispatch(request, &env).await;
    exchange.finish(result)
}

async fn dispatch(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let (method, path) = (request.method().to_string(), request.path());
    let (id, parameters) = match find(&method, &path) {
        Found::Route(id, parameters) => (id, parameters),
        Found::OtherMethod => {
            return Err(
                Problem::new(Code::MethodNotAllowed, "This address is used with another method.").into()
            );
        }
        Found::Nothing => return Err(Problem::not_found().into()),
    };
    auth::same_origin(&request)?;
    let parameter = |at: usize| parameters.get(at).copied().unwrap_or_default();
    match (id, route(id).map(|route| route.access)) {
        (RouteId::Login, _) => routes::session::login(request, env).await,
        (RouteId::Bootstrap, Some(Access::Operator)) => {
            auth::operator(&request, env)?;
            routes::bootstrap::handle(request, env).await
        }
        (RouteId::Drill, Some(Access::Operator)) => {
            auth::operator(&request, env)?;
            routes::drill::handle(env, parameter(0))
        }
        (id, Some(Access::Member)) => {
            let member = auth::member(&request, env).await?;
            match id {
                RouteId::Logout => routes::session::logout(&request, env).await,
                RouteId::Me => routes::session::me(&member),
                RouteId::Agents => routes::agents::list(env, &member).await,
                RouteId::AgentOverview => routes::agents::overview(env, &member, parameter(0)).await,
                RouteId::Sources => routes::sources::list(env, &member, parameter(0)).await,
                RouteId::CreateSource => {
                    routes::sources::create(&mut request, env, &member, parameter(0)).await
                }
                RouteId::Source => routes::sources::one(env, &member, parameter(0)).await,
                RouteId::DeleteSource => routes::sources::delete(env, &member, parameter(0)).await,
                RouteId::ReindexSource => routes::sources::reindex(env, &member, parameter(0)).await,
                RouteId::SourcePages => routes::sources::pages(&request, env, &member, parameter(0)).await,
                RouteId::SourceDocuments => {
                    routes::sources::documents(&request, env, &member, parameter(0)).await
                }
                RouteId::Conversations => {
                    routes::conversations::list(&request, env, &member, parameter(0)).await
                }
                RouteId::Conversation => routes::conversations::one(env, &member, parameter(0)).await,
                _ => Err(unhandled()),
            }
        }
        _ => Err(unhandled()),
    }
}

fn unhandled() -> Failure {
    Failure::Internal("a route of the back Worker has no handler".into())
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
}
