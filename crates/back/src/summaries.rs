//! Older turns summed up, once prompts do not carry them any more: of the archive's words, by the agent's own models, told
//! to the conversation. Nobody waits for it: what fails is tried again by and by, and until then prompts are as before.

use std::cell::Cell;

use domain::answer::{ModelError, TokenStream};
use domain::prompt::{self, Earlier, Message};
use domain::summary;
use domain::tokens::Event;
use futures::future::{Either, join_all, select};
use futures::stream::StreamExt;
use platform::relational::Relational;
use platform::{Failure, clock, log, models, objects, queue, random};
use protocol::TurnId;
use protocol::agent::Model;
use protocol::answer::Tokens;
use protocol::api::TurnState;
use protocol::handover::Speaker;
use protocol::internal::{Bell, KeepSummary, Transcript, TranscriptReply};
use store::Tenant;
use store::summaries::{self, Due, MAX_TRIES, Spent};
use worker::Env;

use crate::{leads, prices};

/// Conversations of one bell, side by side.
const AT_ONCE: u32 = 5;
/// All models of an agent together; less than the pause before the next try.
const TOTAL_MS: u64 = 90_000;

/// Sums up what is due.
///
/// # Errors
/// When the database does not say what is due; what fails of it is due again.
pub async fn due(env: &Env) -> Result<(), Failure> {
    let rows = Relational::of(env)?.rows(&summaries::take(clock::now_ms(), AT_ONCE)).await?;
    let taken = rows.iter().map(summaries::read_due).collect::<Result<Vec<_>, _>>()?;
    join_all(taken.iter().map(|due| async move {
        if let Err(failure) = sum_up(env, due).await {
            log::error("summary_not_made", Some(due.conversation_id.as_str()), &failure.to_string());
        }
    }))
    .await;
    if u32::try_from(taken.len()).is_ok_and(|many| many == AT_ONCE) {
        queue::ring(env, "JOBS", &Bell::Summaries {}).await;
    }
    Ok(())
}

/// Rings where something is due: a model takes its time, and the schedule has more to do.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    if Relational::of(env)?.first(&summaries::any(clock::now_ms())).await?.is_some() {
        queue::ring(env, "JOBS", &Bell::Summaries {}).await;
    }
    Ok(())
}

/// What a model made of the turns up to one.
struct Made {
    until: TurnId,
    text: String,
}

async fn sum_up(env: &Env, due: &Due) -> Result<(), Failure> {
    let (database, tenant) = (Relational::of(env)?, Tenant::of_job(&due.workspace_id));
    let spent = Cell::new(Spent::default());
    let making = Box::pin(make(env, &tenant, due, &spent));
    let mut made = match select(making, Box::pin(clock::sleep(TOTAL_MS))).await {
        Either::Left((made, _)) => made,
        Either::Right(_) => Err(Failure::Internal("the agent's models took too long".into())),
    };
    if let Ok(Some(Made { until, text })) = &made {
        let (workspace, agent, id) = (&due.workspace_id, &due.agent_id, &due.conversation_id);
        let object = protocol::objects::conversation(workspace, agent, id, due.jurisdiction);
        let kept = KeepSummary { until: until.clone(), text: text.clone() };
        if let Err(failure) = objects::call(env, "CONVERSATION", &object, &kept).await {
            made = Err(failure);
        }
    }
    let mut statements = Vec::new();
    if spent.get() != Spent::default() {
        statements.push(summaries::count(&tenant, due, spent.get(), clock::now_ms()));
    }
    match &made {
        Ok(Some(Made { until, .. })) => statements.push(summaries::made(&tenant, due, until)),
        Err(_) if due.tries < MAX_TRIES => {}
        Ok(None) | Err(_) => statements.push(summaries::settle(&tenant, due)),
    }
    database.batch(&statements).await?;
    made.map(|_| ())
}

