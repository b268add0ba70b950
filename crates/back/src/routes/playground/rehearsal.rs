//! One rehearsed turn: `domain::answer` over the real index and the real models, telling everything it does.

use domain::answer::{self, Found, Index, MAX_SOURCES, ModelError, Nearest, Outside, Question, TokenStream};
use domain::cta::{self, Moment};
use domain::followup::Asked;
use domain::language::{self, Visitor};
use domain::prompt::{Earlier, MAX_TURNS, Message, ToolSpec, estimate_tokens};
use domain::retrieve::Scores;
use domain::simple::Hard;
use domain::words;
use futures::channel::mpsc::UnboundedSender;
use futures::future::{FutureExt, LocalBoxFuture, pending, ready};
use platform::lookup::{CANDIDATES, Lookup};
use platform::{models, random};
use protocol::agent::{AgentSnapshot, Model};
use protocol::answer::ToolTrace;
use protocol::api::{Exchange, FoundPassage, PlaygroundEvent, PromptMessage, ToolRun};
use protocol::internal::{Hit, RunTool, SearchReply};
use protocol::rules::Cta;
use protocol::{CtaId, Problem, Region, ToolId, TurnId};
use worker::Env;

use crate::{prices, rules, tools};

pub struct Rehearsal {
    pub env: Env,
    pub agent: AgentSnapshot,
    pub page_url: Option<String>,
    pub events: UnboundedSender<PlaygroundEvent>,
}

impl Rehearsal {
    /// Answers, and tells.
    pub async fn run(self, run_id: TurnId, question: String, earlier: Vec<Exchange>, arrived_ms: f64) {
        self.tell(PlaygroundEvent::Started { run_id: run_id.clone() });
        let invited = self.invitation(&question, &earlier);
        let skipped = earlier.len().saturating_sub(MAX_TURNS);
        let earlier: Vec<Earlier> = earlier
            .into_iter()
            .skip(skipped)
            .map(|turn| Earlier { question: turn.question, answer: turn.answer, ..Earlier::default() })
            .collect();
        let visitor = Visitor { agent: &self.agent.language, ..Visitor::default() };
        let asked = earlier.iter().map(|turn| turn.question.as_str()).chain([question.as_str()]);
        let language = language::spoken(&visitor, asked);
        let fence_key = random::key();
        let question = Question {
            agent: &self.agent,
            asked: &Asked::after(&question, earlier.iter().flat_map(Earlier::asked)),
            language,
            page_url: self.page_url.as_deref(),
            earlier: &earlier,
            summary: "",
            fence_key: &fence_key,
            arrived_ms,
        };
        let lookup = Lookup {
            env: &self.env,
            agent: &self.agent,
            region: Region::Home,
            page_url: self.page_url.as_deref(),
            language,
            limit: CANDIDATES,
            answer_key: "",
            subject: self.agent.agent_id.as_str(),
        };
        let watched = Watched { rehearsal: &self, run_id, asked: &question.asked.question, lookup };
        let answer = answer::answer(&question, &watched).await;
        self.tell(match answer.failure {
            Some(problem) => PlaygroundEvent::Failed { problem },
            None => PlaygroundEvent::Finished {
                citations: answer.citations,
                confidence: answer.confidence,
                low_confidence: answer.low_confidence,
                checks: answer.checks,
                provider: answer.provider,
                cost_micros: prices::whole(&self.env, answer.model.as_deref(), answer.tokens, &answer.lost),
                model: answer.model,
                tokens: answer.tokens,
                stages: answer.stages,
                form: invited.as_ref().and_then(|cta| rules::form(cta, &self.agent)).map(Box::new),
                cta: invited.map(Box::new),
            },
        });
        self.events.close_channel();
    }

    /// The call to action that a visitor would see under the answer, after what was asked and shown before.
    fn invitation(&self, question: &str, earlier: &[Exchange]) -> Option<Cta> {
        let pages: Vec<String> = earlier.iter().filter_map(|turn| turn.page_url.clone()).collect();
        let shown: Vec<CtaId> = earlier.iter().filter_map(|turn| turn.cta.clone()).collect();
        let moment = Moment {
            question,
            page_url: self.page_url.as_deref(),
            asked: u32::try_from(earlier.len()).unwrap_or(u32::MAX).saturating_add(1),
            pages: &pages,
            shown: &shown,
        };
        cta::choose(&self.agent.ctas, &moment)
    }

    fn tell(&self, event: PlaygroundEvent) {
        // A reader that left is told nothing.
        let _ = self.events.unbounded_send(event);
    }

    /// The agent's first choice is the site's own sentences.
    fn quotes(&self) -> bool {
        matches!(self.agent.models.first(), None | Some(Model::Extractive))
    }
}

/// A rehearsal with the question it is about.
struct Watched<'a> {
    rehearsal: &'a Rehearsal,
    run_id: TurnId,
    asked: &'a str,
    lookup: Lookup<'a>,
}

