//! What our retrieval is compared with: plain BM25 over Snowball stems, without stop words. It shares nothing with
//! the product's words and ranking.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use rust_stemmers::{Algorithm, Stemmer};

use super::{Result, retrieval};

/// The usual constants of BM25.
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// Paragraphs listed for a question: enough to fuse with another list.
const LISTED: usize = 100;

/// English stop words, as Lucene has them.
const STOP_WORDS: &str = "a an and are as at be but by for if in into is it no not of on or such that the their then \
    there these they this to was will with what which who whom whose when where why how did do does";

/// Writes `squad-bm25.json` and `xquad-<language>-bm25.json`.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let squad = data.join("squad");
    if squad.is_dir() {
        rank(&squad, "en", &out.join("squad-bm25.json"))?;
    }
    if let Ok(folders) = std::fs::read_dir(data.join("xquad")) {
        for folder in folders {
            let folder = folder?;
            let language = folder.file_name().to_string_lossy().into_owned();
            rank(&folder.path(), &language, &out.join(format!("xquad-{language}-bm25.json")))?;
        }
    }
    Ok(())
}

fn rank(folder: &Path, language: &str, result: &Path) -> Result<()> {
    let words = Words::of(language);
    let paragraphs = retrieval::paragraphs(folder)?;
    let index = Index::new(paragraphs.iter().map(|paragraph| words.read(&paragraph.text)));
    let mut found = BTreeMap::new();
    for question in retrieval::questions(folder)? {
        let best = index.search(&words.read(&question.question));
        found.insert(question.id, best.into_iter().map(|at| paragraphs[at].id.as_str()).collect::<Vec<_>>());
    }
    Ok(std::fs::write(result, serde_json::to_vec(&found)?)?)
}

/// How texts become words.
struct Words {
    stemmer: Option<Stemmer>,
    stop: HashSet<&'static str>,
}

impl Words {
    fn of(language: &str) -> Self {
        let algorithm = match language {
            "en" => Some(Algorithm::English),
            "es" => Some(Algorithm::Spanish),
            "fr" => Some(Algorithm::French),
            "de" => Some(Algorithm::German),
            "pt" => Some(Algorithm::Portuguese),
            "ar" => Some(Algorithm::Arabic),
            _ => None,
        };
        let stop = if language == "en" { STOP_WORDS.split_whitespace().collect() } else { HashSet::new() };
        Self { stemmer: algorithm.map(Stemmer::create), stop }
    }

    fn read(&self, text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty() && !self.stop.contains(word))
            .map(|word| self.stemmer.as_ref().map_or_else(|| word.to_owned(), |s| s.stem(word).into_owned()))
            .collect()
    }
}

/// Where each word occurs, and how often.
struct Index {
    places: HashMap<String, Vec<(usize, f64)>>,
    lengths: Vec<f64>,
    mean: f64,
}

impl Index {
    fn new(texts: impl Iterator<Item = Vec<String>>) -> Self {
        let mut places: HashMap<String, Vec<(usize, f64)>> = HashMap::new();
        let mut lengths = Vec::new();
        for (at, words) in texts.enumerate() {
            lengths.push(words.len() as f64);
            let mut counts: HashMap<String, f64> = HashMap::new();
            for word in words {
                *counts.entry(word).or_default() += 1.0;
            }
            for (word, count) in counts {
                places.entry(word).or_default().push((at, count));
            }
        }
        let mean = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
        Self { places, lengths, mean }
    }

    /// The best texts, best first; of equals the first.
    fn search(&self, words: &[String]) -> Vec<usize> {
        let mut scores = vec![0.0; self.lengths.len()];
        for word in words {
            let Some(places) = self.places.get(word) else { continue };
            let (all, with) = (self.lengths.len() as f64, places.len() as f64);
            let rarity = ((all - with + 0.5) / (with + 0.5)).ln_1p();
            for (at, count) in places {
                let length = 1.0 - B + B * self.lengths[*at] / self.mean;
                scores[*at] += rarity * count * (K1 + 1.0) / (count + K1 * length);
            }
        }
        let mut best: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] > 0.0).collect();
        best.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        best.truncate(LISTED);
        best
    }
}
