//! The product's promise, top to bottom: admit → retrieve → compose → generate → record.
//!
//! Nothing here writes to a database and nothing is retried inside a stream. There is one remote join before
//! generation: words, meaning and permission are asked for side by side, and a cached result ends the wait for
//! words and meaning. What an answer leaves behind is returned; the caller stores it in one synchronous step.

mod rounds;

use std::cell::LazyCell;

use futures::future::{Either, FutureExt, LocalBoxFuture, join, select};
use futures::stream::{LocalBoxStream, StreamExt};
use protocol::agent::{AgentSnapshot, Model};
use protocol::answer::{Checks, Citation, Cut, Provider, Stages, Tokens, ToolTrace};
use protocol::api::ToolRun;
use protocol::internal::{Hit, KeptAnswer, Spent};
use protocol::{Code, Problem, ToolId};

use crate::extract::{self, Source};
use crate::followup::Asked;
use crate::guard::{Guard, Secrets};
use crate::language::Language;
use crate::prompt::{self, Brief, Earlier, Message, ToolSpec};
use crate::retrieve::{retrieve, verbatim};
use crate::simple::{self, Hard};
use crate::support;
use crate::tokens::Event;

use rounds::Part;

pub use crate::retrieve::{Found, Index, Nearest};
pub use crate::sources::MAX_SOURCES;
use crate::sources::Sources;

/// A passage counts as found from this score where the agent names no other and words alone were searched; see
/// `docs/DESIGN.md` for the curves both were read off.
const FOUND_BY_WORDS: f64 = 0.3;
/// The same where meaning took part: a cosine gives every passage something.
const FOUND_BY_MEANING: f64 = 0.4;
/// Bytes of what tools said that an answer is compared with; more are read by nobody while a visitor waits.
const MAX_TOLD: usize = 64_000;
/// Characters of an answer, whatever a model does.
const MAX_ANSWER_CHARS: usize = 8_000;

/// From which score on passages count, by how they were found.
#[must_use]
pub fn found_score(hits: &[Hit]) -> f64 {
    if hits.iter().any(|hit| hit.meaning.is_some()) { FOUND_BY_MEANING } else { FOUND_BY_WORDS }
}

/// Why a model gave no (whole) answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("the model did not answer in time")]
    TimedOut,
    #[error("the model's provider limits our rate")]
    RateLimited,
    #[error("the model's provider refused the request: {0}")]
    Refused(String),
    #[error("the model's provider is not available: {0}")]
    Unavailable(String),
    #[error("the model's stream broke: {0}")]
    Broken(String),
    #[error("it failed again and again and is left alone for another {0} s")]
    Skipped(u64),
}

impl ModelError {
    /// The provider's own fault, whoever asks: not a request that it will not take, nor one too many.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::RateLimited)
    }
}

/// A model's answer as it arrives.
pub type TokenStream = LocalBoxStream<'static, Result<Event, ModelError>>;

/// The outside of a turn: what the conversation's object provides.
pub trait Outside: Index {
    /// Whether the turn may start: the agent is live, its workspace has something left.
    fn permit(&self) -> LocalBoxFuture<'_, Result<(), Problem>>;
    /// What retrieval found, best first, with the score from which on a passage counts; for those who want to
    /// watch.
    fn found(&self, _found: &Found, _threshold: f64) {}
    /// Whether the question is simple, where the agent has a model for such; for those who want to watch.
    fn weighed(&self, _verdict: Result<(), Hard>) {}
    /// Opens a model's stream; it may call the tools.
    fn open(
        &self,
        model: &Model,
        messages: &[Message],
        tools: &[ToolSpec],
    ) -> LocalBoxFuture<'_, Result<TokenStream, ModelError>>;
    /// Calls a tool of the agent. The same call of the same turn is made once.
    fn call(&self, tool: &ToolId, arguments: &str) -> LocalBoxFuture<'_, Result<ToolRun, Problem>>;
    /// A call has ended, with all that came back; for those who want to watch.
    fn called(&self, _trace: &ToolTrace) {}
    /// Shows a piece of the answer to the visitor; what was shown is final.
    fn show(&self, text: &str);
    /// Resolves when the visitor presses stop.
    fn stop(&self) -> LocalBoxFuture<'_, ()>;
}

