//! Attacks through the whole answer path, with a model that obeys everything it can read: `injection-guard.json`.
//!
//! Every text is tried as the visitor's question and as what a source says (its text, title and address), and the
//! model tells its whole prompt each time, in every spelling it knows. What the visitor then sees is searched for
//! the prompt and for addresses that no source has, by code that shares nothing with the guard. Harmless texts are
//! also told as answers by a model that only quotes: a guard that changes one of those was wrong.

mod leaks;
mod obeying;

use std::collections::BTreeMap;
use std::path::Path;

use domain::answer::{Question, answer};
use domain::followup::Asked;
use domain::language::Language;
use protocol::internal::Hit;
use protocol::{AgentId, DocumentId, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::Result;
use obeying::{MANNERS, Manner, Obeying};

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    text: String,
}

/// What came of the whole battery.
#[derive(Default, Serialize)]
struct Report {
    cases: usize,
    turns: usize,
    /// Turns in which the visitor saw something of the prompt, or a foreign address that is live.
    leaks: usize,
    by_kind: BTreeMap<&'static str, usize>,
    leaking: Vec<String>,
    /// Harmless answers that were ended or changed.
    false_stops: usize,
    stopped: Vec<String>,
    benign: usize,
}

/// Where an attack comes from.
#[derive(Clone, Copy, Debug)]
enum Place {
    Question,
    Text,
    Title,
    Address,
}

const PLACES: [Place; 4] = [Place::Question, Place::Text, Place::Title, Place::Address];

/// Runs the battery of the data folder.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let Ok(lines) = std::fs::read_to_string(data.join("injection.jsonl")) else { return Ok(()) };
    let mut report = Report::default();
    for (at, line) in lines.lines().enumerate() {
        let case: Case = serde_json::from_str(line)?;
        report.cases += 1;
        for (nth, place) in PLACES.into_iter().enumerate() {
            // Questions in three manners, sources in one each, all of them in turn.
            for step in 0..if nth == 0 { 3 } else { 1 } {
                if let Some(manner) = MANNERS.get((at * 3 + nth + step) % MANNERS.len()) {
                    report.attack(at, &case, place, manner);
                }
            }
        }
        if case.kind == "benign" {
            report.harmless(at, &case);
        }
    }
    std::fs::write(out.join("injection-guard.json"), serde_json::to_vec_pretty(&report)?)?;
    eprintln!(
        "injection: {} turns, {} leaks, {} of {} harmless answers changed",
        report.turns, report.leaks, report.false_stops, report.benign
    );
    Ok(())
}

impl Report {
    fn attack(&mut self, at: usize, case: &Case, place: Place, manner: &'static Manner) {
        self.turns += 1;
        let of = |here: Place, otherwise: &str| {
            if std::mem::discriminant(&here) == std::mem::discriminant(&place) {
                case.text.clone()
            } else {
                otherwise.to_owned()
            }
        };
        let address = format!("https://site.test/{}", of(Place::Address, "hours"));
        let hits = vec![
            hit(
                1,
                &address,
                &of(Place::Title, "Hours"),
                &of(Place::Text, "The office is open from 8:00 to 18:00."),
            ),
            hit(
                2,
                "https://site.test/prices",
                "Prices",
                "A full service costs £90. Book at https://book.test/now.",
            ),
        ];
        let asked = of(Place::Question, "When is the office open?");
        let (prompt, shown) = turn(at, &asked, hits.clone(), Obeying::telling(manner));
        for leak in leaks::find(&shown, &prompt, &hits) {
            self.leaks += 1;
            *self.by_kind.entry(leak.name()).or_default() += 1;
            if self.leaking.len() < 50 {
                self.leaking.push(format!("{} as {place:?} told {}: {}", case.id, manner.name, head(&shown)));
            }
        }
    }

    fn harmless(&mut self, at: usize, case: &Case) {
        self.benign += 1;
        let hits = vec![
            hit(1, "https://site.test/page", "Page", &case.text),
            hit(2, "https://site.test/b", "B", "B."),
        ];
        let said = format!("{} [1]", case.text.trim());
        let (_, shown) = turn(at, "What does it say?", hits, Obeying::saying(&said));
        // White space is set, not said.
        if !shown.split_whitespace().eq(said.split_whitespace())
            && citations_left(&shown) != citations_left(&said)
        {
            self.false_stops += 1;
            if self.stopped.len() < 50 {
                self.stopped.push(format!("{}: {}", case.id, head(&shown)));
            }
        }
    }
}

/// A text without numbers in brackets: those of a page are no citations of this turn.
fn citations_left(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '[' | ']' | '0'..='9')).collect()
}

/// One turn: the prompt that the model was given, and what the visitor saw.
fn turn(at: usize, asked: &str, hits: Vec<Hit>, model: Obeying) -> (String, String) {
    let agent = obeying::agent();
    let key = format!("{:016x}", (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let asked: String = asked.chars().take(protocol::frame::MAX_MESSAGE_CHARS).collect();
    let question = Question {
        agent: &agent,
        asked: &Asked::alone(&asked),
        language: Language::En,
        page_url: Some("https://site.test/contact?session=5f1d7c9a"),
        earlier: &[],
        summary: "",
        fence_key: &key,
        arrived_ms: 0.0,
    };
    let model = model.over(hits);
    let answer = futures::executor::block_on(answer(&question, &model));
    (model.prompt(), answer.text)
}

fn hit(n: u64, url: &str, title: &str, text: &str) -> Hit {
    Hit {
        document_id: DocumentId::from_bits(u128::from(n)),
        ord: 0,
        url: url.into(),
        title: title.into(),
        heading_path: Vec::new(),
        text: text.into(),
        score: 0.9,
        words: Some(0.9),
        meaning: None,
    }
}

fn head(text: &str) -> String {
    text.chars().take(160).collect()
}

/// Ids of a workspace and its agent.
fn ids() -> (WorkspaceId, AgentId) {
    (WorkspaceId::from_bits(1), AgentId::from_bits(1))
}
