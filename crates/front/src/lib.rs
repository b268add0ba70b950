//! Worker 1, for visitors: small, starts fast, changes rarely, and binds no relational database, so that "no
//! relational write before the last frame" cannot be broken. It is the only public door: what is not a
//! visitor's goes to the back Worker over a service binding.

mod conversation;
mod knowledge;
mod ledger;
mod lounge;
mod routes;
mod token;

use platform::http::Exchange;
use platform::{Failure, http};
use protocol::api::Health;
use protocol::routes::{Found, RouteId, find_in_front, is_for_back};
use protocol::{Code, Problem};
use worker::{Context, Env, Request, Response, event};

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
    platform::tasks::stay_inside();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let exchange = Exchange::begin(&request);
    let path = request.path();
    let visitor = path.starts_with("/v1/widget/");
    let result = dispatch(request, &env, &exchange, &path).await;
    if let Err(Failure::Internal(reason)) = &result {
        let _ = routes::back::report(reason, &env, &exchange).await;
    }
    let mut response = exchange.finish(result)?;
    if visitor && response.status_code() != 101 {
        // No cookie is involved, so any page may read the answer; whether it is served is decided by the
        // agent's origins.
        response.headers_mut().set("Access-Control-Allow-Origin", "*")?;
        response.headers_mut().set("Access-Control-Expose-Headers", "X-Request-Id, Server-Timing")?;
        response.headers_mut().set("Timing-Allow-Origin", "*")?;
    }
    Ok(response)
}

async fn dispatch(request: Request, env: &Env, exchange: &Exchange, path: &str) -> Result<Response, Failure> {
    let method = request.method().to_string();
    if method == "OPTIONS" && path.starts_with("/v1/widget/") {
        return routes::preflight();
    }
    match find_in_front(&method, path) {
        Found::Route(RouteId::WidgetInit, _) => routes::init::handle(request, env).await,
        Found::Route(RouteId::WidgetSocket, _) => routes::socket::handle(&request, env).await,
        Found::Route(RouteId::WidgetEvents, _) => routes::events::handle(request, env).await,
        Found::Route(RouteId::WidgetMessage | RouteId::WidgetFrames, _) => {
            routes::message::handle(request, env).await
        }
        Found::Route(RouteId::Lounge, _) => routes::lounge::handle(&request, env).await,
        Found::Route(RouteId::WidgetLead, _) => routes::lead::handle(request, env).await,
        Found::Route(RouteId::Health, _) => {
            http::data(Health { ok: true, release: env!("CARGO_PKG_VERSION").into() })
        }
        Found::Route(..) => Err(Failure::Internal("a route of the front Worker has no handler".into())),
        Found::OtherMethod => {
            Err(Problem::new(Code::MethodNotAllowed, "This address is used with another method.").into())
        }
        Found::Nothing if is_for_back(path) => routes::back::forward(request, env, exchange).await,
        Found::Nothing => routes::assets::serve(&request, env, path).await,
    }
}
