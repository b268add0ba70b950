//! Answers that were just given, in this isolate's memory: by workspace, service and question, for a minute, and gone
//! with the isolate.

use std::cell::RefCell;
use std::collections::HashMap;

use platform::clock;
use sha2::{Digest, Sha256};
use store::Tenant;

/// Answers of one isolate, and bytes of one.
const MOST: usize = 256;
const MAX_BYTES: usize = 32_768;

/// An answer.
#[derive(Clone)]
pub struct Kept {
    pub text: String,
    /// Who may be told; empty: whoever may ask.
    pub proofs: Vec<String>,
}

impl Kept {
    /// What anybody who may ask may be told.
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned(), proofs: Vec::new() }
    }
}

thread_local! {
    static ANSWERS: RefCell<HashMap<String, (f64, Kept)>> = RefCell::new(HashMap::new());
}

/// The place of an answer. Its workspace is part of it, so that no other one's question finds it.
pub fn key(tenant: &Tenant, parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in [tenant.workspace().as_str()].iter().chain(parts) {
        digest.update(part.len().to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The answer at a place, while it is fresh.
pub fn kept(key: &str) -> Option<Kept> {
    let now = clock::now_ms();
    ANSWERS.with_borrow(|answers| {
        answers.get(key).filter(|(until, _)| *until > now).map(|(_, kept)| kept.clone())
    })
}

/// Keeps an answer until a time; one that is there stays as long as it was to.
pub fn keep(key: String, answer: &Kept, until: f64) {
    let now = clock::now_ms();
    if until <= now || answer.text.len() > MAX_BYTES {
        return;
    }
    ANSWERS.with_borrow_mut(|answers| {
        answers.retain(|_, (until, _)| *until > now);
        if answers.len() < MOST {
            answers.entry(key).or_insert_with(|| (until, answer.clone()));
        }
    });
}