/// A question that was admitted.
pub struct Question<'a> {
    pub agent: &'a AgentSnapshot,
    pub asked: &'a Asked,
    /// The language the visitor is answered in.
    pub language: Language,
    pub page_url: Option<&'a str>,
    pub earlier: &'a [Earlier],
    /// What the turns before came to; empty where nothing was summed up.
    pub summary: &'a str,
    /// Unguessable, new for every turn; the canary is made from it.
    pub fence_key: &'a str,
    /// When the message arrived, on the clock of [`Outside::now_ms`].
    pub arrived_ms: f64,
}

/// What a turn leaves behind.
pub struct Answer {
    /// Exactly what was shown.
    pub text: String,
    pub citations: Vec<Citation>,
    pub confidence: f64,
    pub low_confidence: bool,
    /// Whether the guard ended it, and what its sources say of it.
    pub checks: Checks,
    pub provider: Provider,
    /// The model that wrote it, by its provider's name.
    pub model: Option<String>,
    /// Calls that providers failed on the way to it.
    pub model_errors: u32,
    /// See [`Found::known`].
    pub cached: bool,
    /// Of the model that wrote it.
    pub tokens: Tokens,
    /// What the models before it took and gave nothing for.
    pub lost: Vec<Spent>,
    pub stages: Stages,
    /// What was called for it, in order.
    pub tools: Vec<ToolTrace>,
    pub stopped: bool,
    pub failure: Option<Problem>,
    /// What retrieval found, to be remembered for the next asker unless it was remembered already.
    pub found: Found,
}

/// Answers one question.
pub async fn answer(question: &Question<'_>, outside: &impl Outside) -> Answer {
    let mut turn = Turn {
        outside,
        question,
        stages: Stages::default(),
        model: None,
        model_errors: 0,
        tokens: Tokens::default(),
        lost: Vec::new(),
        tools: Vec::new(),
        told: String::new(),
        shown: String::new(),
    };
    turn.stages.admit = outside.now_ms() - question.arrived_ms;
    let mut found = match join(turn.retrieve(), outside.permit()).await {
        (Ok(found), Ok(())) => found,
        (_, Err(problem)) | (Err(problem), _) => return turn.failed(problem),
    };
    if outside.stop().now_or_never().is_some() {
        return turn.stopped(found);
    }
    let threshold = question.agent.confidence_threshold.unwrap_or_else(|| found_score(&found.hits));
    outside.found(&found, threshold);
    if verbatim(found.curated.as_ref()).is_some() {
        return turn.curated(found);
    }
    if let Some(kept) = found.answer.take() {
        return turn.again(kept, found);
    }
    let sources = found.sources(threshold);
    let messages = turn.compose(question.language, &sources.hits);
    turn.generate(question.language, messages, sources, found).await
}

struct Turn<'a, O> {
    outside: &'a O,
    question: &'a Question<'a>,
    stages: Stages,
    /// The model that was asked last.
    model: Option<String>,
    model_errors: u32,
    tokens: Tokens,
    lost: Vec<Spent>,
    tools: Vec<ToolTrace>,
    /// What was called, with all that came back.
    told: String,
    shown: String,
}

/// A guard that is made when it is needed.
type Guarded<'g> = LazyCell<Guard, Box<dyn FnOnce() -> Guard + 'g>>;

/// How a model's stream ended.
enum Ended {
    Whole,
    Stopped,
    /// Before its first token: somebody else may answer.
    Unbegun(ModelError),
    /// In the middle.
    Cut(ModelError),
}

impl Answer {
    /// What may be given to the next who asks the same: whole, sure, made by a model of nothing but its sources.
    #[must_use]
    pub fn kept(&self) -> Option<KeptAnswer> {
        let made = self.model.is_some() && self.tokens.output > 0;
        let plain = self.tools.is_empty() && self.found.curated.is_none() && self.checks.cut.is_none();
        let whole = self.failure.is_none() && !self.stopped && !self.low_confidence;
        (made && plain && whole).then(|| KeptAnswer {
            text: self.text.clone(),
            citations: self.citations.clone(),
            confidence: self.confidence,
            checks: self.checks.clone(),
            provider: self.provider,
            model: self.model.clone(),
        })
    }
}

