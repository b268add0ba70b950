//! Browsers that run a page's scripts, for pages that show nothing without.
//!
//! Cloudflare Browser Rendering, by its binding `BROWSER`: `quickAction("content", options)` answers as the REST API
//! of the same name does (`{success, result, meta}`, errors as `{success: false, errors}`), without a token.
//! Browserless: `POST {BROWSERLESS_BASE_URL}/content?token=…` (its REST API, version 2) answers with the HTML, and
//! says in `X-Response-*` headers where the page came from.
//!
//! `RENDERERS` names those that are asked, in order; one that is not set up is passed over. Nothing secret of a site
//! is ever handed to them: what a browser is told to send, it sends to every server a page names.

use futures::future::{Either, select};
use protocol::api::Renderer;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use worker::{Env, EnvBinding, Headers, Method, Response, web_sys};

use crate::models::{js_message, to_js};
use crate::outgoing::{self, Trouble};
use crate::{clock, config};

/// How long a browser may take to reach a page and to let it settle.
const GOTO_MS: u64 = 20_000;
/// How long the whole answer may take.
pub const TOTAL_MS: u64 = 40_000;
/// Largest answer: a page as JSON text.
const MAX_BYTES: usize = 12 << 20;
/// What a page is read without.
const REJECTED: [&str; 3] = ["image", "media", "font"];
/// Addresses in private networks: a page's scripts must not reach into the renderer's.
const PRIVATE: [&str; 2] = [
    r"^[a-z]+://(localhost|0\.|10\.|127\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|\[)",
    r"^[a-z]+://[^/:]+\.(internal|local|localhost|lan)([:/]|$)",
];

/// A page after its scripts have run.
pub struct Rendered {
    pub by: Renderer,
    pub html: String,
    /// What the site answered to the browser.
    pub status: Option<u16>,
    /// Addresses the browser went through and where it ended.
    pub visited: Vec<String>,
}

/// Why a page was not rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrendered {
    /// There is nobody to ask.
    #[error("No browser that could run them is set up")]
    Nobody,
    /// Asking again later may help, in so many milliseconds where that is known.
    #[error("The browser that runs them has no time")]
    Later { after_ms: Option<u64> },
    /// It does not let this installation in. Whoever runs it has to look.
    #[error("The browser that runs them refuses this installation")]
    Refused,
    /// It cannot show this page.
    #[error("The browser that runs them cannot show the page")]
    Page,
}

/// What is asked for, in the words that both share.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order<'a> {
    url: &'a str,
    user_agent: &'a str,
    goto_options: Goto,
    reject_resource_types: [&'static str; 3],
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    reject_request_pattern: &'a [&'static str],
    /// What a page shows when it does not come to rest is better than nothing.
    best_attempt: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Goto {
    wait_until: &'static str,
    timeout: u64,
}

/// Renders a page: the first renderer that is set up and has time.
///
/// `local`: private addresses may be reached, on a developer's machine.
///
/// # Errors
/// What the last of them said.
pub async fn render(env: &Env, url: &str, user_agent: &str, local: bool) -> Result<Rendered, Unrendered> {
    let order = Order {
        url,
        user_agent,
        goto_options: Goto { wait_until: "networkidle2", timeout: GOTO_MS },
        reject_resource_types: REJECTED,
        reject_request_pattern: if local { &[] } else { &PRIVATE },
        best_attempt: true,
    };
    let mut said = Unrendered::Nobody;
    for renderer in order_of(env) {
        let answer = match renderer {
            Renderer::BrowserRendering => binding(env, &order).await,
            Renderer::Browserless => browserless(env, &order).await,
        };
        match answer {
            Ok(rendered) => return Ok(rendered),
            Err(Unrendered::Nobody) => {}
            // The page is at fault, and would be with another browser.
            Err(Unrendered::Page) => return Err(Unrendered::Page),
            Err(why) => said = why,
        }
    }
    Err(said)
}

/// Whether there is a renderer at all.
#[must_use]
pub fn configured(env: &Env) -> bool {
    order_of(env).into_iter().any(|renderer| match renderer {
        Renderer::BrowserRendering => env.get_binding::<BrowserBinding>("BROWSER").is_ok(),
        Renderer::Browserless => config::optional(env, "BROWSERLESS_BASE_URL").is_some(),
    })
}

fn order_of(env: &Env) -> Vec<Renderer> {
    let named = config::optional(env, "RENDERERS").unwrap_or_else(|| "browser_rendering,browserless".into());
    let known = |name: &str| match name.trim() {
        "browser_rendering" => Some(Renderer::BrowserRendering),
        "browserless" => Some(Renderer::Browserless),
        _ => None,
    };
    named.split(',').filter_map(known).collect()
}

#[wasm_bindgen]
extern "C" {
    /// The binding, which the crate does not bind.
    #[wasm_bindgen(extends = js_sys::Object)]
    type BrowserBinding;
    #[wasm_bindgen(method, structural, catch, js_name = quickAction)]
    fn quick_action(this: &BrowserBinding, action: &str, options: &JsValue) -> Result<JsValue, JsValue>;
}

