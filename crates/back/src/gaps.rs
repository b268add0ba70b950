//! Turns that could not be answered well become gaps, gathered by what they ask for: by words first, by the closeness
//! of vectors where the installation has embeddings. Turns that are noted together share what they are compared with.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::gap;
use platform::relational::Relational;
use platform::{Failure, embedding, log, random};
use protocol::events::EventKind;
use protocol::internal::TurnRecord;
use protocol::{AgentId, GapId, TurnId};
use store::gaps::{self, Known, NewGap, Occurrence};
use store::knowledge::quantised;
use store::{Statement, Tenant, agents};
use worker::Env;

use crate::events::Happened;

/// Tries while others become known side by side.
const TRIES: u32 = 20;

/// Turns noted together: fewer than the embedding model takes at once, and a transaction of at most 100 statements.
const TOGETHER: usize = 20;

/// Notes what of these turns could not be answered well. Doing it again does nothing again: a turn counts once.
///
/// # Errors
/// When the database does not answer.
pub async fn note(env: &Env, tenant: &Tenant, records: &[TurnRecord]) -> Result<(), Failure> {
    let missed: Vec<&TurnRecord> = records.iter().filter(|record| gap::is_gap(&record.turn)).collect();
    for together in missed.chunks(TOGETHER) {
        let mut asked: BTreeMap<&AgentId, Vec<Asked>> = BTreeMap::new();
        for record in together {
            asked.entry(&record.identity.agent_id).or_default().push(Asked::of(record));
        }
        for (agent, asked) in asked {
            let book = Book { env, tenant, agent, database: Relational::of(env)? };
            for left in book.note(asked).await? {
                let turn = left.record.turn.id.as_str();
                log::error("gap_not_noted", Some(turn), "others became known again and again");
            }
        }
    }
    Ok(())
}

/// A question that was not answered well.
struct Asked<'a> {
    record: &'a TurnRecord,
    question: String,
    terms: Vec<String>,
    vector: Option<Vector>,
}

impl<'a> Asked<'a> {
    fn of(record: &'a TurnRecord) -> Self {
        let question: String = record.turn.question.chars().take(gap::MAX_CHARS).collect();
        Self { record, terms: gap::terms(&question), question, vector: None }
    }

    /// The gap that asks the same, by words or else by vectors.
    fn same(&self, known: &[Known], vectors: &[(GapId, Vec<u8>)]) -> Option<GapId> {
        let by_words = known.iter().find(|gap| gap::ask_the_same(&self.terms, &gap.terms));
        by_words.map(|gap| gap.id.clone()).or_else(|| self.vector.as_ref()?.nearest(vectors))
    }
}

/// What an agent's questions are noted in.
struct Book<'a> {
    env: &'a Env,
    tenant: &'a Tenant,
    agent: &'a AgentId,
    database: Relational,
}

