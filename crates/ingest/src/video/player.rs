//! The page of a video, and what the player is told about it.

use serde::Deserialize;
use thiserror::Error;
use url::Url;

/// A video with the captions it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    pub title: String,
    pub description: String,
    /// Best first: written before recognised, the wanted language before others.
    pub tracks: Vec<Track>,
}

/// A track of captions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    pub url: Url,
    /// BCP 47.
    pub language: String,
    /// Speech that a machine recognised.
    pub recognised: bool,
}

/// Why a video cannot be read. The sentences are for the person who added it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VideoError {
    #[error("YouTube does not let us in at the moment. Read it again later.")]
    Blocked,
    #[error("There is no such video, or it is private.")]
    Unavailable,
    #[error("The video is for adults only, so its captions cannot be read.")]
    AgeRestricted,
    #[error("YouTube does not play this video: {0}")]
    Unplayable(String),
    #[error("The video has no captions. Turn them on in YouTube Studio, or paste the transcript as a text.")]
    NoCaptions,
    #[error("YouTube answers in a form we do not know. Paste the transcript as a text instead.")]
    Unreadable,
}

/// What a page says about consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    Given,
    /// The page asks for it; this cookie gives it.
    Cookie(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Player {
    #[serde(default)]
    playability_status: Playability,
    #[serde(default)]
    video_details: Details,
    captions: Option<Captions>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Playability {
    status: Option<String>,
    reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    title: String,
    short_description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Captions {
    player_captions_tracklist_renderer: Option<Tracklist>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tracklist {
    #[serde(default)]
    caption_tracks: Vec<CaptionTrack>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CaptionTrack {
    base_url: String,
    language_code: String,
    #[serde(default)]
    kind: String,
}

/// Whether the page is the one that asks for consent, and the cookie that answers it.
#[must_use]
pub fn consent(page: &str) -> Consent {
    if !page.contains("action=\"https://consent.youtube.com/s\"") {
        return Consent::Given;
    }
    let value = between(page, "name=\"v\" value=\"", '"').unwrap_or_default();
    Consent::Cookie(format!("CONSENT=YES+{value}"))
}

/// The key of the player's interface, from the video's page.
///
/// # Errors
/// When the page asks whether we are a machine, or holds no key.
pub fn key(page: &str) -> Result<String, VideoError> {
    let found = between(page, "\"INNERTUBE_API_KEY\":", ',').map(|value| value.trim().trim_matches('"'));
    let fits = |key: &&str| {
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    match found.filter(fits) {
        Some(key) => Ok(key.to_owned()),
        None if page.contains("class=\"g-recaptcha\"") => Err(VideoError::Blocked),
        None => Err(VideoError::Unreadable),
    }
}

/// Reads the player's answer; addresses of tracks are resolved against `base`, where it came from.
///
/// # Errors
/// When the video cannot be played or has no captions.
pub fn player(json: &[u8], base: &Url, language: &str) -> Result<Video, VideoError> {
    let player: Player = serde_json::from_slice(json).map_err(|_| VideoError::Unreadable)?;
    playable(&player.playability_status)?;
    let tracks = player.captions.and_then(|captions| captions.player_captions_tracklist_renderer);
    let mut tracks: Vec<Track> = tracks
        .map(|list| list.caption_tracks)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|track| {
            // With another format asked for, the answer is not the one we read.
            let mut url = base.join(&track.base_url.replace("&fmt=srv3", "")).ok()?;
            // The player may name its own host; captions are asked for where the player answered, nowhere else.
            url.set_scheme(base.scheme()).ok()?;
            url.set_host(base.host_str()).ok()?;
            url.set_port(base.port()).ok()?;
            Some(Track { url, language: track.language_code, recognised: track.kind == "asr" })
        })
        .collect();
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let wanted = primary(language);
    tracks.sort_by_key(|track| (track.recognised, primary(&track.language) != wanted));
    if tracks.is_empty() {
        return Err(VideoError::NoCaptions);
    }
    let Details { title, short_description } = player.video_details;
    Ok(Video { title, description: short_description, tracks })
}

fn playable(status: &Playability) -> Result<(), VideoError> {
    let reason = status.reason.clone().unwrap_or_default();
    match status.status.as_deref() {
        None | Some("OK") => Ok(()),
        Some("LOGIN_REQUIRED") if reason.contains("not a bot") => Err(VideoError::Blocked),
        Some("LOGIN_REQUIRED" | "AGE_CHECK_REQUIRED" | "AGE_VERIFICATION_REQUIRED") => {
            Err(if reason.contains("private") { VideoError::Unavailable } else { VideoError::AgeRestricted })
        }
        Some("ERROR") => Err(VideoError::Unavailable),
        Some(_) => Err(VideoError::Unplayable(reason)),
    }
}

fn between<'t>(text: &'t str, before: &str, until: char) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(until).map(|(value, _)| value)
}
