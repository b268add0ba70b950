//! A turn that runs: the outside of [`domain::answer`], and the one synchronous step that records its result.
//! It runs in the object, detached from every socket.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use domain::answer::{self, Answer, Index, ModelError, Nearest, Outside, Question, TokenStream};
use domain::cta::{self, Moment};
use domain::followup::Asked;
use domain::handover::leaves_contact;
use domain::language::{self, Language, Visitor};
use domain::prompt::{Earlier, MAX_TURNS, Message, ToolSpec};
use domain::retrieve::Scores;
use domain::text::normalised_question;
use futures::channel::oneshot;
use futures::future::{Either, FutureExt, LocalBoxFuture, Shared, select};
use platform::lookup::{CANDIDATES, Lookup};
use platform::replicas::Replicas;
use platform::{Failure, clock, log, models, objects, random, vectors};
use protocol::agent::Model;
use protocol::api::{ToolRun, Turn, TurnState};
use protocol::frame::ServerFrame;
use protocol::internal::{Admission, Hit, Remember, RunTool, SearchReply, TurnRecord};
use protocol::lounge::Happening;
use protocol::rules::Cta;
use protocol::{Code, Problem, ToolId, TurnId};
use store::thread::{self, Running};
use wasm_bindgen_futures::spawn_local;

use super::live::{Live, RunningTurn};
use super::{attend, firewall, handover, telling};
use crate::routes::back;

/// A turn that shows nothing is begun this often before it is given up.
const MAX_ATTEMPTS: u32 = 3;
/// A call takes 30 s at most, and is noted before and after.
const TOOL_MS: u64 = 35_000;

/// What a turn begins with.
pub fn prepare(
    live: &Rc<Live>,
    turn_id: &TurnId,
    question: &str,
    page_url: Option<&str>,
    page_language: Option<&str>,
) -> Result<Performance, Failure> {
    let Some(admission) = live.admission()? else {
        return Err(Failure::Internal("there is nobody to answer".into()));
    };
    let earlier = thread::earlier(&live.engine(), u32::try_from(MAX_TURNS).unwrap_or(6)).unwrap_or_default();
    let visitor = Visitor {
        page: page_language,
        browser: admission.accept_language.as_deref(),
        agent: &admission.agent.language,
    };
    let (stop, stopped) = oneshot::channel();
    // A stop that can never come (the sender is gone) is not a stop.
    let stopped = async move {
        if stopped.await.is_err() {
            futures::future::pending::<()>().await;
        }
    };
    let all = || earlier.iter().flat_map(Earlier::asked);
    let language = language::spoken(&visitor, all().chain([question]));
    Ok(Performance {
        live: Rc::clone(live),
        answer_key: answer_key(&admission, question, page_url, &earlier, language),
        asked: Asked::after(question, all()),
        admission,
        language,
        earlier,
        turn_id: turn_id.clone(),
        page_url: page_url.map(str::to_owned),
        ahead: RefCell::default(),
        stop: Cell::new(Some(stop)),
        stopped: stopped.boxed_local().shared(),
    })
}

/// Begins the turn that the database says is running.
pub fn run(performance: Performance, arrived_ms: f64) -> Result<(), Failure> {
    let live = &performance.live;
    let Some(running) = thread::running(&live.engine())? else {
        return Err(Failure::Internal("there is no turn to run".into()));
    };
    live.running.replace(Some(RunningTurn { stop: performance.stop.take() }));
    spawn_local(async move { performance.answer(running, arrived_ms).await });
    Ok(())
}

/// Under which an answer may be given to others who ask the same: same agent, language and page, nothing said before,
/// nothing of the person in it. Empty where it may not.
fn answer_key(
    admission: &Admission,
    question: &str,
    page_url: Option<&str>,
    earlier: &[Earlier],
    language: Language,
) -> String {
    let agent = &admission.agent;
    if !(earlier.is_empty() && agent.tool_specs.is_empty()) || leaves_contact(question) {
        return String::new();
    }
    let page = page_url.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
    let (question, language) = (normalised_question(question), language.code());
    format!("{} {language} {} {page}\n{question}", agent.version, admission.varied)
}

