//! Knowledge besides websites: files, texts, documents, curated answers and those that are proposed.

mod curated;
mod documents;
pub mod files;
mod proposals;
pub mod refresh;
mod settings;
pub mod texts;

use platform::Failure;
use protocol::routes::RouteId as R;
use store::Actor;
use worker::{Env, Request, Response};

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    parameter: &str,
) -> Result<Response, Failure> {
    match id {
        R::UpdateSource => texts::update(request, env, actor, parameter).await,
        R::SourceContent => texts::content(env, actor, parameter).await,
        R::SourceFiles => files::list(env, actor, parameter).await,
        R::UploadFile => files::upload(request, env, actor, parameter).await,
        R::RetryFile => files::retry(env, actor, parameter).await,
        R::DownloadFile => files::download(env, actor, parameter).await,
        R::DeleteFile => files::delete(env, actor, parameter).await,
        R::RefreshSource => refresh::page(request, env, actor, parameter).await,
        R::CreateSourceHook => refresh::create_hook(request, env, actor, parameter).await,
        R::DeleteSourceHook => refresh::delete_hook(env, actor, parameter).await,
        R::SourceHistory => refresh::history(request, env, actor, parameter).await,
        R::TagDocument => documents::tag(request, env, actor, parameter).await,
        R::Document => documents::one(env, actor, parameter).await,
        R::CuratedAnswers => curated::list(env, actor, parameter).await,
        R::CreateCuratedAnswer => curated::create(request, env, actor, parameter).await,
        R::OrderCuratedAnswers => curated::order(request, env, actor, parameter).await,
        R::TryCuratedAnswers => curated::attempt(request, env, actor, parameter).await,
        R::UpdateCuratedAnswer => curated::update(request, env, actor, parameter).await,
        R::DeleteCuratedAnswer => curated::delete(env, actor, parameter).await,
        R::CuratedProposals => proposals::list(request, env, actor, parameter).await,
        R::ApproveCuratedProposal => proposals::approve(request, env, actor, parameter).await,
        R::DismissCuratedProposal => proposals::dismiss(env, actor, parameter).await,
        R::RestoreCuratedProposal => proposals::restore(env, actor, parameter).await,
        _ => Err(super::unhandled()),
    }
}
