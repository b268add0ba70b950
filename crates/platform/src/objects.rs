//! Calls to Durable Objects: typed both ways, addressed by [`protocol::objects`] alone.

use protocol::internal::Call;
use protocol::objects::{Jurisdiction, ObjectName, REGION_HEADER};
use protocol::{Code, Problem, Region, error::ErrorBody};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::prelude::*;
use worker::{Env, EnvBinding, Headers, Method, Request, RequestInit, Response, Stub};

use crate::{Failure, clock, config};

/// The object behind a binding.
///
/// # Errors
/// When the binding is missing.
pub fn stub(env: &Env, binding: &str, object: &ObjectName) -> Result<Stub, Failure> {
    // The local runtime knows no jurisdictions and refuses them.
    let namespace = match object.jurisdiction {
        Jurisdiction::Eu if !config::is_local(env) => in_jurisdiction(env, binding, "eu")?,
        Jurisdiction::Eu | Jurisdiction::Anywhere => env.durable_object(binding)?,
    };
    // Where a replica is made is said with every call; the first one decides.
    Ok(match object.region {
        Region::Home => namespace.get_by_name(&object.name)?,
        region => namespace.get_by_name_with_location_hint(&object.name, region.name())?,
    })
}

#[wasm_bindgen]
extern "C" {
    /// The part of a Durable Object namespace that the crate does not bind.
    #[wasm_bindgen(extends = js_sys::Object)]
    type Namespace;
    #[wasm_bindgen(method, structural, catch)]
    fn jurisdiction(this: &Namespace, name: &str) -> Result<JsValue, JsValue>;
}

fn in_jurisdiction(env: &Env, binding: &str, jurisdiction: &str) -> Result<worker::ObjectNamespace, Failure> {
    let namespace = js_sys::Reflect::get(env, &JsValue::from_str(binding)).map_err(worker::Error::from)?;
    let part =
        namespace.unchecked_into::<Namespace>().jurisdiction(jurisdiction).map_err(worker::Error::from)?;
    Ok(worker::ObjectNamespace::get(part)?)
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
    let reply = exchange(env, binding, object, C::NAME, serde_json::to_string(message)?).await?;
    Ok(serde_json::from_str(&reply)?)
}

/// A call as text: the same code for all messages.
async fn exchange(
    env: &Env,
    binding: &str,
    object: &ObjectName,
    name: &str,
    message: String,
) -> Result<String, Failure> {
    if let Some(ms) = config::simulated_hop_ms(env) {
        clock::sleep(ms).await;
    }
    let request = request(&format!("/{name}"), object.region, &message)?;
    answer(binding, name, stub(env, binding, object)?.fetch_with_request(request).await?).await
}

/// The path of a call between the two Workers.
#[must_use]
pub fn path_of<C: Call>() -> String {
    format!("/internal/{}", C::NAME)
}

/// Calls the other Worker over a service binding and waits for its reply.
///
/// # Errors
/// The problem it answered with, or an internal failure when it did not answer.
pub async fn call_service<C: Call>(env: &Env, binding: &str, message: &C) -> Result<C::Reply, Failure> {
    let request = request(&path_of::<C>(), Region::Home, &serde_json::to_string(message)?)?;
    let response = env.service(binding)?.fetch_request(request).await?;
    Ok(serde_json::from_str(&answer(binding, C::NAME, response).await?)?)
}

async fn answer(binding: &str, name: &str, mut response: Response) -> Result<String, Failure> {
    let body = response.text().await?;
    if response.status_code() == 200 {
        return Ok(body);
    }
    match serde_json::from_str::<ErrorBody>(&body) {
        Ok(ErrorBody { error }) if error.code != Code::Internal => Err(error.into()),
        _ => Err(Failure::Internal(format!("{binding} answered {} to {name}", response.status_code()))),
    }
}

fn request(path: &str, region: Region, body: &str) -> Result<Request, Failure> {
    let headers = Headers::new();
    headers.set("Content-Type", "application/json")?;
    if region != Region::Home {
        headers.set(REGION_HEADER, region.name())?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(JsValue::from_str(body)));
    Ok(Request::new_with_init(&format!("https://object{path}"), &init)?)
}

/// Inside an object: decodes a call's message.
///
/// # Errors
/// When the body is not the message expected.
pub async fn message<T: DeserializeOwned>(request: &mut Request) -> Result<T, Failure> {
    serde_json::from_str(&request.text().await?)
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
    match result {
        Ok(value) => Response::from_json(&value),
        Err(failure) => {
            if let Failure::Internal(reason) = &failure {
                crate::log::error("object_failed", Some(object), reason);
            }
            let error = failure.to_problem();
            Ok(Response::from_json(&ErrorBody { error: error.clone() })?.with_status(error.code.status()))
        }
    }
}
