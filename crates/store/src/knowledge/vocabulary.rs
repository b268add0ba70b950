//! What the index as a whole says of a question's words: how often they occur, and which of its own words stand for
//! those it does not have.

use std::collections::HashMap;

use domain::language::Language;
use domain::order;
use domain::rank::Frequencies;
use domain::words::{self, Group, near};

use crate::{Engine, Error, sql::sql};

/// Words of a question that are looked for as compounds or slips; the rest is taken as it is.
const MOST_UNKNOWN: usize = 4;
/// Terms that are compared with a slip.
const MOST_COMPARED: u32 = 400;

/// What the index holds as a whole.
pub(super) struct Site {
    pub passages: u32,
    pub languages: Vec<Language>,
}

impl Site {
    pub(super) fn read(engine: &dyn Engine) -> Result<Self, Error> {
        let mut site = Self { passages: 0, languages: Vec::new() };
        for row in
            engine.run(&sql("SELECT stems, passages FROM tally WHERE passages > 0 ORDER BY passages DESC"))?
        {
            site.passages = site.passages.saturating_add(row.integer::<u32>(1)?);
            site.languages.extend(Language::from_tag(row.text(0)?));
        }
        Ok(site)
    }
}

/// How many passages hold each term of a question.
pub(super) struct Occurrences {
    counts: HashMap<String, u32>,
    passages: u32,
}

impl Occurrences {
    /// Counts the terms of a question, and gives groups the index does not know what stands for them in it.
    pub(super) fn read(engine: &dyn Engine, groups: &mut [Group], site: &Site) -> Result<Self, Error> {
        let mut occurrences = Self { counts: HashMap::new(), passages: site.passages };
        let terms = groups
            .iter()
            .filter(|group| group.kind != words::Kind::Function)
            .flat_map(|group| group.terms.iter().map(String::as_str).chain(group.concept))
            .map(str::to_owned)
            .collect();
        occurrences.count(engine, terms)?;
        if site.languages.contains(&Language::De) {
            occurrences.cut(engine, groups)?;
        }
        occurrences.mend(engine, groups)?;
        Ok(occurrences)
    }

    fn count(&mut self, engine: &dyn Engine, mut terms: Vec<String>) -> Result<(), Error> {
        order::unique(&mut terms);
        let known =
            sql("SELECT t.term, t.doc FROM json_each(?1) AS j CROSS JOIN term AS t ON t.term = j.value");
        for row in engine.run(&known.bind(serde_json::to_string(&terms)?))? {
            self.counts.insert(row.text(0)?.to_owned(), row.integer::<u32>(1)?);
        }
        Ok(())
    }

    fn knows(&self, group: &Group) -> bool {
        group.terms.iter().map(String::as_str).chain(group.concept).any(|term| self.of(term) > 0)
    }

    /// Compounds also ask for their parts.
    fn cut(&mut self, engine: &dyn Engine, groups: &mut [Group]) -> Result<(), Error> {
        let mut compounds: Vec<&mut Group> = groups.iter_mut().collect();
        order::by(&mut compounds, |a, b| b.word.len().cmp(&a.word.len()));
        compounds.truncate(MOST_UNKNOWN);
        let parts = compounds
            .iter()
            .flat_map(|group| near::splits(group))
            .flat_map(|split| [split.first, split.last])
            .collect();
        self.count(engine, parts)?;
        for group in compounds {
            near::add_parts(group, |part| self.counts.get(part).copied().unwrap_or(0));
        }
        Ok(())
    }

    /// Words that nothing in the index is like are looked for among those a slip away.
    fn mend(&mut self, engine: &dyn Engine, groups: &mut [Group]) -> Result<(), Error> {
        let unknown: Vec<usize> = (0..groups.len())
            .filter(|at| groups.get(*at).is_some_and(|group| group.near.is_empty() && !self.knows(group)))
            .take(MOST_UNKNOWN)
            .collect();
        for at in unknown {
            let Some(group) = groups.get_mut(at) else { continue };
            let Some(slip) = near::slip(group) else { continue };
            let alike = sql(format!(
                "SELECT term, doc FROM term WHERE term >= ?1 AND term < ?1 || char(1114111) \
                 AND length(term) BETWEEN ?2 AND ?3 AND (substr(term, 1, length(?4)) = ?4 \
                 OR substr(term, -length(?5)) = ?5) LIMIT {MOST_COMPARED}"
            ))
            .bind(slip.initial)
            .bind(u32::try_from(slip.least).unwrap_or_default())
            .bind(u32::try_from(slip.most).unwrap_or_default())
            .bind(slip.start)
            .bind(slip.end);
            let rows = engine.run(&alike)?;
            let mut known = Vec::with_capacity(rows.len());
            for row in &rows {
                known.push((row.text(0)?, row.integer::<u32>(1)?));
            }
            near::add_meant(group, known.iter().copied());
            for (term, _) in &group.near {
                if let Some((_, passages)) = known.iter().find(|(known, _)| known == term) {
                    self.counts.insert(term.clone(), *passages);
                }
            }
        }
        Ok(())
    }
}

impl Frequencies for Occurrences {
    fn of(&self, term: &str) -> u32 {
        self.counts.get(term).copied().unwrap_or(0)
    }

    fn passages(&self) -> u32 {
        self.passages
    }
}
