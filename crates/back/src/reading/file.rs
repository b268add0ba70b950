//! Uploaded files: what one is, what it says, where it ends up. Whoever reads a file holds it for a while; a file
//! that is taken away meanwhile is forgotten by its reader.

use ingest::file::{FileKind, Refusal};
use platform::{Failure, clock, log};
use protocol::api::{FileState, SourceState};
use protocol::events::EventKind;
use protocol::{DocumentId, FileId, RunId, SourceId};
use store::files::{self, Stored};
use store::{readings, sources};

use super::document::{self, Draft, MOST_PARTS};
use super::{CRASHES, EMBEDDED_MS, PAUSE_MS, Reader, TOO_LARGE, TRIES};
use crate::events::Happened;
use crate::indexing::{self, Indexed};

/// What came of a reading.
enum Read {
    Indexed {
        kind: FileKind,
        pages: Option<u32>,
        passages: u32,
        documents: Vec<DocumentId>,
        twin: Option<String>,
    },
    Refused {
        kind: Option<FileKind>,
        reason: String,
    },
    /// The file is not this reader's any more.
    Lost,
}

/// Where the bytes of a file are.
pub fn key(workspace: &protocol::WorkspaceId, source: &SourceId, file: &FileId) -> String {
    format!("{}{file}", protocol::objects::files_prefix(workspace, source))
}

/// Every document a file can have become, whatever became of its readings.
pub fn documents_of(source: &SourceId, file: &FileId) -> Vec<DocumentId> {
    (1..=MOST_PARTS).map(|part| document::part_id(source, file.as_str(), part)).collect()
}

/// Reads the files of a source that wait, one after another.
pub(super) async fn work(reader: &Reader<'_>, run: Option<&RunId>) -> Result<(), Failure> {
    let Some(run) = run else { return Ok(()) };
    let (tenant, source) = (reader.tenant, &reader.source);
    let mut some = false;
    loop {
        let now = clock::now_ms();
        reader.database.batch(&[files::give_up(tenant, source, CRASHES, TOO_LARGE, now)]).await?;
        let claimed = reader.database.first(&files::claim(tenant, source, now, reader.lease())).await?;
        reader.database.batch(&[readings::note_files(tenant, source, now)]).await?;
        let Some(row) = claimed else {
            return if some { ended(reader, run).await } else { Ok(()) };
        };
        some = true;
        let stored = files::read(&row)?;
        let id = stored.file.id.clone();
        let read = match read(reader, run, &stored).await {
            Ok(read) => Some(read),
            Err(failure) => {
                log::error("file_not_indexed", Some(id.as_str()), &failure.to_string());
                None
            }
        };
        settle(reader, stored, read).await?;
    }
}

async fn read(reader: &Reader<'_>, run: &RunId, stored: &Stored) -> Result<Read, Failure> {
    let file = &stored.file;
    let refused = |kind, refusal: Refusal| Ok(Read::Refused { kind, reason: refusal.to_string() });
    let bucket = reader.env.bucket("FILES")?;
    let key = key(reader.tenant.workspace(), &reader.source, &file.id);
    let body = bucket.get(&key).execute().await?;
    let Some(body) = body.as_ref().and_then(worker::Object::body) else {
        let reason = "The content of this file is missing. Delete it and upload it again.".into();
        return Ok(Read::Refused { kind: None, reason });
    };
    let bytes = body.bytes().await?;
    let kind = match ingest::file::detect(&file.name, &bytes) {
        Ok(kind) => kind,
        Err(refusal) => return refused(None, refusal),
    };
    let text = match ingest::file::read(kind, &file.name, bytes) {
        Ok(text) => text,
        Err(refusal) => return refused(Some(kind), refusal),
    };
    let Some(address) = document::file_address(&file.id, &file.name) else { return Ok(Read::Lost) };
    let title = if text.title.trim().is_empty() { file.name.clone() } else { text.title.trim().to_owned() };
    let pages = u32::try_from(text.parts.iter().filter(|part| part.page.is_some()).count()).unwrap_or(0);
    let draft = Draft {
        key: file.id.to_string(),
        passages: text.passages(&title, &address),
        language: text.language.clone(),
        address,
        title,
        place: ingest::chunk::Passage::address,
    };
    let mut questions = ingest::questions::of_blocks(text.parts.iter().flat_map(|part| &part.blocks));
    drop(text);
    if draft.passages.is_empty() {
        return refused(Some(kind), Refusal::Empty);
    }
    let Some(parts) = draft.documents(reader, run) else {
        return refused(Some(kind), Refusal::TooLarge { what: "it has too much text".into() });
    };
    let (mut documents, mut passages, mut twin) = (Vec::new(), 0, None);
    for part in parts {
        let hold = files::hold(reader.tenant, &file.id, stored.attempt, reader.lease());
        if reader.database.first(&hold).await?.is_none() {
            return Ok(Read::Lost);
        }
        let id = part.document_id.clone();
        // They are of the whole file, which its first part stands for.
        let asked = std::mem::take(&mut questions);
        match indexing::index(reader.env, reader.tenant, &reader.knowledge, part, &asked).await? {
            Indexed::Passages(more) => {
                passages += more;
                documents.push(id);
            }
            Indexed::Duplicate(of) => twin = Some(of),
        }
    }
    indexing::embedded(reader.env, &reader.knowledge, EMBEDDED_MS).await?;
    let pages = Some(pages).filter(|pages| *pages > 0);
    Ok(Read::Indexed { kind, pages, passages, documents, twin })
}

