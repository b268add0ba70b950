//! The two Workers never update at the same instant: what one release sends, the next has to read. Under
//! `fixtures/` is one message of each kind as it was on the wire; a fixture is never changed, only added, and
//! may go when no release that sends it can still be running.
//!
//! A new message: add its fixture (`Type.json`, or `Type.variant.json` for each variant of a tagged enum).

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use protocol::frame::{ClientFrame, ServerFrame, valid_message_id};
use protocol::routes::{self, Found, ROUTES};
use protocol::{internal, replica, widget};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixtures() -> Vec<(String, Value)> {
    let mut found: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Decodes and encodes again; both readers take and refuse the same.
fn through<T: Serialize + DeserializeOwned>(wire: &Value) -> Result<Value, String> {
    let message = protocol::json::read::<T>(&wire.to_string()).map(serde_json::to_value);
    let other = serde_json::from_value::<T>(wire.clone()).map(serde_json::to_value);
    assert_eq!(
        message.as_ref().ok().and_then(|value| value.as_ref().ok()),
        other.as_ref().ok().and_then(|value| value.as_ref().ok()),
        "{wire}"
    );
    message.and_then(|value| value).map_err(|error| error.to_string())
}

macro_rules! messages {
    ($($name:ident = $type:ty;)*) => {
        const KNOWN: &[&str] = &[$(stringify!($name),)*];

        fn decode(name: &str, wire: &Value) -> Result<Value, String> {
            match name.split('.').next().unwrap_or_default() {
                $(stringify!($name) => through::<$type>(wire),)*
                other => Err(format!("{other} is not listed in tests/wire.rs")),
            }
        }
    };
}

messages! {
    ConversationIdentity = internal::ConversationIdentity;
    Admission = internal::Admission;
    Passage = internal::Passage;
    IndexedDocument = internal::IndexedDocument;
    Put = internal::Put;
    PutReply = internal::PutReply;
    Retire = internal::Retire;
    RetireReply = internal::RetireReply;
    Search = internal::Search;
    SearchReply = internal::SearchReply;
    Hit = internal::Hit;
    Remember = internal::Remember;
    Documents = internal::Documents;
    DocumentsReply = internal::DocumentsReply;
    KnowledgeStats = internal::KnowledgeStats;
    KnowledgeStatsReply = internal::KnowledgeStatsReply;
    CrawlTarget = internal::CrawlTarget;
    StartCrawl = internal::StartCrawl;
    Claim = internal::Claim;
    ClaimReply = internal::ClaimReply;
    Task = internal::Task;
    TaskKind = internal::TaskKind;
    Report = internal::Report;
    ReportReply = internal::ReportReply;
    Outcome = internal::Outcome;
    Complete = internal::Complete;
    CrawlStatus = internal::CrawlStatus;
    CrawlStatusReply = internal::CrawlStatusReply;
    CancelCrawl = internal::CancelCrawl;
    Keep = internal::Keep;
    KeepReply = internal::KeepReply;
    Kept = internal::Kept;
    KeptReply = internal::KeptReply;
    Missing = internal::Missing;
    MissingReply = internal::MissingReply;
    PageHistory = internal::PageHistory;
    PageHistoryReply = internal::PageHistoryReply;
    PutTags = internal::PutTags;
    Refresh = internal::Refresh;
    RefreshReply = internal::RefreshReply;
    Tagged = internal::Tagged;
    Visited = internal::Visited;
    TurnRecord = internal::TurnRecord;
    MessageRecord = internal::MessageRecord;
    HandoverRecord = internal::HandoverRecord;
    Act = internal::Act;
    Attend = internal::Attend;
    AttendReply = internal::AttendReply;
    RunTool = internal::RunTool;
    NewDelivery = internal::NewDelivery;
    Deliver = internal::Deliver;
    AskEndpoint = internal::AskEndpoint;
    ListDeliveries = internal::ListDeliveries;
    ListDeliveriesReply = internal::ListDeliveriesReply;
    FindDeliveries = internal::FindDeliveries;
    FindDeliveriesReply = internal::FindDeliveriesReply;
    ScrubDeliveries = internal::ScrubDeliveries;
    KeptAnswer = internal::KeptAnswer;
    LookAtDelivery = internal::LookAtDelivery;
    Replay = internal::Replay;
    SwitchEndpoint = internal::SwitchEndpoint;
    ForgetEndpoint = internal::ForgetEndpoint;
    SearchTurns = internal::SearchTurns;
    SearchTurnsReply = internal::SearchTurnsReply;
    FoundTurn = internal::FoundTurn;
    Pending = internal::Pending;
    PendingReply = internal::PendingReply;
    Confirm = internal::Confirm;
    Store = internal::Store;
    Transcript = internal::Transcript;
    TranscriptReply = internal::TranscriptReply;
    Erase = internal::Erase;
    AllowRender = internal::AllowRender;
    AllowRenderReply = internal::AllowRenderReply;
    RetryFailed = internal::RetryFailed;
    RetryFailedReply = internal::RetryFailedReply;
    Space = internal::Space;
    Place = internal::Place;
    Meaning = internal::Meaning;
    MeaningStats = internal::MeaningStats;
    Nearest = internal::Nearest;
    NearestReply = internal::NearestReply;
    StoredVectors = internal::StoredVectors;
    Weighed = internal::Weighed;
    Nothing = internal::Nothing;
    Bell = internal::Bell;
    PutCurated = internal::PutCurated;
    Curated = internal::Curated;
    CuratedHit = internal::CuratedHit;
    CuratedMatch = internal::CuratedMatch;
    Reserve = internal::Reserve;
    ReserveReply = internal::ReserveReply;
    Settle = internal::Settle;
    Settled = internal::Settled;
    Spent = internal::Spent;
    Restore = internal::Restore;
    LoungeHome = internal::LoungeHome;
    EnterLounge = internal::EnterLounge;
    LoungePass = internal::LoungePass;
    Tell = internal::Tell;
    Recorded = internal::Recorded;
    RecordedReply = internal::RecordedReply;
    Expel = internal::Expel;
    WhoWaits = internal::WhoWaits;
    WhoWaitsReply = internal::WhoWaitsReply;
    Waiter = internal::Waiter;
    Queued = internal::Queued;
    QueuedReply = internal::QueuedReply;
    Limits = internal::Limits;
    Refusals = internal::Refusals;
    FeedbackRecord = internal::FeedbackRecord;
    SetLive = internal::SetLive;
    Join = replica::Join;
    JoinReply = replica::JoinReply;
    Held = replica::Held;
    Copy = replica::Copy;
    CopyReply = replica::CopyReply;
    Follow = replica::Follow;
    FollowReply = replica::FollowReply;
    Part = replica::Part;
    ClientFrame = ClientFrame;
    ServerFrame = ServerFrame;
    MessageRequest = widget::MessageRequest;
    ErrorBody = protocol::error::ErrorBody;
    AgentSnapshot = protocol::agent::AgentSnapshot;
    Capture = internal::Capture;
    PassChallenge = internal::PassChallenge;
    NoteRefusal = internal::NoteRefusal;
    KeepSummary = internal::KeepSummary;
    CaptureLead = internal::CaptureLead;
    ForgetAsked = internal::ForgetAsked;
    LeadRecord = internal::LeadRecord;
    NoteEvents = internal::NoteEvents;
}

/// Everything of the left is in the right: nothing was lost on the way.
fn lost(wire: &Value, again: &Value, at: &str) -> Option<String> {
    match (wire, again) {
        (Value::Object(fields), Value::Object(kept)) => fields.iter().find_map(|(name, value)| {
            let at = format!("{at}.{name}");
            match kept.get(name) {
                Some(kept) => lost(value, kept, &at),
                // Absent and null are the same on this wire.
                None if value.is_null() => None,
                None => Some(at),
            }
        }),
        (Value::Array(items), Value::Array(kept)) if items.len() == kept.len() => items
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(n, (value, kept))| lost(value, kept, &format!("{at}[{n}]"))),
        (Value::Number(number), Value::Number(kept)) if number.as_f64() == kept.as_f64() => None,
        (value, kept) if value == kept => None,
        (value, kept) => Some(format!("{at}: {value} became {kept}")),
    }
}

