use proptest::prelude::*;
use url::Url;

use super::*;

fn base() -> Url {
    Url::parse("https://www.youtube.com/").unwrap()
}

fn video(description: &str) -> Video {
    Video { title: "Truing a wheel".into(), description: description.into(), tracks: Vec::new() }
}

fn line(seconds: u64, text: &str) -> Line {
    Line { at_ms: seconds * 1_000, text: text.into() }
}

#[test]
fn every_form_of_an_address_leads_to_the_same_video() {
    for address in [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=10s",
        "https://youtu.be/dQw4w9WgXcQ?si=x",
        "https://m.youtube.com/shorts/dQw4w9WgXcQ",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "https://youtube.com/live/dQw4w9WgXcQ",
    ] {
        assert_eq!(id(&Url::parse(address).unwrap()).as_deref(), Some("dQw4w9WgXcQ"), "{address}");
    }
    for address in [
        "https://www.youtube.com/@channel",
        "https://www.youtube.com/watch?list=PL1",
        "https://youtube.com.evil.test/watch?v=dQw4w9WgXcQ",
        "https://youtu.be/short",
        "https://example.com/watch?v=dQw4w9WgXcQ",
    ] {
        assert_eq!(id(&Url::parse(address).unwrap()), None, "{address}");
    }
}

