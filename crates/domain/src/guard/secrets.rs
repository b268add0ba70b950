//! Ends an answer that begins to tell what only the model was told: the canary, the key of the fences, a run of the
//! prompt's rules or of the member's instructions.
//!
//! Compared are letters and digits alone, folded, so case, spaces, punctuation and characters without a shape hide
//! nothing; beside the plain spelling stand the ones that models write on request: backwards, rot13, hexadecimal,
//! base64, character codes. What could still become a secret is held back from its first letter on,
//! within the first word of an answer from its fourth.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::OnceLock;

use super::links::{is_address, is_joint};
use crate::order;
use crate::text::fold;

/// Letters that are compared at once: as many as fit into a number.
const WINDOW: u32 = 8;
/// So many letters tell something of a secret with which an answer begins.
const TELLING: u32 = 4;
/// So many letters of the rules in a row are no coincidence.
const RUN: u32 = 36;
/// So many words are none either, where they have as many letters as this.
const RUN_WORDS: u32 = 8;
const RUN_OF_WORDS: u32 = 24;
/// Of the member's instructions, which hold facts that are to be told, only a passage counts.
const PASSAGE: u32 = 96;

/// A word that nobody can guess, made from the turn's key; where it shows, the prompt shows.
#[must_use]
pub fn canary(fence_key: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in fence_key.bytes().chain(*b"canary") {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^= hash >> 32;
    (0..16_u32).map(|at| char::from(b'a' + ((hash >> (at * 4)) & 15) as u8)).collect()
}

/// What one model must not tell, and how much of its text could be that.
pub struct Secrets {
    /// Every window of every spelling of the canary and the key: one of them is enough.
    marks: Vec<u64>,
    mark_grams: Grams,
    instructions: Grams,
    /// Where the canary or the key begins, text is held back.
    starts: Starts,
    /// The newest letters, the last in the lowest byte.
    tail: u64,
    letters: u32,
    /// The same of letters in ASCII alone, whatever stands between them.
    ascii: u64,
    /// Which of the newest letters begin a word, the last in the lowest bit.
    begins: u32,
    in_word: bool,
    /// The first word is over.
    begun: bool,
    rules_run: Run,
    instructions_run: Run,
    held: VecDeque<(char, u32)>,
    held_letters: u32,
    /// The newest characters that are an address as a whole only: cut within, they could be another.
    joined: usize,
    told: bool,
}

/// Letters in a row that were found, and the whole words among them.
#[derive(Default)]
struct Run {
    letters: u32,
    words: u32,
}

impl Secrets {
    /// The key of this turn's fences, the rules every prompt has (the same in every call), and the member's own.
    #[must_use]
    pub fn new(fence_key: &str, rules: &[&str], instructions: &str) -> Self {
        let mut marks = Vec::new();
        let mut mark_grams = Grams::default();
        read_rules(rules);
        let mut starts = Starts::default();
        for secret in [canary(fence_key), fence_key.to_owned()] {
            for spelling in spellings(&secret) {
                for gram in grams(&spelling) {
                    marks.push(gram);
                    mark_grams.add(gram);
                }
                starts.add(&spelling);
            }
        }
        let mut own = Grams::default();
        for passage in instructions.split(['"', '“', '”', '„', '«', '»', '「', '」', '『', '』'])
        {
            let plain: String = letters_of(passage);
            if plain.chars().count() < PASSAGE as usize / 3 {
                continue;
            }
            own.add_all(&plain);
            own.add_all(&backwards(&plain));
            own.add_all(&rot13(&plain));
        }
        Self {
            marks,
            mark_grams,
            instructions: own,
            starts,
            tail: 0,
            letters: 0,
            ascii: 0,
            begins: 0,
            in_word: false,
            begun: false,
            rules_run: Run::default(),
            instructions_run: Run::default(),
            held: VecDeque::new(),
            held_letters: 0,
            joined: 0,
            told: false,
        }
    }

    /// Whether a secret began to appear; nothing is passed on from then on.
    #[must_use]
    pub fn told(&self) -> bool {
        self.told
    }

    /// Takes a piece of text and returns what may be shown.
    pub fn push(&mut self, piece: &str) -> String {
        let rules = RULES.get();
        let mut shown = String::with_capacity(piece.len());
        for c in piece.chars() {
            if self.told {
                break;
            }
            let mut letters = 0;
            let mut hold = 0;
            if c.is_ascii_alphanumeric() {
                // Nearly every one is, and folds without a place of its own in memory.
                letters = 1;
                hold = self.take(c.to_ascii_lowercase(), true, rules);
            } else if !c.is_ascii() {
                for letter in folded(c) {
                    letters += 1;
                    hold = self.take(letter, false, rules);
                }
            }
            if letters == 0 {
                if !matches!(c, '\'' | '’') {
                    self.end_word();
                }
                hold = self.held_letters;
            }
            self.held.push_back((c, letters));
            self.held_letters += letters;
            self.joined = match (self.joined, is_address(c)) {
                (_, false) => 0,
                (0, true) => usize::from(is_joint(c)),
                (joined, true) => joined + 1,
            };
            if !self.told {
                self.release(hold, &mut shown);
            }
        }
        shown
    }

    /// What was held back and became nothing.
    pub fn finish(&mut self) -> String {
        self.end_word();
        let mut rest = String::new();
        if !self.told {
            self.joined = 0;
            self.release(0, &mut rest);
        }
        rest
    }

    /// Takes a letter, `plain` where it was written as it is; how many of the newest have to be held back.
    fn take(&mut self, letter: char, plain: bool, rules: Option<&Rules>) -> u32 {
        self.tail = self.tail << 8 | u64::from(byte(letter));
        self.letters = (self.letters + 1).min(WINDOW);
        self.begins = self.begins << 1 | u32::from(!self.in_word);
        self.in_word = true;
        let whole = self.letters == WINDOW;
        if plain {
            self.ascii = self.ascii << 8 | u64::from(byte(letter));
        }
        self.told |= [self.tail, self.ascii]
            .iter()
            .any(|tail| self.mark_grams.has(*tail) && self.marks.contains(tail));
        let weight = if letter.is_ascii() { 1 } else { 3 };
        let in_rules = whole && rules.is_some_and(|rules| rules.grams.has(self.tail));
        let rules_hold = self.rules_run.step(in_rules, 1, self.begins);
        self.told |= self.rules_run.letters >= RUN;
        let in_instructions = whole && self.instructions.has(self.tail);
        let own_hold = self.instructions_run.step(in_instructions, weight, self.begins);
        self.told |= self.instructions_run.letters >= PASSAGE;
        // Instructions hold facts: of them, only what is on its way to become a passage waits.
        let own_hold = if self.instructions_run.letters >= PASSAGE / 2 { own_hold } else { 0 };
        rules_hold.max(own_hold).max(self.beginning(rules))
    }

    /// A word is whole where a character follows that is no letter.
    fn end_word(&mut self) {
        if !std::mem::take(&mut self.in_word) {
            return;
        }
        self.begun = true;
        if self.rules_run.letters > 0 {
            self.rules_run.words += 1;
            self.told |= self.rules_run.words >= RUN_WORDS && self.rules_run.letters >= RUN_OF_WORDS;
        }
    }

    /// The newest letters that are the beginning of a secret: from the beginning of a word on, or three of them. Nearly every
    /// word begins as some rule goes on, and an answer's first word does not wait for its second because of it.
    fn beginning(&self, rules: Option<&Rules>) -> u32 {
        let least = if self.begun { 1 } else { TELLING };
        let begins = |n: &u32| {
            (*n > 2 || self.begins >> (n - 1) & 1 == 1)
                && (self.starts.has(*n, self.tail)
                    || rules.is_some_and(|rules| rules.starts.has(*n, self.tail)))
        };
        (least..WINDOW).rev().filter(|n| *n <= self.letters).find(begins).unwrap_or(0)
    }

    /// Shows all but so many letters, and no address in part.
    fn release(&mut self, hold: u32, shown: &mut String) {
        let (mut free, mut left) = (0, self.held_letters);
        while let Some((_, letters)) = self.held.get(free) {
            if left.saturating_sub(*letters) < hold || self.held.len() - free <= self.joined {
                break;
            }
            left -= letters;
            free += 1;
        }
        free = self.before_address(free);
        for (c, letters) in self.held.drain(..free) {
            self.held_letters -= letters;
            shown.push(c);
        }
    }

    /// The place itself, or the first joint of the address that it would cut.
    fn before_address(&self, place: usize) -> usize {
        let address = |at: usize| self.held.get(at).is_some_and(|(c, _)| is_address(*c));
        if !address(place) {
            return place;
        }
        let begin = (0..place).rev().take_while(|at| address(*at)).last().unwrap_or(place);
        let joint = |at: &usize| self.held.get(*at).is_some_and(|(c, _)| is_joint(*c));
        (begin..place).find(joint).unwrap_or(place)
    }
}

impl Run {
    /// A further letter, at the end of a window that is known or not; how many letters the run has held back.
    fn step(&mut self, known: bool, weight: u32, begins: u32) -> u32 {
        if !known {
            *self = Self::default();
            return 0;
        }
        if self.letters == 0 {
            // All but the word that is under way.
            *self = Self { letters: WINDOW * weight, words: (begins & 0xff).count_ones().saturating_sub(1) };
        } else {
            self.letters += weight;
        }
        self.letters
    }
}

/// A set of windows that may take a stranger for a member, but not one after the other.
struct Grams(Vec<u64>);

const BITS: u32 = 16;

impl Default for Grams {
    fn default() -> Self {
        Self(vec![0; 1 << (BITS - 6)])
    }
}

impl Grams {
    fn place(gram: u64) -> (usize, u64) {
        let hash = gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS);
        ((hash >> 6) as usize, 1 << (hash & 63))
    }

    fn add(&mut self, gram: u64) {
        let (at, bit) = Self::place(gram);
        if let Some(bits) = self.0.get_mut(at) {
            *bits |= bit;
        }
    }

    fn add_all(&mut self, letters: &str) {
        for gram in grams(letters) {
            self.add(gram);
        }
    }

    fn has(&self, gram: u64) -> bool {
        let (at, bit) = Self::place(gram);
        self.0.get(at).is_some_and(|bits| bits & bit != 0)
    }
}

