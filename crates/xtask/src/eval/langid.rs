//! `langid`: the language of words, pairs of words and sentences, with nothing known beforehand.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use domain::language;
use serde::Deserialize;

use super::Result;

#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
}

/// Each text is asked about this often, to measure what one guess takes.
const ROUNDS: u32 = 5;

/// Writes `langid.json`, each text's language by its id, and `langid-speed.json`, what a guess took.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let Ok(lines) = std::fs::read_to_string(data.join("langid.jsonl")) else { return Ok(()) };
    let cases = lines.lines().map(serde_json::from_str).collect::<std::result::Result<Vec<Case>, _>>()?;
    let begun = Instant::now();
    for _ in 1..ROUNDS {
        for case in &cases {
            std::hint::black_box(language::guess(std::hint::black_box(&case.text), None));
        }
    }
    let results: BTreeMap<&str, Option<&str>> = cases
        .iter()
        .map(|case| (case.id.as_str(), language::guess(&case.text, None).map(language::Language::code)))
        .collect();
    let each = begun.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS) / cases.len().max(1) as f64;
    std::fs::write(out.join("langid.json"), serde_json::to_vec(&results)?)?;
    Ok(std::fs::write(
        out.join("langid-speed.json"),
        serde_json::to_vec(&serde_json::json!({ "micros": each }))?,
    )?)
}
