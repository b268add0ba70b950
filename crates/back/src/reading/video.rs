//! A video: its page, the player's answer and a track of captions, asked for in turn from `YOUTUBE_BASE_URL`.

use ingest::robots::AGENT;
use ingest::video::{self, Consent, VideoError};
use platform::{Failure, config, outgoing};
use protocol::{Code, Problem};
use store::agents;
use url::Url;
use worker::{Env, Method, Response};

use super::Reader;
use super::document::Draft;
use crate::crawl::Deadlines;

const BASE: &str = "https://www.youtube.com";
const MAX_PAGE: usize = 8 << 20;
const MAX_TRACK: usize = 8 << 20;
/// The player's interface answers with addresses of captions that need no further proof to clients that say they
/// are its Android app.
const CLIENT: (&str, &str) = ("ANDROID", "20.10.38");

/// What is said in a video, as the one document it becomes.
pub async fn read(reader: &Reader<'_>, url: &str) -> Result<Result<Draft, Problem>, Failure> {
    let agent = reader.database.first(&agents::one(reader.tenant, &reader.agent)).await?;
    let language = agent.as_ref().map(agents::read_draft).transpose()?.map(|draft| draft.language);
    Ok(fetch(reader.env, url, &language.unwrap_or_default()).await)
}

async fn fetch(env: &Env, url: &str, language: &str) -> Result<Draft, Problem> {
    let unavailable = || refused(&VideoError::Unavailable);
    let address = Url::parse(url).map_err(|_| unavailable())?;
    let id = video::id(&address).ok_or_else(unavailable)?;
    let base = config::optional(env, "YOUTUBE_BASE_URL").unwrap_or_else(|| BASE.to_owned());
    let base = Url::parse(&base).map_err(|_| refused(&VideoError::Unreadable))?;
    let youtube = YouTube { deadlines: Deadlines::of(env), base };

    let (page, cookie) = youtube.page(&id).await?;
    let key = video::key(&page).map_err(|error| refused(&error))?;
    let said = youtube.player(&id, &key, &cookie).await?;
    let video = video::player(&said, &youtube.base, language).map_err(|error| refused(&error))?;
    let track = video.tracks.first().ok_or_else(|| refused(&VideoError::NoCaptions))?;
    let captions = youtube.get(track.url.as_str(), &cookie, MAX_TRACK).await?;
    let lines = video::lines(&captions);
    if lines.is_empty() {
        // YouTube sends an empty track to clients that it asks for more proof.
        return Err(refused(&if captions.trim().is_empty() {
            VideoError::Blocked
        } else {
            VideoError::NoCaptions
        }));
    }
    Ok(Draft {
        key: format!("video {id}"),
        passages: video::passages(&video, &lines),
        place: video::moment,
        language: Some(track.language.clone()),
        title: video.title,
        address,
    })
}

struct YouTube {
    deadlines: Deadlines,
    base: Url,
}

impl YouTube {
    /// The page of a video, and the cookie that gave the consent it asked for.
    async fn page(&self, id: &str) -> Result<(String, String), Problem> {
        let url = self.at("/watch", &[("v", id)]);
        let page = self.get(url.as_str(), "", MAX_PAGE).await?;
        let Consent::Cookie(cookie) = video::consent(&page) else { return Ok((page, String::new())) };
        let page = self.get(url.as_str(), &cookie, MAX_PAGE).await?;
        match video::consent(&page) {
            Consent::Given => Ok((page, cookie)),
            Consent::Cookie(_) => Err(refused(&VideoError::Blocked)),
        }
    }

    async fn player(&self, id: &str, key: &str, cookie: &str) -> Result<Vec<u8>, Problem> {
        let url = self.at("/youtubei/v1/player", &[("key", key)]);
        let (name, version) = CLIENT;
        let body = serde_json::json!({
            "context": { "client": { "clientName": name, "clientVersion": version } },
            "videoId": id,
        });
        let response = self.send(Method::Post, url.as_str(), cookie, Some(&body.to_string())).await?;
        self.body(response, MAX_PAGE).await
    }

    async fn get(&self, url: &str, cookie: &str, limit: usize) -> Result<String, Problem> {
        let response = self.send(Method::Get, url, cookie, None).await?;
        Ok(String::from_utf8_lossy(&self.body(response, limit).await?).into_owned())
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        cookie: &str,
        body: Option<&str>,
    ) -> Result<Response, Problem> {
        let agent = format!("{AGENT}/1.0 (+https://frontdesk.invalid/bot)");
        let mut headers = vec![("User-Agent", agent.as_str()), ("Accept-Language", "en")];
        if !cookie.is_empty() {
            headers.push(("Cookie", cookie));
        }
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let silent = |_| problem("YouTube did not answer. Read it again later.");
        let request = outgoing::request(method, url, &headers, body).map_err(silent)?;
        let response = outgoing::send(request, self.deadlines.head_ms).await.map_err(silent)?;
        match response.status_code() {
            200 => Ok(response),
            403 | 429 => Err(refused(&VideoError::Blocked)),
            404 | 410 => Err(refused(&VideoError::Unavailable)),
            status => Err(problem(&format!("YouTube answers {status}. Read it again later."))),
        }
    }

    async fn body(&self, mut response: Response, limit: usize) -> Result<Vec<u8>, Problem> {
        let read = outgoing::read(&mut response, limit, self.deadlines.body_ms).await;
        read.map_err(|_| problem("YouTube's answer broke off. Read it again later."))
    }

    fn at(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url.query_pairs_mut().clear().extend_pairs(query);
        url
    }
}

fn refused(error: &VideoError) -> Problem {
    problem(&error.to_string())
}

fn problem(message: &str) -> Problem {
    Problem { field: Some("url".into()), ..Problem::new(Code::AddressRefused, message) }
}
