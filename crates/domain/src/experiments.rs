//! Experiments: which variant a visitor sees, what it changes, and what the figures say.

mod figures;
mod patch;

pub use figures::{Verdict, interval, verdict};
pub use patch::{accept, ctas_patched, patched, rules_patched};

use protocol::VisitorId;
use protocol::agent::AgentSnapshot;
use protocol::experiments::{EdgeExperiment, EdgeVariant, Variant};

use crate::cta;

/// Experiments of one agent.
pub const MOST: u32 = 50;
/// Variants of one experiment.
pub const MAX_VARIANTS: usize = 6;
/// Largest weight of a variant.
pub const MAX_WEIGHT: u32 = 1_000;
/// Visitors every variant needs before figures are compared.
pub const ENOUGH: u32 = 30;

/// The variant of an experiment that a visitor sees: always the same, and each variant as often as its weight says.
/// Nothing is looked up, so every edge agrees.
#[must_use]
pub fn assigned<'e>(experiment: &'e EdgeExperiment, visitor: &VisitorId) -> Option<&'e EdgeVariant> {
    let total: u128 = experiment.variants.iter().map(|variant| u128::from(variant.weight)).sum();
    let hash = hash(&[experiment.id.as_str(), visitor.as_str()]);
    // Where on the line of all weights the visitor stands.
    let mut place = (u128::from(hash) * total) >> 64;
    experiment.variants.iter().find(|variant| {
        let weight = u128::from(variant.weight);
        let here = place < weight;
        place = place.saturating_sub(weight);
        here
    })
}

/// FNV-1a with the finaliser of SplitMix64, so that ids that differ in their last characters land anywhere.
fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Makes an agent what this visitor sees of it, and says by which variants.
pub fn apply(agent: &mut AgentSnapshot, visitor: &VisitorId) -> Vec<Variant> {
    let mut seen = Vec::new();
    for experiment in std::mem::take(&mut agent.experiments) {
        if let Some(variant) = assigned(&experiment, visitor) {
            patch::apply(&variant.patch, agent);
            seen.push(Variant { experiment_id: experiment.id.clone(), variant_id: variant.id.clone() });
        }
    }
    cta::possible(agent);
    seen
}

#[cfg(test)]
mod tests;
