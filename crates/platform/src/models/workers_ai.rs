//! Workers AI: `env.AI.run(model, { messages, tools, stream: true })`.

use super::{AiBinding, Either, Env, JsCast, JsValue, Opened, clock, js_message, select, to_js, web_sys};
use domain::answer::ModelError;
use domain::prompt::{Message, ToolSpec};
use domain::requests::by_prompt;
use domain::requests::openai::workers_ai;
use domain::tokens::Family;

/// Runs a model.
pub(super) async fn open(
    env: &Env,
    model: &str,
    messages: &[Message],
    tools: &[ToolSpec],
    temperature: f64,
    head_ms: u64,
) -> Result<Opened, ModelError> {
    let unavailable = |error: worker::Error| ModelError::Unavailable(error.to_string());
    let ai: AiBinding = env.get_binding("AI").map_err(unavailable)?;
    let by_prompt = by_prompt::is_old(model);
    let input = if by_prompt {
        workers_ai(&by_prompt::told(messages, tools), &[], temperature)
    } else {
        workers_ai(messages, tools, temperature)
    };
    let input = to_js(&input).map_err(|error| ModelError::Refused(error.to_string()))?;
    let promise = ai
        .run(model, &input, &JsValue::UNDEFINED)
        .map_err(|error| ModelError::Unavailable(js_message(&error)))?;
    let answer = Box::pin(wasm_bindgen_futures::JsFuture::from(promise));
    match select(answer, Box::pin(clock::sleep(head_ms))).await {
        Either::Left((Ok(stream), _)) if stream.is_instance_of::<web_sys::ReadableStream>() => {
            Ok(Opened { bytes: stream.unchecked_into(), family: Family::WorkersAi, by_prompt })
        }
        Either::Left((Ok(_), _)) => Err(ModelError::Broken("the model did not stream".into())),
        Either::Left((Err(error), _)) => Err(trouble(&js_message(&error))),
        Either::Right(_) => Err(ModelError::TimedOut),
    }
}

/// Workers AI throws errors whose message begins with a number: 3036 and 3040 are limits and capacity, 5006 is
/// about the input.
fn trouble(message: &str) -> ModelError {
    match message.get(..4) {
        Some("3036" | "3040") => ModelError::RateLimited,
        Some("5006") => ModelError::Refused(message.to_owned()),
        _ => ModelError::Unavailable(message.to_owned()),
    }
}
