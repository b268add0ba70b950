//! Bounds of an answer's shape: white space, characters nobody sees, the same again and again.

use protocol::answer::Cut;

/// White space in a row, and line breaks among it.
const MAX_SPACE: usize = 24;
const MAX_BREAKS: usize = 3;
/// The longest text that is noticed to repeat.
const MAX_PERIOD: usize = 200;
/// A repetition is noticed once it went on for so many characters, and so many times.
const LOOP_CHARS: usize = 240;
const LOOP_TIMES: usize = 4;
const KEPT: usize = MAX_PERIOD * LOOP_TIMES;
/// Characters between two looks for a repetition.
const LOOK_EVERY: usize = 32;

#[derive(Default)]
pub(super) struct Bounds {
    space: usize,
    breaks: usize,
    /// The newest characters, in lower case.
    recent: Vec<char>,
    unlooked: usize,
    repeats: bool,
}

impl Bounds {
    pub(super) fn push(&mut self, piece: &str) -> String {
        let mut passed = String::with_capacity(piece.len());
        for c in piece.chars() {
            if !self.repeats && self.passes(c) {
                passed.push(c);
                self.look(c);
            }
        }
        passed
    }

    pub(super) fn cut(&self) -> Option<Cut> {
        self.repeats.then_some(Cut::Repetition)
    }

    fn passes(&mut self, c: char) -> bool {
        if !c.is_whitespace() {
            // Letters without a shape, and what turns the order of others around.
            let unseen = matches!(c, '\u{e0000}'..='\u{e0fff}' | '\u{202d}' | '\u{202e}') || c.is_control();
            if !unseen {
                (self.space, self.breaks) = (0, 0);
            }
            return !unseen;
        }
        self.space += 1;
        self.breaks += usize::from(matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}'));
        self.space <= MAX_SPACE && self.breaks <= MAX_BREAKS
    }

    fn look(&mut self, c: char) {
        self.recent.push(c.to_ascii_lowercase());
        self.unlooked += 1;
        if self.unlooked < LOOK_EVERY {
            return;
        }
        self.unlooked = 0;
        if let Some(over) = self.recent.len().checked_sub(KEPT) {
            self.recent.drain(..over);
        }
        self.repeats = (1..=MAX_PERIOD).any(|period| {
            let long = LOOP_CHARS.max(period * LOOP_TIMES);
            let newest = || self.recent.iter().rev();
            self.recent.len() >= long
                && newest().take(long - period).zip(newest().skip(period)).all(|(a, b)| a == b)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_white_space_is_cut_short_and_words_stay_apart() {
        let mut bounds = Bounds::default();
        let passed = bounds.push(&format!("a{}b{}c", " ".repeat(9_000), "\n".repeat(9_000)));
        assert!(passed.len() < 40 && passed.split_whitespace().eq(["a", "b", "c"]), "{passed:?}");
        assert_eq!(bounds.cut(), None);
    }

    #[test]
    fn a_loop_ends_the_answer_and_lists_do_not() {
        for looped in ["ha ", "-", "We are open daily from nine to five, except on Sundays and holidays. "] {
            let mut bounds = Bounds::default();
            let passed = bounds.push(&looped.repeat(500));
            assert_eq!(bounds.cut(), Some(Cut::Repetition), "{looped}");
            assert!(passed.len() < 700, "{}", passed.len());
        }
        let mut bounds = Bounds::default();
        for n in 0..200 {
            bounds.push(&format!("- Room {n} is open from {} to {}.\n", n % 12, n % 7));
        }
        bounds.push(&format!("|{}\n", "---|".repeat(40)));
        assert_eq!(bounds.cut(), None);
    }

    #[test]
    fn what_nobody_sees_is_not_passed_on() {
        assert_eq!(Bounds::default().push("a\u{e0063}\u{202e}b\0c\n\td"), "abc\n\td");
    }
}
