//! Typed calls of the members' API. Methods and paths come from the table in `protocol`, bodies from its types.

pub(crate) mod account;
pub(crate) mod agents;
pub(crate) mod gaps;
pub(crate) mod integrations;
pub(crate) mod knowledge;
pub(crate) mod leads;
pub(crate) mod operations;
pub(crate) mod people;
pub(crate) mod playground;
pub(crate) mod rules;
pub(crate) mod team;
pub(crate) mod templates;
pub(crate) mod tools;
pub(crate) mod webhooks;

use protocol::api::{
    Agent, Conversation, ConversationSummary, CrawlStarted, Data, Document, Done, Overview, Page, PageEvent,
    PageState, Source, TranscriptHit,
};
use protocol::error::ErrorBody;
use protocol::handover::Standing;
use protocol::routes::{RouteId, route};
use protocol::{AgentId, Code, ConversationId, Problem, SourceId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCredentials, RequestInit, Response};

pub(crate) type Reply<T> = Result<T, Problem>;
/// A page of a list and the cursor of the next one.
pub(crate) type Listed<T> = (Vec<T>, Option<String>);

thread_local! {
    static ON_SIGN_IN_REQUIRED: RefCell<Option<Box<dyn Fn()>>> = RefCell::new(None);
}

/// Registers what happens when any call learns that the session has ended.
pub(crate) fn on_sign_in_required(act: impl Fn() + 'static) {
    ON_SIGN_IN_REQUIRED.with(|slot| *slot.borrow_mut() = Some(Box::new(act)));
}

pub(crate) async fn agents() -> Reply<Vec<Agent>> {
    one(RouteId::Agents, &[], &[], NOTHING).await
}

pub(crate) async fn overview(agent: AgentId) -> Reply<Overview> {
    one(RouteId::AgentOverview, &[agent.as_str()], &[], NOTHING).await
}

pub(crate) async fn sources(agent: AgentId, cursor: Option<String>) -> Reply<Listed<Source>> {
    list(RouteId::Sources, agent.as_str(), &[("cursor", cursor)]).await
}