/// Presses stop.
pub fn stop(live: &Live) {
    if let Some(stop) = live.running.borrow_mut().as_mut().and_then(|running| running.stop.take()) {
        let _ = stop.send(());
    }
}

/// After an eviction or a crash: a turn that nobody saw anything of begins again, any other has failed clearly.
pub fn recover(live: &Rc<Live>) {
    if live.is_running() {
        return;
    }
    if let Err(failure) = try_recover(live) {
        back::failed(&live.env, "recovery_failed", &failure.to_string());
    }
}

fn try_recover(live: &Rc<Live>) -> Result<(), Failure> {
    let engine = live.engine();
    let Some(running) = thread::running(&engine)? else { return Ok(()) };
    let shown = thread::shown(&engine, &running.turn_id)?;
    if shown.is_empty() && running.attempts < MAX_ATTEMPTS {
        thread::begin_again(&engine, &running.turn_id)?;
        let Running { turn_id, question, page_url, page_language, .. } = &running;
        let begun = prepare(live, turn_id, question, page_url.as_deref(), page_language.as_deref())?;
        return run(begun, clock::ticks_ms());
    }
    let Some(admission) = live.admission()? else { return Ok(()) };
    let problem = Problem::new(Code::Interrupted, "The answer was interrupted. Please ask again.");
    let answer = Answer {
        text: shown,
        citations: Vec::new(),
        confidence: 0.0,
        low_confidence: true,
        checks: protocol::answer::Checks::default(),
        provider: protocol::answer::Provider::Extractive,
        model: None,
        model_errors: 0,
        cached: false,
        tokens: protocol::answer::Tokens::default(),
        lost: Vec::new(),
        stages: protocol::answer::Stages::default(),
        tools: Vec::new(),
        stopped: false,
        failure: Some(problem),
        found: answer::Found::default(),
    };
    record(live, &admission, running, answer)
}

/// The last frame, the turn's state and the outbox row, in one synchronous step; then the doorbell.
fn record(live: &Rc<Live>, admission: &Admission, running: Running, answer: Answer) -> Result<(), Failure> {
    let now = clock::now_ms();
    let state = match (&answer.failure, answer.stopped) {
        (Some(_), _) => TurnState::Failed,
        (None, true) => TurnState::Stopped,
        (None, false) => TurnState::Finished,
    };
    let turn = Turn {
        id: running.turn_id,
        state,
        question: running.question,
        answer: answer.text,
        citations: answer.citations,
        confidence: answer.confidence,
        low_confidence: answer.low_confidence,
        checks: answer.checks,
        provider: answer.provider,
        model: answer.model,
        model_errors: answer.model_errors,
        cached: answer.cached,
        tokens: answer.tokens,
        // Back knows the prices.
        cost_micros: None,
        stages: answer.stages,
        tools: answer.tools,
        page_url: running.page_url,
        asked_at: running.asked_at,
        finished_at: now,
        failure: answer.failure,
        feedback: None,
    };
    let cta = if state == TurnState::Finished { invitation(live, admission, &turn)? } else { None };
    let frame = last_frame(live.next_number(), running.message_id, &turn, cta);
    let record = TurnRecord { identity: admission.identity.clone(), turn, lost: answer.lost };
    let opens = thread::is_first(&live.engine(), &record.turn.id)?;
    let ended = thread::finish(&live.engine(), &record, &frame, now)?;
    live.running.replace(None);
    if let Some(json) = ended {
        live.broadcast(&frame, json);
    }
    handover::answered(live, &record.turn);
    attend::notice(live, &record.turn);
    live.ring_soon();
    if live.is_old.take() {
        // Whoever comes back at once is admitted to the version of now.
        live.close(1012, "published");
    }
    if opens {
        telling::tell(live, Happening::Begun {});
    }
    Ok(())
}

