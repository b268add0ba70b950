//! The back Worker's routes: the table of `protocol::routes` decides who may, the files here do.

pub mod access;
mod account;
pub mod agents;
pub mod approvals;
pub mod attendance;
mod backup;
pub mod bootstrap;
mod catalogue;
mod contacts;
pub mod conversations;
pub mod drill;
mod experiments;
pub mod gaps;
mod hooks;
mod incoming;
mod integrations;
pub mod knowledge;
mod leads;
mod operations;
pub mod playground;
mod rules;
mod secrets;
pub mod session;
pub mod sources;
pub mod team;
mod templates;
pub mod tools;
pub mod transcript_search;
mod usage;
mod webhooks;

use platform::Failure;
use platform::http;
use protocol::api::{Done, ErrorReport};
use protocol::routes::{Access, Found, RouteId as R, find, route};
use protocol::{Code, Problem};
use store::Actor;
use worker::{Env, Method, Request, Response};

use crate::{auth, etag, keyed, reports};

/// Errors of the dashboard that a member reports in a minute.
const REPORTS: u32 = 20;
/// The same of an address where nobody is signed in, and of all such addresses.
const REPORTS_OF_ADDRESS: u32 = 5;
const REPORTS_OF_STRANGERS: u32 = 60;

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
    // Visitors are on other sites, and no cookie is asked about.
    if id != R::ReportWidget {
        auth::same_origin(&request)?;
    }
    let at = |at: usize| parameters.get(at).copied().unwrap_or_default();
    match route(id).map(|route| route.access) {
        Some(Access::Public) if id == R::HookRefresh => knowledge::refresh::by_hook(&mut request, env).await,
        Some(Access::Public) if id == R::TakeIncoming => {
            http::data(crate::incoming::take(&mut request, env, at(0)).await?)
        }
        Some(Access::Public) if matches!(id, R::ReportError | R::ReportWidget) => {
            report(id, &mut request, env).await
        }
        Some(Access::Public) => session::handle(id, request, env).await,
        Some(Access::Operator) => {
            auth::operator(&request, env)?;
            match id {
                R::Bootstrap => bootstrap::handle(request, env).await,
                R::RotateSecrets => secrets::rotate(env).await,
                R::BackupPlan
                | R::BackupRows
                | R::BackupParts
                | R::BackupFiles
                | R::BackupFile
                | R::BeginRestore
                | R::RestoreRows
                | R::RestoreFile
                | R::FinishRestore => backup::handle(id, &mut request, env).await,
                R::Catalogue | R::PutCatalogueEntry | R::DeleteCatalogueEntry => {
                    catalogue::handle(id, &mut request, env, at(0)).await
                }
                R::Drill => drill::handle(&request, env, at(0)).await,
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
            let asked = etag::Asked::of(&request)?;
            let response = if request.method() == Method::Post {
                keyed::once(request, env, actor, async |mut request: Request| {
                    answer(id, &mut request, env, actor, at(0), at(1)).await
                })
                .await?
            } else {
                answer(id, &mut request, env, actor, at(0), at(1)).await?
            };
            asked.tagged(response).await
        }
        Some(Access::Known) => http::data(hooks::holder(&auth::known(&request, env).await?)),
        Some(Access::Visitor) | None => Err(unhandled()),
    }
}

