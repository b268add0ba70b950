//! Screens that are fetched when they are opened. The WebAssembly comes in pieces: what every visit needs, and one
//! piece for each kind of work, cut where `piece!` stands (`scripts/dashboard.mjs` does the cutting).

use crate::components::state::{Failure, Skeleton};
use leptos::prelude::*;
use leptos::task::spawn_local;
pub(crate) use leptos::wasm_split::SplitLoaderError;
use protocol::{Code, Problem};
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response};

/// Draws a screen; the function is in the piece, so that having it means that the piece is there.
pub(crate) type Draw = fn() -> AnyView;
pub(crate) type Fetching = Pin<Box<dyn Future<Output = Result<Draw, SplitLoaderError>>>>;

/// A route's view whose screen is in a piece: `piece!(name of the piece, name of the screen, its component)`.
macro_rules! piece {
    ($piece:ident, $name:ident, $screen:path) => {{
        #[leptos::wasm_split::wasm_split($piece, fallible, wasm_split_path = leptos::wasm_split)]
        fn $name() -> Result<$crate::pieces::Draw, $crate::pieces::SplitLoaderError> {
            Ok(|| $screen().into_any())
        }
        $crate::pieces::screen(|| Box::pin($name()))
    }};
}
pub(crate) use piece;

/// Draws a screen once its piece is there; says so while it comes, and when it does not.
pub(crate) fn screen(fetch: fn() -> Fetching) -> impl Fn() -> AnyView + Copy + Send + 'static {
    move || {
        let draw = RwSignal::new(None::<Draw>);
        let problem = RwSignal::new(None);
        let load = move || {
            problem.set(None);
            spawn_local(async move {
                match fetch().await {
                    Ok(ready) => drop(draw.try_set(Some(ready))),
                    Err(_) if replaced().await => drop(window().location().reload()),
                    Err(_) => drop(problem.try_set(Some(missing()))),
                }
            });
        };
        load();
        (move || match (draw.get(), problem.get()) {
            (Some(draw), _) => draw(),
            (None, Some(problem)) => {
                view! { <div class="page"><Failure problem retry=load/></div> }.into_any()
            }
            (None, None) => view! { <div class="page"><Skeleton lines=5/></div> }.into_any(),
        })
        .into_any()
    }
}

fn missing() -> Problem {
    Problem::new(
        Code::Unavailable,
        "This screen could not be fetched. Check your connection, then try again.",
    )
}

/// Whether the server has another release than the one that is running, which then lacks this one's pieces.
async fn replaced() -> bool {
    async fn newest() -> Result<String, wasm_bindgen::JsValue> {
        let init = RequestInit::new();
        init.set_cache(RequestCache::NoStore);
        let response: Response =
            JsFuture::from(window().fetch_with_str_and_init(crate::session::HOME, &init))
                .await?
                .dyn_into()?;
        let page = if response.ok() { JsFuture::from(response.text()?).await? } else { "".into() };
        Ok(page.as_string().unwrap_or_default())
    }
    let running = document().query_selector("script[type=module]").ok().flatten();
    let running = running.and_then(|script| script.get_attribute("src")).unwrap_or_default();
    newest().await.is_ok_and(|page| !page.is_empty() && !page.contains(&running))
}
