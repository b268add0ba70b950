//! Which template a turn's answer was said with: curated answers are said word for word, and no record names one.

use std::collections::{BTreeMap, BTreeSet};

use domain::curated::{self as matching, Asked, Prepared};
use platform::Failure;
use platform::relational::Relational;
use protocol::answer::Provider;
use protocol::api::{CuratedContent, TurnState};
use protocol::internal::{CuratedMatch, TurnRecord};
use protocol::{AgentId, TemplateId};
use store::{Tenant, curated};
use worker::Env;

use super::Visit;
use crate::curated::said;

/// What agents say word for word, as it is written now.
pub(super) struct Sayings(BTreeMap<AgentId, Vec<Saying>>);

/// A curated answer with the words it says, and whose they are.
type Saying = (CuratedContent, Option<TemplateId>);

fn is_saying(record: &TurnRecord) -> bool {
    record.turn.provider == Provider::Curated && record.turn.state == TurnState::Finished
}

impl Sayings {
    /// The curated answers of agents that gave one, where they may have said the words of a template.
    pub(super) async fn of(env: &Env, tenant: &Tenant, visits: &[Visit<'_>]) -> Result<Self, Failure> {
        let kept = visits.iter().filter(|visit| visit.kept);
        let answered = kept.filter(|visit| visit.said.records.iter().any(is_saying));
        let agents: BTreeSet<&AgentId> = answered.map(|visit| &visit.rung.agent).collect();
        let (database, mut all) = (Relational::of(env)?, BTreeMap::new());
        for agent in agents {
            let mut answers = Vec::new();
            for row in database.rows(&curated::list(tenant, agent)).await? {
                let (answer, _) = curated::read(&row)?;
                answers.extend(said(&answer).map(|content| (content, answer.template_id)));
            }
            all.insert(agent.clone(), answers);
        }
        Ok(Self(all))
    }

    /// The template whose words a turn said. A record names no curated answer: it is the one with these words, and of
    /// several the one that is for this question. Where none has them any more, they were changed since: it is the one
    /// that the question gets.
    pub(super) fn template(&self, record: &TurnRecord) -> Option<&TemplateId> {
        let TurnRecord { identity, turn, .. } = record;
        let answers = self.0.get(&identity.agent_id).filter(|_| is_saying(record))?;
        let asked = Asked { question: &turn.question, page_url: turn.page_url.as_deref(), language: None };
        let meant = |all: &[&Saying]| {
            let prepared: Vec<Prepared> = all.iter().map(|(content, _)| Prepared::new(content)).collect();
            let found = matching::find(&prepared, &asked).filter(|found| found.by != CuratedMatch::Closeness);
            found.map(|found| found.at)
        };
        let same: Vec<&Saying> =
            answers.iter().filter(|(content, _)| content.answer == turn.answer).collect();
        if let Some(first) = same.first() {
            return meant(&same).and_then(|at| same.get(at)).unwrap_or(first).1.as_ref();
        }
        let in_force: Vec<&Saying> = answers.iter().filter(|(content, _)| content.enabled).collect();
        in_force.get(meant(&in_force)?)?.1.as_ref()
    }
}
