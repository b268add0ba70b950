use super::*;

fn parse(family: Family, stream: &str) -> Vec<Event> {
    let mut parser = TokenParser::new(family);
    let mut events = parser.push(stream.as_bytes());
    events.extend(parser.finish());
    events
}

/// Events of a stream whose data is given line by line.
fn said(family: Family, data: &[&str]) -> Vec<Event> {
    parse(family, &data.iter().map(|data| format!("data: {data}\n\n")).collect::<String>())
}

fn text(text: &str) -> Event {
    Event::Text(text.into())
}

fn usage(input: u32, output: u32) -> Event {
    Event::Usage(Tokens { input, output, estimated: false })
}

fn call(index: u32, id: &str, name: &str, arguments: &str) -> Event {
    Event::ToolCall(ToolCall { index, id: id.into(), name: name.into(), arguments_json: arguments.into() })
}

const WORKERS_AI: &str = ": hello\r\n\r\ndata: {\"response\":\"Grüß\"}\n\ndata: {\"response\":7}\r\rdata:{\"choices\":[{\"delta\":{\"content\":\" 字\"}}]}\n\nevent: x\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";

#[test]
fn cutting_the_stream_anywhere_changes_nothing() {
    let whole = parse(Family::WorkersAi, WORKERS_AI);
    assert_eq!(whole, [text("Grüß"), text("7"), text(" 字"), usage(5, 2), Event::Done]);
    for size in 1..40 {
        let mut parser = TokenParser::new(Family::WorkersAi);
        let cut: Vec<_> = WORKERS_AI.as_bytes().chunks(size).flat_map(|chunk| parser.push(chunk)).collect();
        assert_eq!(cut, whole, "chunks of {size}");
    }
}

