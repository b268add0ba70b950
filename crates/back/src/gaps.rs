//! Turns that could not be answered well become gaps, gathered by what they ask for: by words first, by the closeness
//! of vectors where the installation has embeddings.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::gap;
use platform::relational::Relational;
use platform::{Failure, embedding, log, random};
use protocol::events::EventKind;
use protocol::internal::TurnRecord;
use protocol::{AgentId, GapId};
use store::gaps::{self, NewGap, Occurrence};
use store::knowledge::quantised;
use store::{Tenant, agents};
use worker::Env;

use crate::events::Happened;

/// Tries of a question while others become known side by side.
const TRIES: u32 = 20;

/// Notes what of these turns could not be answered well. Doing it again does nothing again: a turn counts once.
///
/// # Errors
/// When the database does not answer.
pub async fn note(env: &Env, tenant: &Tenant, records: &[TurnRecord]) -> Result<(), Failure> {
    for record in records.iter().filter(|record| gap::is_gap(&record.turn)) {
        let asked = Asked { env, tenant, record, agent: &record.identity.agent_id };
        if !asked.settle().await? {
            log::error("gap_not_noted", Some(record.turn.id.as_str()), "others became known again and again");
        }
    }
    Ok(())
}

struct Asked<'a> {
    env: &'a Env,
    tenant: &'a Tenant,
    agent: &'a AgentId,
    record: &'a TurnRecord,
}

impl Asked<'_> {
    /// Finds or makes the gap of the question; whether it is noted.
    async fn settle(&self) -> Result<bool, Failure> {
        let database = Relational::of(self.env)?;
        let question: String = self.record.turn.question.chars().take(gap::MAX_CHARS).collect();
        let terms = gap::terms(&question);
        let mut vector: Option<Vector> = None;
        for _ in 0..TRIES {
            let seen = gaps::seen(self.tenant, self.agent, &self.record.turn.id);
            let Some(row) = database.first(&seen).await? else { return Ok(true) };
            let (seen, noted) = gaps::read_seen(&row)?;
            if noted {
                return Ok(true);
            }
            let mut same = None;
            for row in database.rows(&gaps::known(self.tenant, self.agent)).await? {
                let known = gaps::read_known(&row)?;
                if gap::ask_the_same(&terms, &known.terms) {
                    same = Some(known.id);
                    break;
                }
            }
            if same.is_none() {
                vector = match vector {
                    Some(vector) => Some(vector),
                    None => Vector::of(self.env, &question).await,
                };
                if let Some(vector) = &vector {
                    same = self.nearest(&database, vector).await?;
                }
            }
            if let Some(gap) = same {
                database.batch(&gaps::occur(self.tenant, &self.occurrence(&gap, &question))).await?;
                return Ok(true);
            }
            if self.create(&database, &question, &terms, vector.as_ref(), seen).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn occurrence<'o>(&'o self, gap: &'o GapId, question: &'o str) -> Occurrence<'o> {
        Occurrence {
            gap,
            turn: &self.record.turn.id,
            conversation: &self.record.identity.conversation_id,
            question,
            at: self.record.turn.asked_at,
        }
    }

    async fn nearest(&self, database: &Relational, vector: &Vector) -> Result<Option<GapId>, Failure> {
        let mut nearest: Option<(f32, GapId)> = None;
        for row in database.rows(&gaps::vectors(self.tenant, self.agent, &vector.model)).await? {
            let (id, stored) = gaps::read_vector(&row)?;
            let Ok(bytes) = STANDARD.decode(stored) else { continue };
            let cosine = vector.question.cosines(&bytes).next().unwrap_or_default();
            if cosine >= gap::CLOSE && nearest.as_ref().is_none_or(|(best, _)| cosine > *best) {
                nearest = Some((cosine, id));
            }
        }
        Ok(nearest.map(|(_, id)| id))
    }

    /// Whether it was made, or may not be: the agent is gone.
    async fn create(
        &self,
        database: &Relational,
        question: &str,
        terms: &[String],
        vector: Option<&Vector>,
        seen: u64,
    ) -> Result<bool, Failure> {
        let id = random::id(GapId::ordered);
        let new = NewGap {
            id: &id,
            agent: self.agent,
            question,
            terms,
            vector: vector.map(|vector| (vector.model.as_str(), vector.stored.as_str())),
            seen,
            at: self.record.turn.asked_at,
        };
        let happened = Happened {
            kind: EventKind::GapDetected,
            agent: Some(self.agent),
            subject: id.as_str(),
            once: "",
            data: serde_json::json!({}),
        };
        let mut statements =
            vec![gaps::create(self.tenant, &new), happened.statement_if_changed(self.tenant)?];
        statements.extend(gaps::occur(self.tenant, &self.occurrence(&id, question)));
        if database.change(&statements).await?.first() == Some(&1) {
            return Ok(true);
        }
        Ok(database.first(&agents::one(self.tenant, self.agent)).await?.is_none())
    }
}

/// The vector of a question.
struct Vector {
    model: String,
    question: quantised::Question,
    /// Quantised, as base64.
    stored: String,
}

impl Vector {
    /// None where there are no embeddings, or none now: words decide alone.
    async fn of(env: &Env, question: &str) -> Option<Self> {
        let model = embedding::configured(env)?;
        let vector = match embedding::batch(env, &model, &[question.to_owned()]).await {
            Ok(mut vectors) => vectors.pop()?,
            Err(trouble) => {
                log::error("gap_not_embedded", None, &trouble.to_string());
                return None;
            }
        };
        let mut bytes = Vec::new();
        quantised::push(&mut bytes, &vector);
        Some(Self { model, question: quantised::Question::new(&vector), stored: STANDARD.encode(bytes) })
    }
}
