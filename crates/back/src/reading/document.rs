//! From passages to documents. A document is one message to `Knowledge` and one object of R2, so its size is
//! bounded: what is longer becomes several, "name (part 2)".

use ingest::chunk;
use protocol::internal::{IndexedDocument, Passage};
use protocol::{DocumentId, FileId, RunId, SourceId};
use url::Url;

use super::Reader;
use crate::indexing::document_id;

/// Passages of one document.
const PASSAGES: usize = 400;
/// Documents of one file, text or list.
pub const MOST_PARTS: usize = 64;

/// Addresses of files begin so; they lead nowhere and only say what a passage is of.
pub const FILE_SCHEME: &str = "file:///";

/// The address of a file.
pub fn file_address(file: &FileId, name: &str) -> Option<Url> {
    let mut address = Url::parse(FILE_SCHEME).ok()?;
    address.path_segments_mut().ok()?.clear().push(file.as_str()).push(name);
    Some(address)
}

/// Something that was read.
pub struct Draft {
    /// Tells it from everything else of its source, and stays the same when it is read again.
    pub key: String,
    pub address: Url,
    pub title: String,
    pub language: Option<String>,
    pub passages: Vec<chunk::Passage>,
    /// The address of a passage: that of the whole with a fragment, or as the place it leads to has it.
    pub place: fn(&chunk::Passage, &Url) -> Url,
}

/// The document of a part, counted from 1.
pub fn part_id(source: &SourceId, key: &str, part: usize) -> DocumentId {
    if part == 1 { document_id(source, key) } else { document_id(source, &format!("{key} part {part}")) }
}

impl Draft {
    /// The documents it becomes, or none where it is too long.
    pub fn documents(self, reader: &Reader<'_>, run: &RunId) -> Option<Vec<IndexedDocument>> {
        let parts = self.passages.chunks(PASSAGES);
        if parts.len() > MOST_PARTS {
            return None;
        }
        let document = |(part, passages): (usize, &[chunk::Passage])| {
            let title = match part {
                1 => self.title.clone(),
                part => format!("{} (part {part})", self.title),
            };
            let text: Vec<&str> = passages.iter().map(|passage| passage.text.as_str()).collect();
            IndexedDocument {
                workspace_id: reader.tenant.workspace().clone(),
                agent_id: reader.agent.clone(),
                source_id: reader.source.clone(),
                run_id: run.clone(),
                document_id: part_id(&reader.source, &self.key, part),
                url: self.address.as_str().to_owned(),
                title,
                description: String::new(),
                language: self.language.clone(),
                content_hash: format!("{:032x}", ingest::content_hash(&text.join("\n"))),
                passages: passages.iter().zip(0..).map(|(passage, ord)| self.passage(passage, ord)).collect(),
            }
        };
        Some((1..).zip(parts).map(document).collect())
    }

    fn passage(&self, passage: &chunk::Passage, ord: u32) -> Passage {
        Passage {
            ord,
            url: (self.place)(passage, &self.address).into(),
            heading_path: passage.heading_path.clone(),
            text: passage.text.clone(),
        }
    }
}
