//! `docs`: the text of PDF and DOCX files, or why there is none.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use ingest::file::{FileText, Refusal, docx, pdf};
use serde::{Deserialize, Serialize};

use super::Result;

#[derive(Deserialize)]
struct File {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize)]
struct Outcome {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    ms: u128,
}

/// Writes `docs.json`: the outcome of each file. One that panics is left out, which counts as a crash.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let folder = data.join("docs");
    if !folder.join("manifest.json").exists() {
        return Ok(());
    }
    let files: Vec<File> = serde_json::from_slice(&std::fs::read(folder.join("manifest.json"))?)?;
    let mut results = BTreeMap::new();
    for file in files {
        let bytes = std::fs::read(folder.join("files").join(&file.id))?;
        let begun = Instant::now();
        let read: fn(&[u8]) -> std::result::Result<FileText, Refusal> = match file.kind.as_str() {
            "pdf" => pdf::read,
            "docx" => docx::read,
            _ => continue,
        };
        let Ok(outcome) = std::panic::catch_unwind(|| read(&bytes)) else { continue };
        let ms = begun.elapsed().as_millis();
        let outcome = match outcome {
            Ok(read) => Outcome { ok: true, text: Some(text(&file.kind, &read)), error: None, ms },
            Err(refusal) => Outcome { ok: false, text: None, error: Some(reason(&refusal)), ms },
        };
        results.insert(file.id, outcome);
    }
    Ok(std::fs::write(out.join("docs.json"), serde_json::to_vec(&results)?)?)
}

/// The text that is compared. Word counts its lists itself: the data has only what is written in a document.
fn text(kind: &str, read: &FileText) -> String {
    if kind == "docx" {
        let blocks = read.parts.iter().flat_map(|part| &part.blocks);
        blocks.map(|block| block.words().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
    } else {
        read.text()
    }
}

fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Encrypted => "encrypted",
        Refusal::Scanned => "scanned",
        Refusal::Corrupt(_) => "corrupt",
        Refusal::Mislabelled { .. } => "mislabelled",
        Refusal::Unsupported(_) => "unsupported",
        Refusal::Empty => "empty",
        Refusal::TooLarge { .. } => "too_large",
    }
}
