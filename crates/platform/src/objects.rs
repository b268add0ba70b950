//! Calls to Durable Objects: typed both ways, addressed by [`protocol::objects`] alone.

use protocol::internal::Call;
use protocol::objects::{Jurisdiction, ObjectName, REGION_HEADER};
use protocol::{Code, Problem, Region, error::ErrorBody};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::prelude::*;
use worker::{Env, Request, Response, web_sys};

use crate::{Failure, config};

// Calls are many and each crosses between WebAssembly and the engine: what needs no thought of ours is done on the
// other side, and a call costs one crossing there and one back.
#[wasm_bindgen(inline_js = r#"
/** The object behind a binding, or the Worker where no object is named. */
const behind = (env, binding, name, jurisdiction, region) => {
  const all = jurisdiction ? env[binding].jurisdiction(jurisdiction) : env[binding];
  return name ? all.getByName(name, region ? { locationHint: region } : undefined) : all;
};

export const enter = (env, binding, name, jurisdiction, region, request) =>
  behind(env, binding, name, jurisdiction, region).fetch(request);

/** What was replied; its status beside it unless that is 200. */
export async function exchange(env, binding, name, jurisdiction, region, header, path, body, hop) {
  if (hop) await new Promise((done) => setTimeout(done, hop));
  const headers = region ? { [header]: region } : {};
  const response = await behind(env, binding, name, jurisdiction, region).fetch(path, { method: "POST", headers, body });
  const said = await response.text();
  return response.status === 200 ? said : [said, response.status];
}

export const said = (text, status) => new Response(text, { status, headers: { "content-type": "application/json" } });
"#)]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn enter(
        env: &JsValue,
        binding: &str,
        name: &str,
        jurisdiction: &str,
        region: &str,
        request: &web_sys::Request,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    async fn exchange(
        env: &JsValue,
        binding: &str,
        name: &str,
        jurisdiction: &str,
        region: &str,
        header: &str,
        path: &str,
        body: &str,
        hop: f64,
    ) -> Result<JsValue, JsValue>;
    fn said(text: &str, status: u16) -> web_sys::Response;
}

/// How an object's place is said to the runtime: its jurisdiction, and the region in which a replica is made, which is
/// said with every call (the first one decides). Empty where there is nothing to say.
fn place(env: &Env, object: &ObjectName) -> (&'static str, &'static str) {
    // The local runtime knows no jurisdictions and refuses them.
    let jurisdiction = match object.jurisdiction {
        Jurisdiction::Eu if !config::is_local(env) => "eu",
        Jurisdiction::Eu | Jurisdiction::Anywhere => "",
    };
    (jurisdiction, if object.region == Region::Home { "" } else { object.region.name() })
}

/// Hands a request to an object as it is: for sockets and streams.
///
/// # Errors
/// When the binding is missing or the object does not answer.
pub async fn hand(
    env: &Env,
    binding: &str,
    object: &ObjectName,
    request: &Request,
) -> Result<Response, Failure> {
    let (jurisdiction, region) = place(env, object);
    let entered = enter(env, binding, &object.name, jurisdiction, region, request.inner()).await;
    let response: web_sys::Response = entered.map_err(worker::Error::from)?.unchecked_into();
    Ok(response.into())
}

/// Calls an object and waits for its reply.
///
/// # Errors
/// The problem the object answered with, or an internal failure when it did not answer.
pub async fn call<C: Call>(
    env: &Env,
    binding: &str,
    object: &ObjectName,
    message: &C,
) -> Result<C::Reply, Failure> {
    let reply = ask(env, binding, Some(object), C::NAME, serde_json::to_string(message)?).await?;
    Ok(protocol::json::read(&reply)?)
}

/// Calls the other Worker over a service binding and waits for its reply.
///
/// # Errors
/// The problem it answered with, or an internal failure when it did not answer.
pub async fn call_service<C: Call>(env: &Env, binding: &str, message: &C) -> Result<C::Reply, Failure> {
    let reply = ask(env, binding, None, C::NAME, serde_json::to_string(message)?).await?;
    Ok(protocol::json::read(&reply)?)
}

/// The path of a call between the two Workers.
#[must_use]
pub fn path_of<C: Call>() -> String {
    internal(C::NAME)
}

fn internal(name: &str) -> String {
    format!("/internal/{name}")
}

/// A call as text, of an object or of the other Worker: the same code for all messages.
async fn ask(
    env: &Env,
    binding: &str,
    object: Option<&ObjectName>,
    name: &str,
    message: String,
) -> Result<String, Failure> {
    let (jurisdiction, region) = object.map_or(("", ""), |object| place(env, object));
    let (known, path, hop) = match object {
        Some(object) => (object.name.as_str(), format!("/{name}"), config::simulated_hop_ms(env)),
        None => ("", internal(name), 0.0),
    };
    let url = format!("https://object{path}");
    let reply = exchange(env, binding, known, jurisdiction, region, REGION_HEADER, &url, &message, hop).await;
    let reply = reply.map_err(worker::Error::from)?;
    if let Some(text) = reply.as_string() {
        return Ok(text);
    }
    let refusal = js_sys::Array::from(&reply);
    match protocol::json::read::<ErrorBody>(&refusal.get(0).as_string().unwrap_or_default()) {
        Ok(ErrorBody { error }) if error.code != Code::Internal => Err(error.into()),
        _ => {
            let status = refusal.get(1).as_f64().unwrap_or_default();
            Err(Failure::Internal(format!("{binding} answered {status} to {name}")))
        }
    }
}

/// Inside an object: decodes a call's message.
///
/// # Errors
/// When the body is not the message expected.
pub async fn message<T: DeserializeOwned>(request: &mut Request) -> Result<T, Failure> {
    protocol::json::read(&request.text().await?)
        .map_err(|error| Problem::new(Code::Malformed, format!("not the message expected: {error}")).into())
}

/// Inside an object: the region it was called in, home where none was named.
///
/// # Errors
/// When the header cannot be read.
pub fn region(request: &Request) -> Result<Region, Failure> {
    Ok(request.headers().get(REGION_HEADER)?.and_then(|name| Region::named(&name)).unwrap_or_default())
}

/// Inside an object: the response to a call.
///
/// # Errors
/// When the response cannot be built.
pub fn reply<T: Serialize>(object: &str, result: Result<T, Failure>) -> worker::Result<Response> {
    written(object, result.and_then(|value| Ok(serde_json::to_string(&value)?)))
}

/// Inside an object: the response to a call whose reply is text already.
///
/// # Errors
/// When the response cannot be built.
pub fn written(object: &str, result: Result<String, Failure>) -> worker::Result<Response> {
    let (status, text) = match result {
        Ok(text) => (200, text),
        Err(failure) => {
            if let Failure::Internal(reason) = &failure {
                crate::log::error("object_failed", Some(object), reason);
            }
            let error = failure.to_problem();
            (error.code.status(), serde_json::to_string(&ErrorBody { error })?)
        }
    };
    Ok(said(&text, status).into())
}