/// The first letters of secrets, one fewer than a window each.
#[derive(Default)]
struct Starts {
    all: Vec<u64>,
    /// By their last two letters, at every length: nearly all that was written begins none.
    ends: Grams,
}

impl Starts {
    fn add(&mut self, letters: &str) {
        let first = letters.chars().take(WINDOW as usize - 1).map(byte);
        let (start, count) =
            first.fold((0, 0), |(start, count), byte| (start << 8 | u64::from(byte), count + 1));
        if count < WINDOW - 1 {
            return;
        }
        self.all.push(start);
        for n in 1..WINDOW {
            self.ends.add(Self::end(n, Self::cut(start, n)));
        }
    }

    /// The first letters of a start.
    fn cut(start: u64, letters: u32) -> u64 {
        start >> (8 * (WINDOW - 1 - letters))
    }

    fn end(letters: u32, newest: u64) -> u64 {
        u64::from(letters) << 16 | newest & 0xffff
    }

    /// Whether the newest letters are the beginning of one.
    fn has(&self, letters: u32, tail: u64) -> bool {
        let newest = tail & ((1 << (8 * letters)) - 1);
        self.ends.has(Self::end(letters, newest))
            && self.all.iter().any(|start| Self::cut(*start, letters) == newest)
    }
}

/// The rules of every prompt, looked through once.
struct Rules {
    grams: Grams,
    starts: Starts,
}

