//! Static files: the widget and the dashboard. Files are answered before this Worker is asked; what arrives here
//! is an address without a file. Below `/app/` that is a screen of the dashboard.

use platform::{Failure, http};
use protocol::Problem;
use worker::{Env, Headers, Request, Response};

use super::address::Address;

/// Nothing inline, nothing from elsewhere but pictures of agents; frames show the widget's preview.
/// `wasm-unsafe-eval` is what compiling WebAssembly is called.
const DASHBOARD_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data: https:; font-src 'self'; manifest-src 'self'; frame-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub async fn serve(request: &Request, env: &Env, path: &str) -> Result<Response, Failure> {
    let method = request.method();
    let reads = matches!(method, worker::Method::Get | worker::Method::Head);
    if reads && path == "/" {
        let address = request.inner().url();
        let headers = Headers::new();
        headers.set("Location", &Address::of(&address).at("/app/"))?;
        return Ok(Response::empty()?.with_status(302).with_headers(headers));
    }
    let file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if !reads || file || !(path == "/app" || path.starts_with("/app/")) {
        return Err(Problem::not_found().into());
    }
    let address = request.inner().url();
    let index = format!("{}/app/index.html", Address::of(&address).origin);
    let page = env.assets("ASSETS")?.fetch(index, None).await?;
    let mut page = http::mutable(page)?;
    let headers = page.headers_mut();
    headers.set("Content-Security-Policy", DASHBOARD_POLICY)?;
    headers.set("Cache-Control", "no-cache")?;
    Ok(page)
}
