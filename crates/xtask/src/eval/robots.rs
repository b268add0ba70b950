//! `robots`: Google's assertions about robots.txt.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use ingest::robots::Robots;
use serde::Deserialize;

use super::Result;

#[derive(Deserialize)]
struct Case {
    id: String,
    robots_b64: String,
    agent: String,
    url: String,
}

/// Writes `robots.json`: whether each case's address may be fetched.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let path = data.join("robots_cases.json");
    if !path.exists() {
        return Ok(());
    }
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut results = BTreeMap::new();
    for case in cases {
        let body = base64::engine::general_purpose::STANDARD.decode(case.robots_b64)?;
        results.insert(case.id, Robots::parse(&body).allows(&case.agent, &case.url));
    }
    Ok(std::fs::write(out.join("robots.json"), serde_json::to_vec(&results)?)?)
}
