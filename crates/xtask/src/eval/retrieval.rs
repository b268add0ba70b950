//! Retrieval by words over question sets: `squad.json`, `xquad-<language>.json`; beside each, with `.scores.json`, what
//! the passages that were found are worth.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use protocol::internal::{Hit, IndexedDocument, Passage, Search};
use protocol::{AgentId, DocumentId, RunId, SourceId, WorkspaceId};
use serde::Deserialize;

use super::{Result, engine::Memory};

#[derive(Deserialize)]
pub struct Paragraph {
    pub id: String,
    #[serde(default)]
    pub title: String,
    pub text: String,
}

#[derive(Deserialize)]
pub struct Question {
    pub id: String,
    pub question: String,
}

/// A set of paragraphs, each indexed as a document of one passage.
pub struct Indexed {
    engine: Memory,
    names: BTreeMap<DocumentId, String>,
}

impl Indexed {
    /// Indexes `corpus.jsonl` of a folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let engine = Memory::open()?;
        store::knowledge::migrate(&engine)?;
        store::Engine::run(&engine, &store::sql::sql("BEGIN"))?;
        let mut names = BTreeMap::new();
        for (at, paragraph) in paragraphs(folder)?.into_iter().enumerate() {
            let document = document(at, paragraph.title, paragraph.text);
            names.insert(document.document_id.clone(), paragraph.id);
            store::knowledge::put(&engine, &document)?;
        }
        store::Engine::run(&engine, &store::sql::sql("COMMIT"))?;
        Ok(Self { engine, names })
    }

    /// The best passages for a question.
    pub fn search(&self, question: &str, limit: u32) -> Result<Vec<Hit>> {
        let search = Search {
            answer_key: String::new(),
            workspace_id: WorkspaceId::from_bits(1),
            agent_id: AgentId::from_bits(1),
            question: question.to_owned(),
            context: String::new(),
            limit,
            page_url: None,
            language: None,
            tags: Vec::new(),
        };
        Ok(store::knowledge::search(&self.engine, &search, 0.0)?.hits)
    }

    pub fn name(&self, hit: &Hit) -> String {
        self.names.get(&hit.document_id).cloned().unwrap_or_default()
    }
}

/// Runs every question set of the data folder.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let squad = data.join("squad");
    if squad.is_dir() {
        rank(&squad, &out.join("squad.json"))?;
    }
    if let Ok(folders) = std::fs::read_dir(data.join("xquad")) {
        for folder in folders {
            let folder = folder?;
            let name = folder.file_name().to_string_lossy().into_owned();
            rank(&folder.path(), &out.join(format!("xquad-{name}.json")))?;
        }
    }
    Ok(())
}

fn rank(folder: &Path, result: &Path) -> Result<()> {
    let indexed = Indexed::read(folder)?;
    let (mut found, mut scores) = (BTreeMap::new(), BTreeMap::new());
    let mut millis = Vec::new();
    for question in questions(folder)? {
        let begun = Instant::now();
        let hits = indexed.search(&question.question, 10)?;
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
        let named: Vec<(String, f64)> = hits.iter().map(|hit| (indexed.name(hit), hit.score)).collect();
        found.insert(question.id.clone(), named.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
        scores.insert(question.id, named);
    }
    std::fs::write(result, serde_json::to_vec(&found)?)?;
    std::fs::write(result.with_extension("scores.json"), serde_json::to_vec(&scores)?)?;
    report(&result.display().to_string(), &mut millis);
    Ok(())
}

/// Says how long the calls took.
pub fn report(what: &str, millis: &mut [f64]) {
    millis.sort_by(f64::total_cmp);
    let at = |share: usize| millis.get(millis.len() * share / 100).copied().unwrap_or_default();
    eprintln!("{what}: {} questions, p50 {:.2} ms, p95 {:.2} ms", millis.len(), at(50), at(95));
}

/// The paragraphs of a folder.
pub fn paragraphs(folder: &Path) -> Result<Vec<Paragraph>> {
    lines(&folder.join("corpus.jsonl"))
}

/// The questions of a folder.
pub fn questions(folder: &Path) -> Result<Vec<Question>> {
    lines(&folder.join("queries.jsonl"))
}

fn lines<T: for<'d> Deserialize<'d>>(file: &Path) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(file)?;
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn document(at: usize, title: String, text: String) -> IndexedDocument {
    let bits = u128::try_from(at).unwrap_or_default() + 1;
    let url = format!("https://eval.invalid/{at}");
    IndexedDocument {
        workspace_id: WorkspaceId::from_bits(1),
        agent_id: AgentId::from_bits(1),
        source_id: SourceId::from_bits(1),
        run_id: RunId::from_bits(1),
        document_id: DocumentId::from_bits(bits),
        url: url.clone(),
        title,
        description: String::new(),
        language: None,
        content_hash: format!("{at:x}"),
        passages: vec![Passage { ord: 0, heading_path: Vec::new(), url, text }],
    }
}
