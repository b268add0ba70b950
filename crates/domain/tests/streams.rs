//! Arbitrary input for what reads from models and visitors: token streams, citations, fences, questions.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use domain::citations::CitationGuard;
use domain::prompt::{self, Brief, Earlier};
use domain::tokens::{Event, Family, TokenParser, ToolCall};
use proptest::prelude::*;
use protocol::agent::{AgentSnapshot, Guardrails, Persona, Theme};
use protocol::answer::Tokens;
use protocol::{AgentId, WorkspaceId};
use serde_json::json;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

const FAMILIES: [Family; 3] = [Family::OpenAi, Family::Anthropic, Family::WorkersAi];

fn parse(family: Family, pieces: &[&[u8]]) -> Vec<Event> {
    let mut parser = TokenParser::new(family);
    let mut events: Vec<_> = pieces.iter().flat_map(|piece| parser.push(piece)).collect();
    events.extend(parser.finish());
    events
}

/// Bytes that are often nearly a stream.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let whole = |json: &'static str| Just(format!("data: {json}\n\n").into_bytes());
    let framing = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        Just(b"data: ".to_vec()),
        Just(b"data:{\"response\":\"Gr\xc3\xbc\xc3\x9f\"}".to_vec()),
        Just(b"{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}".to_vec()),
        Just(b"data: [DONE]".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        Just(b"\n\n".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        Just(b": OPENROUTER PROCESSING\n\n".to_vec()),
    ];
    let said = prop_oneof![
        whole(r#"{"choices":[{"delta":{"content":"x"},"finish_reason":null}]}"#),
        whole(
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"ö\":"}}]}}]}"#
        ),
        whole(r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}"#),
        whole(
            r#"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"g","arguments":{"a":[null]}}}]}}]}"#
        ),
        whole(r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1}}"#),
        whole(r#"{"response":"y","tool_calls":[{"name":"h","arguments":{}}]}"#),
        whole(r#"{"type":"message_start","message":{"usage":{"input_tokens":4,"output_tokens":1}}}"#),
        whole(
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#
        ),
        whole(
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}"#
        ),
        whole(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"字"}}"#),
        whole(r#"{"type":"content_block_stop","index":1}"#),
        whole(r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":9}}"#),
        whole(r#"{"type":"message_stop"}"#),
    ];
    prop::collection::vec(prop_oneof![framing, said], 0..24).prop_map(|pieces| pieces.concat())
}

/// A string of JSON cut into so many pieces, each a string of its own.
fn pieces(whole: &str, places: &[u16]) -> Vec<String> {
    let letters: Vec<char> = whole.chars().collect();
    let mut places: Vec<usize> =
        places.iter().map(|place| usize::from(*place) % (letters.len() + 1)).collect();
    places.extend([0, letters.len()]);
    places.sort_unstable();
    places.windows(2).map(|ends| letters[ends[0]..ends[1]].iter().collect()).collect()
}

fn call(index: u32, id: &str, arguments: &str) -> Event {
    let arguments_json = if arguments.trim().is_empty() { "{}".into() } else { arguments.to_owned() };
    Event::ToolCall(ToolCall { index, id: id.into(), name: "look_up".into(), arguments_json })
}

/// Splits at places given as shares of the whole.
fn cut<'b>(whole: &'b [u8], places: &[u16]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| usize::from(*place) % (whole.len() + 1)).collect();
    places.sort_unstable();
    let mut from = 0;
    let mut pieces: Vec<&[u8]> = Vec::new();
    for place in places {
        pieces.push(&whole[from..place]);
        from = place;
    }
    pieces.push(&whole[from..]);
    pieces
}