impl Watched<'_> {
    /// Why the passage at a place went into the source with this number, or into none.
    fn judge(&self, place: usize, hit: &Hit, threshold: f64, number: Option<u32>) -> String {
        let score = hit.score;
        if self.rehearsal.quotes() {
            return match number {
                Some(number) => format!("Read for sentences to quote, as number {number}."),
                None => format!("Place {}: only the best {MAX_SOURCES} are read.", place + 1),
            };
        }
        match number {
            _ if score < threshold => format!("Its score {score:.2} is below the threshold {threshold:.2}."),
            Some(_) => format!("Its score {score:.2} reaches the threshold {threshold:.2}."),
            None => format!("Good enough, but only the best {MAX_SOURCES} go into a prompt."),
        }
    }
}

impl Index for Watched<'_> {
    fn now_ms(&self) -> f64 {
        self.lookup.now_ms()
    }

    fn search(&self, asked: &Asked) -> LocalBoxFuture<'_, Result<SearchReply, Problem>> {
        self.lookup.search(asked)
    }

    fn nearest(&self, text: &str) -> Option<LocalBoxFuture<'_, Result<Nearest, Problem>>> {
        self.lookup.nearest(text)
    }

    fn rerank(
        &self,
        question: &str,
        passages: &[Hit],
    ) -> Option<LocalBoxFuture<'_, Result<Scores, Problem>>> {
        self.lookup.rerank(question, passages)
    }

    fn log(&self, note: &str) {
        self.rehearsal.tell(PlaygroundEvent::Note { text: note.to_owned() });
    }
}

impl Outside for Watched<'_> {
    /// Members try what is not live.
    fn permit(&self) -> LocalBoxFuture<'_, Result<(), Problem>> {
        ready(Ok(())).boxed_local()
    }

    fn found(&self, found: &Found, threshold: f64) {
        let language = self.lookup.language;
        let sources = found.sources(if self.rehearsal.quotes() { 0.0 } else { threshold });
        let judged = found.hits.iter().enumerate().map(|(place, hit)| {
            let number = sources.number(place);
            let text = format!("{} {} {}", hit.title, hit.heading_path.join(" "), hit.text);
            FoundPassage {
                matched: words::matched(self.asked, &text, language),
                hit: hit.clone(),
                number,
                why: self.judge(place, hit, threshold, number),
            }
        });
        let hits = judged.collect();
        self.rehearsal.tell(PlaygroundEvent::Found { hits, curated: found.curated.clone(), threshold });
    }

    fn weighed(&self, verdict: Result<(), Hard>) {
        let why = verdict
            .map_or_else(Hard::why, |()| "The question asks one fact, and one passage clearly says it.");
        self.rehearsal.tell(PlaygroundEvent::Weighed { simple: verdict.is_ok(), why: why.into() });
    }

    fn open(
        &self,
        model: &Model,
        messages: &[Message],
        tools: &[ToolSpec],
    ) -> LocalBoxFuture<'_, Result<TokenStream, ModelError>> {
        let tokens: usize = messages.iter().map(|message| estimate_tokens(&message.content)).sum();
        let said = |message: &Message| PromptMessage {
            role: message.role.name().into(),
            content: message.content.clone(),
        };
        self.rehearsal.tell(PlaygroundEvent::Prompt {
            model: model.clone(),
            messages: messages.iter().map(said).collect(),
            tokens: u32::try_from(tokens).unwrap_or(u32::MAX),
        });
        let (model, messages, tools) = (model.clone(), messages.to_vec(), tools.to_vec());
        let temperature = self.rehearsal.agent.temperature;
        async move { models::open(&self.rehearsal.env, &model, &messages, &tools, temperature).await }
            .boxed_local()
    }

    fn call(&self, tool: &ToolId, arguments: &str) -> LocalBoxFuture<'_, Result<ToolRun, Problem>> {
        let agent = &self.rehearsal.agent;
        let message = RunTool {
            workspace_id: agent.workspace_id.clone(),
            agent_id: agent.agent_id.clone(),
            conversation_id: None,
            turn_id: self.run_id.clone(),
            tool_id: tool.clone(),
            arguments: arguments.to_owned(),
            autonomy: agent.autonomy,
            approval_minutes: agent.approval_minutes,
            language: String::new(),
        };
        async move {
            tools::in_turn(&self.rehearsal.env, message).await.map_err(|failure| failure.to_problem())
        }
        .boxed_local()
    }

    fn called(&self, call: &ToolTrace) {
        self.rehearsal.tell(PlaygroundEvent::Tool { call: call.clone() });
    }

    fn show(&self, text: &str) {
        self.rehearsal.tell(PlaygroundEvent::Delta { text: text.to_owned() });
    }

    /// A reader that leaves drops the whole rehearsal.
    fn stop(&self) -> LocalBoxFuture<'_, ()> {
        pending().boxed_local()
    }
}
