//! `protocol::json` beside `serde_json`: they take and refuse the same, as the same.

use std::collections::BTreeMap;
use std::fmt::Debug;

use protocol::frame::ClientFrame;
use protocol::internal::{Admission, TurnRecord};
use protocol::json::{read, read_bytes};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A value in which most is left out.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sparse {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    more: Vec<Sparse>,
}

/// Whether it is JSON, of which nobody wants to know anything.
pub fn ignored(input: &[u8]) -> bool {
    read_bytes::<IgnoredAny>(input).is_ok()
}

pub fn same(input: &[u8]) {
    agree::<Value>(input);
    agree::<BTreeMap<String, Value>>(input);
    agree::<Vec<f64>>(input);
    typed::<ClientFrame>(input);
    typed::<Admission>(input);
    typed::<TurnRecord>(input);
    typed::<Sparse>(input);
    // What nobody wants is nested as deeply as the rest, and there `serde_json` has no end.
    if input.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() < 128 {
        let theirs = serde_json::from_slice::<IgnoredAny>(input).is_ok();
        let theirs = theirs && std::str::from_utf8(input).is_ok();
        assert_eq!(ignored(input), theirs, "JSON or not");
    }
}

fn agree<T: DeserializeOwned + PartialEq + Debug>(input: &[u8]) {
    assert_eq!(read_bytes::<T>(input).ok(), serde_json::from_slice::<T>(input).ok());
}

/// `serde_json` takes an object from an array, too, which nothing writes; as it is written, ours takes it as well.
fn typed<T: DeserializeOwned + Serialize>(input: &[u8]) {
    let written = |value: T| serde_json::to_string(&value).expect("it can be written");
    let theirs = serde_json::from_slice::<T>(input).ok().map(written);
    match read_bytes::<T>(input).ok().map(written) {
        None => {
            if let Some(theirs) = theirs {
                assert_eq!(read::<T>(&theirs).ok().map(written), Some(theirs));
            }
        }
        ours => assert_eq!(ours, theirs),
    }
}
