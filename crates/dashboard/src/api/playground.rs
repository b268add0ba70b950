//! The playground: one question as server-sent events.

use super::{NOTHING, Reply, address, one, refusal, unreachable_server, unreadable};
use js_sys::{Reflect, Uint8Array};
use protocol::api::{
    Data, Done, ModelOption, PlaygroundEvent, PlaygroundFeedback, PlaygroundRequest, Version,
};
use protocol::routes::{RouteId, route};
use protocol::{AgentId, Code, Problem};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestCredentials, RequestInit, Response};

pub(crate) async fn models() -> Reply<Vec<ModelOption>> {
    one(RouteId::Models, &[], &[], NOTHING).await
}

/// All published versions of an agent, newest first.
pub(crate) async fn versions(agent: AgentId) -> Reply<Vec<Version>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let reply: Data<Vec<Version>> =
            super::call(RouteId::AgentVersions, &[agent.as_str()], &[("cursor", cursor)], NOTHING).await?;
        all.extend(reply.data);
        cursor = reply.meta.and_then(|meta| meta.next_cursor);
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

pub(crate) async fn feedback(agent: AgentId, feedback: PlaygroundFeedback) -> Reply<Done> {
    one(RouteId::PlaygroundFeedback, &[agent.as_str()], &[], Some(&feedback)).await
}

/// Asks and hands over each event as it arrives. Ends well when the stream ended, also when `abort` ended it.
pub(crate) async fn ask(
    agent: AgentId,
    request: PlaygroundRequest,
    abort: &AbortSignal,
    mut on_event: impl FnMut(PlaygroundEvent),
) -> Reply<()> {
    let body = serde_json::to_string(&request).map_err(|_| unreadable())?;
    let response = match post(&address(RouteId::Playground, &[agent.as_str()], &[]), &body, abort).await {
        Ok(response) => response,
        Err(_) if abort.aborted() => return Ok(()),
        Err(_) => return Err(unreachable_server()),
    };
    if !response.ok() {
        let text = match response.text() {
            Ok(text) => JsFuture::from(text).await.ok().and_then(|text| text.as_string()),
            Err(_) => None,
        };
        return Err(refusal(&text.unwrap_or_default()));
    }
    let reader: ReadableStreamDefaultReader =
        response.body().and_then(|body| body.get_reader().dyn_into().ok()).ok_or_else(unreadable)?;
    let mut lines = Lines::default();
    loop {
        let part = match JsFuture::from(reader.read()).await {
            Ok(part) => part,
            Err(_) if abort.aborted() => return Ok(()),
            Err(_) => return Err(cut_off()),
        };
        if get(&part, "done").is_truthy() {
            return Ok(());
        }
        let bytes = Uint8Array::new(&get(&part, "value")).to_vec();
        for event in lines.push(&bytes) {
            on_event(serde_json::from_str(&event).map_err(|_| unreadable())?);
        }
    }
}

async fn post(address: &str, body: &str, abort: &AbortSignal) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method(route(RouteId::Playground).map_or("POST", |route| route.method));
    init.set_credentials(RequestCredentials::SameOrigin);
    let headers = web_sys::Headers::new()?;
    headers.set("content-type", "application/json")?;
    headers.set("accept", "text/event-stream")?;
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(body));
    init.set_signal(Some(abort));
    JsFuture::from(leptos::prelude::window().fetch_with_str_and_init(address, &init)).await?.dyn_into()
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn cut_off() -> Problem {
    Problem::new(
        Code::Interrupted,
        "The connection ended before the answer was complete. Check your connection, then ask again.",
    )
}

/// Puts the data of server-sent events together from chunks that may be cut anywhere. Format: WHATWG HTML,
/// section 9.2; comments and other fields mean nothing here.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    data: Vec<u8>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut events = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' => self.end_line(&mut events),
                // As part of CR LF; no line of JSON holds one by itself.
                b'\r' => {}
                _ => self.line.push(byte),
            }
        }
        events
    }

    fn end_line(&mut self, events: &mut Vec<String>) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            if !data.is_empty() {
                events.push(String::from_utf8_lossy(&data).into_owned());
            }
        } else if let Some(value) = line.strip_prefix(b"data:") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend(value.strip_prefix(b" ").unwrap_or(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_whole_wherever_the_stream_is_cut() {
        let stream = "data: {\"a\":\"é\"}\n\n: still here\n\ndata: 1\r\ndata: 2\r\n\r\ndata: cut".as_bytes();
        for cut in 0..stream.len() {
            let mut lines = Lines::default();
            let (head, tail) = stream.split_at(cut);
            let mut events = lines.push(head);
            events.extend(lines.push(tail));
            assert_eq!(events, ["{\"a\":\"é\"}", "1\n2"]);
        }
    }
}
