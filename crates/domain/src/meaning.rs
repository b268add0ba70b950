//! What was found by meaning, and what of it counts: an index forgets late, and another model may have taken over.

use std::collections::HashSet;

use protocol::internal::{CuratedHit, Hit, Meaning, Space};

/// Digits of a revision that tell it from others; dead ones are listed by them.
pub const SHORT: usize = 8;

/// Passages by meaning, with the time of each half.
pub struct Nearest {
    /// Each with the revision it is of, where an index found it.
    pub hits: Vec<(Hit, Option<String>)>,
    /// The curated answer that means nearly what was asked.
    pub curated: Option<CuratedHit>,
    /// Where they were looked up.
    pub space: Space,
    pub embed_ms: f64,
    pub search_ms: f64,
}

impl Nearest {
    /// The passages that are not dead. Whoever looked elsewhere than where questions are compared found nothing.
    #[must_use]
    pub fn alive(self, meaning: Option<&Meaning>) -> Vec<Hit> {
        let Some(meaning) = meaning.filter(|meaning| meaning.space == self.space) else { return Vec::new() };
        let dead: HashSet<&[u8]> = meaning.dead.as_bytes().chunks(SHORT).collect();
        let alive = |revision: &Option<String>| {
            revision.as_ref().is_none_or(|revision| {
                revision.as_bytes().get(..SHORT).is_some_and(|short| !dead.contains(short))
            })
        };
        self.hits.into_iter().filter(|(_, revision)| alive(revision)).map(|(hit, _)| hit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::DocumentId;
    use protocol::internal::Place;

    fn space(model: &str) -> Space {
        Space { model: model.into(), place: Place::Index }
    }

    fn nearest(revisions: &[Option<&str>]) -> Nearest {
        let hit = |n: u32| Hit {
            document_id: DocumentId::ordered(u64::from(n), [0; 10]),
            ord: n,
            url: String::new(),
            title: String::new(),
            heading_path: Vec::new(),
            text: String::new(),
            score: 0.5,
            words: None,
            meaning: Some(0.5),
        };
        Nearest {
            hits: (0..).zip(revisions).map(|(n, revision)| (hit(n), revision.map(str::to_owned))).collect(),
            curated: None,
            space: space("a"),
            embed_ms: 0.0,
            search_ms: 0.0,
        }
    }

    fn left(meaning: Option<&Meaning>) -> Vec<u32> {
        let found = nearest(&[Some("0123456789abcdef"), Some("fedcba9876543210"), None, Some("short")]);
        found.alive(meaning).into_iter().map(|hit| hit.ord).collect()
    }

    #[test]
    fn the_dead_and_what_another_model_found_do_not_count() {
        let dead = Meaning { space: space("a"), dead: "aaaaaaaafedcba98".into(), curated: false };
        assert_eq!(left(Some(&dead)), [0, 2]);
        assert_eq!(left(Some(&Meaning { dead: String::new(), ..dead.clone() })), [0, 1, 2]);
        assert!(left(Some(&Meaning { space: space("b"), ..dead })).is_empty());
        assert!(left(None).is_empty());
    }
}
