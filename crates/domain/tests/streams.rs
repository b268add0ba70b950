//! Arbitrary input for what reads from models and visitors: token streams, citations, fences, questions.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use domain::citations::CitationGuard;
use domain::prompt::{self, Brief, Earlier};
use domain::tokens::{Event, TokenParser};
use proptest::prelude::*;
use protocol::agent::{AgentSnapshot, Guardrails, Persona, Theme};
use protocol::answer::Tokens;
use protocol::{AgentId, WorkspaceId};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn parse(pieces: &[&[u8]]) -> Vec<Event> {
    let mut parser = TokenParser::default();
    let mut events: Vec<_> = pieces.iter().flat_map(|piece| parser.push(piece)).collect();
    events.extend(parser.finish());
    events
}

/// Bytes that are often nearly a stream.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
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
        Just(b": comment".to_vec()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
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
        prop_assert_eq!(parse(&cut(&stream, &places)), parse(&[&stream]));
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
        let letters: Vec<char> = text.chars().collect();
        let mut places: Vec<usize> = places.iter().map(|place| usize::from(*place) % (letters.len() + 1)).collect();
        places.extend([0, letters.len()]);
        places.sort_unstable();
        let pieces: Vec<String> = places.windows(2).map(|ends| letters[ends[0]..ends[1]].iter().collect()).collect();
        prop_assert_eq!(through(&pieces), shown);
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
            allowed_actions: vec![long.clone()],
        },
        instructions: long,
        models: Vec::new(),
        fallback_message: String::new(),
        after_hours_message: String::new(),
        hours: protocol::agent::BusinessHours::default(),
        confidence_threshold: None,
        lead_fields: Vec::new(),
        tag_filter: Vec::new(),
        rerank: false,
        tools: Vec::new(),
        tool_specs: Vec::new(),
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
            earlier: &[Earlier { question: words.repeat(5_000), answer: String::new() }],
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
    let mut parser = TokenParser::default();
    let line = [b"data: ".as_slice(), &[b'1'; 60_000], b"\n"].concat();
    for _ in 0..200 {
        assert!(parser.push(&line).is_empty());
    }
    assert!(matches!(parser.push(b"\n").as_slice(), [Event::Failed(_)]));
    assert_eq!(parser.push(b"data: {\"response\":\"x\"}\n\n"), [Event::Text("x".into())]);
}

#[test]
fn what_providers_leave_empty_is_not_a_failure() {
    let stream = "\u{feff}data: {\"choices\":null,\"usage\":null,\"error\":null}\n\n\
        data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}},{\"delta\":null},{}]}\n\n\
        data: {\"response\":\"\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n\
        data: {\"response\":null,\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":null}}\n\n\
        data: [DONE] \n\n";
    let expected = [Event::Text("a".into()), Event::Usage(Tokens { input: 3, output: 0 }), Event::Done];
    assert_eq!(parse(&[stream.as_bytes()]), expected);
}

#[test]
fn one_event_may_stand_on_several_lines_of_any_ending() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!("data: {{\"response\":{end}data: \"x\"}}{end}{end}data: [DONE]{end}{end}");
        assert_eq!(parse(&[stream.as_bytes()]), [Event::Text("x".into()), Event::Done], "{end:?}");
    }
}