#[test]
fn garbage_and_errors_are_failures_not_text() {
    for (data, reason) in [
        ("<html>", "the model's stream holds something that is not JSON"),
        (r#"{"error":{"message":"overloaded"}}"#, "overloaded"),
        (r#"{"error":"gone"}"#, "\"gone\""),
        // OpenRouter in the middle of an answer, and vLLM.
        (
            r#"{"id":"x","error":{"code":502,"message":"Provider disconnected"},"choices":[{"delta":{"content":"half"},"finish_reason":"error"}]}"#,
            "Provider disconnected",
        ),
        (
            r#"{"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
            "the provider ended the answer with an error",
        ),
        (r#"{"object":"error","message":"out of memory","code":500}"#, "out of memory"),
        (r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "Overloaded"),
    ] {
        for family in [Family::OpenAi, Family::Anthropic, Family::WorkersAi] {
            if family != Family::Anthropic || !data.contains("choices\":[{\"delta\":{\"content\":\"\"}") {
                assert_eq!(said(family, &[data]), [Event::Failed(reason.into())], "{family:?} {data}");
            }
        }
    }
}

#[test]
fn a_stream_that_ends_before_its_answer_is_a_failure() {
    let cut = Event::Failed("the model's stream ended before its answer did".into());
    assert_eq!(parse(Family::WorkersAi, "data: {\"response\":\"x\"}"), [text("x"), cut.clone()]);
    assert_eq!(
        said(Family::Anthropic, &[r#"{"type":"message_start","message":{}}"#]),
        std::slice::from_ref(&cut)
    );
    // A call of which nobody knows whether it is whole is not made.
    let half = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}"#;
    assert_eq!(said(Family::OpenAi, &[half]), [cut]);
    // Ollama and others close with the reason alone.
    let end = r#"{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}"#;
    assert_eq!(said(Family::OpenAi, &[end]), [text("x"), Event::Done]);
}

#[test]
fn openai_tool_calls_come_in_pieces_side_by_side() {
    let events = said(
        Family::OpenAi,
        &[
            // Azure begins without a choice.
            r#"{"choices":[],"prompt_filter_results":[]}"#,
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c_a","type":"function","function":{"name":"order","arguments":""}}]},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"c_b","type":"function","function":{"name":"stock","arguments":"{\"sku\""}},{"index":0,"function":{"arguments":"{\"id\":"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"7}"}},{"index":1,"function":{"arguments":":\"x\"}"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":80,"completion_tokens":20}}"#,
            "[DONE]",
        ],
    );
    let expected = [
        call(0, "c_a", "order", r#"{"id":7}"#),
        call(1, "c_b", "stock", r#"{"sku":"x"}"#),
        usage(80, 20),
        Event::Done,
    ];
    assert_eq!(events, expected);
}

#[test]
fn calls_in_one_piece_without_index_or_id_or_with_the_same_index_are_calls_too() {
    // vLLM and gateways: whole, arguments as an object, no index, no id.
    let whole = r#"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"a","arguments":{"x":1}}},{"function":{"name":"b","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
    assert_eq!(
        said(Family::OpenAi, &[whole]),
        [call(0, "call_0", "a", r#"{"x":1}"#), call(1, "call_1", "b", "{}"), Event::Done]
    );
    // Ollama gave every call the index 0.
    let ollama = [
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_p","function":{"name":"a","arguments":"{}"}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_q","function":{"name":"a","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#,
    ];
    assert_eq!(
        said(Family::OpenAi, &ollama),
        [call(0, "call_p", "a", "{}"), call(1, "call_q", "a", "{}"), Event::Done]
    );
    // Every piece repeats the id, none has an index; another gives an empty one after the first.
    let repeated = [
        r#"{"choices":[{"delta":{"tool_calls":[{"id":"p","function":{"name":"a","arguments":"{\"x\""}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"id":"p","function":{"name":"a","arguments":":1"}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"id":"","function":{"arguments":"}"}}]},"finish_reason":"stop"}]}"#,
    ];
    assert_eq!(said(Family::OpenAi, &repeated), [call(0, "p", "a", r#"{"x":1}"#), Event::Done]);
}

#[test]
fn workers_ai_calls_come_in_its_own_shape_and_in_openais() {
    let own = [
        r#"{"response":"","tool_calls":[{"name":"stock","arguments":{"sku":"x"}}]}"#,
        r#"{"response":"","usage":{"prompt_tokens":9,"completion_tokens":3}}"#,
        "[DONE]",
    ];
    let expected = [usage(9, 3), call(0, "call_0", "stock", r#"{"sku":"x"}"#), Event::Done];
    assert_eq!(said(Family::WorkersAi, &own), expected);
    let new = [
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"i","function":{"name":"stock","arguments":"{\"sku\":"}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"x\"}"}}]}}]}"#,
        "[DONE]",
    ];
    assert_eq!(said(Family::WorkersAi, &new), [call(0, "i", "stock", r#"{"sku":"x"}"#), Event::Done]);
}

#[test]
fn anthropic_blocks_are_text_and_calls_and_usage_comes_in_halves() {
    let events = said(
        Family::Anthropic,
        &[
            r#"{"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":25,"cache_read_input_tokens":5,"output_tokens":1}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me look."}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"stock","input":{}}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"sku\": \"x"}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"}"}}"#,
            r#"{"type":"content_block_stop","index":1}"#,
            r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_2","name":"hours","input":{}}}"#,
            r#"{"type":"content_block_stop","index":2}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}"#,
            r#"{"type":"message_stop"}"#,
        ],
    );
    let expected = [
        usage(30, 1),
        text("Let me look."),
        call(0, "toolu_1", "stock", r#"{"sku": "x"}"#),
        call(1, "toolu_2", "hours", "{}"),
        usage(30, 15),
        Event::Done,
    ];
    assert_eq!(events, expected);
}

#[test]
fn endless_calls_and_arguments_are_failures() {
    let many = (0..40).map(|n| format!(r#"{{"function":{{"name":"t{n}"}}}}"#)).collect::<Vec<_>>().join(",");
    let many = format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{many}]}}}}]}}"#);
    assert!(said(Family::OpenAi, &[&many]).iter().any(|event| matches!(event, Event::Failed(_))));
    let mut parser = TokenParser::new(Family::OpenAi);
    let piece = format!(
        r#"data: {{"choices":[{{"delta":{{"tool_calls":[{{"index":0,"function":{{"name":"t","arguments":"{}"}}}}]}}}}]}}"#,
        "x".repeat(10_000)
    );
    let failed = (0..10).position(|_| !parser.push(format!("{piece}\n\n").as_bytes()).is_empty());
    assert_eq!(failed, Some(6));
}

#[test]
fn comments_and_reasoning_are_no_pieces_of_an_answer() {
    let mut parser = TokenParser::new(Family::OpenAi);
    parser.push(
        b": OPENROUTER PROCESSING\n\ndata: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n",
    );
    assert_eq!(parser.pieces(), 0);
    parser.push(b"data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}}]}\n\n");
    assert_eq!(parser.pieces(), 1);
}
