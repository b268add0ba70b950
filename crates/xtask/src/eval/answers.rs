//! Extractive answers over a question set: `squad-answers.json`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use domain::extract::{self, Source};
use domain::followup::Asked;
use domain::language::Language;

use super::{Result, retrieval};

/// Answers every question from its six best passages.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let folder = data.join("squad");
    if !folder.is_dir() {
        return Ok(());
    }
    let indexed = retrieval::Indexed::read(&folder)?;
    let mut answers = BTreeMap::new();
    let mut millis = Vec::new();
    for question in retrieval::questions(&folder)? {
        let hits = indexed.search(&question.question, 6)?;
        let sources: Vec<Source<'_>> = hits
            .iter()
            .zip(1..)
            .map(|(hit, number)| Source {
                number,
                title: &hit.title,
                heading_path: &hit.heading_path,
                text: &hit.text,
                score: hit.score,
            })
            .collect();
        let begun = Instant::now();
        let answer = extract::answer(&Asked::alone(&question.question), Language::En, &sources);
        millis.push(begun.elapsed().as_secs_f64() * 1000.0);
        answers.insert(question.id, answer.text);
    }
    let result = out.join("squad-answers.json");
    std::fs::write(&result, serde_json::to_vec(&answers)?)?;
    retrieval::report(&result.display().to_string(), &mut millis);
    Ok(())
}
