//! What conversations have finished, moved from their outboxes to the archive and the relations, settled and confirmed.
//! Conversations of one workspace whose bells rang together go together: what they cost the database is shared.

mod sayings;

use std::collections::{BTreeMap, BTreeSet};

use futures::future;
use platform::relational::Relational;
use platform::{Failure, clock, log, objects, queue};
use protocol::answer::{Provider, Tokens};
use protocol::events::EventKind;
use protocol::handover::Speaker;
use protocol::internal::{
    Bell, Confirm, ConversationIdentity, LoungeHome, MessageRecord, Pending, PendingReply, Store, TurnRecord,
};
use protocol::objects::{Jurisdiction, ObjectName};
use protocol::{AgentId, ConversationId};
use store::{Statement, Tenant, conversations, leads, summaries as older, templates, usage};
use worker::Env;

use crate::events::Happened;
use crate::leads::{follow, place};
use crate::{attendance, deliveries, erasure, gaps, ledger, lounge, mail, prices, watch};
use sayings::Sayings;

/// Conversations that are asked, or stored, at a time: what is stored in one go is what a visitor's next token may have to
/// wait for where one thread does everything.
const AT_ONCE: usize = 3;

/// Lets others have their turn. Calls that stay within one thread follow each other without the engine looking at its
/// sockets; a timer makes it look.
async fn give_way() {
    clock::sleep(0).await;
}

/// A conversation whose bell rang.
#[derive(Clone, PartialEq, Eq)]
pub struct Rung {
    pub agent: AgentId,
    pub conversation: ConversationId,
}

/// What was found in a conversation's outbox.
struct Visit<'a> {
    rung: &'a Rung,
    object: ObjectName,
    said: PendingReply,
    /// Tells the conversation what of it was taken.
    confirm: Confirm,
    /// When the person was erased, if they were.
    closed: Option<f64>,
    /// Neither the agent nor its workspace was deleted.
    kept: bool,
}

/// Moves what is finished. Every step may happen again: records are stored by id. What comes late to a deleted agent
/// counts, and is stored nowhere.
///
/// # Errors
/// When an object or the database does not answer; it may be done again, for each conversation alone.
pub async fn collect(
    env: &Env,
    tenant: &Tenant,
    jurisdiction: Jurisdiction,
    rung: &[Rung],
) -> Result<(), Failure> {
    let mut visits = Vec::new();
    for some in rung.chunks(AT_ONCE) {
        let found = some.iter().map(|rung| visit(env, tenant, jurisdiction, rung));
        visits.extend(future::try_join_all(found).await?.into_iter().flatten());
        give_way().await;
    }
    if visits.is_empty() {
        return Ok(());
    }
    sift(env, tenant, &mut visits).await?;
    let (database, archive) =
        (Relational::of(env)?, protocol::objects::archive(tenant.workspace(), jurisdiction));
    let sayings = Sayings::of(env, tenant, &visits).await?;
    let (mut kept, mut told) = (Vec::new(), Told::default());
    for some in visits.chunks(AT_ONCE) {
        kept.append(&mut remember(env, &archive, some).await?);
        give_way().await;
        let mut stored = Stored::default();
        for visit in some {
            stored.add(env, tenant, visit, &sayings).await?;
        }
        let changed = database.change(&stored.statements).await?;
        told.grown |= stored.grown.iter().any(|at| changed.get(*at).is_some_and(|rows| *rows > 0));
        told.counts |= stored.counts;
        told.alerted |= stored.alerted;
        give_way().await;
    }
    let traces = watch::otlp::traces(env, &kept)?;
    follow_all(env, tenant, &visits).await?;
    gaps::note(env, tenant, &kept).await?;
    give_way().await;
    late(env, tenant, &archive, &visits).await?;
    let all: Vec<&TurnRecord> = visits.iter().flat_map(|visit| &visit.said.records).collect();
    if !all.is_empty() {
        let ledger = protocol::objects::ledger(tenant.workspace(), jurisdiction);
        ledger::settle(env, tenant, &ledger, &all).await?;
    }
    if told.counts
        && let Err(failure) = crate::usage::warn(env, tenant).await
    {
        log::error("usage_not_judged", Some(tenant.workspace().as_str()), &failure.to_string());
    }
    for some in visits.chunks(AT_ONCE) {
        let confirmed =
            some.iter().map(|visit| objects::call(env, "CONVERSATION", &visit.object, &visit.confirm));
        future::try_join_all(confirmed).await?;
        give_way().await;
    }
    let home = LoungeHome { workspace_id: tenant.workspace().clone(), jurisdiction };
    lounge::recorded(env, home, visits.iter().map(|visit| visit.rung.conversation.clone()).collect()).await;
    deliveries::hurry(env, tenant).await;
    if told.grown {
        queue::ring(env, "JOBS", &Bell::Summaries {}).await;
    }
    if told.alerted {
        mail::ring(env).await;
    }
    if let Some(traces) = traces {
        watch::otlp::send(env, "traces", &traces).await;
    }
    Ok(())
}

