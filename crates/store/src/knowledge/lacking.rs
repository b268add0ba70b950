//! What a replica that is being built looks for in R2, where documents and vectors may be older or newer than home has
//! them.

use std::collections::HashMap;

use domain::order;
use protocol::internal::{IndexedDocument, StoredVectors};
use protocol::replica::JoinReply;

use super::incoming::{revive, want};
use super::write;
use crate::{Engine, Error};

/// Parts that home holds and R2 should, by name; with what a document has to be.
pub struct Lacking(HashMap<String, String>);

fn mark(hash: &str, url: &str, title: &str) -> String {
    [hash, url, title].join("\n")
}

impl Lacking {
    pub(super) fn of(reply: JoinReply) -> Self {
        let documents = reply.documents.into_iter();
        let documents = documents
            .map(|held| (format!("d{}", held.document_id), mark(&held.content_hash, &held.url, &held.title)));
        let vectors = reply.vectors.into_iter().map(|revision| (format!("r{revision}"), String::new()));
        Self(documents.chain(vectors).collect())
    }

    /// Nothing has to be looked for any more.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// A document that lies in R2: taken if it is as home holds it.
    ///
    /// # Errors
    /// When the database refuses a statement.
    pub fn document(&mut self, engine: &dyn Engine, found: &IndexedDocument) -> Result<(), Error> {
        let (name, id) = (format!("d{}", found.document_id), found.document_id.as_str());
        if self.0.get(&name) != Some(&mark(&found.content_hash, &found.url, &found.title)) {
            return Ok(());
        }
        self.0.remove(&name);
        write::replace(engine, id, Some(found))
    }

    /// Vectors that lie in R2: taken if they are live at home. Documents come first.
    ///
    /// # Errors
    /// When the database refuses a statement.
    pub fn revision(&mut self, engine: &dyn Engine, found: &StoredVectors) -> Result<(), Error> {
        let name = format!("r{}", found.revision);
        if self.0.contains_key(&name) && revive(engine, found)? {
            self.0.remove(&name);
        }
        Ok(())
    }

    /// What was not found is to be asked for: documents first.
    ///
    /// # Errors
    /// When the database refuses a statement.
    pub fn ask(self, engine: &dyn Engine) -> Result<(), Error> {
        let mut names: Vec<String> = self.0.into_keys().collect();
        order::by(&mut names, String::cmp);
        want(engine, &names)
    }
}
