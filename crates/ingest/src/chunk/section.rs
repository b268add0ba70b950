//! Sections: what stands under one heading, and tiny ones put together.

use super::TINY;
use super::unit::{self, Unit};
use crate::page::Block;

#[derive(Debug, Clone)]
pub(super) struct Section {
    /// The page's title and the headings above, the section's own last.
    pub(super) path: Vec<String>,
    pub(super) fragment: Option<String>,
    pub(super) units: Vec<Unit>,
    tokens: u32,
}

/// Sections in order. A heading with nothing below it is a section only if no deeper heading follows: else its
/// words are in the path of the next one.
pub(super) fn split(page_title: &str, blocks: &[Block]) -> Vec<Section> {
    let title = page_title.trim();
    let mut headings: Vec<(u8, String)> = Vec::new();
    let mut sections = vec![Section::new(title, &headings, None)];
    for block in blocks {
        match block {
            Block::Heading { level, id, text } => {
                headings.retain(|(above, _)| above < level);
                headings.push((*level, text.clone()));
                sections.push(Section::new(title, &headings, id.clone()));
            }
            block => {
                if let Some(section) = sections.last_mut() {
                    section.push(unit::of(block));
                }
            }
        }
    }
    let mut kept: Vec<Section> = Vec::new();
    for section in sections.into_iter().rev() {
        let covered = kept.last().is_some_and(|next| next.path.starts_with(&section.path));
        if section.units.is_empty() && covered {
            continue;
        }
        kept.push(section);
    }
    kept.reverse();
    // The page's title alone is not a passage.
    kept.retain(|section| !section.units.is_empty() || section.path.len() > usize::from(!title.is_empty()));
    kept.into_iter().map(Section::with_words).collect()
}

/// Puts neighbouring sections below [`TINY`] tokens together under the headings they share.
pub(super) fn merge_tiny(sections: Vec<Section>) -> Vec<Section> {
    let mut merged: Vec<Section> = Vec::new();
    let mut group: Option<Section> = None;
    for section in sections {
        let Some(open) = group.take() else {
            if section.tokens < TINY {
                group = Some(section)
            } else {
                merged.push(section)
            }
            continue;
        };
        if section.tokens >= TINY || !open.shares_parent(&section) {
            close(&mut merged, open);
            if section.tokens < TINY {
                group = Some(section)
            } else {
                merged.push(section)
            }
            continue;
        }
        let both = open.join(section);
        if both.tokens < TINY { group = Some(both) } else { merged.push(both) }
    }
    if let Some(open) = group {
        close(&mut merged, open);
    }
    merged
}

/// A tiny rest joins the passage before it when that one is small too; else it stands alone.
fn close(merged: &mut Vec<Section>, rest: Section) {
    match merged.pop() {
        Some(before) if before.shares_parent(&rest) && before.tokens + rest.tokens < 3 * TINY => {
            merged.push(before.join(rest));
        }
        before => {
            merged.extend(before);
            merged.push(rest);
        }
    }
}

impl Section {
    fn new(title: &str, headings: &[(u8, String)], fragment: Option<String>) -> Section {
        let mut path: Vec<String> = headings.iter().map(|(_, text)| text.clone()).collect();
        if !title.is_empty() && path.first().is_none_or(|first| !first.trim().eq_ignore_ascii_case(title)) {
            path.insert(0, title.to_owned());
        }
        Section { path, fragment, units: Vec::new(), tokens: 0 }
    }

    fn push(&mut self, units: Vec<Unit>) {
        self.tokens += units.iter().map(|unit| unit.tokens).sum::<u32>();
        self.units.extend(units);
    }

    /// A heading with nothing below it is its own text.
    fn with_words(mut self) -> Section {
        if self.units.is_empty()
            && let Some(heading) = self.path.last().cloned()
        {
            self.push(vec![Unit::line(heading)]);
        }
        self
    }

    /// Whether both stand under the same heading, or one under the other.
    fn shares_parent(&self, other: &Section) -> bool {
        let common = common_prefix(&self.path, &other.path);
        common + 1 >= self.path.len() && common + 1 >= other.path.len() && common > 0
            || self.path.len() <= 1 && other.path.len() <= 1
    }

    /// Both under the headings they share; the headings that go from the paths come into the text.
    fn join(mut self, other: Section) -> Section {
        let common = common_prefix(&self.path, &other.path);
        self.spell_headings(common);
        let mut other = other;
        other.spell_headings(common);
        self.fragment = self.fragment.or(other.fragment);
        self.push(other.units);
        self
    }

    fn spell_headings(&mut self, keep: usize) {
        let own = self.path.split_off(keep.min(self.path.len()));
        let lines: Vec<Unit> = own
            .into_iter()
            // A section that is its heading alone has spelt it already.
            .filter(|heading| self.units.first().is_none_or(|unit| unit.text != *heading))
            .map(Unit::line)
            .collect();
        self.tokens += lines.iter().map(|unit| unit.tokens).sum::<u32>();
        self.units.splice(0..0, lines);
    }
}

fn common_prefix(a: &[String], b: &[String]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
