//! Files, texts, FAQ lists, feeds, curated answers, documents.

use super::{Listed, NOTHING, Reply, address, call, list, one, refusal, unreachable_server, unreadable};
use protocol::api::{
    CrawlStarted, CuratedAnswer, CuratedApproval, CuratedContent, CuratedOrder, CuratedProposal,
    CuratedTrial, CuratedTrialReply, CuratedWrite, Data, DocumentDetail, Done, File, NewSource,
    NewSourceAccess, RefreshHook, Source, SourceAccess, SourceContent, SourceUpdate, Tags,
};
use protocol::routes::RouteId;
use protocol::{AgentId, CuratedId, DocumentId, FileId, ProposalId, SourceId};

pub(crate) async fn add_source(agent: AgentId, new: NewSource) -> Reply<Source> {
    one(RouteId::CreateSource, &[agent.as_str()], &[], Some(&new)).await
}

pub(crate) async fn update_source(source: SourceId, update: SourceUpdate) -> Reply<Source> {
    one(RouteId::UpdateSource, &[source.as_str()], &[], Some(&update)).await
}

pub(crate) async fn create_hook(source: SourceId) -> Reply<RefreshHook> {
    one(RouteId::CreateSourceHook, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn delete_hook(source: SourceId) -> Reply<Done> {
    one(RouteId::DeleteSourceHook, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn tag_document(document: DocumentId, tags: Vec<String>) -> Reply<Tags> {
    one(RouteId::TagDocument, &[document.as_str()], &[], Some(&Tags { tags })).await
}

pub(crate) async fn retry_source(source: SourceId) -> Reply<CrawlStarted> {
    one(RouteId::RetrySource, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn source_access(source: SourceId) -> Reply<SourceAccess> {
    one(RouteId::SourceAccess, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn set_source_access(source: SourceId, access: NewSourceAccess) -> Reply<SourceAccess> {
    one(RouteId::SetSourceAccess, &[source.as_str()], &[], Some(&access)).await
}

pub(crate) async fn remove_source_access(source: SourceId) -> Reply<Done> {
    one(RouteId::RemoveSourceAccess, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn content(source: SourceId) -> Reply<SourceContent> {
    one(RouteId::SourceContent, &[source.as_str()], &[], NOTHING).await
}

pub(crate) async fn files(source: SourceId, cursor: Option<String>) -> Reply<Listed<File>> {
    list(RouteId::SourceFiles, source.as_str(), &[("cursor", cursor)]).await
}

pub(crate) async fn retry_file(file: FileId) -> Reply<File> {
    one(RouteId::RetryFile, &[file.as_str()], &[], NOTHING).await
}

pub(crate) async fn delete_file(file: FileId) -> Reply<Done> {
    one(RouteId::DeleteFile, &[file.as_str()], &[], NOTHING).await
}

/// Where a file is downloaded.
pub(crate) fn file_address(file: &FileId) -> String {
    address(RouteId::DownloadFile, &[file.as_str()], &[])
}

/// Where a file of this name is sent.
pub(crate) fn upload_address(source: &SourceId, name: &str) -> String {
    address(RouteId::UploadFile, &[source.as_str()], &[("name", Some(name.to_owned()))])
}

/// What the server said to an upload; status 0 is no answer at all.
pub(crate) fn uploaded(status: u16, text: &str) -> Reply<File> {
    match status {
        0 => Err(unreachable_server()),
        200..300 => {
            serde_json::from_str::<Data<File>>(text).map(|reply| reply.data).map_err(|_| unreadable())
        }
        _ => Err(refusal(text)),
    }
}

pub(crate) async fn document(document: DocumentId) -> Reply<DocumentDetail> {
    one(RouteId::Document, &[document.as_str()], &[], NOTHING).await
}

/// All curated answers in their order: an order is about all of them.
pub(crate) async fn curated_answers(agent: AgentId) -> Reply<Vec<CuratedAnswer>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let reply: Data<Vec<CuratedAnswer>> =
            call(RouteId::CuratedAnswers, &[agent.as_str()], &[("cursor", cursor)], NOTHING).await?;
        all.extend(reply.data);
        cursor = reply.meta.and_then(|meta| meta.next_cursor);
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// All that waits: there are not many, and their number is shown.
pub(crate) async fn proposals(agent: AgentId) -> Reply<Vec<CuratedProposal>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let reply: Data<Vec<CuratedProposal>> =
            call(RouteId::CuratedProposals, &[agent.as_str()], &[("cursor", cursor)], NOTHING).await?;
        all.extend(reply.data);
        cursor = reply.meta.and_then(|meta| meta.next_cursor);
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// Without content it is approved as it is proposed.
pub(crate) async fn approve(id: ProposalId, content: Option<CuratedContent>) -> Reply<CuratedAnswer> {
    one(RouteId::ApproveCuratedProposal, &[id.as_str()], &[], Some(&CuratedApproval { content })).await
}

pub(crate) async fn dismiss(id: ProposalId) -> Reply<Done> {
    one(RouteId::DismissCuratedProposal, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn restore(id: ProposalId) -> Reply<Done> {
    one(RouteId::RestoreCuratedProposal, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn create_curated(agent: AgentId, written: CuratedWrite) -> Reply<CuratedAnswer> {
    one(RouteId::CreateCuratedAnswer, &[agent.as_str()], &[], Some(&written)).await
}

pub(crate) async fn update_curated(answer: CuratedId, written: CuratedWrite) -> Reply<CuratedAnswer> {
    one(RouteId::UpdateCuratedAnswer, &[answer.as_str()], &[], Some(&written)).await
}

pub(crate) async fn delete_curated(answer: CuratedId) -> Reply<Done> {
    one(RouteId::DeleteCuratedAnswer, &[answer.as_str()], &[], NOTHING).await
}

pub(crate) async fn order_curated(agent: AgentId, ids: Vec<CuratedId>) -> Reply<Done> {
    one(RouteId::OrderCuratedAnswers, &[agent.as_str()], &[], Some(&CuratedOrder { ids })).await
}

pub(crate) async fn try_curated(agent: AgentId, trial: CuratedTrial) -> Reply<CuratedTrialReply> {
    one(RouteId::TryCuratedAnswers, &[agent.as_str()], &[], Some(&trial)).await
}
