//! One question and what became of it, as the events of its stream tell.

use protocol::agent::Model;
use protocol::answer::{Checks, Citation, Provider, Stages, Tokens};
use protocol::api::{Exchange, FoundPassage, PlaygroundEvent, PromptMessage, Rating};
use protocol::internal::CuratedHit;
use protocol::lead::LeadForm;
use protocol::rules::Cta;
use protocol::{Problem, TurnId};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    Asking,
    Writing,
    Finished,
    /// The member stopped it.
    Stopped,
    Failed,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) hits: Vec<FoundPassage>,
    pub(super) curated: Option<CuratedHit>,
    pub(super) threshold: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prompt {
    pub(super) model: Model,
    pub(super) messages: Vec<PromptMessage>,
    pub(super) tokens: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    pub(super) citations: Vec<Citation>,
    pub(super) confidence: f64,
    pub(super) low_confidence: bool,
    pub(super) checks: Checks,
    pub(super) provider: Provider,
    pub(super) model: Option<String>,
    pub(super) tokens: Tokens,
    pub(super) cost_micros: Option<u64>,
    pub(super) stages: Stages,
    /// What the visitor would be invited to, and the form that it opens.
    pub(super) cta: Option<Cta>,
    pub(super) form: Option<LeadForm>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    /// Unique among both columns; part of ids in the document.
    pub(super) key: String,
    pub(super) question: String,
    pub(super) version: Option<u32>,
    /// The page it is asked on.
    page_url: Option<String>,
    pub(super) phase: Phase,
    pub(super) id: Option<TurnId>,
    pub(super) answer: String,
    pub(super) found: Option<Found>,
    pub(super) prompts: Vec<Prompt>,
    pub(super) notes: Vec<String>,
    /// Why the model for simple questions was asked first, if it was.
    pub(super) simple: Option<String>,
    pub(super) end: Option<End>,
    pub(super) problem: Option<Problem>,
    pub(super) rated: Option<Rating>,
}

impl Run {
    pub(super) fn new(key: String, question: String, version: Option<u32>, page_url: Option<String>) -> Self {
        Self {
            key,
            question,
            version,
            page_url,
            phase: Phase::Asking,
            id: None,
            answer: String::new(),
            found: None,
            prompts: Vec::new(),
            notes: Vec::new(),
            simple: None,
            end: None,
            problem: None,
            rated: None,
        }
    }

    pub(super) fn running(&self) -> bool {
        matches!(self.phase, Phase::Asking | Phase::Writing)
    }

    pub(super) fn take(&mut self, event: PlaygroundEvent) {
        match event {
            PlaygroundEvent::Started { run_id } => self.id = Some(run_id),
            PlaygroundEvent::Found { hits, curated, threshold } => {
                self.found = Some(Found { hits, curated, threshold });
            }
            PlaygroundEvent::Prompt { model, messages, tokens } => {
                self.prompts.push(Prompt { model, messages, tokens });
            }
            PlaygroundEvent::Weighed { simple, why } => {
                let asked = if simple {
                    "The model for simple questions was asked first"
                } else {
                    "Not a simple question"
                };
                self.notes.push(format!("{asked}: {why}"));
                self.simple = simple.then_some(why);
            }
            PlaygroundEvent::Delta { text } => {
                self.phase = Phase::Writing;
                self.answer.push_str(&text);
            }
            PlaygroundEvent::Note { text } => self.notes.push(text),
            PlaygroundEvent::Tool { call } => self.notes.push(format!(
                "{} {} in {:.0} ms: {} → {}",
                call.name,
                if call.succeeded { "was called" } else { "did not succeed" },
                call.duration_ms,
                call.arguments,
                call.result
            )),
            PlaygroundEvent::Finished {
                citations,
                confidence,
                low_confidence,
                checks,
                provider,
                model,
                tokens,
                cost_micros,
                stages,
                cta,
                form,
            } => {
                self.phase = Phase::Finished;
                self.end = Some(End {
                    citations,
                    confidence,
                    low_confidence,
                    checks,
                    provider,
                    model,
                    tokens,
                    cost_micros,
                    stages,
                    cta: cta.map(|cta| *cta),
                    form: form.map(|form| *form),
                });
            }
            PlaygroundEvent::Failed { problem } => self.fail(problem),
        }
    }

    pub(super) fn fail(&mut self, problem: Problem) {
        self.phase = Phase::Failed;
        self.problem = Some(problem);
    }

    /// What a later question is told of this one; nothing when there was no answer.
    pub(super) fn exchange(&self) -> Option<Exchange> {
        let told = matches!(self.phase, Phase::Finished | Phase::Stopped) && !self.answer.is_empty();
        told.then(|| Exchange {
            question: self.question.clone(),
            answer: self.answer.clone(),
            page_url: self.page_url.clone(),
            cta: self.end.as_ref().and_then(|end| Some(end.cta.as_ref()?.id.clone())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_grows_and_a_failed_one_is_not_told_later() {
        let mut run = Run::new("0-1".into(), "Q".into(), None, None);
        for text in ["A", "B"] {
            run.take(PlaygroundEvent::Delta { text: text.into() });
        }
        assert_eq!((run.answer.as_str(), run.phase), ("AB", Phase::Writing));
        assert_eq!(run.exchange(), None);
        run.phase = Phase::Finished;
        assert_eq!(run.exchange().map(|exchange| exchange.answer), Some("AB".into()));
        run.fail(Problem::not_found());
        assert_eq!(run.exchange(), None);
    }
}