impl EnvBinding for BrowserBinding {
    const TYPE_NAME: &'static str = "BrowserRun";
    fn get(value: JsValue) -> worker::Result<Self> {
        if value.is_undefined() {
            return Err(worker::Error::BindingError("BROWSER".into()));
        }
        Ok(value.unchecked_into())
    }
}

#[derive(Deserialize)]
struct Content {
    result: String,
    #[serde(default)]
    meta: Meta,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    status: Option<u16>,
    final_url: Option<String>,
    redirect_chain: Vec<Hop>,
}

#[derive(Deserialize)]
struct Hop {
    url: String,
}

async fn binding(env: &Env, order: &Order<'_>) -> Result<Rendered, Unrendered> {
    let browser: BrowserBinding = env.get_binding("BROWSER").map_err(|_| Unrendered::Nobody)?;
    let options = to_js(order).map_err(|_| Unrendered::Page)?;
    let promise =
        browser.quick_action("content", &options).map_err(|error| broken("browser", &js_message(&error)))?;
    let answer = wasm_bindgen_futures::JsFuture::from(js_sys::Promise::resolve(&promise));
    let response = match select(answer, Box::pin(clock::sleep(TOTAL_MS))).await {
        Either::Left((Ok(response), _)) => response,
        Either::Left((Err(error), _)) => return Err(broken("browser", &js_message(&error))),
        Either::Right(_) => return Err(Unrendered::Later { after_ms: None }),
    };
    let mut response = Response::from(response.unchecked_into::<web_sys::Response>());
    if response.status_code() != 200 {
        return Err(refusal("browser", response.status_code(), response.headers()));
    }
    let body = outgoing::read(&mut response, MAX_BYTES, TOTAL_MS).await.map_err(trouble)?;
    let content: Content = protocol::json::read_bytes(&body)
        .map_err(|_| broken("browser", "the answer is no JSON of a page"))?;
    let visited = content.meta.redirect_chain.into_iter().map(|hop| hop.url).chain(content.meta.final_url);
    Ok(Rendered {
        by: Renderer::BrowserRendering,
        html: content.result,
        status: content.meta.status,
        visited: visited.collect(),
    })
}

async fn browserless(env: &Env, order: &Order<'_>) -> Result<Rendered, Unrendered> {
    let base = config::optional(env, "BROWSERLESS_BASE_URL").ok_or(Unrendered::Nobody)?;
    let mut url = format!("{}/content?timeout={TOTAL_MS}", base.trim_end_matches('/'));
    if let Ok(token) = config::secret(env, "BROWSERLESS_TOKEN") {
        url.push_str("&token=");
        url.push_str(&String::from(js_sys::encode_uri_component(&token)));
    }
    let body = serde_json::to_string(order).map_err(|_| Unrendered::Page)?;
    let headers = [("Content-Type", "application/json"), ("Cache-Control", "no-cache")];
    // Whatever goes wrong here is not repeated in words: the address has the token in it.
    let request = outgoing::request(Method::Post, &url, &headers, Some(&body))
        .map_err(|_| broken("browserless", "the address is not valid"))?;
    let mut response = outgoing::send(request, TOTAL_MS).await.map_err(trouble)?;
    if response.status_code() != 200 {
        return Err(refusal("browserless", response.status_code(), response.headers()));
    }
    let said = |name: &str| response.headers().get(name).ok().flatten();
    let status = said("X-Response-Code").and_then(|code| code.parse().ok());
    let from = said("X-Response-IP").zip(said("X-Response-Port")).map(|(ip, port)| server(&ip, &port));
    let visited = said("X-Response-URL").into_iter().chain(from).collect();
    let body = outgoing::read(&mut response, MAX_BYTES, TOTAL_MS).await.map_err(trouble)?;
    let html = String::from_utf8_lossy(&body).into_owned();
    Ok(Rendered { by: Renderer::Browserless, html, status, visited })
}

/// The server a page came from, as an address of its own.
fn server(ip: &str, port: &str) -> String {
    let host = if ip.contains(':') && !ip.starts_with('[') { format!("[{ip}]") } else { ip.to_owned() };
    match port {
        "443" => format!("https://{host}/"),
        "80" => format!("http://{host}/"),
        port => format!("http://{host}:{port}/"),
    }
}

/// The documented status codes: 400 and 422 are about the page, 401 and 403 about us, 408, 429 and 5xx pass.
fn refusal(who: &str, status: u16, headers: &Headers) -> Unrendered {
    match status {
        400 | 404 | 413 | 422 => Unrendered::Page,
        408 | 429 | 500..=599 => {
            let after = headers.get("Retry-After").ok().flatten();
            let after_ms =
                after.and_then(|value| value.trim().parse::<u64>().ok()).map(|seconds| seconds * 1_000);
            Unrendered::Later { after_ms }
        }
        _ => {
            crate::log::error("renderer_refused", Some(who), &format!("status {status}"));
            Unrendered::Refused
        }
    }
}

fn trouble(trouble: Trouble) -> Unrendered {
    match trouble {
        Trouble::TooLarge(_) => Unrendered::Page,
        Trouble::TimedOut(_) | Trouble::Failed(_) => Unrendered::Later { after_ms: None },
    }
}

fn broken(who: &str, what: &str) -> Unrendered {
    crate::log::error("renderer_broken", Some(who), what);
    Unrendered::Later { after_ms: None }
}