pub(crate) async fn source(source: SourceId) -> Reply<Source> {
    one(RouteId::Source, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn delete_source(source: SourceId) -> Reply<Done> {
    one(RouteId::DeleteSource, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn reindex_source(source: SourceId) -> Reply<CrawlStarted> {
    one(RouteId::ReindexSource, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn page_history(source: SourceId, url: String) -> Reply<Vec<PageEvent>> {
    one(RouteId::SourceHistory, &[source.as_str()], &[("url", Some(url))], NOTHING).await
}

pub(crate) async fn pages(
    source: SourceId,
    state: Option<PageState>,
    cursor: Option<String>,
) -> Reply<Listed<Page>> {
    let state = state.map(|state| crate::text::page_state_key(state).to_owned());
    list(RouteId::SourcePages, source.as_str(), &[("state", state), ("cursor", cursor)]).await
}

pub(crate) async fn documents(source: SourceId, cursor: Option<String>) -> Reply<Listed<Document>> {
    list(RouteId::SourceDocuments, source.as_str(), &[("cursor", cursor)]).await
}

/// Conversations of one agent or of all, with something said since a time.
pub(crate) async fn inbox(
    agent: Option<AgentId>,
    standing: Option<Standing>,
    from: Option<f64>,
    thumb: Option<&str>,
    cursor: Option<String>,
) -> Reply<Listed<ConversationSummary>> {
    let query = [
        ("agent", agent.map(|agent| agent.to_string())),
        ("standing", standing.map(|standing| crate::text::standing_key(standing).to_owned())),
        ("feedback", thumb.map(str::to_owned)),
        ("from", from.map(|from| from.to_string())),
        ("cursor", cursor),
    ];
    list(RouteId::Inbox, "", &query).await
}

/// Turns of an agent, and messages between people, in which the words were said.
pub(crate) async fn search_conversations(
    agent: AgentId,
    words: String,
    cursor: Option<String>,
) -> Reply<Listed<TranscriptHit>> {
    let query = [("q", Some(words)), ("agent", Some(agent.to_string())), ("cursor", cursor)];
    let reply: Data<Vec<TranscriptHit>> = call(RouteId::SearchConversations, &[], &query, NOTHING).await?;
    Ok((reply.data, reply.meta.and_then(|meta| meta.next_cursor)))
}

pub(crate) async fn conversation(conversation: ConversationId) -> Reply<Conversation> {
    one(RouteId::Conversation, &[conversation.as_str()], &[], NOTHING).await
}

const NOTHING: Option<&()> = None;
type Query<'a> = &'a [(&'static str, Option<String>)];

async fn one<T: DeserializeOwned>(
    id: RouteId,
    path: &[&str],
    query: Query<'_>,
    body: Option<&impl Serialize>,
) -> Reply<T> {
    call(id, path, query, body).await.map(|reply| reply.data)
}

async fn list<T: DeserializeOwned>(id: RouteId, owner: &str, query: Query<'_>) -> Reply<Listed<T>> {
    let reply: Data<Vec<T>> = call(id, &[owner], query, NOTHING).await?;
    Ok((reply.data, reply.meta.and_then(|meta| meta.next_cursor)))
}

async fn call<T: DeserializeOwned>(
    id: RouteId,
    path: &[&str],
    query: Query<'_>,
    body: Option<&impl Serialize>,
) -> Reply<Data<T>> {
    let body = body.map(serde_json::to_string).transpose().map_err(|_| unreadable())?;
    let (ok, text) = exchange(id, &address(id, path, query), body).await.map_err(|_| unreachable_server())?;
    if ok {
        return serde_json::from_str(&text).map_err(|_| unreadable());
    }
    Err(refusal(&text))
}

/// Why the server refused, from the body of its answer; an ended session is reported on the way.
fn refusal(text: &str) -> Problem {
    let problem = serde_json::from_str::<ErrorBody>(text).map_or_else(|_| unreadable(), |body| body.error);
    if problem.code == Code::SignInRequired {
        ON_SIGN_IN_REQUIRED.with(|slot| {
            if let Some(act) = slot.borrow().as_ref() {
                act();
            }
        });
    }
    problem
}

/// One request: whether its status is a success, and the body's text.
async fn exchange(id: RouteId, address: &str, body: Option<String>) -> Result<(bool, String), JsValue> {
    let init = RequestInit::new();
    init.set_method(route(id).map_or("GET", |route| route.method));
    init.set_credentials(RequestCredentials::SameOrigin);
    if let Some(body) = body {
        let headers = web_sys::Headers::new()?;
        headers.set("content-type", "application/json")?;
        init.set_headers(&headers);
        init.set_body(&JsValue::from_str(&body));
    }
    let window = leptos::prelude::window();
    let response: Response =
        JsFuture::from(window.fetch_with_str_and_init(address, &init)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}

fn address(id: RouteId, path: &[&str], query: Query<'_>) -> String {
    let mut values = path.iter();
    let pattern = route(id).map_or("", |route| route.path);
    let mut address = String::new();
    for segment in pattern.split('/').skip(1) {
        let segment = if segment.starts_with('{') { values.next().copied().unwrap_or("-") } else { segment };
        address.push('/');
        address.push_str(segment);
    }
    let mut glue = '?';
    for (name, value) in query {
        if let Some(value) = value {
            address.push(glue);
            address.push_str(name);
            address.push('=');
            address.push_str(&String::from(js_sys::encode_uri_component(value)));
            glue = '&';
        }
    }
    address
}

fn unreachable_server() -> Problem {
    Problem::new(Code::Unavailable, "The server cannot be reached. Check your connection, then try again.")
}

fn unreadable() -> Problem {
    Problem::new(
        Code::Internal,
        "The server answered in a way this page does not understand. Reload the page to get its newest version.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_takes_its_parameters_from_the_route_table() {
        assert_eq!(address(RouteId::SourcePages, &["src_1"], &[("cursor", None)]), "/v1/sources/src_1/pages");
    }
}