#[test]
fn what_earlier_releases_sent_still_decodes_with_nothing_lost() {
    for (name, wire) in fixtures() {
        let again = decode(&name, &wire).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(lost(&wire, &again, ""), None, "{name} lost something");
    }
}

#[test]
fn a_field_that_a_newer_release_added_is_passed_over() {
    for (name, mut wire) in fixtures() {
        if let Some(fields) = wire.as_object_mut() {
            fields.insert("field_of_2031".into(), json!({ "x": [1] }));
            decode(&name, &wire).unwrap_or_else(|error| panic!("{name} refuses a new field: {error}"));
        }
    }
}

/// The items of a source file: their names, and the variants of tagged enums in snake case.
fn declared(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut lines = text.lines().peekable();
    let mut tagged = false;
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.starts_with("#[serde(tag") {
            tagged = true;
        } else if let Some(rest) = line.strip_prefix("pub struct ") {
            found.insert(name_of(rest));
            tagged = false;
        } else if let Some(rest) = line.strip_prefix("pub enum ") {
            if !tagged {
                found.insert(name_of(rest));
                continue;
            }
            tagged = false;
            let variants = lines.by_ref().take_while(|line| line != &"    }");
            for variant in
                variants.filter(|line| line.starts_with("        ") && !line.starts_with("         "))
            {
                let variant = name_of(variant.trim());
                if !variant.is_empty() {
                    found.insert(format!("{}.{}", name_of(rest), snake(&variant)));
                }
            }
        }
    }
    found
}