/// Has the turns summed up; nothing where prompts carry all that is not, or where the agent has no model.
async fn make(env: &Env, tenant: &Tenant, due: &Due, spent: &Cell<Spent>) -> Result<Option<Made>, Failure> {
    let Some(place) = leads::place(env, tenant, &due.agent_id).await?.filter(|place| place.live) else {
        return Ok(None);
    };
    let models: Vec<&Model> = place.agent.models.iter().filter(|model| model.name().is_some()).collect();
    if models.is_empty() {
        return Ok(None);
    }
    let archive = protocol::objects::archive(tenant.workspace(), due.jurisdiction);
    let transcript = Transcript { conversation_id: due.conversation_id.clone() };
    let (ids, turns) = told(objects::call(env, "ARCHIVE", &archive, &transcript).await?);
    // What was said before the first turn stands in front of it.
    let ahead = turns.len() - ids.len().min(turns.len());
    let known = ids.iter().take_while(|id| id.as_str() <= due.until.as_str()).count();
    let known = if known == 0 { 0 } else { known + ahead };
    let Some(reach) = summary::reach(&turns, known) else { return Ok(None) };
    let until = reach.checked_sub(ahead + 1).and_then(|last| ids.get(last));
    let (Some(until), Some(older)) = (until, turns.get(..reach)) else { return Ok(None) };
    let key = random::key();
    let messages = summary::compose(older, &key);
    let mut reasons = Vec::new();
    for model in models {
        match ask(env, model, &messages, spent).await {
            Ok(said) => match summary::accept(&said, &key) {
                Some(text) => return Ok(Some(Made { until: until.clone(), text })),
                None => reasons.push("the model said nothing of use".to_owned()),
            },
            Err(error) => reasons.push(error.to_string()),
        }
    }
    Err(Failure::Internal(reasons.join("; ")))
}

/// The answered turns of a conversation, oldest first, and their ids.
fn told(transcript: TranscriptReply) -> (Vec<TurnId>, Vec<Earlier>) {
    let answered = |turn: &protocol::api::Turn| {
        matches!(turn.state, TurnState::Finished | TurnState::Stopped) && !turn.answer.is_empty()
    };
    let (mut ids, mut turns) = (Vec::new(), Vec::new());
    for turn in transcript.turns.into_iter().filter(answered) {
        ids.push(turn.id);
        let earlier = Earlier { question: turn.question, answer: turn.answer, ..Earlier::default() };
        turns.push((turn.asked_at, earlier));
    }
    let spoken = |from| matches!(from, Speaker::Visitor | Speaker::Member);
    let said = transcript.messages.into_iter().filter(|message| spoken(message.from)).collect();
    (ids, Earlier::with_talk(turns, said, true))
}

/// What a model says; what it took is added to what was spent, whatever comes of it.
async fn ask(
    env: &Env,
    model: &Model,
    messages: &[Message],
    spent: &Cell<Spent>,
) -> Result<String, ModelError> {
    let mut stream = models::open(env, model, messages, &[], summary::TEMPERATURE).await?;
    let (mut said, mut counted) = (String::new(), Tokens::default());
    let heard = listen(&mut stream, &mut said, &mut counted).await;
    if counted.output == 0 && !said.is_empty() {
        counted = prompt::estimated(messages, counted.input, &said);
    }
    let before = spent.get();
    spent.set(Spent {
        tokens_in: before.tokens_in + u64::from(counted.input),
        tokens_out: before.tokens_out + u64::from(counted.output),
        cost_micros: before.cost_micros + prices::cost_micros(env, model.name(), counted).unwrap_or_default(),
    });
    heard.map(|()| said)
}

async fn listen(stream: &mut TokenStream, said: &mut String, counted: &mut Tokens) -> Result<(), ModelError> {
    while let Some(event) = stream.next().await {
        match event? {
            Event::Text(text) => said.push_str(&text),
            Event::Usage(tokens) => *counted = tokens,
            Event::ToolCall(_) => {}
            Event::Failed(reason) => return Err(ModelError::Broken(reason)),
            Event::Done => break,
        }
        if said.len() > summary::MAX_BYTES {
            break;
        }
    }
    Ok(())
}
