//! `webhooks`: signatures of others, with a fixed clock, through the product's own verifier.

use std::collections::BTreeMap;
use std::path::Path;

use domain::signature::{verify, verify_standard};
use serde::Deserialize;

use super::Result;

#[derive(Deserialize)]
struct Case {
    id: String,
    scheme: String,
    now: u64,
    tolerance: u64,
    secret: String,
    headers: BTreeMap<String, String>,
    body: String,
    valid: bool,
}

impl Case {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    fn verdict(&self) -> Result<bool> {
        let (secrets, body) = ([self.secret.as_str()], self.body.as_bytes());
        let checked = match self.scheme.as_str() {
            "stripe" => verify(self.header("stripe-signature"), &secrets, body, self.now, self.tolerance),
            "standard" => {
                let [id, timestamp, signature] =
                    ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| self.header(name));
                verify_standard((id, timestamp, signature), &secrets, body, self.now, self.tolerance)
            }
            other => return Err(format!("{}: there is no scheme {other}", self.id).into()),
        };
        Ok(checked.is_ok())
    }
}

/// Writes `webhooks.json`: whether each case's message is believed.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let path = data.join("webhook_cases.json");
    if !path.exists() {
        return Ok(());
    }
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut results = BTreeMap::new();
    for case in &cases {
        results.insert(case.id.as_str(), case.verdict()?);
    }
    let agree = cases.iter().filter(|case| results.get(case.id.as_str()) == Some(&case.valid)).count();
    eprintln!("webhooks: {agree} of {} cases agree", cases.len());
    Ok(std::fs::write(out.join("webhooks.json"), serde_json::to_vec(&results)?)?)
}
