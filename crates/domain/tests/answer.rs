//! The promise of `domain::answer`, kept over an outside that follows a script.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::cell::{Cell, RefCell};

use domain::answer::{Answer, Index, ModelError, Nearest, Outside, Question, TokenStream, answer};
use domain::followup::Asked;
use domain::language::Language;
use domain::prompt::{Earlier, Message, Role, ToolSpec};
use domain::retrieve::Scores;
use domain::simple::Hard;
use domain::tokens::Event;
use futures::future::{FutureExt, LocalBoxFuture, pending, ready};
use futures::stream::{self, StreamExt};
use protocol::agent::{AgentSnapshot, Guardrails, Model, Persona, Theme};
use protocol::answer::{Cut, Provider, Tokens};
use protocol::api::ToolRun;
use protocol::internal::{CuratedHit, CuratedMatch, Hit, Place, SearchReply, Space};
use protocol::{AgentId, Code, CuratedId, DocumentId, Problem, ToolId, WorkspaceId};

/// When the visitor presses stop.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    Never,
    AtOnce,
    /// Once this many pieces were shown.
    After(usize),
}

/// What meaning does.
enum Meaning {
    None,
    Finds(Vec<Hit>),
    Fails,
    /// Never answers.
    Hangs,
}

/// What one model does.
enum Act {
    Refuses(ModelError),
    Hangs,
    Says(Vec<Result<Event, ModelError>>),
    /// Says this and then nothing more, without an end.
    SaysAndHangs(Vec<Result<Event, ModelError>>),
}

struct Script {
    clock: Cell<f64>,
    words: Result<SearchReply, Problem>,
    permit: Result<(), Problem>,
    meaning: Meaning,
    /// What a second model makes of the passages, where there is one.
    rerank: Option<Result<Scores, Problem>>,
    acts: RefCell<Vec<Act>>,
    stop: Stop,
    /// The model for simple questions, beside a list of so many.
    simple: Option<(&'static str, usize)>,
    /// Which models were asked.
    opened: RefCell<Vec<String>>,
    verdicts: RefCell<Vec<Result<(), Hard>>>,
    asked: RefCell<Asked>,
    shown: RefCell<Vec<String>>,
    messages: RefCell<Vec<Message>>,
    notes: RefCell<Vec<String>>,
}

impl Script {
    fn of(hits: Vec<Hit>) -> Self {
        Self {
            clock: Cell::new(100.0),
            words: Ok(SearchReply {
                answer: None,
                generation: 7,
                cached: false,
                hits,
                weighed: Vec::new(),
                curated: None,
                meaning: serving(),
                admitted: None,
            }),
            permit: Ok(()),
            meaning: Meaning::None,
            rerank: None,
            acts: RefCell::default(),
            stop: Stop::Never,
            simple: None,
            opened: RefCell::default(),
            verdicts: RefCell::default(),
            asked: RefCell::default(),
            shown: RefCell::default(),
            messages: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    fn model(self, act: Act) -> Self {
        self.acts.borrow_mut().push(act);
        self
    }

    /// Asks, and checks what holds of every answer.
    fn ask(&self, question: &str) -> Answer {
        let mut agent = agent(self.simple.map_or(self.acts.borrow().len(), |(_, list)| list));
        agent.simple_model = self.simple.map(|(name, _)| Model::WorkersAi { model: name.into() });
        let earlier =
            [Earlier { question: "Earlier?".into(), answer: "Earlier [5].".into(), ..Earlier::default() }];
        let question = Question {
            agent: &agent,
            asked: &Asked::after(question, earlier.iter().flat_map(Earlier::asked)),
            language: Language::En,
            page_url: None,
            earlier: &earlier,
            summary: "",
            fence_key: "k3y",
            arrived_ms: 90.0,
        };
        let answer = futures::executor::block_on(answer(&question, self));
        assert_eq!(answer.text, self.shown.borrow().concat(), "the text is exactly what was shown");
        assert!(self.shown.borrow().iter().all(|piece| !piece.is_empty()), "no empty piece is shown");
        assert!(answer.stages.total > 0.0 && answer.stages.admit > 0.0, "{:?}", answer.stages);
        assert_eq!(answer.stages.first_token > 0.0, !answer.text.is_empty());
        assert!((0.0..=1.0).contains(&answer.confidence), "{}", answer.confidence);
        for citation in &answer.citations {
            assert!(answer.text.contains(&format!("[{}]", citation.number)));
        }
        answer
    }
}

fn space() -> Space {
    Space { model: "openai:e".into(), place: Place::Index }
}

fn serving() -> Option<protocol::internal::Meaning> {
    Some(protocol::internal::Meaning { space: space(), dead: String::new(), curated: false })
}

impl Index for Script {
    fn now_ms(&self) -> f64 {
        self.clock.set(self.clock.get() + 1.0);
        self.clock.get()
    }

    fn search(&self, asked: &Asked) -> LocalBoxFuture<'_, Result<SearchReply, Problem>> {
        *self.asked.borrow_mut() = asked.clone();
        ready(self.words.clone()).boxed_local()
    }

    fn nearest(&self, _: &str) -> Option<LocalBoxFuture<'_, Result<Nearest, Problem>>> {
        match &self.meaning {
            Meaning::None => None,
            Meaning::Finds(hits) => {
                let revision = Some("0123456789abcdef".to_owned());
                Some(
                    ready(Ok(Nearest {
                        hits: hits.iter().map(|hit| (hit.clone(), revision.clone())).collect(),
                        curated: None,
                        space: space(),
                        embed_ms: 3.0,
                        search_ms: 4.0,
                    }))
                    .boxed_local(),
                )
            }
            Meaning::Fails => Some(ready(Err(Problem::new(Code::Unavailable, "no index"))).boxed_local()),
            Meaning::Hangs => Some(pending().boxed_local()),
        }
    }

