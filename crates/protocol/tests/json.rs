//! `protocol::json` takes what `serde_json` takes, as the same value, and refuses what it refuses.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::frame::{ClientFrame, ServerFrame};
use protocol::json;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Red,
    DarkBlue,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: f64 },
    Polygon { corners: Vec<(i32, i32)>, colour: Option<Colour> },
    Nothing,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Empty,
    Number(u8),
    Pair(u64, String),
    Named { name: String },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Whole {
    name: String,
    #[serde(default)]
    count: u16,
    #[serde(default)]
    share: Option<f32>,
    #[serde(default)]
    flags: Vec<bool>,
    #[serde(default)]
    words: BTreeMap<String, Box<Whole>>,
    #[serde(default)]
    shapes: Vec<Shape>,
    #[serde(default)]
    records: Vec<Record>,
    #[serde(default)]
    colour: Option<Colour>,
    #[serde(default)]
    more: Value,
}

/// Both readers agree: on a value, or on refusing.
fn agree(text: &str) {
    let ours = json::read::<Value>(text);
    assert_eq!(ours.ok(), serde_json::from_str::<Value>(text).ok(), "{text}");
    // What an object is written as, `serde_json` also takes as an array; nothing of ours writes that.
    let ours = json::read::<Whole>(text);
    assert_eq!(ours.ok(), serde_json::from_str::<Whole>(text).ok(), "{text}");
    // What nobody wants is nested as deeply as the rest; there `serde_json` has no end.
    if text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() < 128 {
        let ours = json::read::<IgnoredAny>(text).is_ok();
        assert_eq!(ours, serde_json::from_str::<IgnoredAny>(text).is_ok(), "{text}");
    }
}

const DOCUMENTS: &[&str] = &[
    r#"{"name":"n","count":65535,"share":0.5,"flags":[true,false],"colour":"dark_blue","more":[1,-2,3.5e-2,null]}"#,
    r#" { "name" : "a\"b\\\/\b\f\n\r\té😀é漢字" , "unknown" : [ { "x" : [ ] } , "y\n" , -0.0 , null ] } "#,
    r#"{"name":"","words":{"a":{"name":"b","words":{"c\u0000":{"name":"d"}}}},"records":["empty",{"number":7},{"pair":[18446744073709551615,"x"]},{"named":{"name":"z"}},{"empty":null}]}"#,
    r#"{"shapes":[{"radius":1,"kind":"circle"},{"kind":"polygon","corners":[[1,-2],[3,4]],"colour":"red"},{"kind":"nothing"}],"name":"s"}"#,
    r#"{"name":"n","more":{"deep":[[[[[{"a":{"b":{}}}]]]]],"big":18446744073709551616,"small":-9223372036854775808,"e":1E+2}}"#,
];

const ODD: &[&str] = &[
    "",
    " ",
    "nul",
    "truefalse",
    "[1,]",
    "[,1]",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{1:2}",
    "{\"a\":1 \"b\":2}",
    "[1 2]",
    "01",
    "-",
    "-01",
    "1.",
    ".5",
    "1e",
    "1e+",
    "+1",
    "1e999",
    "-1e999",
    "0x1",
    "NaN",
    "Infinity",
    "\"",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\ud800\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"\\ud83d\\ude00\"",
    "{\"name\":\"n\",\"unknown\":[\"\\ud83d\",\"\\udc00 \\u0000\\\\\",{\"\\ud83d\":-1E+400}]}",
    "{\"name\":\"n\",\"unknown\":\"\\u12\"}",
    "{\"name\":\"n\",\"unknown\":\"\\x\"}",
    "{\"name\":\"n\",\"unknown\":\"a\tb\"}",
    "{\"name\":\"n\",\"unknown\":\"a",
    "\"a\nb\"",
    "\"\u{7f}\"",
    "[]]",
    "{}{}",
    "[1]x",
    "\u{feff}1",
    "-0",
    "-0.0",
    "18446744073709551615",
    "-9223372036854775809",
    "[\"a\",{\"b\":[true,null]}]",
    "\"\u{2028}\"",
];