/// What the visitor is invited to do after an answer.
fn invitation(live: &Live, admission: &Admission, turn: &Turn) -> Result<Option<Cta>, Failure> {
    let ctas = &admission.agent.ctas;
    if ctas.is_empty() {
        return Ok(None);
    }
    let history = thread::history(&live.engine())?;
    Ok(cta::choose(
        ctas,
        &Moment {
            question: &turn.question,
            page_url: turn.page_url.as_deref(),
            asked: history.asked,
            pages: &history.pages,
            shown: &history.shown,
        },
    ))
}

fn last_frame(n: u64, message_id: String, turn: &Turn, cta: Option<Cta>) -> ServerFrame {
    match &turn.failure {
        Some(problem) => ServerFrame::TurnFailed {
            n,
            turn_id: turn.id.clone(),
            message_id,
            code: problem.code,
            message: problem.message.clone(),
        },
        None => ServerFrame::TurnFinished {
            n,
            turn_id: turn.id.clone(),
            message_id,
            citations: turn.citations.clone(),
            confidence: turn.confidence,
            low_confidence: turn.low_confidence,
            provider: turn.provider,
            tokens: turn.tokens,
            stages: turn.stages,
            stopped: turn.state == TurnState::Stopped,
            cta,
        },
    }
}

/// What a question means; nothing where meaning takes no part.
type Meaning = LocalBoxFuture<'static, Option<Result<Nearest, Problem>>>;

/// The outside of one turn.
pub struct Performance {
    live: Rc<Live>,
    /// See [`answer_key`].
    answer_key: String,
    admission: Rc<Admission>,
    turn_id: TurnId,
    /// The language the visitor is answered in.
    language: Language,
    earlier: Vec<Earlier>,
    asked: Asked,
    /// Where the visitor is.
    page_url: Option<String>,
    /// What the question means, asked for already.
    ahead: RefCell<Option<Meaning>>,
    /// Taken when the turn begins.
    stop: Cell<Option<oneshot::Sender<()>>>,
    stopped: Shared<LocalBoxFuture<'static, ()>>,
}

impl Performance {
    async fn answer(self, running: Running, arrived_ms: f64) {
        // The alarm that looks after this turn is set beside it: nobody waits for it.
        let live = Rc::clone(&self.live);
        spawn_local(async move {
            if let Err(failure) = live.watch().await {
                log::error("watch_failed", None, &failure.to_string());
            }
        });
        let fence_key = random::key();
        let question = Question {
            agent: &self.admission.agent,
            asked: &self.asked,
            language: self.language,
            page_url: running.page_url.as_deref(),
            earlier: &self.earlier,
            summary: &thread::summary(&self.live.engine()).unwrap_or_default(),
            fence_key: &fence_key,
            arrived_ms,
        };
        let mut answer = answer::answer(&question, &self).await;
        let kept = answer.kept().filter(|_| !self.answer_key.is_empty());
        let found = std::mem::take(&mut answer.found);
        let fresh = (!found.cached || kept.is_some()) && answer.failure.is_none();
        let remember = Remember {
            question: found.asked,
            known: found.cached,
            answer_key: self.answer_key.clone(),
            answer: kept,
            tags: self.admission.agent.tag_filter.clone(),
            generation: found.generation,
            hits: if found.cached { Vec::new() } else { found.hits },
        };
        if let Err(failure) = record(&self.live, &self.admission, running, answer) {
            back::failed(&self.live.env, "record_failed", &failure.to_string());
            self.live.running.replace(None);
        }
        if fresh {
            // After the last frame: nobody waits for it, and losing it costs one lookup.
            let _ =
                objects::call(&self.live.env, "KNOWLEDGE", &self.lookup().knowledge().object(), &remember)
                    .await;
        }
    }

    /// Asks what the question means, where meaning takes part, and waits until that request has left. A request leaves when
    /// the engine gets its turn, and after what was written before it is safe: so it comes before the turn is written.
    pub async fn ask_ahead(&self) {
        let (live, admission) = (Rc::clone(&self.live), Rc::clone(&self.admission));
        let (question, page_url, language) =
            (self.asked.whole(), self.page_url.clone(), self.language.code());
        let mut found = async move {
            let knowledge = Replicas { env: &live.env, agent: &admission.agent, region: admission.region };
            let page_url = page_url.as_deref();
            Some(vectors::nearest(vectors::Asked { knowledge, question, page_url, language })?.await)
        }
        .boxed_local();
        // Looked at once, it has sent its request.
        let found = match (&mut found).now_or_never() {
            None => found,
            Some(None) => return,
            Some(found) => std::future::ready(found).boxed_local(),
        };
        self.ahead.replace(Some(found));
        clock::sleep(0).await;
    }

