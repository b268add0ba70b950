//! What stands between a question and its cost: what one visitor may ask is decided here, before a turn begins; what
//! the workspace may use, by its `Ledger`, beside retrieval. Refusals are said in the visitor's language and counted.

use std::rc::Rc;

use domain::language::{self, Language, Visitor};
use domain::{refusal, text};
use platform::{Failure, clock, config, objects};
use protocol::api::Limit;
use protocol::internal::{Admission, Reserve, ReserveReply};
use protocol::{Code, Problem, TurnId};
use sha2::{Digest, Sha256};
use store::thread;
use store::thread::gate::{self, Allowance};
use worker::Env;

use super::live::Live;
use crate::routes::back;

/// Questions of one visitor in a minute and in an hour, where the installation says nothing else.
const VISITOR_MINUTE: u64 = 30;
const VISITOR_HOUR: u64 = 200;
/// Frames of one conversation in a minute that are not questions; who writes to a person tells so every few seconds.
const ACTS_MINUTE: u64 = 60;
const MINUTE_MS: f64 = 60_000.0;
/// Bytes of the digest that tells questions apart for a minute.
const DIGEST_BYTES: usize = 12;

/// Whether this visitor may ask this now.
///
/// # Errors
/// The refusal, as it is told.
pub fn admit(
    live: &Rc<Live>,
    message_id: &str,
    question: &str,
    page_url: Option<&str>,
    page: Option<Language>,
) -> Result<(), Failure> {
    let Some(admission) = live.admission()? else { return Ok(()) };
    let now = clock::now_ms();
    let allowance = allowance(&live.env, &admission);
    let refused = gate::check(&live.engine(), message_id, question, page_url, allowance, now)?;
    let Some((limit, until)) = refused else { return Ok(()) };
    let browser = admission.accept_language.as_deref();
    let visitor = Visitor { page: page.map(Language::code), browser, agent: &admission.agent.language };
    let language = language::spoken(&visitor, std::iter::once(question));
    let problem = refuse(live, limit, language, until)?;
    live.schedule_soon();
    Err(problem.into())
}

/// Whether this conversation may do something now that is no question. The owner is told once a minute.
///
/// # Errors
/// The refusal, as it is told.
pub fn act(live: &Rc<Live>) -> Result<(), Failure> {
    let now = clock::now_ms();
    let (since, count) = live.acts.get();
    let (since, count) = if now - since < MINUTE_MS { (since, count + 1) } else { (now, 1) };
    live.acts.set((since, count));
    let most = set(&live.env, "LIMIT_ACTS_MINUTE", ACTS_MINUTE);
    let Some(admission) = live.admission()?.filter(|_| count > most) else { return Ok(()) };
    if count == most + 1 {
        gate::note(&live.engine(), Limit::VisitorMinute, now)?;
        live.schedule_soon();
    }
    let page = thread::page_language(&live.engine())?;
    let browser = admission.accept_language.as_deref();
    let visitor = Visitor { page: page.as_deref(), browser, agent: &admission.agent.language };
    let language = language::spoken(&visitor, std::iter::empty());
    Err(refusal::problem(Limit::VisitorMinute, language, since + MINUTE_MS, now).into())
}

/// A number of the installation's, or our own.
pub fn set(env: &Env, name: &str, otherwise: u64) -> u64 {
    config::optional(env, name).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// What one visitor may ask in a minute and in an hour.
pub fn visitor(env: &Env) -> (u64, u64) {
    (set(env, "LIMIT_VISITOR_MINUTE", VISITOR_MINUTE), set(env, "LIMIT_VISITOR_HOUR", VISITOR_HOUR))
}

fn allowance(env: &Env, admission: &Admission) -> Allowance {
    let (minute, hour) = visitor(env);
    Allowance {
        minute,
        hour,
        conversation: set(env, "LIMIT_CONVERSATION", u64::from(admission.agent.guardrails.max_messages)),
    }
}

/// The words of a refusal, which is counted; its bell is rung by the alarm.
fn refuse(live: &Live, limit: Limit, language: Language, until: f64) -> Result<Problem, Failure> {
    let now = clock::now_ms();
    gate::note(&live.engine(), limit, now)?;
    Ok(refusal::problem(limit, language, until, now))
}

/// Holds at the workspace's `Ledger` what a turn uses.
///
/// # Errors
/// Why the turn may not start, as the visitor is told.
pub async fn reserve(
    live: &Live,
    admission: &Admission,
    turn: &TurnId,
    language: Language,
    opens: bool,
) -> Result<(), Problem> {
    held(live, admission, turn, language, opens).await.map_err(|failure| {
        if let Failure::Internal(reason) = &failure {
            back::failed(&live.env, "reserve_failed", reason);
        }
        failure.to_problem()
    })
}

async fn held(
    live: &Live,
    admission: &Admission,
    turn: &TurnId,
    language: Language,
    opens: bool,
) -> Result<(), Failure> {
    let agent = &admission.agent;
    let running = thread::running(&live.engine())?;
    let running = running.ok_or_else(|| Failure::Internal("there is no turn to hold anything for".into()))?;
    let message = Reserve {
        turn_id: turn.clone(),
        agent_id: agent.agent_id.clone(),
        workspace_id: agent.workspace_id.clone(),
        jurisdiction: agent.jurisdiction,
        opens,
        address: admission.address.clone(),
        visitor: admission.identity.visitor_id.to_string(),
        asked: digest(running.page_url.as_deref(), &running.question),
        asked_at: running.asked_at,
    };
    let ledger = protocol::objects::ledger(&agent.workspace_id, agent.jurisdiction);
    match objects::call(&live.env, "LEDGER", &ledger, &message).await? {
        ReserveReply::Reserved { version } => {
            live.is_old.set(version.is_some_and(|version| version > agent.version));
            Ok(())
        }
        ReserveReply::NotLive {} => Err(Problem::new(
            Code::AgentUnpublished,
            "This assistant is not available any more. Please use the contact details on this page.",
        )
        .into()),
        ReserveReply::Refused { limit, until } => Err(refuse(live, limit, language, until)?.into()),
    }
}

fn digest(page_url: Option<&str>, question: &str) -> String {
    let asked = format!("{}\n{}", page_url.unwrap_or_default(), text::normalised_question(question));
    Sha256::digest(asked).iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect()
}