/// What waits in a conversation's outbox, as far as it is its own.
async fn visit<'a>(
    env: &Env,
    tenant: &Tenant,
    jurisdiction: Jurisdiction,
    rung: &'a Rung,
) -> Result<Option<Visit<'a>>, Failure> {
    let Rung { agent, conversation } = rung;
    let object = protocol::objects::conversation(tenant.workspace(), agent, conversation, jurisdiction);
    let ours = |identity: &ConversationIdentity| {
        identity.workspace_id == *tenant.workspace()
            && identity.agent_id == *agent
            && identity.conversation_id == *conversation
    };
    let mut said = objects::call(env, "CONVERSATION", &object, &Pending {}).await?;
    said.records.retain(|record| ours(&record.identity));
    said.messages.retain(|record| ours(&record.identity));
    said.handovers.retain(|record| ours(&record.identity));
    said.leads.retain(|record| ours(&record.identity));
    let ids = said.messages.iter().map(|record| record.message.id.clone());
    let ids = ids.chain(said.leads.iter().map(|record| record.id.clone()));
    let confirm = Confirm {
        turn_ids: said.records.iter().map(|record| record.turn.id.clone()).collect(),
        record_ids: ids.chain(said.handovers.iter().map(|record| record.id.clone())).collect(),
        refusals: said.refusals.clone(),
        feedback: said.feedback.clone(),
    };
    let nothing = confirm.turn_ids.is_empty() && confirm.record_ids.is_empty();
    if nothing && confirm.refusals.is_empty() && confirm.feedback.is_empty() {
        return Ok(None);
    }
    Ok(Some(Visit { rung, object, said, confirm, closed: None, kept: false }))
}