fn name_of(rest: &str) -> String {
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    rest[..end].to_owned()
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[test]
fn every_internal_message_and_every_frame_has_a_fixture() {
    let mut declared = declared(include_str!("../src/internal.rs"));
    declared.extend(self::declared(include_str!("../src/frame.rs")));
    declared.extend(self::declared(include_str!("../src/replica.rs")));
    assert!(
        declared.contains("Bell.turns")
            && declared.contains("ServerFrame.delta")
            && declared.contains("Outcome.retry")
    );
    let there: BTreeSet<String> = fixtures().into_iter().map(|(name, _)| name).collect();
    let missing: Vec<_> = declared.difference(&there).collect();
    assert!(missing.is_empty(), "add tests/fixtures/{missing:?}.json with the message as it is sent");
    assert!(KNOWN.iter().all(|name| there.iter().any(|file| file.split('.').next() == Some(name))));
}

#[test]
fn a_frame_of_the_other_direction_or_of_nobody_is_refused() {
    for wire in [
        "{}",
        "null",
        "[]",
        "\"stop\"",
        "{\"type\":\"delta\"}",
        "{\"type\":\"message\",\"id\":\"x\"}",
        "{\"type\":1}",
    ] {
        assert!(serde_json::from_str::<ClientFrame>(wire).is_err(), "{wire}");
    }
    let deep = "[".repeat(100_000);
    assert!(serde_json::from_str::<ClientFrame>(&format!("{{\"type\":\"stop\",\"x\":{deep}")).is_err());
}

/// Text that is often nearly a frame.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"type\"",
            "\"message\"",
            "\"stop\"",
            "\"id\"",
            "\"text\"",
            "\"page_url\"",
            "null",
            "1e999",
            "-0",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "true",
            "\"abcdefgh\"",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_reading_of_frames(text in nearly()) {
        if let Ok(frame) = serde_json::from_str::<ClientFrame>(&text) {
            let again = serde_json::to_string(&frame).unwrap();
            prop_assert_eq!(serde_json::from_str::<ClientFrame>(&again).unwrap(), frame);
        }
        let _ = serde_json::from_str::<ServerFrame>(&text);
    }

    #[test]
    fn no_bytes_break_the_reading_of_frames(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = serde_json::from_slice::<ClientFrame>(&bytes);
    }

    #[test]
    fn a_message_comes_back_as_it_was_sent(id in any::<String>(), text in any::<String>(), page_url in any::<Option<String>>()) {
        let frame = ClientFrame::Message { id: id.clone(), text, page_url, page_language: None };
        let again: ClientFrame = serde_json::from_str(&serde_json::to_string(&frame).unwrap()).unwrap();
        prop_assert_eq!(again, frame);
        prop_assert_eq!(valid_message_id(&id), id.len() >= 8 && id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
    }

    #[test]
    fn no_path_breaks_the_finding_of_routes(method in "(GET|POST|PUT|DELETE|[A-Z]{0,5}|.{0,3})", path in "(/|v1|agents|sources|[{}]|agent|%2f|\\.\\.|.){0,12}") {
        if let Found::Route(id, parameters) = routes::find(&method, &path) {
            let route = routes::route(id).unwrap();
            prop_assert_eq!(route.method, method.as_str());
            prop_assert!(parameters.iter().all(|parameter| !parameter.is_empty() && !parameter.contains('/')));
            prop_assert_eq!(parameters.len(), route.path.matches('{').count());
        }
    }

    #[test]
    fn every_route_is_found_by_its_own_path_and_by_no_longer_one(at in any::<prop::sample::Index>(), parameter in "[^/]{1,12}", more in "[^/]{0,6}") {
        let route = at.get(ROUTES);
        let path: Vec<&str> = route.path.split('/').map(|part| if part.starts_with('{') { parameter.as_str() } else { part }).collect();
        let path = path.join("/");
        match routes::find(route.method, &path) {
            Found::Route(id, parameters) => {
                // Where a fixed word could be read as a parameter, the fixed one may win.
                prop_assert!(id == route.id || !parameters.contains(&parameter.as_str()));
            }
            other => prop_assert!(false, "{path}: {other:?}"),
        }
        let longer = format!("{path}/{more}");
        prop_assert!(!matches!(routes::find(route.method, &longer), Found::Route(id, _) if id == route.id));
    }
}