/// Every number in brackets that the widget would make a citation of.
fn numbers(text: &str) -> Vec<u32> {
    let behind = text.split('[').skip(1);
    behind
        .filter_map(|rest| {
            let (digits, _) = rest.split_once(']')?;
            let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            if fits { digits.parse().ok() } else { None }
        })
        .collect()
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn a_token_stream_cut_anywhere_reads_the_same(stream in bytes(), places in prop::collection::vec(any::<u16>(), 0..20)) {
        for family in FAMILIES {
            let whole = parse(family, &[&stream]);
            prop_assert_eq!(&parse(family, &cut(&stream, &places)), &whole);
            let end = whole.iter().position(|event| matches!(event, Event::Done | Event::Failed(_)));
            prop_assert!(end.is_none_or(|end| end + 1 == whole.len()), "nothing follows an end: {:?}", whole);
        }
    }

    #[test]
    fn arguments_cut_anywhere_are_the_same_call(
        arguments in prop_oneof![any::<String>(), Just("{\"city\":\"Köln\",\"days\":[1,2]}".to_owned())],
        places in prop::collection::vec(any::<u16>(), 0..12),
        bytes in prop::collection::vec(any::<u16>(), 0..12),
    ) {
        let cuts = pieces(&arguments, &places);
        let event = |value: serde_json::Value| format!("data: {value}\n\n");
        let mut openai = event(json!({ "choices": [{ "delta": { "tool_calls": [{ "index": 0, "id": "c1", "function": { "name": "look_up", "arguments": "" } }] } }] }));
        let mut anthropic = event(json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "tool_use", "id": "c1", "name": "look_up", "input": {} } }));
        for piece in &cuts {
            openai += &event(json!({ "choices": [{ "delta": { "tool_calls": [{ "index": 0, "function": { "arguments": piece } }] } }] }));
            anthropic += &event(json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": piece } }));
        }
        openai += "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";
        anthropic += "data: {\"type\":\"content_block_stop\",\"index\":1}\n\ndata: {\"type\":\"message_stop\"}\n\n";
        let expected = [call(0, "c1", &arguments), Event::Done];
        prop_assert_eq!(parse(Family::OpenAi, &cut(openai.as_bytes(), &bytes)), &expected);
        prop_assert_eq!(parse(Family::WorkersAi, &cut(openai.as_bytes(), &bytes)), &expected);
        prop_assert_eq!(parse(Family::Anthropic, &cut(anthropic.as_bytes(), &bytes)), &expected);
    }

    #[test]
    fn a_guarded_answer_cites_only_what_there_is_and_loses_no_words(
        text in prop_oneof!["[\\[\\]0-9a é,(\n]{0,40}", "(\\[\\[?[0-9]{1,4}\\]?\\]?| ?[a-z]{1,3}){0,12}", any::<String>()],
        sources in 0_usize..12,
        places in prop::collection::vec(any::<u16>(), 0..10),
    ) {
        let through = |pieces: &[String]| {
            let mut guard = CitationGuard::new(sources);
            let mut shown: String = pieces.iter().map(|piece| guard.push(piece)).collect();
            shown.push_str(&guard.finish());
            shown
        };
        let shown = through(std::slice::from_ref(&text));
        for number in numbers(&shown) {
            prop_assert!(number >= 1 && number as usize <= sources, "{shown:?} cites {number} of {sources}");
        }
        // Brackets and digits may belong to a citation; everything else is there, in order.
        let rest = |text: &str| text.chars().filter(|c| !matches!(c, '[' | ']' | '0'..='9')).collect::<String>();
        prop_assert_eq!(rest(&shown), rest(&text));
        if !text.contains('[') {
            prop_assert_eq!(&shown, &text);
        }
        prop_assert_eq!(through(&pieces(&text, &places)), shown);
    }

    #[test]
    fn no_text_opens_or_closes_a_fence(text in "(<|＜|/|／| |\u{200b}|\u{feff}|\u{2060}|\u{ad}|s|S|ｓ|source|SOURCE|ource|x|\n){0,30}") {
        let safe = prompt::defuse(&text);
        let folded: String = safe
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '/' | '／' | '\u{200b}' | '\u{feff}' | '\u{2060}' | '\u{ad}'))
            .map(|c| match c { '＜' => '<', 'ｓ' => 's', c => c.to_ascii_lowercase() })
            .collect();
        prop_assert!(!folded.contains("<source"), "{safe:?}");
        prop_assert_eq!(prompt::defuse(&safe), safe.clone());
        prop_assert_eq!(safe.chars().count(), text.chars().count());
    }

    #[test]
    fn a_question_is_kept_without_what_cannot_be_seen(text in any::<String>()) {
        if let Ok(kept) = domain::question::accept(&text) {
            prop_assert!(!kept.trim().is_empty() && kept.trim() == kept);
            prop_assert!(kept.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
            prop_assert_eq!(domain::question::accept(&kept).unwrap(), kept);
        }
    }
}