static RULES: OnceLock<Rules> = OnceLock::new();

fn read_rules(rules: &[&str]) {
    let read = || {
        let (mut grams, mut starts) = (Grams::default(), Starts::default());
        for rule in rules {
            for spelling in spellings(rule) {
                grams.add_all(&spelling);
                starts.add(&spelling);
            }
            let words: Vec<&str> = rule.split_whitespace().collect();
            for at in 1..words.len() {
                let rest: String = words.iter().skip(at).copied().collect();
                starts.add(&letters_of(&rest));
            }
        }
        order::unique(&mut starts.all);
        Rules { grams, starts }
    };
    RULES.get_or_init(read);
}

/// Every run of letters that fills a window.
fn grams(letters: &str) -> impl Iterator<Item = u64> {
    let mut tail = 0;
    let windows = letters.chars().map(move |letter| {
        tail = tail << 8 | u64::from(byte(letter));
        tail
    });
    windows.skip(WINDOW as usize - 1)
}

/// One byte for a letter; those outside ASCII share the upper half.
fn byte(letter: char) -> u8 {
    let code = u32::from(letter);
    if code < 128 { code as u8 } else { 128 | (code % 127) as u8 }
}

fn letters_of(text: &str) -> String {
    text.chars().flat_map(folded).collect()
}