    fn lookup(&self) -> Lookup<'_> {
        Lookup {
            env: &self.live.env,
            agent: &self.admission.agent,
            region: self.admission.region,
            page_url: self.page_url.as_deref(),
            language: self.language,
            limit: CANDIDATES,
            answer_key: &self.answer_key,
            subject: self.turn_id.as_str(),
        }
    }
}

impl Index for Performance {
    fn now_ms(&self) -> f64 {
        clock::ticks_ms()
    }

    fn search(&self, asked: &Asked) -> LocalBoxFuture<'_, Result<SearchReply, Problem>> {
        self.lookup().search(asked)
    }

    fn nearest(&self, text: &str) -> Option<LocalBoxFuture<'_, Result<Nearest, Problem>>> {
        let Some(ahead) = self.ahead.take() else { return self.lookup().nearest(text) };
        let nothing = || Err(Problem::new(Code::Unavailable, "Meaning takes no part."));
        Some(ahead.map(move |found| found.unwrap_or_else(nothing)).boxed_local())
    }

    fn rerank(
        &self,
        question: &str,
        passages: &[Hit],
    ) -> Option<LocalBoxFuture<'_, Result<Scores, Problem>>> {
        self.lookup().rerank(question, passages)
    }

    fn log(&self, note: &str) {
        log::info("turn", self.turn_id.as_str(), note);
    }
}

impl Outside for Performance {
    fn permit(&self) -> LocalBoxFuture<'_, Result<(), Problem>> {
        let opens = self.earlier.iter().all(|turn| turn.question.is_empty());
        firewall::reserve(&self.live, &self.admission, &self.turn_id, self.language, opens).boxed_local()
    }

    fn open(
        &self,
        model: &Model,
        messages: &[Message],
        tools: &[ToolSpec],
    ) -> LocalBoxFuture<'_, Result<TokenStream, ModelError>> {
        let (model, messages, tools) = (model.clone(), messages.to_vec(), tools.to_vec());
        let temperature = self.admission.agent.temperature;
        async move { models::open(&self.live.env, &model, &messages, &tools, temperature).await }
            .boxed_local()
    }

    fn call(&self, tool: &ToolId, arguments: &str) -> LocalBoxFuture<'_, Result<ToolRun, Problem>> {
        let identity = &self.admission.identity;
        let message = RunTool {
            workspace_id: identity.workspace_id.clone(),
            agent_id: identity.agent_id.clone(),
            conversation_id: Some(identity.conversation_id.clone()),
            turn_id: self.turn_id.clone(),
            tool_id: tool.clone(),
            arguments: arguments.to_owned(),
            autonomy: self.admission.agent.autonomy,
            approval_minutes: self.admission.agent.approval_minutes,
            language: self.language.code().to_owned(),
        };
        async move {
            let ran = Box::pin(objects::call_service(&self.live.env, "BACK", &message));
            match select(ran, Box::pin(clock::sleep(TOOL_MS))).await {
                Either::Left((ran, _)) => ran.map_err(|failure| failure.to_problem()),
                Either::Right(_) => Err(Problem::new(Code::Unavailable, "The tool did not answer in time.")),
            }
        }
        .boxed_local()
    }

    /// What comes here is gathered already (see [`platform::gather`]): it is a frame at once.
    fn show(&self, text: &str) {
        let (n, turn_id) = (self.live.next_number(), self.turn_id.clone());
        let frame = ServerFrame::Delta { n, turn_id, text: text.to_owned() };
        if let Err(failure) = self.live.publish(&self.turn_id, &frame) {
            back::failed(&self.live.env, "frame_failed", &failure.to_string());
        }
    }

    fn stop(&self) -> LocalBoxFuture<'_, ()> {
        self.stopped.clone().boxed_local()
    }
}