fn agent(words: &str) -> AgentSnapshot {
    let long = words.repeat(300);
    AgentSnapshot {
        workspace_id: WorkspaceId::ordered(1, [0; 10]),
        workspace_name: long.clone(),
        agent_id: AgentId::ordered(1, [0; 10]),
        version: 1,
        persona: Persona { name: long.clone(), tone: long.clone(), avatar_url: None },
        language: "en".into(),
        theme: Theme::default(),
        welcome: String::new(),
        quick_prompts: Vec::new(),
        allowed_origins: Vec::new(),
        guardrails: Guardrails {
            avoid: vec![long.clone()],
            max_chars: u32::MAX,
            max_messages: 50,
            allowed_actions: vec![long.clone()],
        },
        instructions: long,
        models: Vec::new(),
        simple_model: None,
        fallback_message: String::new(),
        after_hours_message: String::new(),
        hours: protocol::agent::BusinessHours::default(),
        confidence_threshold: None,
        temperature: 0.3,
        lead_fields: Vec::new(),
        lead_consent: String::new(),
        tag_filter: Vec::new(),
        rerank: false,
        tools: Vec::new(),
        autonomy: protocol::agent::Autonomy::Everything,
        approval_minutes: 240,
        tool_specs: Vec::new(),
        rules: Vec::new(),
        ctas: Vec::new(),
        experiments: Vec::new(),
        spent_until: 0.0,
        turnstile: None,
        badge: None,
        handover: protocol::handover::HandoverSettings::default(),
        region: protocol::objects::Region::Home,
        jurisdiction: protocol::objects::Jurisdiction::Anywhere,
    }
}

#[test]
fn the_system_text_stays_within_its_tokens_in_every_script() {
    for words in ["plain words ", "字", "Слова и ", "한국어", "🛥", "<source>", "ü"] {
        let agent = agent(words);
        let page = words.repeat(500);
        let brief = Brief {
            agent: &agent,
            language: domain::language::Language::En,
            page_url: Some(&page),
            earlier: &[Earlier { question: words.repeat(5_000), ..Earlier::default() }],
            summary: "",
            sources: &[],
            question: "Q?",
            fence_key: "0123456789abcdef0123456789abcdef",
        };
        let messages = prompt::compose(&brief);
        assert_eq!(messages.len(), 2, "a turn beyond the limit does not go along");
        let system = messages[0].content.split("\n\n(no strong matches)").next().unwrap();
        let tokens = prompt::estimate_tokens(system);
        assert!(tokens <= prompt::MAX_SYSTEM_TOKENS, "{tokens} tokens of {words}");
    }
}

#[test]
fn an_event_without_an_end_is_a_failure_and_takes_no_memory() {
    let mut parser = TokenParser::new(Family::WorkersAi);
    let line = [b"data: ".as_slice(), &[b'1'; 60_000], b"\n"].concat();
    for _ in 0..200 {
        assert!(parser.push(&line).is_empty());
    }
    assert!(matches!(parser.push(b"\n").as_slice(), [Event::Failed(_)]));
    // Behind a failure nothing counts.
    assert!(parser.push(b"data: {\"response\":\"x\"}\n\n").is_empty());
}

#[test]
fn what_providers_leave_empty_is_not_a_failure() {
    let stream = "\u{feff}data: {\"choices\":null,\"usage\":null,\"error\":null}\n\n\
        data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}},{\"delta\":null},{}]}\n\n\
        data: {\"response\":\"\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n\
        data: {\"response\":null,\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":null}}\n\n\
        data: [DONE] \n\n";
    let expected = [
        Event::Text("a".into()),
        Event::Usage(Tokens { input: 3, output: 0, estimated: false }),
        Event::Done,
    ];
    assert_eq!(parse(Family::WorkersAi, &[stream.as_bytes()]), expected);
}

#[test]
fn one_event_may_stand_on_several_lines_of_any_ending() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!("data: {{\"response\":{end}data: \"x\"}}{end}{end}data: [DONE]{end}{end}");
        assert_eq!(
            parse(Family::WorkersAi, &[stream.as_bytes()]),
            [Event::Text("x".into()), Event::Done],
            "{end:?}"
        );
    }
}

#[test]
fn a_whole_stream_says_done_whether_or_not_its_provider_does() {
    for (family, said) in [
        (
            Family::OpenAi,
            "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n",
        ),
        (
            Family::WorkersAi,
            "data: {\"response\":\"x\"}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        ),
    ] {
        let expected = [Event::Text("x".into()), Event::Done];
        assert_eq!(parse(family, &[said.as_bytes()]), expected, "{family:?}");
        let told = format!("{said}data: [DONE]\n\n");
        assert_eq!(parse(family, &[told.as_bytes()]), expected, "once, where it is said");
    }
    let cut = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]}\n\n";
    assert!(matches!(
        parse(Family::OpenAi, &[cut.as_bytes()]).as_slice(),
        [Event::Text(_), Event::Failed(_)]
    ));
}