/// What whoever may do it asks for. `first` and `second` are what the path names.
async fn answer(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    first: &str,
    second: &str,
) -> Result<Response, Failure> {
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
        | R::SetTurnstile
        | R::RemoveTurnstile
        | R::RollbackAgent
        | R::AgentVersions
        | R::AgentVersion
        | R::AgentDiff
        | R::AgentOverview
        | R::Models => agents::handle(id, request, env, actor, first, second).await,
        R::Playground | R::PlaygroundFeedback | R::SearchAgent => {
            playground::handle(id, request, env, actor, first).await
        }
        R::Sources => sources::list(env, actor, first).await,
        R::Source => sources::one(env, actor, first).await,
        R::DeleteSource => sources::delete(env, actor, first).await,
        R::ReindexSource => sources::reindex(env, actor, first).await,
        R::RetrySource => sources::retry(env, actor, first).await,
        R::SourceAccess => access::show(env, actor, first).await,
        R::SetSourceAccess => access::set(request, env, actor, first).await,
        R::RemoveSourceAccess => access::remove(env, actor, first).await,
        R::SourcePages => sources::pages(request, env, actor, first).await,
        R::SourceDocuments => sources::documents(request, env, actor, first).await,
        R::CreateSource => sources::create(request, env, actor, first).await,
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
        | R::DeleteCuratedAnswer
        | R::CuratedProposals
        | R::ApproveCuratedProposal
        | R::DismissCuratedProposal
        | R::RestoreCuratedProposal => knowledge::handle(id, request, env, actor, first).await,
        R::Tools
        | R::CreateTool
        | R::ToolCatalogue
        | R::EnableTool
        | R::Tool
        | R::UpdateTool
        | R::DeleteTool
        | R::TryTool
        | R::ToolRuns => tools::handle(id, request, env, actor, first).await,
        R::Approvals | R::Approve | R::Decline => approvals::handle(id, request, env, actor, first).await,
        R::Gaps | R::GapCounts | R::UpdateGap | R::AnswerGap => {
            gaps::handle(id, request, env, actor, first).await
        }
        R::Rules
        | R::CreateRule
        | R::OrderRules
        | R::TryRules
        | R::UpdateRule
        | R::DeleteRule
        | R::CtaRules
        | R::CreateCtaRule
        | R::OrderCtaRules
        | R::UpdateCtaRule
        | R::DeleteCtaRule => rules::handle(id, request, env, actor, first).await,
        R::Experiments
        | R::CreateExperiment
        | R::Experiment
        | R::UpdateExperiment
        | R::DeleteExperiment
        | R::StartExperiment
        | R::StopExperiment
        | R::ApplyExperiment => experiments::handle(id, request, env, actor, first).await,
        R::Webhooks
        | R::CreateWebhook
        | R::Webhook
        | R::UpdateWebhook
        | R::DeleteWebhook
        | R::RotateWebhook
        | R::TestWebhook
        | R::ReplayWebhook
        | R::Deliveries
        | R::Delivery
        | R::ReplayDelivery => webhooks::handle(id, request, env, actor, first, second).await,
        R::Hooks | R::Subscribe | R::Unsubscribe | R::HookSamples => {
            hooks::handle(id, request, env, actor, first).await
        }
        R::Jobs
        | R::JobCounts
        | R::RetryJobs
        | R::OperationsLog
        | R::HealthChecks
        | R::Alerts
        | R::FireAlert => operations::handle(id, request, env, actor, first).await,
        R::IncomingEndpoints
        | R::CreateIncoming
        | R::UpdateIncoming
        | R::DeleteIncoming
        | R::RotateIncoming => incoming::handle(id, request, env, actor, first).await,
        R::Integrations
        | R::ConnectIntegration
        | R::Integration
        | R::UpdateIntegration
        | R::VerifyIntegration
        | R::IntegrationFields
        | R::DisconnectIntegration
        | R::AuthorizeHubspot
        | R::HubspotCallback => integrations::handle(id, request, env, actor, first).await,
        R::Leads
        | R::ExportLeads
        | R::ChangeLeads
        | R::FollowUp
        | R::SetFollowUp
        | R::Lead
        | R::NoteLead
        | R::MailLead
        | R::CreateLead
        | R::UpdateLead => leads::handle(id, request, env, actor, first).await,
        R::Contacts
        | R::Contact
        | R::MergeContact
        | R::ExportPerson
        | R::PersonExports
        | R::PersonExportFile
        | R::ErasePerson
        | R::Erasures
        | R::Receipts => contacts::handle(id, request, env, actor, first, second).await,
        R::Usage | R::SetUsageLimits => usage::handle(id, request, env, actor).await,
        R::Conversations => conversations::list(request, env, actor, Some(first)).await,
        R::Inbox => conversations::list(request, env, actor, None).await,
        R::SearchConversations => transcript_search::search(request, env, actor).await,
        R::Conversation => conversations::one(env, actor, first).await,
        R::ClaimConversation
        | R::ReplyConversation
        | R::TypingConversation
        | R::HandBackConversation
        | R::ResolveConversation
        | R::NoteConversation
        | R::MailTranscript => attendance::handle(id, request, env, actor, first).await,
        R::Templates | R::CreateTemplate | R::UpdateTemplate | R::DeleteTemplate => {
            templates::handle(id, request, env, actor, first).await
        }
        _ => team::handle(id, request, env, actor, first).await,
    }
}

/// An error of the dashboard, which may end before anybody has signed in, or of the widget, whose visitors never do.
async fn report(id: R, request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let report: ErrorReport = http::body(request).await?;
    let (part, account) = match id {
        R::ReportWidget => ("widget", None),
        _ => match auth::account(request, env).await {
            Ok(account) => ("dashboard", Some(account)),
            Err(Failure::Problem(_)) => ("dashboard", None),
            Err(failure) => return Err(failure),
        },
    };
    if let Some(account) = account {
        auth::limit(env, &format!("reports {}", account.user_id), REPORTS).await?;
    } else {
        let address = auth::address(request);
        auth::limit(env, &format!("{part} reports from {address}"), REPORTS_OF_ADDRESS).await?;
        auth::limit(env, &format!("{part} reports of strangers"), REPORTS_OF_STRANGERS).await?;
    }
    reports::of_browser(env, part, &report).await?;
    done()
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
