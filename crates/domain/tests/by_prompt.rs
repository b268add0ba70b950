//! Calls in a model's text, however the text is cut: what is said and what is called is the same, and no piece of a
//! call is shown.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use domain::prompt::{Message, Role, ToolSpec};
use domain::requests::by_prompt::{is_old, told};
use domain::tokens::textual::{CLOSE, OPEN, Textual};
use domain::tokens::{Event, ToolCall};
use proptest::prelude::*;

/// What was said, and the calls by name and arguments.
fn read<'a>(pieces: impl Iterator<Item = &'a str>) -> (String, Vec<(String, String)>) {
    let mut textual = Textual::default();
    let mut events: Vec<Event> =
        pieces.flat_map(|piece| textual.take(Event::Text(piece.to_owned()))).collect();
    events.extend(textual.take(Event::Done));
    assert_eq!(events.pop(), Some(Event::Done));
    let (mut said, mut calls) = (String::new(), Vec::new());
    for event in events {
        match event {
            Event::Text(text) => said.push_str(&text),
            Event::ToolCall(call) => calls.push((call.name, call.arguments_json)),
            other => panic!("{other:?}"),
        }
    }
    (said, calls)
}

fn whole(text: &str) -> (String, Vec<(String, String)>) {
    read(std::iter::once(text))
}

#[test]
fn a_call_is_taken_out_of_the_text() {
    let text =
        format!("Let me look. {OPEN}{{\"name\": \"stock\", \"arguments\": {{\"n\": 2}}}}{CLOSE} Done.");
    assert_eq!(whole(&text), ("Let me look.  Done.".into(), vec![("stock".into(), "{\"n\":2}".into())]));
    let two = format!("{OPEN}{{\"name\":\"a\"}}{CLOSE}\n{OPEN}{{\"name\":\"b\"}}{CLOSE}");
    let names: Vec<_> = whole(&two).1.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn what_is_not_of_the_form_is_a_call_of_nothing_and_never_shown() {
    let nothing = vec![(String::new(), String::new())];
    for wrong in ["stock(2)", "{\"name\": 7}", "{\"name\":\"a\",\"arguments\":[1]}", "", "{\"name\":\"a\""] {
        assert_eq!(whole(&format!("{OPEN}{wrong}{CLOSE}")), (String::new(), nothing.clone()), "{wrong}");
    }
    assert_eq!(whole(&format!("{OPEN}{}{CLOSE}", "x".repeat(99_000))), (String::new(), nothing));
}

#[test]
fn a_call_without_its_end_counts_where_it_is_whole() {
    assert_eq!(whole(&format!("{OPEN}{{\"name\":\"a\"}}")).1.len(), 1);
    assert_eq!(whole(&format!("Hm. {OPEN}{{\"name\":\"a")), ("Hm. ".into(), Vec::new()));
}

#[test]
fn text_that_only_looks_like_a_tag_is_shown() {
    for text in ["a < b", "<tool", "<tool_calls>", "1 <<tool_cal", "</tool_call>"] {
        assert_eq!(whole(text), (text.to_owned(), Vec::new()));
    }
}

#[test]
fn a_model_is_told_of_tools_calls_and_results_in_words() {
    let tools = [ToolSpec {
        name: "stock".into(),
        description: "Counts.".into(),
        parameters: serde_json::json!({ "type": "object" }),
    }];
    let call =
        ToolCall { index: 0, id: "c".into(), name: "stock".into(), arguments_json: "{\"n\":2}".into() };
    let messages = [
        Message::system("Be kind."),
        Message::user("How many?"),
        Message::calling("Let me look. ", vec![call.clone()]),
        Message::tool(&call, Ok("4".into())),
    ];
    let said = told(&messages, &tools);
    assert!(said[0].content.starts_with("Be kind.") && said[0].content.contains("\"name\":\"stock\""));
    assert_eq!(whole(&said[2].content), ("Let me look. ".into(), vec![("stock".into(), "{\"n\":2}".into())]));
    assert_eq!((said[3].role, said[3].content.as_str()), (Role::User, "Result of stock:\n4"));
    assert!(said.iter().all(|message| message.calls.is_empty() && message.answers.is_none()));
    assert_eq!(told(&messages[..2], &[]), messages[..2]);
    assert!(is_old("@hf/thebloke/zephyr-7b-beta-awq") && !is_old("@cf/meta/llama-3.3-70b-instruct-fp8-fast"));
}

/// A model's text: words, things that look like tags, calls.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zé 日<>/_]{0,12}",
        Just("<tool_ca".to_owned()),
        Just(CLOSE.to_owned()),
        "[a-z]{1,6}".prop_map(|name| format!(
            "{OPEN}{{\"name\":\"{name}\",\"arguments\":{{\"q\":\"<{name}>\"}}}}{CLOSE}"
        )),
        Just(format!("{OPEN}no JSON{CLOSE}")),
        Just(OPEN.to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn however_the_text_is_cut_the_events_are_the_same(
        parts in prop::collection::vec(part(), 0..8),
        cuts in prop::collection::vec(1_usize..9, 1..60),
    ) {
        let text = parts.concat();
        let mut pieces = Vec::new();
        let (mut rest, mut at) = (text.as_str(), 0);
        while !rest.is_empty() {
            let end = rest.char_indices().nth(cuts[at % cuts.len()]).map_or(rest.len(), |(end, _)| end);
            let (head, tail) = rest.split_at(end);
            pieces.push(head);
            (rest, at) = (tail, at + 1);
        }
        let (said, calls) = read(pieces.iter().copied());
        prop_assert_eq!((&said, &calls), (&whole(&text).0, &whole(&text).1));
        prop_assert!(!said.contains(OPEN) && !said.contains("\"arguments\""));
    }
}
