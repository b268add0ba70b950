use super::*;
use crate::prompt::{Message, ToolSpec};
use serde_json::json;

fn call(index: u32, id: &str, arguments: &str) -> ToolCall {
    ToolCall { index, id: id.into(), name: "stock".into(), arguments_json: arguments.into() }
}

fn tools() -> Vec<ToolSpec> {
    let parameters = json!({ "type": "object", "properties": { "sku": { "type": "string" } } });
    vec![ToolSpec { name: "stock".into(), description: "What is there".into(), parameters }]
}

/// A round of tools: two calls side by side, one of which failed, after an earlier turn.
fn round() -> Vec<Message> {
    let (a, b) = (call(0, "a", r#"{"sku":"x"}"#), call(1, "b", "not json"));
    vec![
        Message::system("Rules"),
        Message::user("Hi"),
        Message::assistant("Hello. "),
        Message::user("Is it there?"),
        Message::calling("", vec![a.clone(), b.clone()]),
        Message::tool(&a, Ok("7".into())),
        Message::tool(&b, Err("no such thing".into())),
    ]
}

#[test]
fn openai_is_given_calls_and_results_as_messages_of_their_own() {
    let body = openai::body("m", &round(), &tools(), 0.3, Habits::default());
    let messages = body["messages"].as_array().unwrap();
    let roles: Vec<_> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user", "assistant", "tool", "tool"]);
    assert_eq!(messages[4]["content"], Value::Null);
    assert_eq!(
        messages[4]["tool_calls"],
        json!([
            { "id": "a", "type": "function", "function": { "name": "stock", "arguments": "{\"sku\":\"x\"}" } },
            { "id": "b", "type": "function", "function": { "name": "stock", "arguments": "{}" } },
        ])
    );
    let result = json!({ "role": "tool", "content": "no such thing", "tool_call_id": "b", "name": "stock" });
    assert_eq!(messages[6], result);
    assert_eq!(body["tools"][0]["function"]["parameters"]["type"], "object");
    assert_eq!((body["max_tokens"].as_u64(), &body["stream"]), (Some(500), &json!(true)));
    assert!(openai::body("m", &round(), &[], 0.3, Habits::default()).get("tools").is_none());
}

#[test]
fn workers_ai_is_given_strings_for_every_content() {
    let input = openai::workers_ai(&round(), &tools(), 1.5);
    assert!(input["messages"].as_array().unwrap().iter().all(|message| message["content"].is_string()));
    assert!(input.get("model").is_none() && input["tools"].is_array());
}

#[test]
fn anthropic_is_given_turns_with_all_results_of_a_round_in_one() {
    let body = anthropic::body("m", &round(), &tools(), 0.3, Habits::default());
    assert_eq!(body["system"], "Rules");
    let text = |text: &str| json!({ "type": "text", "text": text });
    let used =
        |id: &str, input: Value| json!({ "type": "tool_use", "id": id, "name": "stock", "input": input });
    let result = |id: &str, content: &str, failed: bool| json!({ "type": "tool_result", "tool_use_id": id, "content": content, "is_error": failed });
    assert_eq!(
        body["messages"],
        json!([
            { "role": "user", "content": [text("Hi")] },
            { "role": "assistant", "content": [text("Hello.")] },
            { "role": "user", "content": [text("Is it there?")] },
            { "role": "assistant", "content": [used("a", json!({ "sku": "x" })), used("b", json!({}))] },
            { "role": "user", "content": [result("a", "7", false), result("b", "no such thing", true)] },
        ])
    );
    assert_eq!(body["tools"][0]["input_schema"], tools()[0].parameters);
    assert_eq!((&body["thinking"], body["max_tokens"].as_u64()), (&json!({ "type": "disabled" }), Some(500)));
}

#[test]
fn anthropic_is_given_no_empty_text_and_no_two_turns_of_one_side() {
    let said = [Message::user("  "), Message::user("a"), Message::assistant(" "), Message::user("b")];
    let body = anthropic::body("m", &said, &[], 0.3, Habits::default());
    let text = |text: &str| json!({ "type": "text", "text": text });
    assert_eq!(body["messages"], json!([{ "role": "user", "content": [text("a"), text("b")] }]));
}

#[test]
fn a_refusal_teaches_one_habit_and_the_same_again_teaches_nothing() {
    let none = Habits::default();
    for (said, learned) in [
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            Habits { completion_limit: true, ..none },
        ),
        ("Unknown field: stream_options", Habits { uncounted: true, ..none }),
        ("registry.ollama.ai/library/gemma:2b does not support tools", Habits { toolless: true, ..none }),
        ("No endpoints found that support tool use.", Habits { toolless: true, ..none }),
        (
            "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
            Habits { toolless: true, ..none },
        ),
        (
            "Unsupported value: 'temperature' does not support 0.3 with this model. Only the default (1) value is supported.",
            Habits { untempered: true, ..none },
        ),
        ("`temperature` may only be set to 1 when thinking is enabled.", Habits { untempered: true, ..none }),
        ("\"thinking.type.disabled\" is not supported for this model.", Habits { thinks: true, ..none }),
    ] {
        assert_eq!(none.after(400, said), Some(learned), "{said}");
        assert_eq!(learned.after(400, said), None, "{said}");
        assert_eq!(none.after(500, said), None);
    }
    // A tool's schema that is wrong is not the model's habit.
    assert_eq!(none.after(400, "Invalid schema for function 'stock'"), None);
}

#[test]
fn habits_change_what_is_sent() {
    let habits =
        Habits { completion_limit: true, uncounted: true, toolless: true, thinks: true, untempered: true };
    let body = openai::body("m", &round(), &tools(), 0.3, habits);
    let has = |key: &str| body.get(key).is_some();
    assert_eq!(
        ["max_tokens", "max_completion_tokens", "stream_options", "tools"].map(has),
        [false, true, false, false]
    );
    let body = anthropic::body("m", &round(), &tools(), 0.3, habits);
    assert_eq!((body.get("thinking"), &body["output_config"]), (None, &json!({ "effort": "low" })));
}

#[test]
fn each_family_is_given_the_temperature_it_can_take() {
    let warm = |temperature| {
        let said = [Message::user("a")];
        let none = Habits::default();
        [
            openai::body("m", &said, &[], temperature, none)["temperature"].as_f64(),
            openai::workers_ai(&said, &[], temperature)["temperature"].as_f64(),
            anthropic::body("m", &said, &[], temperature, none)["temperature"].as_f64(),
            anthropic::body("m", &said, &[], temperature, Habits { thinks: true, ..none })["temperature"]
                .as_f64(),
        ]
    };
    assert_eq!(warm(0.3), [Some(0.3), Some(0.3), Some(0.3), None]);
    assert_eq!(warm(2.0), [Some(2.0), Some(2.0), Some(1.0), None]);
}