/// Leaves out what was said before its person was erased, and finds whose words are kept.
async fn sift(env: &Env, tenant: &Tenant, visits: &mut [Visit<'_>]) -> Result<(), Failure> {
    let closed = erasure::closed(env, tenant, &conversations_of(visits)).await?;
    let agents: BTreeSet<&AgentId> = visits.iter().map(|visit| &visit.rung.agent).collect();
    let agents: Vec<&AgentId> = agents.into_iter().collect();
    let rows = Relational::of(env)?.rows(&conversations::kept(tenant, &agents)?).await?;
    let kept = rows.iter().map(|row| Ok(row.text(0)?.parse()?)).collect::<Result<BTreeSet<AgentId>, _>>();
    let kept = kept.map_err(|error: store::Error| Failure::Internal(error.to_string()))?;
    for visit in visits {
        visit.kept = kept.contains(&visit.rung.agent);
        visit.closed = closed.get(&visit.rung.conversation).copied();
        let late = |at: f64| visit.closed.is_some_and(|closed| at <= closed);
        let said = &mut visit.said;
        said.records.retain(|record| !late(record.turn.asked_at));
        said.messages.retain(|record| !late(record.message.at));
        said.handovers.retain(|record| !late(record.at));
        said.leads.retain(|record| !late(record.at));
        said.feedback.retain(|record| !late(record.feedback.at));
        for TurnRecord { turn, lost, .. } in &mut said.records {
            turn.cost_micros = prices::whole(env, turn.model.as_deref(), turn.tokens, lost);
        }
    }
    Ok(())
}

fn conversations_of<'v>(visits: &'v [Visit<'_>]) -> Vec<&'v ConversationId> {
    visits.iter().map(|visit| &visit.rung.conversation).collect()
}

/// Rows to be written.
#[derive(Default)]
struct Stored {
    statements: Vec<Statement>,
    /// Which of them say whether a summary is due.
    grown: Vec<usize>,
    /// A turn counts.
    counts: bool,
    /// Owners are told of something.
    alerted: bool,
}

/// What follows from what was stored.
#[derive(Default)]
struct Told {
    grown: bool,
    counts: bool,
    alerted: bool,
}

impl Stored {
    /// The rows of what one conversation said. What comes late to a deleted agent only counts.
    async fn add(
        &mut self,
        env: &Env,
        tenant: &Tenant,
        visit: &Visit<'_>,
        sayings: &Sayings,
    ) -> Result<(), Failure> {
        let Visit { rung: Rung { agent, conversation }, said, .. } = visit;
        let PendingReply { records, messages, handovers, refusals, feedback, .. } = said;
        for record in records.iter().filter(|record| usage::counts(&record.turn)) {
            self.counts = true;
            self.statements.extend(usage::journal(tenant, record));
        }
        if !visit.kept {
            return Ok(());
        }
        for record in records {
            self.statements.extend(conversations::store_turn(tenant, record));
            let cost = record.turn.tokens != Tokens::default() || record.turn.cost_micros.is_some();
            if cost && !usage::counts(&record.turn) {
                self.statements.push(usage::spent(tenant, record));
            }
            self.statements.extend(watch::count(env, &record.turn));
            self.happened(tenant, record)?;
            if let Some(template) = sayings.template(record) {
                let TurnRecord { identity, turn, .. } = record;
                self.statements.push(templates::said(
                    tenant,
                    template,
                    &identity.agent_id,
                    &turn.id,
                    turn.finished_at,
                ));
            }
        }
        self.statements.extend(messages.iter().map(|record| conversations::store_message(tenant, record)));
        for MessageRecord { identity, message } in
            messages.iter().filter(|record| record.message.from == Speaker::Visitor)
        {
            let data = serde_json::json!({ "conversation_id": identity.conversation_id, "to": "person" });
            self.statements.extend(received(tenant, identity, message.id.as_str(), message.at, data)?);
        }
        // Where no model answers, none sums up.
        if records.iter().any(|record| record.turn.model.is_some()) {
            self.grown.push(self.statements.len());
            self.statements.push(older::grown(tenant, conversation, clock::now_ms()));
        }
        self.alerted |= attendance::record(env, tenant, handovers, &mut self.statements).await?;
        self.statements.extend(refusals.iter().map(|one| usage::refused(tenant, agent, conversation, one)));
        self.statements
            .extend(feedback.iter().map(|record| conversations::note_feedback(tenant, conversation, record)));
        Ok(())
    }

    /// What happened in a turn.
    fn happened(&mut self, tenant: &Tenant, record: &TurnRecord) -> Result<(), Failure> {
        let TurnRecord { identity, turn, .. } = record;
        let data = serde_json::json!({
            "conversation_id": identity.conversation_id,
            "turn_id": turn.id,
            "state": turn.state,
            "provider": turn.provider,
            "low_confidence": turn.low_confidence,
            "sources": turn.citations.len(),
        });
        self.statements.extend(received(tenant, identity, turn.id.as_str(), turn.asked_at, data)?);
        if turn.provider == Provider::Curated {
            let happened = Happened {
                kind: EventKind::CuratedAnswered,
                agent: Some(&identity.agent_id),
                subject: turn.id.as_str(),
                once: "",
                data: serde_json::json!({}),
            };
            self.statements.push(happened.statement(tenant)?);
        }
        Ok(())
    }
}

/// What a visitor's message means to those who are told of events: it came, and the first one begins a conversation.
fn received(
    tenant: &Tenant,
    identity: &ConversationIdentity,
    subject: &str,
    at: f64,
    data: serde_json::Value,
) -> Result<[Statement; 2], Failure> {
    let agent = Some(&identity.agent_id);
    let conversation = identity.conversation_id.as_str();
    let begun =
        serde_json::json!({ "visitor_id": identity.visitor_id, "channel": "web", "first_message_at": at });
    let kind = EventKind::ConversationStarted;
    let started = Happened { kind, agent, subject: conversation, once: "", data: begun };
    let message = Happened { kind: EventKind::MessageReceived, agent, subject, once: "", data };
    Ok([started.statement(tenant)?, message.statement(tenant)?])
}

/// Stores the words of those that are kept in the archive, and gives their turns.
async fn remember(env: &Env, archive: &ObjectName, visits: &[Visit<'_>]) -> Result<Vec<TurnRecord>, Failure> {
    let kept = || visits.iter().filter(|visit| visit.kept);
    let said = Store {
        records: kept().flat_map(|visit| &visit.said.records).cloned().collect(),
        messages: kept().flat_map(|visit| &visit.said.messages).cloned().collect(),
        conversation_id: None,
        feedback: Vec::new(),
    };
    if !(said.records.is_empty() && said.messages.is_empty()) {
        objects::call(env, "ARCHIVE", archive, &said).await?;
    }
    for visit in kept().filter(|visit| !visit.said.feedback.is_empty()) {
        let opinions = Store {
            records: Vec::new(),
            messages: Vec::new(),
            conversation_id: Some(visit.rung.conversation.clone()),
            feedback: visit.said.feedback.clone(),
        };
        objects::call(env, "ARCHIVE", archive, &opinions).await?;
    }
    Ok(said.records)
}

/// What follows for leads.
async fn follow_all(env: &Env, tenant: &Tenant, visits: &[Visit<'_>]) -> Result<(), Failure> {
    let rows = Relational::of(env)?.rows(&leads::among(tenant, &conversations_of(visits))?).await?;
    let mut known = BTreeSet::new();
    for row in &rows {
        known.insert(row.text(0)?.to_owned());
    }
    let mut places = BTreeMap::new();
    for visit in visits.iter().filter(|visit| visit.kept) {
        let Rung { agent, conversation } = visit.rung;
        if !places.contains_key(agent) {
            places.insert(agent, place(env, tenant, agent).await?);
        }
        let Some(Some(place)) = places.get(agent) else { continue };
        let PendingReply { records, messages, handovers, leads, .. } = &visit.said;
        let new = follow::Said {
            turns: records,
            messages,
            handovers,
            leads,
            known: known.contains(conversation.as_str()),
        };
        follow::follow(env, tenant, place, conversation, &visit.object, &new).await?;
    }
    Ok(())
}

/// Somebody may have been erased while this was stored.
async fn late(env: &Env, tenant: &Tenant, archive: &ObjectName, visits: &[Visit<'_>]) -> Result<(), Failure> {
    let closed = erasure::closed(env, tenant, &conversations_of(visits)).await?;
    for Visit { rung, closed: before, .. } in visits {
        if closed.get(&rung.conversation) != before.as_ref() {
            erasure::late(env, tenant, archive, &rung.conversation).await?;
        }
    }
    Ok(())
}
