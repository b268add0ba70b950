//! Things listed one by one: a passage each, or several that all begin with the thing's name.

use std::rc::Rc;

use super::unit::{self, Header, Unit};
use super::{Passage, count_tokens, window};

/// Most tokens of a name that is repeated: it must leave room for what is said of the thing.
const MAX_NAME: u32 = 100;

/// One thing of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) path: Vec<String>,
    pub(crate) fragment: Option<String>,
    /// What is said of it.
    pub(crate) lines: Vec<String>,
    /// Which of the lines names it; every window but the first begins with this one.
    pub(crate) name: usize,
}

impl Record {
    /// Adds the passages of the record: one if it fits, as most do.
    pub(crate) fn passages(self, passages: &mut Vec<Passage>) {
        let mut push = |text: String| {
            passages.push(Passage {
                ord: u32::try_from(passages.len()).unwrap_or(u32::MAX),
                heading_path: self.path.clone(),
                fragment: self.fragment.clone(),
                tokens: count_tokens(&text),
                text,
            });
        };
        let whole = self.lines.join("\n");
        if whole.trim().is_empty() {
            return;
        }
        if count_tokens(&whole) <= super::WINDOW {
            push(whole);
            return;
        }
        let name = self.lines.get(self.name).filter(|name| count_tokens(name) <= MAX_NAME);
        let header = name.map(|name| Rc::new(Header { text: name.clone(), tokens: count_tokens(name) }));
        let mut units: Vec<Unit> = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            for mut unit in unit::of_line(line) {
                unit.header = header.clone().filter(|_| at != self.name && !units.is_empty());
                units.push(unit);
            }
        }
        window::windows(units).into_iter().for_each(push);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_record_is_one_passage_and_a_long_one_repeats_its_name() {
        let mut passages = Vec::new();
        let short = Record { lines: vec!["Name: Lamp".into(), "Price: 9".into()], ..Record::default() };
        short.passages(&mut passages);
        assert_eq!(passages[0].text, "Name: Lamp\nPrice: 9");
        let long = "It is bright. ".repeat(400);
        let lines = vec!["SKU: 7".into(), "Name: Lamp".into(), format!("Text: {long}")];
        Record { lines, name: 1, ..Record::default() }.passages(&mut passages);
        assert!(passages.len() > 4);
        assert!(passages[1].text.starts_with("SKU: 7\nName: Lamp\nText: It is"));
        assert!(passages[2..].iter().all(|passage| passage.text.starts_with("Name: Lamp\nIt is bright.")));
        assert!(passages.iter().all(|passage| passage.tokens <= super::super::WINDOW + 60));
        assert_eq!(passages.last().map(|passage| passage.ord as usize), Some(passages.len() - 1));
    }

    #[test]
    fn an_empty_record_and_an_endless_name_do_no_harm() {
        let mut passages = Vec::new();
        Record { lines: vec![" ".into()], ..Record::default() }.passages(&mut passages);
        assert!(passages.is_empty());
        Record { lines: vec!["x".repeat(50_000), "end".into()], name: 9, ..Record::default() }
            .passages(&mut passages);
        assert!(passages.last().is_some_and(|passage| passage.text.ends_with("end")));
    }
}
