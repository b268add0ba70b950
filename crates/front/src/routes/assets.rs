//! Static files: the widget and the dashboard. Files are answered before this Worker is asked; what arrives here
//! is an address without a file. Below `/app/` that is a screen of the dashboard.

use platform::{Failure, http};
use protocol::Problem;
use worker::{Env, Request, Response, Url};

/// Nothing inline, nothing from elsewhere but pictures of agents; frames show the widget's preview.
/// `wasm-unsafe-eval` is what compiling WebAssembly is called.
const DASHBOARD_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data: https:; font-src 'self'; manifest-src 'self'; frame-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub async fn serve(request: &Request, env: &Env, path: &str) -> Result<Response, Failure> {
    let method = request.method();
    let reads = matches!(method, worker::Method::Get | worker::Method::Head);
    if reads && path == "/" {
        let mut home = request.url()?;
        home.set_path("/app/");
        return Ok(Response::redirect_with_status(home, 302)?);
    }
    let file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if !reads || file || !(path == "/app" || path.starts_with("/app/")) {
        return Err(Problem::not_found().into());
    }
    let mut index: Url = request.url()?;
    index.set_path("/app/index.html");
    index.set_query(None);
    let page = env.assets("ASSETS")?.fetch(index.to_string(), None).await?;
    let mut page = http::mutable(page)?;
    let headers = page.headers_mut();
    headers.set("Content-Security-Policy", DASHBOARD_POLICY)?;
    headers.set("Cache-Control", "no-cache")?;
    Ok(page)
}