#[test]
fn the_two_readers_agree() {
    for text in DOCUMENTS.iter().chain(ODD) {
        agree(text);
    }
    assert!(DOCUMENTS.iter().all(|text| json::read::<Whole>(text).is_ok()));
    for depth in [126, 127, 128, 200] {
        agree(&("[".repeat(depth) + &"]".repeat(depth)));
    }
}

#[test]
fn damaged_documents_are_told_apart_alike() {
    for text in DOCUMENTS {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for at in places {
            agree(&text[..at]);
            for put in ["", "\"", ",", "}", "]", "\\", "1", "-", " ", "null"] {
                let end = at + text[at..].chars().next().unwrap().len_utf8();
                agree(&format!("{}{put}{}", &text[..at], &text[end..]));
            }
        }
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let error = json::read::<Whole>("{\"name\":\"n\",\n \"count\":\"many\"}").unwrap_err();
    assert!(error.is_data(), "{error}");
    assert_eq!(error.line(), 2);
    let error = json::read::<Whole>("{\n\"count\":1}").unwrap_err();
    assert!(error.is_data() && error.to_string().contains("missing field `name`"), "{error}");
    for (text, column) in [("{\"name\" 1}", 8), ("{\"name\":\"n\"} x", 14)] {
        let error = json::read::<Whole>(text).unwrap_err();
        assert!(error.is_syntax() && error.column() >= column, "{error}");
    }
    let error = json::read_bytes::<Value>(b"{\"a\":\"\xff\"}").unwrap_err();
    assert!(!error.is_data() && error.column() == 6, "{error}");
    assert_eq!(json::named::<Colour>("dark_blue").unwrap(), Colour::DarkBlue);
    assert!(json::named::<Colour>("blue").is_err() && json::named::<Colour>("red\",\"red").is_err());
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1_000_000_i32..1_000_000).prop_map(|n| Value::from(f64::from(n) / 64.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(value in values()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert_eq!(&json::read::<Value>(&text).unwrap(), &value);
        }
    }

    #[test]
    fn whatever_bytes_come_are_taken_or_refused_alike(
        document in 0..DOCUMENTS.len(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = DOCUMENTS[document].as_bytes().to_vec();
        for (at, byte) in damages {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(end.index(2 * bytes.len()));
        match std::str::from_utf8(&bytes) {
            Ok(text) => agree(text),
            Err(_) => prop_assert!(json::read_bytes::<Value>(&bytes).is_err() && json::read_bytes::<IgnoredAny>(&bytes).is_err()),
        }
        let (ours, theirs) = (json::read_bytes::<Value>(&bytes), serde_json::from_slice::<Value>(&bytes));
        prop_assert_eq!(ours.ok(), theirs.ok());
    }

    #[test]
    fn frames_are_taken_or_refused_alike(
        text in "\\{\"type\":\"(message|stop|delta|hello)\"(,\"(id|text|n|last|turn_id|page_url|unknown)\":(\"[a-z\\\\\"ü0-9-]{0,9}\"|[0-9.eE-]{1,9}|null|\\[\\]|\\{\\})){0,5}\\}?",
    ) {
        let ours = json::read::<ClientFrame>(&text).ok();
        prop_assert_eq!(ours, serde_json::from_str::<ClientFrame>(&text).ok());
        let ours = json::read::<ServerFrame>(&text).ok();
        prop_assert_eq!(ours, serde_json::from_str::<ServerFrame>(&text).ok());
    }

    #[test]
    fn whatever_text_comes_is_taken_or_refused_alike(text in "[\\[\\]{}:,\"\\\\ a0-9.eE+ntrufalse-]{0,24}") {
        agree(&text);
    }
}
