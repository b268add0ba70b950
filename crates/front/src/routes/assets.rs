//! Static files: the widget and the dashboard. Files are answered before this Worker is asked; what arrives here
//! is an address without a file. Below `/app/` that is a screen of the dashboard.

use platform::Failure;
use protocol::Problem;
use worker::{Env, Request, Response, Url};

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
    index.set_path("/app/");
    index.set_query(None);
    let page = env.assets("ASSETS")?.fetch(index.to_string(), None).await?;
    // Responses of a binding have headers that cannot be changed; a new one around the same body can.
    let (builder, body) = page.into_parts();
    Ok(builder.body(body))
}
