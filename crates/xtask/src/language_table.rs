//! `cargo xtask language-table FILE`: makes the table by which [`domain::language`] tells the five languages in
//! Latin letters apart. Built with the feature `language-table` alone, because its source is some 25 MB.
//!
//! The source is the n-gram frequencies of the crates `lingua-*-language-model` 1.3 (Apache-2.0, Peter M. Stahl;
//! counted on a million sentences of news for each language). Their test sentences are not read.

use std::collections::BTreeMap;

use domain::language::table::{COLUMNS, LEVELS, SHORTEST, SLOTS, STEP, hash};
use fst::Streamer;

use crate::eval::Result;

/// The frequency of what was never counted: one in a corpus of a hundred million letters.
const UNSEEN: f64 = 1e-8;

/// Writes the table.
pub fn run(arguments: &[String]) -> Result<()> {
    let Some(file) = arguments.get(1) else {
        return Err("usage: cargo run -p xtask --features language-table -- language-table FILE".into());
    };
    let mut slots: Vec<Option<Slot>> = (0..SLOTS).map(|_| None).collect();
    for (ngram, frequency) in frequencies()? {
        let letters: Vec<char> = ngram.chars().collect();
        if letters.len() < SHORTEST {
            continue;
        }
        let slot = Slot::new(&letters, frequency);
        let place = &mut slots[hash(&letters) as usize % SLOTS];
        // In order of the n-grams, so that equals are decided alike in every run.
        if place.as_ref().is_none_or(|there| there.telling < slot.telling) {
            *place = Some(slot);
        }
    }
    let column =
        |column: usize| slots.iter().map(move |slot| slot.as_ref().map_or(0, |slot| slot.bytes[column]));
    Ok(std::fs::write(file, (0..COLUMNS).flat_map(column).collect::<Vec<u8>>())?)
}

/// An n-gram as the table holds it.
struct Slot {
    /// How much a text tells by holding it: its frequency times what it says of the language.
    telling: f64,
    bytes: [u8; COLUMNS],
}

impl Slot {
    fn new(letters: &[char], frequency: [f64; 5]) -> Self {
        let frequency = frequency.map(|f| f + UNSEEN);
        let most = frequency.iter().copied().fold(0.0, f64::max);
        let sum: f64 = frequency.iter().sum();
        let telling = frequency.iter().map(|f| f * (5.0 * f / sum).ln()).sum();
        let packed = frequency.iter().rev().fold(0_u16, |packed, f| {
            let level = ((most / f).ln() / STEP).round().min(f64::from(LEVELS - 1)) as u16;
            packed * LEVELS + level
        });
        let [low, high] = packed.to_le_bytes();
        Self { telling, bytes: [(hash(letters) >> 24) as u8, low, high] }
    }
}

/// How frequent each n-gram is among those of its length, by language.
fn frequencies() -> Result<BTreeMap<String, [f64; 5]>> {
    use lingua_english_language_model::ENGLISH_MODELS_DIRECTORY as EN;
    use lingua_french_language_model::FRENCH_MODELS_DIRECTORY as FR;
    use lingua_german_language_model::GERMAN_MODELS_DIRECTORY as DE;
    use lingua_portuguese_language_model::PORTUGUESE_MODELS_DIRECTORY as PT;
    use lingua_spanish_language_model::SPANISH_MODELS_DIRECTORY as ES;
    let mut all: BTreeMap<String, [f64; 5]> = BTreeMap::new();
    for (language, folder) in [EN, ES, FR, DE, PT].iter().enumerate() {
        let file = folder.get_file("ngrams.fst").ok_or("the model has no n-grams")?;
        let map = fst::Map::new(file.contents())?;
        let mut stream = map.stream();
        while let Some((ngram, bits)) = stream.next() {
            let ngram = std::str::from_utf8(ngram)?;
            // The model has the logarithm of how often the last letter follows the others; those that an n-gram
            // begins with come before it.
            let last = ngram.char_indices().last().map_or(0, |(at, _)| at);
            let before = all.get(&ngram[..last]).map_or(1.0, |f| f[language]);
            all.entry(ngram.to_owned()).or_default()[language] = before * f64::from_bits(bits).exp();
        }
    }
    Ok(all)
}