#[test]
fn the_page_gives_the_key_or_says_why_not() {
    assert_eq!(key(r#"ytcfg.set({"INNERTUBE_API_KEY": "AIza-b_3","X":1})"#), Ok("AIza-b_3".into()));
    assert_eq!(key(r#"<form class="g-recaptcha">"#), Err(VideoError::Blocked));
    assert_eq!(key("<html>"), Err(VideoError::Unreadable));
    assert_eq!(key(r#""INNERTUBE_API_KEY": "a/../b","#), Err(VideoError::Unreadable));
    let asks = r#"<form action="https://consent.youtube.com/s"><input name="v" value="cb.20260101">"#;
    assert_eq!(consent(asks), Consent::Cookie("CONSENT=YES+cb.20260101".into()));
    assert_eq!(consent("<html>"), Consent::Given);
}

#[test]
fn written_captions_in_the_wanted_language_come_first() {
    let json = br#"{"playabilityStatus":{"status":"OK"},"videoDetails":{"title":"T","shortDescription":"D"},
        "captions":{"playerCaptionsTracklistRenderer":{"captionTracks":[
        {"baseUrl":"https://www.youtube.com/api/timedtext?lang=en&fmt=srv3","languageCode":"en","kind":"asr"},
        {"baseUrl":"/api/timedtext?lang=de-AT","languageCode":"de-AT"},
        {"baseUrl":"https://elsewhere.test/api/timedtext?lang=en-GB","languageCode":"en-GB"}]}}}"#;
    let video = player(json, &base(), "en").unwrap();
    let order: Vec<_> =
        video.tracks.iter().map(|track| (track.language.as_str(), track.recognised)).collect();
    assert_eq!(order, [("en-GB", false), ("de-AT", false), ("en", true)]);
    assert_eq!(video.tracks[2].url.as_str(), "https://www.youtube.com/api/timedtext?lang=en");
    assert!(video.tracks.iter().all(|track| track.url.host_str() == Some("www.youtube.com")));
}

#[test]
fn what_cannot_be_played_says_why() {
    let said = |status: &str, reason: &str| {
        let json = serde_json::json!({ "playabilityStatus": { "status": status, "reason": reason } });
        player(json.to_string().as_bytes(), &base(), "en").unwrap_err()
    };
    assert_eq!(said("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot"), VideoError::Blocked);
    assert_eq!(
        said("LOGIN_REQUIRED", "This video may be inappropriate for some users."),
        VideoError::AgeRestricted
    );
    assert_eq!(said("LOGIN_REQUIRED", "This is a private video."), VideoError::Unavailable);
    assert_eq!(said("ERROR", "This video is unavailable"), VideoError::Unavailable);
    assert_eq!(said("UNPLAYABLE", "Members only."), VideoError::Unplayable("Members only.".into()));
    assert_eq!(player(b"{}", &base(), "en"), Err(VideoError::NoCaptions));
    assert_eq!(player(b"<html>", &base(), "en"), Err(VideoError::Unreadable));
}

#[test]
fn both_forms_of_a_track_are_read_and_noise_is_left_out() {
    let old = r#"<?xml version="1.0" encoding="utf-8" ?><transcript>
        <text start="0" dur="1.5">Hey &amp;amp; hello</text><text start="1.54">this is &lt;i&gt;not&lt;/i&gt; it</text>
        <text start="3" dur="1">[Music]</text><text start="5" dur="0.5"></text></transcript>"#;
    assert_eq!(
        lines(old).iter().map(|line| line.text.as_str()).collect::<Vec<_>>(),
        ["Hey & hello", "this is not it"]
    );
    assert_eq!(lines(old)[1].at_ms, 1_540);
    let new = r#"<timedtext format="3"><body><p t="1500" d="10"><s>one</s><s t="3"> two</s></p></body></timedtext>"#;
    assert_eq!(lines(new), [Line { at_ms: 1_500, text: "one two".into() }]);
    assert!(lines("<html>").is_empty());
}

#[test]
fn chapters_cut_and_every_passage_leads_to_its_moment() {
    let video = video("All about wheels.\n0:00 Intro\n1:00 - Tools\n(10:30) Truing\nBuy: https://shop.test");
    let spoken = [
        line(0, "Welcome."),
        line(61, "You need a spoke key."),
        line(65, "And patience."),
        line(631, "Turn it a quarter."),
    ];
    let passages = passages(&video, &spoken);
    let found: Vec<_> = passages
        .iter()
        .map(|p| (p.heading_path.last().unwrap().as_str(), p.fragment.as_deref().unwrap(), p.text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("Truing a wheel", "t=0s", "All about wheels.\nBuy: https://shop.test"),
            ("Intro", "t=0s", "Welcome."),
            ("Tools", "t=61s", "You need a spoke key. And patience."),
            ("Truing", "t=631s", "Turn it a quarter."),
        ]
    );
    let address = address("dQw4w9WgXcQ").unwrap();
    assert_eq!(moment(&passages[3], &address).as_str(), "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=631s");
}

#[test]
fn times_in_a_text_are_no_chapters_unless_they_begin_at_the_beginning() {
    assert!(chapters("We open at 9:00\nand close at 18:00\nSunday 10:00").is_empty());
    assert!(chapters("0:00 A\n0:30 B").is_empty());
    assert!(chapters("0:00 A\n2:00 B\n1:00 C").is_empty());
    assert_eq!(chapters("0:00 A\n0:30 B\n1:02:03 C")[2].at_ms, 3_723_000);
}

#[test]
fn speech_without_full_stops_is_cut_where_it_can_be_quoted() {
    let spoken: Vec<Line> = (0..6).map(|n| line(n, "so then you take the next one and go on")).collect();
    assert_eq!(passages(&video(""), &spoken)[0].text.lines().count(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_said_is_lost_and_no_window_is_too_long(words in prop::collection::vec("[a-z]{1,12}( [a-z]{1,12}){0,10}", 1..120)) {
        let spoken: Vec<Line> = words.iter().zip(0..).map(|(text, at)| line(at * 3, text)).collect();
        let passages = passages(&video(""), &spoken);
        for said in &spoken {
            prop_assert!(passages.iter().any(|passage| passage.text.contains(&said.text)));
        }
        prop_assert!(passages.iter().all(|passage| passage.tokens <= WINDOW + OVERLAP + 20));
        prop_assert!(passages.len() <= spoken.len());
    }

    #[test]
    fn no_bytes_break_a_reader(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = lines(&text);
        let _ = key(&text);
        let _ = consent(&text);
        let _ = player(&bytes, &base(), "en");
        let _ = chapters(&text);
    }
}
