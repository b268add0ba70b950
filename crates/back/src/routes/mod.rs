//! The back Worker's routes: the table of `protocol::routes` decides who may, the files here do.

pub mod access;
mod account;
pub mod agents;
pub mod attendance;
pub mod bootstrap;
pub mod conversations;
pub mod drill;
pub mod knowledge;
pub mod playground;
pub mod session;
pub mod sources;
pub mod team;
pub mod tools;
pub mod transcript_search;
mod usage;

use platform::Failure;
use platform::http;
use protocol::api::Done;
use protocol::routes::{Access, Found, RouteId as R, find, route};
use protocol::{Code, Problem};
use worker::{Env, Request, Response};

use crate::auth;

pub async fn dispatch(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let (method, path) = (request.method().to_string(), request.path());
    let (id, parameters) = match find(&method, &path) {
        Found::Route(id, parameters) => (id, parameters),
        Found::OtherMethod => {
            return Err(
                Problem::new(Code::MethodNotAllowed, "This address is used with another method.").into()
            );
        }
        Found::Nothing => return Err(Problem::not_found().into()),
    };
    auth::same_origin(&request)?;
    let at = |at: usize| parameters.get(at).copied().unwrap_or_default();
    match route(id).map(|route| route.access) {
        Some(Access::Public) if id == R::HookRefresh => knowledge::refresh::by_hook(&mut request, env).await,
        Some(Access::Public) => session::handle(id, request, env).await,
        Some(Access::Operator) => {
            auth::operator(&request, env)?;
            match id {
                R::Bootstrap => bootstrap::handle(request, env).await,
                R::Drill => drill::handle(env, at(0)),
                _ => Err(unhandled()),
            }
        }
        Some(Access::Account) => {
            let account = auth::account(&request, env).await?;
            match id {
                R::Logout => session::logout(env, &account).await,
                R::Me => http::data(session::me(env, &account).await?),
                _ => account::handle(id, &mut request, env, &account, at(0)).await,
            }
        }
        Some(Access::Can(permission)) => {
            let actor = &auth::actor(&request, env, permission).await?;
            let request = &mut request;
            match id {
                R::Agents
                | R::CreateAgent
                | R::Agent
                | R::UpdateAgent
                | R::DeleteAgent
                | R::DuplicateAgent
                | R::SaveDraft
                | R::PublishAgent
                | R::UnpublishAgent
                | R::RollbackAgent
                | R::AgentVersions
                | R::AgentVersion
                | R::AgentDiff
                | R::AgentOverview
                | R::Models => agents::handle(id, request, env, actor, at(0), at(1)).await,
                R::Playground | R::PlaygroundFeedback | R::SearchAgent => {
                    playground::handle(id, request, env, actor, at(0)).await
                }
                R::Sources => sources::list(env, actor, at(0)).await,
                R::Source => sources::one(env, actor, at(0)).await,
                R::DeleteSource => sources::delete(env, actor, at(0)).await,
                R::ReindexSource => sources::reindex(env, actor, at(0)).await,
                R::RetrySource => sources::retry(env, actor, at(0)).await,
                R::SourceAccess => access::show(env, actor, at(0)).await,
                R::SetSourceAccess => access::set(request, env, actor, at(0)).await,
                R::RemoveSourceAccess => access::remove(env, actor, at(0)).await,
                R::SourcePages => sources::pages(request, env, actor, at(0)).await,
                R::SourceDocuments => sources::documents(request, env, actor, at(0)).await,
                R::CreateSource => sources::create(request, env, actor, at(0)).await,
                R::UpdateSource
                | R::SourceContent
                | R::SourceFiles
                | R::UploadFile
                | R::RetryFile
                | R::DownloadFile
                | R::DeleteFile
                | R::RefreshSource
                | R::CreateSourceHook
                | R::DeleteSourceHook
                | R::SourceHistory
                | R::TagDocument
                | R::Document
                | R::CuratedAnswers
                | R::CreateCuratedAnswer
                | R::OrderCuratedAnswers
                | R::TryCuratedAnswers
                | R::UpdateCuratedAnswer
                | R::DeleteCuratedAnswer => knowledge::handle(id, request, env, actor, at(0)).await,
                R::Tools
                | R::CreateTool
                | R::Tool
                | R::UpdateTool
                | R::DeleteTool
                | R::TryTool
                | R::ToolRuns => tools::handle(id, request, env, actor, at(0)).await,
                R::Usage | R::SetUsageLimits => usage::handle(id, request, env, actor).await,
                R::Conversations => conversations::list(request, env, actor, at(0)).await,
                R::SearchConversations => transcript_search::search(request, env, actor).await,
                R::Conversation => conversations::one(env, actor, at(0)).await,
                R::ClaimConversation
                | R::ReplyConversation
                | R::TypingConversation
                | R::HandBackConversation
                | R::ResolveConversation
                | R::NoteConversation
                | R::MailTranscript => attendance::handle(id, request, env, actor, at(0)).await,
                _ => team::handle(id, request, env, actor, at(0)).await,
            }
        }
        Some(Access::Visitor) | None => Err(unhandled()),
    }
}

/// Nothing to say but that it is done.
pub fn done() -> Result<Response, Failure> {
    http::data(Done {})
}

fn unhandled() -> Failure {
    Failure::Internal("a route of the back Worker has no handler".into())
}

/// A row that has to be there; another tenant's is not.
pub fn found<T>(row: Option<T>) -> Result<T, Failure> {
    row.ok_or_else(|| Problem::not_found().into())
}
