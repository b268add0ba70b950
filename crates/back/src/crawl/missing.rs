//! What a site shows at an address that does not exist. Most say so by their status; of the others, this one page is
//! asked for in each run, so that it is not taken for all those it stands for.

use ingest::likeness::Likeness;
use ingest::robots::{AGENT, Robots};
use platform::outgoing;
use protocol::internal::CrawlTarget;
use url::Url;

use super::Deadlines;
use super::access::Access;
use super::page::{ACCEPT, Answered, MAX_BODY, get};

/// A site that takes longer over it is not waited for.
const DEADLINES: Deadlines = Deadlines { head_ms: 5_000, body_ms: 5_000, render_ms: 0 };

/// The page, where the site answers as if there was one.
pub async fn of(target: &CrawlTarget, access: Option<&Access>, robots: &Robots) -> Option<Likeness> {
    let start = Url::parse(&target.url).ok()?;
    let (_, name) = target.run_id.as_str().split_once('_')?;
    let url = start.join(&format!("frontdesk-{name}")).ok()?;
    if !robots.allows(AGENT, url.as_str()) {
        return None;
    }
    let Answered::Body(mut response) = get(target, access, DEADLINES, &url, ACCEPT, None).await else {
        return None;
    };
    let content_type = response.headers().get("Content-Type").ok().flatten();
    let body = outgoing::read(&mut response, MAX_BODY, DEADLINES.body_ms).await.ok()?;
    Likeness::of(&ingest::page::extract(&body, content_type.as_deref(), &url), &url)
}
