//! Calls to Durable Objects: typed both ways, addressed by [`protocol::objects`] alone.

use protocol::internal::Call;
use protocol::objects::{Jurisdiction, ObjectName, REGION_HEADER};
use protocol::{Code, Problem, Region, error::ErrorBody};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::prelude::*;
use worker::{Env, EnvBinding, Headers, Method, Request, Response, Stub};

use crate::{Failure, clock, config, outgoing};

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
    let reply = exchange(env, binding, Some(object), C::NAME, serde_json::to_string(message)?).await?;
    Ok(protocol::json::read(&reply)?)
}

/// A call as text, of an object or of the other Worker: the same code for all messages.
async fn exchange(
    env: &Env,
    binding: &str,
    object: Option<&ObjectName>,
    name: &str,
    message: String,
) -> Result<String, Failure> {
    let response = if let Some(object) = object {
        if let Some(ms) = config::simulated_hop_ms(env) {
            clock::sleep(ms).await;
        }
        let request = request(&format!("/{name}"), object.region, &message)?;
        stub(env, binding, object)?.fetch_with_request(request).await?
    } else {
        let request = request(&internal(name), Region::Home, &message)?;
        env.service(binding)?.fetch_request(request).await?
    };
    answer(binding, name, response).await
}

/// The path of a call between the two Workers.
#[must_use]
pub fn path_of<C: Call>() -> String {
    internal(C::NAME)
}

/// Calls the other Worker over a service binding and waits for its reply.
///
/// # Errors
/// The problem it answered with, or an internal failure when it did not answer.
pub async fn call_service<C: Call>(env: &Env, binding: &str, message: &C) -> Result<C::Reply, Failure> {
    let reply = exchange(env, binding, None, C::NAME, serde_json::to_string(message)?).await?;
    Ok(protocol::json::read(&reply)?)
}

fn internal(name: &str) -> String {
    format!("/internal/{name}")
}

async fn answer(binding: &str, name: &str, mut response: Response) -> Result<String, Failure> {
    let body = response.text().await?;
    if response.status_code() == 200 {
        return Ok(body);
    }
    match protocol::json::read::<ErrorBody>(&body) {
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
    let body = Some(JsValue::from_str(body));
    Ok(outgoing::made(&Method::Post, &format!("https://object{path}"), headers, body)?)
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
    let response = Response::builder().with_status(status).with_header("Content-Type", "application/json")?;
    Ok(response.fixed(text.into_bytes()))
}
