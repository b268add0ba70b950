//! Names of Durable Objects, made in one place from server-side facts alone.
//!
//! A name always begins with its kind and its tenant, so two tenants can never share an object whatever their
//! ids are: ids have a fixed alphabet without `/` (see [`crate::id`]).

pub use crate::region::Region;
use crate::{AgentId, ConversationId, DocumentId, EndpointId, PersonExportId, SourceId, WorkspaceId, wire};

wire! {
    /// Where objects of a workspace may live. Ignored by the local runtime, used in production.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Jurisdiction {
        #[default]
        Anywhere,
        Eu,
    }
}

/// A named object: which class, which name, under which jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    pub name: String,
    pub jurisdiction: Jurisdiction,
    /// Where it is made when it is called for the first time; home is wherever that happens.
    pub region: Region,
}

/// The header by which a replica learns its region: an object cannot read its own name.
pub const REGION_HEADER: &str = "X-Region";

fn named(name: String, jurisdiction: Jurisdiction) -> ObjectName {
    ObjectName { name, jurisdiction, region: Region::Home }
}

/// One thread with one visitor.
#[must_use]
pub fn conversation(w: &WorkspaceId, a: &AgentId, c: &ConversationId, j: Jurisdiction) -> ObjectName {
    named(format!("conversation/{w}/{a}/{c}"), j)
}

/// What an agent knows, in one region.
#[must_use]
pub fn knowledge(w: &WorkspaceId, a: &AgentId, region: Region, j: Jurisdiction) -> ObjectName {
    ObjectName { region, ..named(format!("knowledge/{w}/{a}/{}", region.name()), j) }
}

/// What a workspace may do now: which versions are live, what is left of its meters.
#[must_use]
pub fn ledger(w: &WorkspaceId, j: Jurisdiction) -> ObjectName {
    named(format!("ledger/{w}"), j)
}

/// The sockets of a workspace's members.
#[must_use]
pub fn lounge(w: &WorkspaceId, j: Jurisdiction) -> ObjectName {
    named(format!("lounge/{w}"), j)
}

/// The crawl of a source.
#[must_use]
pub fn crawl(w: &WorkspaceId, s: &SourceId, j: Jurisdiction) -> ObjectName {
    named(format!("crawl/{w}/{s}"), j)
}

/// Message bodies of a workspace.
#[must_use]
pub fn archive(w: &WorkspaceId, j: Jurisdiction) -> ObjectName {
    named(format!("archive/{w}"), j)
}

/// A receiver of deliveries, with what is on its way to it.
#[must_use]
pub fn endpoint(w: &WorkspaceId, e: &EndpointId, j: Jurisdiction) -> ObjectName {
    named(format!("endpoint/{w}/{e}"), j)
}

/// R2 key prefix of an agent's passages; a replica rebuilds itself from everything below it.
#[must_use]
pub fn passages_prefix(w: &WorkspaceId, a: &AgentId) -> String {
    format!("passages/{w}/{a}/")
}

/// R2 key prefix of the vectors of an agent's documents.
#[must_use]
pub fn vectors_prefix(w: &WorkspaceId, a: &AgentId) -> String {
    format!("vectors/{w}/{a}/")
}

/// R2 key of one document's vectors by one model.
#[must_use]
pub fn vectors_key(w: &WorkspaceId, a: &AgentId, d: &DocumentId, model: &str) -> String {
    format!("vectors/{w}/{a}/{d}/{model}.json")
}

/// R2 key of an agent's curated answers.
#[must_use]
pub fn curated_key(w: &WorkspaceId, a: &AgentId) -> String {
    format!("curated/{w}/{a}.json")
}

/// R2 key of the list of an agent's replicas, for a home that was lost.
#[must_use]
pub fn replicas_key(w: &WorkspaceId, a: &AgentId) -> String {
    format!("replicas/{w}/{a}.json")
}

/// R2 key of the tags of an agent's knowledge.
#[must_use]
pub fn tags_key(w: &WorkspaceId, a: &AgentId) -> String {
    format!("tags/{w}/{a}.json")
}

/// R2 key prefix of a source's uploaded files; the key ends with the file's id.
#[must_use]
pub fn files_prefix(w: &WorkspaceId, s: &SourceId) -> String {
    format!("files/{w}/{s}/")
}

/// R2 key prefix of files of what is held of people.
pub const EXPORTS_PREFIX: &str = "exports/";

/// R2 key prefix of a workspace's files of what is held of people.
#[must_use]
pub fn exports_prefix(w: &WorkspaceId) -> String {
    format!("{EXPORTS_PREFIX}{w}/")
}

/// R2 key of one file of what is held of a person.
#[must_use]
pub fn export_key(w: &WorkspaceId, e: &PersonExportId) -> String {
    format!("{EXPORTS_PREFIX}{w}/{e}.json")
}

/// R2 key prefix of one source's passages.
#[must_use]
pub fn source_passages_prefix(w: &WorkspaceId, a: &AgentId, s: &SourceId) -> String {
    format!("passages/{w}/{a}/{s}/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_identity_changes_the_name() {
        let (w1, w2) = (WorkspaceId::ordered(1, [0; 10]), WorkspaceId::ordered(2, [0; 10]));
        let (a1, a2) = (AgentId::ordered(1, [0; 10]), AgentId::ordered(2, [0; 10]));
        let (c1, c2) = (ConversationId::ordered(1, [0; 10]), ConversationId::ordered(2, [0; 10]));
        let j = Jurisdiction::Anywhere;
        let mut names = vec![
            conversation(&w1, &a1, &c1, j).name,
            conversation(&w1, &a1, &c2, j).name,
            conversation(&w1, &a2, &c1, j).name,
            conversation(&w2, &a1, &c1, j).name,
            knowledge(&w1, &a1, Region::Home, j).name,
            knowledge(&w2, &a1, Region::Home, j).name,
            knowledge(&w1, &a1, Region::Weur, j).name,
            knowledge(&w1, &a1, Region::Apac, j).name,
            knowledge(&w1, &a2, Region::Home, j).name,
            archive(&w1, j).name,
            ledger(&w1, j).name,
            ledger(&w2, j).name,
            lounge(&w1, j).name,
            lounge(&w2, j).name,
            archive(&w2, j).name,
            crawl(&w1, &SourceId::ordered(1, [0; 10]), j).name,
            crawl(&w2, &SourceId::ordered(1, [0; 10]), j).name,
            endpoint(&w1, &EndpointId::ordered(1, [0; 10]), j).name,
            endpoint(&w1, &EndpointId::ordered(2, [0; 10]), j).name,
            endpoint(&w2, &EndpointId::ordered(1, [0; 10]), j).name,
        ];
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_source_prefix_stays_inside_its_agent() {
        let (w, a, s) =
            (WorkspaceId::ordered(1, [0; 10]), AgentId::ordered(1, [0; 10]), SourceId::ordered(1, [0; 10]));
        assert!(source_passages_prefix(&w, &a, &s).starts_with(&passages_prefix(&w, &a)));
    }
}