    fn rerank(
        &self,
        question: &str,
        passages: &[Hit],
    ) -> Option<LocalBoxFuture<'_, Result<Scores, Problem>>> {
        let scores = self.rerank.clone()?;
        assert!(!question.is_empty() && passages.len() > 1, "nothing to put into order");
        Some(ready(scores).boxed_local())
    }

    fn log(&self, note: &str) {
        self.notes.borrow_mut().push(note.to_owned());
    }
}

impl Outside for Script {
    fn permit(&self) -> LocalBoxFuture<'_, Result<(), Problem>> {
        ready(self.permit.clone()).boxed_local()
    }

    fn open(
        &self,
        model: &Model,
        messages: &[Message],
        _: &[ToolSpec],
    ) -> LocalBoxFuture<'_, Result<TokenStream, ModelError>> {
        self.opened.borrow_mut().push(model.name().unwrap().to_owned());
        *self.messages.borrow_mut() = messages.to_vec();
        match self.acts.borrow_mut().remove(0) {
            Act::Refuses(error) => ready(Err(error)).boxed_local(),
            Act::Hangs => pending().boxed_local(),
            Act::Says(events) => ready(Ok(stream::iter(events).boxed_local())).boxed_local(),
            Act::SaysAndHangs(events) => {
                ready(Ok(stream::iter(events).chain(stream::pending()).boxed_local())).boxed_local()
            }
        }
    }

    fn weighed(&self, verdict: Result<(), Hard>) {
        self.verdicts.borrow_mut().push(verdict);
    }

    fn call(&self, tool: &ToolId, arguments: &str) -> LocalBoxFuture<'_, Result<ToolRun, Problem>> {
        panic!("{tool} was called with {arguments}, and none was offered")
    }

    fn show(&self, text: &str) {
        self.shown.borrow_mut().push(text.to_owned());
    }

    fn stop(&self) -> LocalBoxFuture<'_, ()> {
        match self.stop {
            Stop::Never => pending().boxed_local(),
            Stop::AtOnce => ready(()).boxed_local(),
            Stop::After(count) => futures::future::poll_fn(move |_| {
                if self.shown.borrow().len() >= count {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .boxed_local(),
        }
    }
}

fn agent(models: usize) -> AgentSnapshot {
    AgentSnapshot {
        workspace_id: WorkspaceId::ordered(1, [0; 10]),
        workspace_name: "Harbour".into(),
        agent_id: AgentId::ordered(1, [0; 10]),
        version: 1,
        persona: Persona { name: "Mia".into(), tone: "friendly".into(), avatar_url: None },
        language: "en".into(),
        theme: Theme::default(),
        welcome: String::new(),
        quick_prompts: Vec::new(),
        allowed_origins: Vec::new(),
        guardrails: Guardrails::default(),
        instructions: String::new(),
        models: (0..models).map(|_| Model::WorkersAi { model: "m".into() }).collect(),
        simple_model: None,
        fallback_message: String::new(),
        after_hours_message: String::new(),
        hours: protocol::agent::BusinessHours::default(),
        confidence_threshold: None,
        temperature: 0.3,
        lead_fields: Vec::new(),
        lead_consent: String::new(),
        tag_filter: Vec::new(),
        rerank: false,
        tools: Vec::new(),
        autonomy: protocol::agent::Autonomy::Everything,
        approval_minutes: 240,
        tool_specs: Vec::new(),
        rules: Vec::new(),
        ctas: Vec::new(),
        experiments: Vec::new(),
        spent_until: 0.0,
        turnstile: None,
        badge: None,
        handover: protocol::handover::HandoverSettings::default(),
        region: protocol::objects::Region::Home,
        jurisdiction: protocol::objects::Jurisdiction::Anywhere,
    }
}

fn hit(n: u64, text: &str, score: f64) -> Hit {
    Hit {
        document_id: DocumentId::ordered(n, [0; 10]),
        ord: 0,
        url: format!("https://x.test/{n}"),
        title: format!("Page {n}"),
        heading_path: vec!["Opening hours".into()],
        text: text.into(),
        score,
        words: None,
        meaning: None,
    }
}

fn hours() -> Vec<Hit> {
    vec![
        hit(1, "The harbour office is open from 8 am to 6 pm on every weekday.", 0.9),
        hit(2, "On Sundays the harbour office is closed.", 0.7),
    ]
}

fn says(pieces: &[&str]) -> Vec<Result<Event, ModelError>> {
    pieces.iter().map(|piece| Ok(Event::Text((*piece).to_owned()))).collect()
}

fn whole(pieces: &[&str]) -> Act {
    let mut events = says(pieces);
    events.push(Ok(Event::Usage(Tokens { input: 50, output: 5, estimated: false })));
    events.push(Ok(Event::Done));
    Act::Says(events)
}

const QUESTION: &str = "When is the harbour office open?";

/// One passage that clearly says it, and another.
fn clear() -> Vec<Hit> {
    hours().into_iter().zip([0.9, 0.4]).map(|(hit, words)| Hit { words: Some(words), ..hit }).collect()
}

fn with_simple(name: &'static str, list: usize, hits: Vec<Hit>) -> Script {
    Script { simple: Some((name, list)), ..Script::of(hits) }
}

#[test]
fn a_simple_question_is_asked_of_the_cheaper_model_and_any_other_of_the_list() {
    let simple = with_simple("cheap", 1, clear()).model(whole(&["Eight to six [1]."]));
    let answer = simple.ask(QUESTION);
    assert_eq!((&*simple.opened.borrow(), answer.model.as_deref()), (&vec!["cheap".into()], Some("cheap")));
    assert_eq!(*simple.verdicts.borrow(), [Ok(())]);
    for (question, hits, why) in [
        ("Why is the harbour office closed on Sundays?", clear(), Hard::Reasons),
        (QUESTION, hours(), Hard::Unsure),
        (QUESTION, clear().into_iter().take(1).collect(), Hard::Unsure),
        ("And on Sundays?", clear(), Hard::FollowUp),
    ] {
        let hard = with_simple("cheap", 1, hits).model(whole(&["Eight to six [1]."]));
        let answer = hard.ask(question);
        assert_eq!(
            (&*hard.opened.borrow(), answer.model.as_deref()),
            (&vec!["m".into()], Some("m")),
            "{question}"
        );
        assert_eq!(*hard.verdicts.borrow(), [Err(why)], "{question}");
    }
    let without = Script::of(clear()).model(whole(&["Eight to six [1]."]));
    without.ask(QUESTION);
    assert!(without.verdicts.borrow().is_empty(), "nothing is weighed for agents that have no such model");
}

#[test]
fn behind_the_cheaper_model_stands_the_list_and_no_model_is_asked_twice() {
    let lost = Act::Says(vec![
        Ok(Event::Usage(Tokens { input: 9, output: 0, estimated: false })),
        Err(ModelError::Broken("cut".into())),
    ]);
    let script = with_simple("cheap", 1, clear()).model(lost).model(whole(&["Eight to six [1]."]));
    let answer = script.ask(QUESTION);
    assert_eq!(*script.opened.borrow(), ["cheap", "m"]);
    assert_eq!((answer.model.as_deref(), answer.tokens.input, answer.model_errors), (Some("m"), 50, 1));
    let lost: Vec<_> = answer.lost.iter().map(|spent| spent.model.as_str()).collect();
    assert!(lost.iter().all(|model| *model == "cheap"), "{lost:?}");
    let same = with_simple("m", 1, clear()).model(Act::Refuses(ModelError::TimedOut));
    assert_eq!(same.ask(QUESTION).provider, Provider::Extractive);
    assert_eq!(*same.opened.borrow(), ["m"]);
}

#[test]
fn without_a_model_the_site_is_quoted_with_its_source() {
    let script = Script::of(hours());
    let answer = script.ask(QUESTION);
    assert!(answer.text.contains("open from 8 am to 6 pm"), "{}", answer.text);
    assert_eq!((answer.provider, answer.failure, answer.stopped), (Provider::Extractive, None, false));
    assert_eq!(answer.citations[0].url, "https://x.test/1");
    assert_eq!(answer.tokens, Tokens::default());
    assert!(!answer.low_confidence);
    let stages = answer.stages;
    assert!(stages.retrieve > 0.0 && stages.assemble_prompt > 0.0);
    assert_eq!(
        (stages.embed, stages.index_search, stages.model_first_byte, stages.model_stream),
        (0.0, 0.0, 0.0, 0.0)
    );
    assert_eq!((answer.found.generation, answer.found.cached, answer.found.hits.len()), (7, false, 2));
}

#[test]
fn nothing_found_is_said_plainly_and_with_low_confidence() {
    let answer = Script::of(Vec::new()).ask(QUESTION);
    assert!(!answer.text.is_empty() && answer.citations.is_empty() && answer.low_confidence);
    assert!(answer.failure.is_none());
}

#[test]
fn what_was_answered_a_moment_ago_is_given_again_without_a_model() {
    let first = Script::of(hours()).model(whole(&["Nine to five [1]. ", "Closed on Sundays [2]."]));
    let answer = first.ask("When are you open?");
    let kept = answer.kept().expect("a whole, sure answer of a model");
    assert_eq!((kept.text.as_str(), kept.citations.len()), (answer.text.as_str(), answer.citations.len()));
    let script = || {
        let mut script = Script::of(hours()).model(Act::Hangs);
        script.meaning = Meaning::Hangs;
        if let Ok(reply) = &mut script.words {
            reply.answer = Some(kept.clone());
        }
        script
    };
    let again = script();
    let second = again.ask("When are you open?");
    assert_eq!(
        (&second.text, &second.citations, second.confidence),
        (&answer.text, &answer.citations, answer.confidence)
    );
    assert_eq!((second.tokens.input, second.tokens.output, second.failure.clone()), (0, 0, None));
    assert!(again.messages.borrow().is_empty(), "no model was asked");
    assert!(second.kept().is_none() && second.found.cached, "five minutes are not made longer by asking");
    let mut spent = script();
    spent.permit = Err(Problem::new(Code::PlanLimitReached, "used up"));
    let refused = spent.ask("When are you open?").failure.map(|problem| problem.code);
    assert_eq!(refused, Some(Code::PlanLimitReached));
}

#[test]
fn what_is_unsure_stopped_or_cut_is_kept_for_nobody() {
    let unsure = Script::of(hours().into_iter().take(1).collect()).model(whole(&["Nine to five [1]."]));
    assert!(unsure.ask("When are you open?").kept().is_none());
    let broken = Script::of(hours())
        .model(Act::Says(vec![Ok(Event::Text("Nine".into())), Err(ModelError::Broken("cut".into()))]));
    assert!(broken.ask("When are you open?").kept().is_none());
    assert!(Script::of(hours()).ask("When are you open?").kept().is_none(), "quoting costs nothing");
}

#[test]
fn words_and_meaning_are_joined() {
    let mut script = Script::of(vec![hit(1, "Boats.", 0.9)]).model(whole(&["Yes [1][2]."]));
    script.meaning = Meaning::Finds(vec![hit(2, "Ships.", 0.8), hit(1, "Boats.", 0.5)]);
    let answer = script.ask(QUESTION);
    let urls: Vec<_> = answer.citations.iter().map(|citation| citation.url.as_str()).collect();
    assert_eq!(urls, ["https://x.test/1", "https://x.test/2"]);
    assert_eq!((answer.stages.embed, answer.stages.index_search), (3.0, 4.0));
    assert!(!answer.found.cached, "the next asker may have it");
    assert_eq!(answer.found.hits.len(), 2);
}

#[test]
fn a_cached_result_ends_the_wait_for_meaning() {
    let mut script = Script::of(Vec::new()).model(whole(&["Yes [1]."]));
    script.words = Ok(SearchReply {
        answer: None,
        generation: 8,
        cached: true,
        hits: hours(),
        weighed: Vec::new(),
        curated: None,
        meaning: serving(),
        admitted: None,
    });
    script.meaning = Meaning::Hangs;
    let answer = script.ask(QUESTION);
    assert_eq!((answer.text.as_str(), answer.found.cached), ("Yes [1].", true));
    assert_eq!((answer.stages.embed, answer.stages.index_search), (0.0, 0.0));
}

#[test]
fn when_meaning_fails_words_answer_and_the_half_result_is_not_remembered() {
    let mut script = Script::of(hours());
    script.meaning = Meaning::Fails;
    let answer = script.ask(QUESTION);
    assert!(answer.text.contains("8 am") && answer.failure.is_none());
    assert!(answer.found.cached, "nobody is to be given words alone from the cache");
    assert!(script.notes.borrow()[0].contains("meaning"));
}

#[test]
fn when_retrieval_fails_the_visitor_is_told_and_nothing_is_made_up() {
    for meaning in [Meaning::None, Meaning::Hangs, Meaning::Finds(hours())] {
        let mut script = Script::of(Vec::new()).model(whole(&["Made up."]));
        script.words = Err(Problem::new(Code::Internal, "the index at 10.0.0.7 is broken"));
        script.meaning = meaning;
        let answer = script.ask(QUESTION);
        let failure = answer.failure.unwrap();
        assert_eq!(failure.code, Code::Unavailable);
        assert!(!failure.message.contains("10.0.0.7"));
        assert!(answer.text.is_empty() && answer.found.hits.is_empty());
        assert_eq!(script.acts.borrow().len(), 1, "no model was asked");
    }
}

#[test]
fn a_refusal_is_told_as_it_is_and_no_model_is_asked() {
    for code in [Code::AgentUnpublished, Code::TooManyRequests, Code::PlanLimitReached] {
        let mut script = Script::of(hours()).model(whole(&["Made up."]));
        script.permit = Err(Problem::new(code, "Please wait a minute."));
        let failure = script.ask(QUESTION).failure.unwrap();
        assert_eq!((failure.code, failure.message.as_str()), (code, "Please wait a minute."));
        assert_eq!(script.acts.borrow().len(), 1, "no model was asked");
        assert!(script.notes.borrow().is_empty());
    }
}

#[test]
fn a_model_answers_from_the_sources_and_its_stages_are_measured() {
    let script =
        Script::of(hours()).model(whole(&["Open from 8", " to 6 [1", "]. Not on Sundays [2]. Ask [7]!"]));
    let answer = script.ask(QUESTION);
    assert_eq!(answer.text, "Open from 8 to 6 [1]. Not on Sundays [2]. Ask !");
    assert_eq!(
        (answer.provider, answer.tokens),
        (Provider::WorkersAi, Tokens { input: 50, output: 5, estimated: false })
    );
    assert_eq!(answer.citations.iter().map(|citation| citation.number).collect::<Vec<_>>(), [1, 2]);
    assert!(!answer.low_confidence && (answer.confidence - 0.9).abs() < 1e-9);
    let stages = answer.stages;
    assert!(stages.model_first_byte > 0.0 && stages.model_stream > 0.0 && stages.first_token < stages.total);
    let messages = script.messages.borrow();
    assert!(messages[0].role == Role::System && messages[0].content.contains("open from 8 am"));
    assert_eq!(messages.last().unwrap().content, QUESTION);
}

#[test]
fn what_scores_too_low_is_neither_a_source_nor_a_citation() {
    let script = Script::of(vec![hit(1, "Boats.", 0.9), hit(2, "Ships.", 0.1)]).model(whole(&["A [1][2]."]));
    let answer = script.ask(QUESTION);
    assert_eq!((answer.text.as_str(), answer.citations.len()), ("A [1].", 1));
    assert!(answer.low_confidence, "one passage is few");
}

#[test]
fn a_number_of_an_earlier_turn_is_no_citation_of_this_one() {
    let script = Script::of(hours()).model(whole(&["As I said [5], and [[5]1], and [5[5]]."]));
    let answer = script.ask(QUESTION);
    assert!(!answer.text.contains("[5]"), "{}", answer.text);
    assert!(answer.citations.iter().all(|citation| citation.number == 1));
}

#[test]
fn a_model_that_fails_before_its_first_word_makes_room_for_the_next_and_then_for_the_site() {
    let usage = Ok(Event::Usage(Tokens { input: 9, output: 9, estimated: false }));
    let failures = || {
        vec![
            Act::Refuses(ModelError::TimedOut),
            Act::Says(vec![Err(ModelError::Unavailable("x".into()))]),
            Act::Says(vec![Ok(Event::Failed("overloaded".into()))]),
            Act::Says(vec![Ok(Event::Done)]),
            Act::Says(vec![usage.clone()]),
            Act::Says(Vec::new()),
            whole(&[" ", "\n"]),
            whole(&["[9]"]),
            Act::Says(vec![Ok(Event::Text("[1".into())), Err(ModelError::TimedOut)]),
        ]
    };
    for at in 0..failures().len() {
        let script = Script::of(hours()).model(failures().remove(at)).model(whole(&["Second [1]."]));
        assert_eq!(script.ask(QUESTION).text, "Second [1].", "after failure {at}");
        let script = Script::of(hours()).model(failures().remove(at));
        let answer = script.ask(QUESTION);
        assert_eq!((answer.provider, answer.failure), (Provider::Extractive, None), "after failure {at}");
        assert!(answer.text.contains("8 am"));
        assert_eq!(answer.tokens, Tokens::default(), "the site's sentences cost no tokens");
        assert_eq!((answer.stages.model_first_byte, answer.stages.model_stream), (0.0, 0.0));
        assert_eq!(script.notes.borrow().len(), 1);
    }
}

#[test]
fn a_model_cut_in_the_middle_is_a_failure_that_keeps_what_was_shown() {
    for cut in [Err(ModelError::TimedOut), Ok(Event::Failed("gone".into()))] {
        let mut events = says(&["Open from 8 [1] ", "to [2"]);
        events.push(cut);
        let script = Script::of(hours()).model(Act::Says(events)).model(whole(&["Never asked."]));
        let answer = script.ask(QUESTION);
        assert_eq!(answer.text, "Open from 8 [1] to [2");
        assert_eq!(answer.failure.as_ref().unwrap().code, Code::ModelFailed);
        assert_eq!(answer.citations.len(), 1);
        assert_eq!(script.acts.borrow().len(), 1, "what was shown is not begun anew");
    }
}

#[test]
fn a_stream_that_ends_without_saying_done_is_whole() {
    let script = Script::of(hours()).model(Act::Says(says(&["Whole [1]."])));
    let answer = script.ask(QUESTION);
    assert_eq!((answer.text.as_str(), answer.failure), ("Whole [1].", None));
}

#[test]
fn stop_in_the_middle_keeps_what_was_shown_and_asks_nobody_else() {
    for act in [Act::SaysAndHangs(says(&["One ", "two "])), whole(&["One ", "two ", "three"])] {
        let mut script = Script::of(hours()).model(act).model(whole(&["Never asked."]));
        script.stop = Stop::After(2);
        let answer = script.ask(QUESTION);
        assert_eq!((answer.text.as_str(), answer.stopped, answer.failure), ("One two ", true, None));
        assert_eq!(answer.provider, Provider::WorkersAi);
        assert_eq!(script.acts.borrow().len(), 1);
    }
}

#[test]
fn stop_is_heard_before_a_model_says_anything() {
    let mut script = Script::of(hours()).model(Act::Hangs);
    script.stop = Stop::AtOnce;
    let answer = script.ask(QUESTION);
    assert!(answer.stopped && answer.text.is_empty() && answer.failure.is_none());
    let mut script = Script::of(hours());
    script.stop = Stop::AtOnce;
    assert!(script.ask(QUESTION).stopped, "nor are sentences quoted after a stop");
}

#[test]
fn an_answer_has_an_end_whatever_a_model_sends() {
    let flood: String = (0..50_000_u32).filter_map(|n| char::from_u32(0x4e00 + n * 7919 % 20_000)).collect();
    let script = Script::of(hours()).model(Act::SaysAndHangs(says(&["a", &flood, &flood])));
    let answer = script.ask(QUESTION);
    assert_eq!((answer.text.chars().count(), answer.checks.cut), (8_000, Some(Cut::Length)));
    let drops: Vec<&str> = std::iter::repeat_n("drop ", 5_000).collect();
    let script = Script::of(hours()).model(Act::SaysAndHangs(says(&drops)));
    let answer = script.ask(QUESTION);
    assert!(answer.text.starts_with("drop drop") && answer.text.len() < 400);
    assert_eq!(answer.checks.cut, Some(Cut::Repetition));
    let spaces: Vec<&str> = std::iter::once("Well").chain(std::iter::repeat_n(" \n", 5_000)).collect();
    let script = Script::of(hours()).model(Act::SaysAndHangs(says(&spaces)));
    assert!(script.ask(QUESTION).text.len() < 40);
}

#[test]
fn a_model_that_tells_its_prompt_is_cut_and_the_visitor_reads_why_not() {
    for key in ["0123456789abcdef", "fedcba9876543210"] {
        let canary = domain::guard::canary(key);
        let script = Script::of(hours()).model(Act::SaysAndHangs(says(&["My key", " is ", &canary, " …"])));
        let agent = agent(1);
        let question = Question {
            agent: &agent,
            asked: &Asked::alone(QUESTION),
            language: Language::De,
            page_url: None,
            earlier: &[],
            summary: "",
            fence_key: key,
            arrived_ms: 90.0,
        };
        let answer = futures::executor::block_on(answer(&question, &script));
        assert!(script.messages.borrow()[0].content.starts_with(&canary));
        assert_eq!(answer.text, "My key is \n\nIch kann nur bei Fragen zu dieser Website helfen.");
        assert_eq!(answer.text, script.shown.borrow().concat());
        assert_eq!(
            (answer.checks.cut, answer.low_confidence, answer.failure),
            (Some(Cut::Prompt), true, None)
        );
        assert!(script.notes.borrow()[0].contains("prompt"));
    }
}

#[test]
fn a_prompt_told_from_its_first_word_leaves_that_word_and_the_closing_sentence() {
    let rules = domain::prompt::RULES.join("\n");
    let script = Script::of(hours()).model(whole(&[&rules]));
    let answer = script.ask(QUESTION);
    assert_eq!(answer.text, "You \n\nI can only help with questions about this website.");
    assert!(answer.citations.is_empty());
}

#[test]
fn links_are_those_of_the_sources_and_claims_are_counted() {
    let script = Script::of(hours()).model(whole(&[
        "The harbour office is open from 8 am to 6 pm [1], see [hours](https://x.test/1). ",
        "It was founded in 1872 by pirates [2]. More: ![x](https://evil.test/?q=1) https://evil.test/",
    ]));
    let answer = script.ask(QUESTION);
    assert_eq!(
        answer.text,
        "The harbour office is open from 8 am to 6 pm [1], see [hours](https://x.test/1). \
         It was founded in 1872 by pirates [2]. More: x …"
    );
    let checks = &answer.checks;
    assert_eq!((checks.links_removed, checks.claims, checks.supported), (2, 2, 1));
    assert_eq!(checks.unsupported, ["It was founded in 1872 by pirates ."]);
    assert!((answer.confidence - 0.9 * 0.75).abs() < 1e-9 && !answer.low_confidence);
}

#[test]
fn an_answer_begins_with_something_to_see() {
    let script = Script::of(hours()).model(whole(&["", "\n\n", "  Open."]));
    assert_eq!(script.ask(QUESTION).text, "Open.");
}

fn curated(by: CuratedMatch, score: f64) -> Option<CuratedHit> {
    Some(CuratedHit {
        id: CuratedId::ordered(1, [0; 10]),
        pattern: "When is the office open?".into(),
        answer: "**Weekdays** 8 to 6 [9].".into(),
        by,
        score,
    })
}

#[test]
fn a_curated_answer_is_given_word_for_word_and_asks_no_model() {
    for by in [CuratedMatch::Exact, CuratedMatch::Keyword] {
        let mut script = Script::of(hours()).model(whole(&["Never asked."]));
        script.words = Ok(SearchReply {
            answer: None,
            generation: 7,
            cached: false,
            hits: hours(),
            weighed: Vec::new(),
            curated: curated(by, 1.0),
            meaning: serving(),
            admitted: None,
        });
        let answer = script.ask(QUESTION);
        assert_eq!(answer.text, "**Weekdays** 8 to 6 [9].");
        assert_eq!(
            (answer.provider, answer.low_confidence, answer.failure),
            (Provider::Curated, false, None)
        );
        assert!((answer.confidence - 1.0).abs() < 1e-9 && answer.citations.is_empty());
        assert_eq!((script.acts.borrow().len(), answer.tokens), (1, Tokens::default()));
        assert!(!answer.found.cached && answer.found.hits.len() == 2, "what was found may be remembered");
    }
}

#[test]
fn a_curated_answer_does_not_wait_for_meaning_and_half_a_result_is_not_remembered() {
    let mut script = Script::of(hours());
    script.words = Ok(SearchReply {
        answer: None,
        generation: 7,
        cached: false,
        hits: hours(),
        weighed: Vec::new(),
        curated: curated(CuratedMatch::Exact, 1.0),
        meaning: serving(),
        admitted: None,
    });
    script.meaning = Meaning::Hangs;
    let answer = script.ask(QUESTION);
    assert_eq!((answer.provider, answer.found.cached), (Provider::Curated, true));
    (script.stop, script.shown) = (Stop::AtOnce, RefCell::default());
    assert!(script.ask(QUESTION).stopped, "nor is it shown after a stop");
}

#[test]
fn a_close_curated_answer_is_the_first_source_of_a_model() {
    let mut script = Script::of(Vec::new()).model(whole(&["From 8 [1]. Not on Sundays [3]."]));
    let close = curated(CuratedMatch::Closeness, 0.85);
    script.words = Ok(SearchReply {
        answer: None,
        generation: 7,
        cached: true,
        hits: hours(),
        weighed: Vec::new(),
        curated: close.clone(),
        meaning: serving(),
        admitted: None,
    });
    let answer = script.ask(QUESTION);
    assert_eq!(answer.provider, Provider::WorkersAi);
    let titles: Vec<_> = answer.citations.iter().map(|citation| citation.title.as_str()).collect();
    assert_eq!(titles, ["When is the office open?", "Page 2"]);
    assert!(answer.citations[0].url.starts_with("curated:///cur_"));
    assert!((answer.confidence - 0.85).abs() < 1e-9 && !answer.low_confidence);
    assert!(script.messages.borrow()[0].content.contains("**Weekdays** 8 to 6"));
    assert_eq!(answer.found.hits.len(), 2, "what is remembered are passages alone");

    let mut script = Script::of(Vec::new()).model(whole(&["From 8 [1]."]));
    script.words = Ok(SearchReply {
        answer: None,
        generation: 7,
        cached: true,
        hits: Vec::new(),
        weighed: Vec::new(),
        curated: close,
        meaning: serving(),
        admitted: None,
    });
    assert!(!script.ask(QUESTION).low_confidence, "it stands on its own");
}

#[test]
fn without_a_model_a_close_curated_answer_is_quoted_whole() {
    let mut script = Script::of(Vec::new());
    let close = curated(CuratedMatch::Closeness, 0.85);
    script.words = Ok(SearchReply {
        answer: None,
        generation: 7,
        cached: false,
        hits: hours(),
        weighed: Vec::new(),
        curated: close,
        meaning: serving(),
        admitted: None,
    });
    let answer = script.ask(QUESTION);
    assert_eq!(answer.text, "**Weekdays** 8 to 6 [9]. [1]");
    assert_eq!(
        (answer.provider, answer.citations.len(), answer.low_confidence),
        (Provider::Extractive, 1, false)
    );
    assert_eq!(answer.citations[0].title, "When is the office open?");
}

#[test]
fn a_turn_that_may_not_start_shows_nothing_and_asks_no_model() {
    let mut script = Script::of(hours()).model(Act::Says(vec![Ok(Event::Text("Hello".into()))]));
    script.permit = Err(Problem::new(Code::AgentUnpublished, "gone"));
    let answer = script.ask("When is the office open?");
    assert_eq!(answer.failure.map(|problem| problem.code), Some(Code::AgentUnpublished));
    assert!(answer.text.is_empty() && script.acts.borrow().len() == 1);
}

#[test]
fn what_the_member_wants_said_is_said_when_nothing_is_found() {
    let script = Script::of(Vec::new());
    let mut agent = agent(0);
    agent.fallback_message = "Please call us on 555 0100.".into();
    let question = Question {
        agent: &agent,
        asked: &Asked::alone("Do you repair sails?"),
        language: Language::En,
        page_url: None,
        earlier: &[],
        summary: "",
        fence_key: "k",
        arrived_ms: 0.0,
    };
    let answer = futures::executor::block_on(answer(&question, &script));
    assert!(answer.low_confidence);
    assert_eq!(answer.text, "Please call us on 555 0100.");
}

#[test]
fn the_agents_own_threshold_decides_what_counts_as_found() {
    let script = Script::of(hours()).model(Act::Says(vec![Ok(Event::Text("At 8 [1].".into()))]));
    let mut agent = agent(1);
    agent.confidence_threshold = Some(0.8);
    let question = Question {
        agent: &agent,
        asked: &Asked::alone("When is the office open?"),
        language: Language::En,
        page_url: None,
        earlier: &[],
        summary: "",
        fence_key: "k",
        arrived_ms: 0.0,
    };
    let answer = futures::executor::block_on(answer(&question, &script));
    assert!(answer.low_confidence, "one passage of two is left");
    assert!(!script.messages.borrow()[0].content.contains("On Sundays"));
}

#[test]
fn a_second_model_puts_passages_into_order_and_without_its_answer_they_keep_theirs() {
    let mut script = Script::of(hours()).model(whole(&["Yes [1]."]));
    script.rerank = Some(Ok(vec![0.1, 0.9]));
    let answer = script.ask(QUESTION);
    let order: Vec<_> = answer.found.hits.iter().map(|hit| hit.text.as_str()).collect();
    assert!(order[0].starts_with("On Sundays") && order.len() == 2 && !answer.found.cached);
    let unavailable = Problem::new(Code::Unavailable, "reranking failed");
    let script = Script {
        rerank: Some(Err(unavailable)),
        acts: RefCell::new(vec![whole(&["Yes [1]."])]),
        ..Script::of(hours())
    };
    let answer = script.ask(QUESTION);
    assert!(answer.found.hits[0].text.starts_with("The harbour office") && answer.found.cached);
    assert_eq!(script.notes.borrow().len(), 1);
}

#[test]
fn what_an_index_has_not_forgotten_yet_is_not_served() {
    let mut script = Script::of(Vec::new()).model(Act::Says(says(&["Yes."])));
    script.meaning = Meaning::Finds(hours());
    let dead = protocol::internal::Meaning { space: space(), dead: "01234567".into(), curated: false };
    script.words = Ok(SearchReply {
        answer: None,
        generation: 7,
        cached: false,
        hits: Vec::new(),
        weighed: Vec::new(),
        curated: None,
        meaning: Some(dead),
        admitted: None,
    });
    assert!(script.ask(QUESTION).found.hits.is_empty());
}