impl<O: Outside> Turn<'_, O> {
    async fn retrieve(&mut self) -> Result<Found, Problem> {
        let found = retrieve(self.question.asked, MAX_SOURCES * 2, self.outside).await?;
        self.stages.retrieve = found.took_ms;
        (self.stages.embed, self.stages.index_search) = (found.embed_ms, found.search_ms);
        Ok(found)
    }

    fn compose(&mut self, language: Language, sources: &[Hit]) -> Vec<Message> {
        let begun = self.outside.now_ms();
        let messages = prompt::compose(&Brief {
            agent: self.question.agent,
            language,
            page_url: self.question.page_url,
            earlier: self.question.earlier,
            summary: self.question.summary,
            sources,
            question: &self.question.asked.question,
            fence_key: self.question.fence_key,
        });
        self.stages.assemble_prompt = self.outside.now_ms() - begun;
        messages
    }

    /// For a simple question the model for such, then the agent's models in order; behind the last, the site's own
    /// sentences.
    async fn generate(
        mut self,
        language: Language,
        messages: Vec<Message>,
        sources: Sources,
        found: Found,
    ) -> Answer {
        // One passage is few, unless a member wrote it for nearly this question.
        let few = sources.passages() < 2 && found.curated.is_none();
        let sources = sources.hits;
        let best = sources.first().map_or(0.0, |hit| hit.score);
        let rules = prompt::rules();
        let agent = self.question.agent;
        let cheaper = agent.simple_model.as_ref().filter(|_| {
            let verdict =
                simple::weigh(self.question.asked, language, &sources, few, !agent.tool_specs.is_empty());
            self.outside.weighed(verdict);
            verdict.is_ok()
        });
        for model in cheaper.into_iter().chain(agent.models.iter().filter(|model| Some(*model) != cheaper)) {
            self.model = model.name().map(str::to_owned);
            if self.model.is_none() {
                break;
            }
            let provider = model.provider();
            let instructions = &agent.instructions;
            let key = self.question.fence_key;
            let (sources, rules) = (&sources, &rules);
            let guarded = move || Guard::new(sources, Secrets::new(key, rules, instructions), language);
            let mut guard: Guarded<'_> = LazyCell::new(Box::new(guarded));
            let ended = self.converse(model, &messages, &mut guard).await;
            if matches!(&ended, Ended::Unbegun(error) | Ended::Cut(error) if error.is_outage()) {
                self.model_errors += 1;
            }
            // What a tool said was not guessed, nor is that a member has to agree.
            let low = few && !self.tools.iter().any(|call| call.succeeded || call.notice.is_some());
            let failure = match ended {
                Ended::Unbegun(error) => {
                    let tokens = std::mem::take(&mut self.tokens);
                    let spent = self.model.take().filter(|_| tokens != Tokens::default());
                    self.lost.extend(spent.map(|model| Spent { model, tokens }));
                    (self.stages.model_first_byte, self.stages.model_stream) = (0.0, 0.0);
                    self.outside.log(&format!("{provider:?} failed before its first token: {error}"));
                    continue;
                }
                Ended::Whole => None,
                Ended::Stopped => {
                    return self.finished(Finish {
                        provider,
                        guard: &guard,
                        sources,
                        found,
                        confidence: best,
                        low,
                        stopped: true,
                        failure: None,
                    });
                }
                Ended::Cut(error) => {
                    self.outside.log(&format!("{provider:?} failed in its answer: {error}"));
                    Some(Problem::new(Code::ModelFailed, "The answer broke off. Please ask again."))
                }
            };
            return self.finished(Finish {
                provider,
                guard: &guard,
                sources,
                found,
                confidence: best,
                low,
                stopped: false,
                failure,
            });
        }
        self.extract(language, found)
    }

    /// Streams what a model says through the guard, and notes what it calls.
    async fn stream(
        &mut self,
        model: &Model,
        messages: &[Message],
        tools: &[ToolSpec],
        guard: &mut Guarded<'_>,
        part: &mut Part,
    ) -> Ended {
        let outside = self.outside;
        let begun = outside.now_ms();
        let mut stop = outside.stop();
        let mut opening = select(&mut stop, outside.open(model, messages, tools));
        // The request goes out before the guard is made, which nobody needs until the model says something.
        let opened = (&mut opening).now_or_never();
        let guard = LazyCell::force_mut(guard);
        let opened = match opened {
            Some(opened) => opened,
            None => opening.await,
        };
        let mut stream = match opened {
            Either::Left(_) => return Ended::Stopped,
            Either::Right((Ok(stream), _)) => stream,
            Either::Right((Err(error), _)) => return Ended::Unbegun(error),
        };
        let (mut first, mut counted) = (None, Tokens::default());
        let mut room = MAX_ANSWER_CHARS.saturating_sub(self.shown.chars().count());
        let ended = loop {
            let next = match select(&mut stop, stream.next()).await {
                Either::Left(_) => break Ended::Stopped,
                Either::Right((next, _)) => next,
            };
            let failure = match next {
                Some(Ok(Event::Text(text))) => {
                    let now = self.outside.now_ms();
                    if first.is_none() {
                        first = Some(now);
                        if part.apart {
                            let gap = guard.push("\n\n");
                            self.show(&gap);
                        } else {
                            self.stages.model_first_byte = now - begun;
                        }
                    }
                    part.said.push_str(&text);
                    let (text, over) = match text.char_indices().nth(room) {
                        Some((end, _)) => (text.get(..end).unwrap_or_default(), true),
                        None => (text.as_str(), false),
                    };
                    room = room.saturating_sub(text.chars().count());
                    let text = guard.push(text);
                    self.show(&text);
                    if over {
                        guard.end();
                    }
                    if guard.cut().is_some() {
                        break Ended::Whole;
                    }
                    continue;
                }
                Some(Ok(Event::Usage(tokens))) => {
                    counted = tokens;
                    continue;
                }
                Some(Ok(Event::ToolCall(call))) => {
                    part.calls.push(call);
                    continue;
                }
                Some(Ok(Event::Done)) | None => break Ended::Whole,
                Some(Ok(Event::Failed(reason))) => ModelError::Broken(reason),
                Some(Err(error)) => error,
            };
            // Of what nobody saw, somebody else may begin anew.
            break if self.shown.is_empty() { Ended::Unbegun(failure) } else { Ended::Cut(failure) };
        };
        // A provider counts at the end of its answer, or never. What it failed before its first word is free, unless it
        // counts that, too.
        let free = matches!(ended, Ended::Unbegun(_)) && part.said.is_empty() && part.calls.is_empty();
        if !free && (counted.output == 0 || !matches!(ended, Ended::Whole)) {
            counted = prompt::estimated(messages, counted.input, &part.said);
        }
        self.tokens = Tokens {
            input: self.tokens.input.saturating_add(counted.input),
            output: self.tokens.output.saturating_add(counted.output),
            estimated: self.tokens.estimated || counted.estimated,
        };
        if let Some(first) = first {
            self.stages.model_stream += self.outside.now_ms() - first;
        }
        ended
    }

    /// An answer begins with its first visible character.
    fn show(&mut self, text: &str) {
        let text = if self.shown.is_empty() { text.trim_start() } else { text };
        if text.is_empty() {
            return;
        }
        if self.shown.is_empty() {
            self.stages.first_token = self.outside.now_ms() - self.question.arrived_ms;
        }
        self.shown.push_str(text);
        self.outside.show(text);
    }

    /// A member's own words for this question: no model, no citations.
    fn curated(mut self, found: Found) -> Answer {
        let text = verbatim(found.curated.as_ref()).map(|hit| hit.answer.clone()).unwrap_or_default();
        self.show(&text);
        self.finished(Finish {
            provider: Provider::Curated,
            guard: &Guard::quoting(&[]),
            sources: &[],
            found,
            confidence: 1.0,
            low: false,
            stopped: false,
            failure: None,
        })
    }

    /// What was answered to the same question a moment ago, as it was checked then: no model.
    fn again(mut self, kept: KeptAnswer, found: Found) -> Answer {
        self.show(&kept.text);
        self.stages.total = self.outside.now_ms() - self.question.arrived_ms;
        Answer {
            text: self.shown,
            citations: kept.citations,
            confidence: kept.confidence,
            low_confidence: false,
            checks: kept.checks,
            provider: kept.provider,
            model: kept.model,
            model_errors: 0,
            cached: true,
            tokens: self.tokens,
            lost: self.lost,
            stages: self.stages,
            tools: self.tools,
            stopped: false,
            failure: None,
            found: Found { cached: true, ..found },
        }
    }

    /// The site's own sentences, quoted: needs no model.
    fn extract(mut self, language: Language, found: Found) -> Answer {
        // All that was found: the answerer weighs sentences by itself and says when none carries the answer.
        let sources = found.sources(0.0).hits;
        if let Some(close) = found.curated.clone() {
            // Written for nearly this question: quoted whole, as the source it is.
            let mut guard = Guard::quoting(sources.get(..1).unwrap_or_default());
            let cited = guard.push("[1]") + &guard.finish();
            self.show(&format!("{} {cited}", close.answer.trim_end()));
            return self.finished(Finish {
                provider: Provider::Extractive,
                guard: &guard,
                sources: &sources,
                found,
                confidence: close.score,
                low: false,
                stopped: false,
                failure: None,
            });
        }
        let numbered: Vec<Source<'_>> = sources
            .iter()
            .zip(1..)
            .map(|(hit, number)| Source {
                number,
                title: &hit.title,
                heading_path: &hit.heading_path,
                text: &hit.text,
                score: hit.score,
            })
            .collect();
        let extract = extract::answer(self.question.asked, language, &numbered);
        let mut guard = Guard::quoting(&sources);
        let fallback = self.question.agent.fallback_message.trim();
        let text = if extract.answered || fallback.is_empty() { extract.text.as_str() } else { fallback };
        let text = guard.push(text) + &guard.finish();
        self.show(&text);
        self.finished(Finish {
            provider: Provider::Extractive,
            guard: &guard,
            sources: &sources,
            found,
            confidence: extract.confidence,
            low: !extract.answered,
            stopped: false,
            failure: None,
        })
    }

    fn finished(mut self, finish: Finish<'_>) -> Answer {
        // What says that nothing was found states nothing of the site.
        let states =
            finish.provider != Provider::Curated && !(finish.low && finish.provider == Provider::Extractive);
        let found = if states && self.told.len() <= MAX_TOLD {
            support::check(&self.shown, finish.sources, &self.told)
        } else {
            Checks::default()
        };
        let checks = Checks { cut: finish.guard.cut(), links_removed: finish.guard.links_removed(), ..found };
        if let Some(cut) = checks.cut {
            self.outside.log(&format!("the answer was ended: {}", why(cut)));
        }
        self.stages.total = self.outside.now_ms() - self.question.arrived_ms;
        Answer {
            citations: finish.guard.citations(finish.sources, &self.shown),
            text: self.shown,
            confidence: support::tempered(finish.confidence, &checks),
            low_confidence: finish.low
                || checks.cut == Some(Cut::Prompt)
                || support::mostly_unsupported(&checks),
            checks,
            provider: finish.provider,
            model: self.model,
            model_errors: self.model_errors,
            cached: finish.found.known,
            tokens: self.tokens,
            lost: self.lost,
            stages: self.stages,
            tools: self.tools,
            stopped: finish.stopped,
            failure: finish.failure,
            found: finish.found,
        }
    }

    /// Stopped before there was anything to show.
    fn stopped(self, found: Found) -> Answer {
        let low = found.hits.len() < 2;
        self.finished(Finish {
            provider: Provider::Extractive,
            guard: &Guard::quoting(&[]),
            sources: &[],
            found,
            confidence: 0.0,
            low,
            stopped: true,
            failure: None,
        })
    }

    fn failed(mut self, problem: Problem) -> Answer {
        self.stages.total = self.outside.now_ms() - self.question.arrived_ms;
        let shown = match problem.code {
            Code::AgentUnpublished | Code::TooManyRequests | Code::PlanLimitReached => problem,
            _ => {
                self.outside.log(&format!("the turn could not begin: {problem}"));
                Problem::new(
                    Code::Unavailable,
                    "The receptionist cannot look things up right now. Please try again in a moment.",
                )
            }
        };
        Answer {
            text: self.shown,
            citations: Vec::new(),
            confidence: 0.0,
            low_confidence: true,
            checks: Checks::default(),
            provider: Provider::Extractive,
            model: None,
            model_errors: 0,
            cached: false,
            tokens: self.tokens,
            lost: self.lost,
            stages: self.stages,
            tools: self.tools,
            stopped: false,
            failure: Some(shown),
            found: Found::default(),
        }
    }
}

/// For the operator and the member who tries the agent.
fn why(cut: Cut) -> &'static str {
    match cut {
        Cut::Prompt => "the model began to tell its prompt",
        Cut::Repetition => "the model repeated itself without an end",
        Cut::Length => "it was longer than an answer may be",
    }
}

struct Finish<'f> {
    provider: Provider,
    guard: &'f Guard,
    sources: &'f [Hit],
    found: Found,
    confidence: f64,
    low: bool,
    stopped: bool,
    failure: Option<Problem>,
}
