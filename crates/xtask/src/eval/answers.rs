//! Extractive answers over a question set: `squad-answers.json`; and how much of what they state their sources say,
//! beside what the same check says of a source that was not quoted: `squad-support.json`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use domain::extract::{self, Source};
use domain::followup::Asked;
use domain::language::Language;
use domain::support;
use serde::Serialize;

use super::{Result, retrieval};

/// Sentences that state something, and those with support.
#[derive(Default, Serialize)]
struct Support {
    claims: u32,
    supported: u32,
    /// The same sentences, held against the next passage that was found instead of their own.
    foreign_claims: u32,
    foreign_supported: u32,
}

/// Answers every question from its six best passages.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let folder = data.join("squad");
    if !folder.is_dir() {
        return Ok(());
    }
    let indexed = retrieval::Indexed::read(&folder)?;
    let mut answers = BTreeMap::new();
    let mut millis = Vec::new();
    let mut support = Support::default();
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
        if answer.answered {
            let own = support::check(&answer.text, &hits, "");
            let mut others = hits.clone();
            others.rotate_left(1);
            let foreign = support::check(&answer.text, &others, "");
            support.claims += own.claims;
            support.supported += own.supported;
            support.foreign_claims += foreign.claims;
            support.foreign_supported += foreign.supported;
        }
        answers.insert(question.id, answer.text);
    }
    std::fs::write(out.join("squad-support.json"), serde_json::to_vec(&support)?)?;
    let result = out.join("squad-answers.json");
    std::fs::write(&result, serde_json::to_vec(&answers)?)?;
    retrieval::report(&result.display().to_string(), &mut millis);
    Ok(())
}