impl Book<'_> {
    /// Finds or makes the gaps of questions; those that could not be noted.
    async fn note<'a>(&self, mut asked: Vec<Asked<'a>>) -> Result<Vec<Asked<'a>>, Failure> {
        for _ in 0..TRIES {
            let turns: Vec<&TurnId> = asked.iter().map(|one| &one.record.turn.id).collect();
            let seen = gaps::seen(self.tenant, self.agent, &turns)?;
            let Some(row) = self.database.first(&seen).await? else { return Ok(Vec::new()) };
            let (seen, noted) = gaps::read_seen(&row)?;
            asked.retain(|one| !noted.contains(&one.record.turn.id));
            if asked.is_empty() {
                return Ok(asked);
            }
            let known = self.database.rows(&gaps::known(self.tenant, self.agent)).await?;
            let known = known.iter().map(gaps::read_known).collect::<Result<Vec<_>, _>>()?;
            let vectors = self.vectors(&mut asked, &known).await?;
            let (statements, made) = self.rows(&asked, known, vectors, seen)?;
            let changed = self.database.change(&statements).await?;
            if made.iter().all(|at| changed.get(*at) == Some(&1)) {
                return Ok(Vec::new());
            }
            if self.database.first(&agents::one(self.tenant, self.agent)).await?.is_none() {
                return Ok(Vec::new());
            }
        }
        Ok(asked)
    }

    /// Gives vectors to the questions that no gap asks by words, and those of the gaps they are compared with.
    async fn vectors(
        &self,
        asked: &mut [Asked<'_>],
        known: &[Known],
    ) -> Result<Vec<(GapId, Vec<u8>)>, Failure> {
        let strange = |one: &Asked| one.same(known, &[]).is_none();
        let mut strange: Vec<&mut Asked> = asked.iter_mut().filter(|one| strange(one)).collect();
        let Some(model) = embedding::configured(self.env).filter(|_| !strange.is_empty()) else {
            return Ok(Vec::new());
        };
        strange.retain(|one| one.vector.is_none());
        if !strange.is_empty() {
            let questions: Vec<String> = strange.iter().map(|one| one.question.clone()).collect();
            match embedding::batch(self.env, &model, &questions).await {
                Ok(vectors) => {
                    for (one, vector) in strange.into_iter().zip(vectors) {
                        one.vector = Some(Vector::of(&model, &vector));
                    }
                }
                // Words decide alone.
                Err(trouble) => {
                    log::error("gap_not_embedded", None, &trouble.to_string());
                    return Ok(Vec::new());
                }
            }
        }
        let mut vectors = Vec::new();
        for row in self.database.rows(&gaps::vectors(self.tenant, self.agent, &model)).await? {
            let (id, stored) = gaps::read_vector(&row)?;
            vectors.extend(STANDARD.decode(stored).ok().map(|bytes| (id, bytes)));
        }
        Ok(vectors)
    }

    /// The rows to be written, and which of them make a gap. What asks for a new one may be asked again among these.
    fn rows(
        &self,
        asked: &[Asked<'_>],
        mut known: Vec<Known>,
        mut vectors: Vec<(GapId, Vec<u8>)>,
        seen: u64,
    ) -> Result<(Vec<Statement>, Vec<usize>), Failure> {
        let (mut statements, mut made) = (Vec::new(), Vec::new());
        for one in asked {
            let gap = match one.same(&known, &vectors) {
                Some(gap) => gap,
                None => {
                    let id = random::id(GapId::ordered);
                    let seen = seen + u64::try_from(made.len()).unwrap_or_default();
                    made.push(statements.len());
                    statements.extend(self.create(&id, one, seen)?);
                    known.push(Known { id: id.clone(), terms: one.terms.clone() });
                    vectors.extend(one.vector.as_ref().map(|vector| (id.clone(), vector.bytes.clone())));
                    id
                }
            };
            let TurnRecord { identity, turn, .. } = one.record;
            let occurrence = Occurrence {
                gap: &gap,
                turn: &turn.id,
                conversation: &identity.conversation_id,
                question: &one.question,
                at: turn.asked_at,
            };
            statements.extend(gaps::occur(self.tenant, &occurrence));
        }
        Ok((statements, made))
    }

    fn create(&self, id: &GapId, asked: &Asked<'_>, seen: u64) -> Result<[Statement; 2], Failure> {
        let stored =
            asked.vector.as_ref().map(|vector| (vector.model.as_str(), STANDARD.encode(&vector.bytes)));
        let new = NewGap {
            id,
            agent: self.agent,
            question: &asked.question,
            terms: &asked.terms,
            vector: stored.as_ref().map(|(model, stored)| (*model, stored.as_str())),
            seen,
            at: asked.record.turn.asked_at,
        };
        let happened = Happened {
            kind: EventKind::GapDetected,
            agent: Some(self.agent),
            subject: id.as_str(),
            once: "",
            data: serde_json::json!({}),
        };
        Ok([gaps::create(self.tenant, &new), happened.statement_if_changed(self.tenant)?])
    }
}

/// The vector of a question.
struct Vector {
    model: String,
    question: quantised::Question,
    /// Quantised, as it is stored.
    bytes: Vec<u8>,
}

impl Vector {
    fn of(model: &str, vector: &[f32]) -> Self {
        let mut bytes = Vec::new();
        quantised::push(&mut bytes, vector);
        Self { model: model.to_owned(), question: quantised::Question::new(vector), bytes }
    }

    /// The closest that is close enough to ask the same; of equals the first.
    fn nearest(&self, vectors: &[(GapId, Vec<u8>)]) -> Option<GapId> {
        let cosine = |bytes: &[u8]| self.question.cosines(bytes).next().unwrap_or_default();
        let close = vectors
            .iter()
            .rev()
            .map(|(id, bytes)| (cosine(bytes), id))
            .filter(|(cosine, _)| *cosine >= gap::CLOSE);
        close.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, id)| id.clone())
    }
}
