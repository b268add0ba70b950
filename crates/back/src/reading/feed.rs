//! A feed: fetched as pages are, every entry a document.

use ingest::address::{self, guard};
use ingest::chunk::Passage;
use ingest::robots::AGENT;
use platform::outgoing::{self, Trouble};
use protocol::{Code, Problem};
use url::Url;
use worker::{Env, Method};

use super::MAX_FEED;
use super::document::Draft;
use crate::crawl::{Deadlines, local_hosts};

const ACCEPT: &str = "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,\
                      application/json;q=0.9,text/xml;q=0.9,*/*;q=0.1";
const MAX_REDIRECTS: usize = 5;

/// What a feed says.
pub struct Feed {
    pub title: String,
    pub drafts: Vec<Draft>,
}

pub async fn read(env: &Env, url: &str) -> Result<Feed, Problem> {
    let (base, bytes) = fetch(env, url).await?;
    let feed = ingest::feed::parse(&bytes, &base)
        .map_err(|error| Problem::new(Code::AddressRefused, error.to_string()))?;
    if feed.entries.is_empty() {
        return Err(refused("The feed has no entries yet. It is read again at the next sync."));
    }
    let language = feed.language;
    let draft = |entry: ingest::feed::Entry| {
        let address = entry.url.unwrap_or_else(|| {
            let mut address = base.clone();
            address.set_fragment(Some(&entry.id));
            address
        });
        let title = if entry.title.trim().is_empty() { feed.title.clone() } else { entry.title };
        let passages = ingest::chunk::chunk(&title, &address, &entry.blocks);
        Draft {
            key: format!("entry {}", entry.id),
            address,
            title,
            language: language.clone(),
            passages,
            place: Passage::address,
        }
    };
    Ok(Feed { drafts: feed.entries.into_iter().map(draft).collect(), title: feed.title.clone() })
}

/// The body of a feed and the address it was found at; every hop is checked.
async fn fetch(env: &Env, url: &str) -> Result<(Url, Vec<u8>), Problem> {
    let deadlines = Deadlines::of(env);
    let agent = format!("{AGENT}/1.0 (+https://frontdesk.invalid/bot)");
    let headers = [("User-Agent", agent.as_str()), ("Accept", ACCEPT)];
    let mut url = Url::parse(url).map_err(|_| refused("This is not an address."))?;
    for _ in 0..=MAX_REDIRECTS {
        guard::check(&url, &local_hosts(env)).map_err(|error| refused(&error.to_string()))?;
        let request =
            outgoing::request(Method::Get, url.as_str(), &headers, None).map_err(|error| trouble(&error))?;
        let mut response =
            outgoing::send(request, deadlines.head_ms).await.map_err(|error| trouble(&error))?;
        match response.status_code() {
            200 => {
                let body = outgoing::read(&mut response, MAX_FEED, deadlines.body_ms).await;
                return body.map(|body| (url, body)).map_err(|error| trouble(&error));
            }
            301 | 302 | 303 | 307 | 308 => {
                let to = response.headers().get("Location").ok().flatten();
                url = to
                    .and_then(|to| address::normalize(&url, &to))
                    .ok_or_else(|| refused("The feed's address redirects to nowhere."))?;
            }
            status => {
                return Err(refused(&format!("There is no feed at this address (it answers {status}).")));
            }
        }
    }
    Err(refused("The feed's address redirects too often."))
}

fn refused(message: &str) -> Problem {
    Problem { field: Some("url".into()), ..Problem::new(Code::AddressRefused, message) }
}

fn trouble(trouble: &Trouble) -> Problem {
    match trouble {
        Trouble::TimedOut(_) => refused("The feed did not answer in time."),
        Trouble::TooLarge(limit) => refused(&format!("The feed is larger than {} MB.", limit >> 20)),
        Trouble::Failed(_) => refused("The feed could not be reached."),
    }
}