/// Notes how a reading ended. Documents of an earlier reading that this one did not make are forgotten, and all
/// of them when the file is not the reader's any more.
async fn settle(reader: &Reader<'_>, stored: Stored, read: Option<Read>) -> Result<(), Failure> {
    let (mut file, attempt) = (stored.file, stored.attempt);
    let mut gone = documents_of(&reader.source, &file.id);
    let mut due_at = None;
    match read {
        Some(Read::Indexed { kind, pages, passages, documents, twin }) => {
            gone.retain(|document| !documents.contains(document));
            file.kind = Some(wire_name(kind));
            (file.pages, file.passages, file.state) = (pages, passages, FileState::Indexed);
            file.document_id = documents.into_iter().next();
            file.reason = twin.filter(|_| passages == 0).map(|of| already(&of));
        }
        Some(Read::Refused { kind, reason }) => {
            (file.kind, file.state, file.reason) = (kind.map(wire_name), FileState::Failed, Some(reason));
            (file.passages, file.document_id) = (0, None);
        }
        Some(Read::Lost) => {}
        None if attempt < TRIES => {
            gone.clear();
            file.state = FileState::Queued;
            file.reason = Some("It was read but could not be indexed yet. It is tried again.".into());
            due_at = Some(clock::now_ms() + PAUSE_MS * f64::from(attempt));
        }
        None => {
            gone.clear();
            file.state = FileState::Failed;
            file.reason = Some("It was read but could not be indexed. Try again later.".into());
        }
    }
    let now = clock::now_ms();
    indexing::forget_some(reader.env, reader.tenant, &reader.knowledge, &reader.some(gone)).await?;
    let mut noted = vec![files::settle(reader.tenant, &file, attempt, due_at)];
    if due_at.is_none() {
        let happened = Happened {
            kind: if file.state == FileState::Indexed {
                EventKind::FileIndexed
            } else {
                EventKind::FileFailed
            },
            agent: Some(&reader.agent),
            subject: file.id.as_str(),
            once: &format!("{now} {attempt}"),
            data: serde_json::json!({ "kind": file.kind, "bytes": file.bytes, "passages": file.passages }),
        };
        noted.push(happened.statement_if_changed(reader.tenant)?);
    }
    noted.push(readings::note_files(reader.tenant, &reader.source, now));
    if reader.database.change(&noted).await?.first() == Some(&1) {
        return Ok(());
    }
    let all = reader.some(documents_of(&reader.source, &file.id));
    indexing::forget_some(reader.env, reader.tenant, &reader.knowledge, &all).await
}

/// A collection of which the last file was read has been read to its end.
async fn ended(reader: &Reader<'_>, run: &RunId) -> Result<(), Failure> {
    let row = reader.database.first(&sources::one(reader.tenant, &reader.source)).await?;
    let Some((source, _)) = row.as_ref().map(sources::read).transpose()? else { return Ok(()) };
    let kind = match source.state {
        SourceState::Indexed => EventKind::SourceIndexed,
        SourceState::Failed => EventKind::SourceFailed,
        SourceState::Pending | SourceState::Crawling => return Ok(()),
    };
    let happened = Happened {
        kind,
        agent: Some(&reader.agent),
        subject: reader.source.as_str(),
        once: &format!("{run} {}", clock::now_ms()),
        data: serde_json::to_value(source.progress)?,
    };
    reader.database.batch(&[happened.statement(reader.tenant)?]).await
}

fn already(of: &str) -> String {
    let name = url::Url::parse(of).ok().filter(|url| url.scheme() == "file").and_then(|url| {
        let name = url.path_segments()?.next_back()?.to_owned();
        Some(percent_decoded(&name))
    });
    format!("Its content is known already, from {}.", name.as_deref().unwrap_or(of))
}

fn percent_decoded(name: &str) -> String {
    // A form decodes `+` as well, which an address leaves as it is.
    let form = format!("n={}", name.replace('+', "%2B"));
    url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, name)| name.into_owned()).unwrap_or_default()
}

fn wire_name(kind: FileKind) -> String {
    serde_json::to_value(kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()
}
