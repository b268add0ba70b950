//! The table of letter sequences, made by `cargo xtask language-table` of n-gram frequencies.
//!
//! It has a slot for every value of fifteen bits of a hash. A slot holds the most telling of the n-grams that
//! fall into it: eight further bits of the hash, to know it again, and how much rarer it is in each language than
//! in the one where it is most common.

/// Three columns: of each slot one byte of the hash, then the low bytes of all levels, then the high ones. Like stands
/// beside like, which packs better.
static TABLE: &[u8] = include_bytes!("table.bin");

/// Letters of the shortest and of the longest n-gram.
pub const SHORTEST: usize = 3;
pub const LONGEST: usize = 5;
pub const SLOTS: usize = 1 << 15;
/// Columns of one byte a slot.
pub const COLUMNS: usize = 3;
/// Levels of rarity, three bits each.
pub const LEVELS: u16 = 8;
/// What a level means, in natural logarithms of relative frequency.
pub const STEP: f64 = 0.7;

/// The hash by which an n-gram is found: the low bits are its slot, the high ones its mark.
#[must_use]
pub fn hash(ngram: &[char]) -> u32 {
    let mut hash =
        ngram.iter().fold(0x811c_9dc5_u32, |hash, c| (hash ^ u32::from(*c)).wrapping_mul(0x0100_0193));
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    hash = (hash ^ (hash >> 12)).wrapping_mul(0x297a_2d39);
    hash ^ (hash >> 15)
}

/// How much rarer an n-gram is in each of [`super::Language::LATIN`] than where it is most common; an unknown one
/// is as common everywhere.
pub(super) fn levels(ngram: &[char]) -> [u16; 5] {
    let hash = hash(ngram);
    let slot = hash as usize % SLOTS;
    let [mark, low, high] =
        [0, 1, 2].map(|column| TABLE.get(column * SLOTS + slot).copied().unwrap_or_default());
    if u32::from(mark) != hash >> 24 {
        return [0; 5];
    }
    let packed = u16::from_le_bytes([low, high]);
    [0, 3, 6, 9, 12].map(|at| (packed >> at) % LEVELS)
}