/// The letters and digits of a character as they are compared; nothing of what has no shape of its own.
fn folded(c: char) -> impl Iterator<Item = char> {
    let plain = plain(c);
    let folded = if plain.is_ascii() {
        String::from(plain.to_ascii_lowercase())
    } else {
        fold(plain.encode_utf8(&mut [0; 4]))
    };
    folded.chars().map(look_alike).filter(|c| c.is_alphanumeric()).collect::<Vec<_>>().into_iter()
}

/// Letters in another dress: mathematical, circled, of flags.
fn plain(c: char) -> char {
    let code = u32::from(c);
    let letter = match code {
        0x1d400..=0x1d6a3 => (code - 0x1d400) % 26,
        0x1d7ce..=0x1d7ff => return char::from(b'0' + ((code - 0x1d7ce) % 10) as u8),
        0x24b6..=0x24e9 => (code - 0x24b6) % 26,
        0x1f130..=0x1f149 => code - 0x1f130,
        0x1f150..=0x1f169 => code - 0x1f150,
        0x1f170..=0x1f189 => code - 0x1f170,
        0x1f1e6..=0x1f1ff => code - 0x1f1e6,
        _ => return c,
    };
    char::from(b'a' + letter as u8)
}

/// Letters of other scripts that look like ours.
fn look_alike(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'с' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'н' | 'η' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'у' | 'υ' => 'y',
        'х' | 'χ' => 'x',
        _ => c,
    }
}

/// The ways in which a text is written on request, each as its letters.
fn spellings(text: &str) -> Vec<String> {
    let plain = letters_of(text);
    let turned = rot13(&plain);
    let mut all = vec![backwards(&plain), backwards(&turned), turned, plain];
    for cased in [text.to_owned(), text.to_ascii_uppercase()] {
        let bytes = cased.as_bytes();
        let codes = |before: &str, format: fn(&mut String, u8)| {
            bytes.iter().fold(String::new(), |mut all, byte| {
                all.push_str(before);
                format(&mut all, *byte);
                all
            })
        };
        let hexadecimal: fn(&mut String, u8) = |all, byte| {
            let _ = write!(all, "{byte:02x}");
        };
        all.push(codes("", hexadecimal));
        all.push(codes("x", hexadecimal));
        all.push(codes("0x", hexadecimal));
        all.push(codes("u00", hexadecimal));
        all.push(codes("", |all, byte| {
            let _ = write!(all, "{byte}");
        }));
        all.extend((0..3).map(|shift| base64(bytes, shift)));
        if text.len() > 64 {
            // Rules are told as they are written.
            break;
        }
    }
    all
}

fn backwards(letters: &str) -> String {
    letters.chars().rev().collect()
}

fn rot13(letters: &str) -> String {
    let turn = |c: char| match c {
        'a'..='m' => char::from(c as u8 + 13),
        'n'..='z' => char::from(c as u8 - 13),
        c => c,
    };
    letters.chars().map(turn).collect()
}

/// The letters of a text in base64, where so many bytes stand before it: those that do not depend on its neighbours.
fn base64(bytes: &[u8], shift: usize) -> String {
    const ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut letters = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in [0, 0].iter().take(shift).chain(bytes) {
        (bits, count) = (bits << 8 | u32::from(*byte), count + 8);
        while count >= 6 {
            count -= 6;
            let letter = ALPHABET.get((bits >> count & 63) as usize).copied().unwrap_or_default();
            letters.push(char::from(letter));
        }
    }
    let first = [0, 2, 3].get(shift).copied().unwrap_or_default();
    letters.chars().skip(first).filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests;
