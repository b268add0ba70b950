//! Later runs: what changed, what stayed, what is gone; single pages; patterns.

use protocol::RunId;
use protocol::api::{PageChange, PageState};
use protocol::internal::{CrawlTarget, Outcome, Task, TaskKind, Visited};
use store::frontier;

use crate::common::Memory;
use crate::run::*;

/// The next run over the same pages.
fn next_run(run: &mut Run) {
    assert!(run.claim(5).finished);
    assert!(frontier::complete(&run.memory, run.now).unwrap());
    run.now += 86_400_000.0;
    run.target.run_id = RunId::ordered(u64::try_from(run.now as i64).unwrap(), [3; 10]);
    frontier::start(&run.memory, &run.target, ROBOTS).unwrap();
    run.robots(None, &[]);
}

fn visited(etag: &str, hash: &str) -> Visited {
    Visited { etag: Some(etag.into()), last_modified: None, hash: hash.into() }
}

impl Run {
    /// A page was read whole.
    fn read_as(&self, task: &Task, links: &[&str], etag: &str, hash: &str) {
        let mut report = self.said(task, indexed(task));
        report.links = links.iter().map(ToString::to_string).collect();
        report.seen = Some(visited(etag, hash));
        self.report(&report);
    }

    fn changes(&self, url: &str) -> Vec<PageChange> {
        frontier::history(&self.memory, url).unwrap().iter().map(|event| event.change).collect()
    }

    fn kept(&self) -> usize {
        frontier::kept(&self.memory, None).unwrap().documents.len()
    }
}

const SAME: Outcome = Outcome::Unchanged { http_status: Some(304) };
const PAGE: &str = "https://x.test/a";

/// A site of two pages that has been read once, and whose second run has begun.
fn second_run() -> Run {
    let mut run = Run::open(10, 3);
    let start = run.one();
    run.read_as(&start, &[PAGE], "\"1\"", "s");
    let page = run.one();
    run.read_as(&page, &[], "\"1\"", "a");
    next_run(&mut run);
    run
}

#[test]
fn a_page_is_asked_for_with_what_it_gave_and_an_unchanged_one_leads_where_it_led() {
    let run = second_run();
    let start = run.one();
    assert_eq!(start.known, Some(visited("\"1\"", "s")));
    run.say(&start, SAME);
    let page = run.one();
    assert_eq!((page.url.as_str(), page.known.clone()), (PAGE, Some(visited("\"1\"", "a"))));
    run.say(&page, SAME);
    assert!(run.claim(5).finished);
    let progress = run.progress();
    assert_eq!((progress.unchanged, progress.indexed, progress.passages), (2, 0, 4));
    assert_eq!(run.changes(PAGE), [PageChange::Unchanged, PageChange::Added]);
    assert_eq!(run.kept(), 2);
}

#[test]
fn a_server_that_says_unchanged_of_what_nobody_has_is_asked_for_everything_whole() {
    let run = Run::open(10, 3);
    let start = run.one();
    run.read_as(&start, &[], "\"1\"", "s");
    let mut run = run;
    assert!(run.claim(5).finished && frontier::complete(&run.memory, run.now).unwrap());
    run.target.run_id = RunId::ordered(9, [3; 10]);
    frontier::start(&run.memory, &run.target, ROBOTS).unwrap();
    let robots = run.one();
    assert!(robots.known.as_ref().is_some_and(|known| known.etag.is_some()));
    run.say(&robots, SAME);
    let robots = run.one();
    assert_eq!((robots.kind, robots.known.clone(), robots.attempt), (TaskKind::Robots, None, 1));
    run.say(&robots, Outcome::Robots { body: String::new(), crawl_delay_ms: None, missing: None });
    assert_eq!(run.one().known, Some(Visited { hash: "s".into(), ..Visited::default() }));
}

#[test]
fn a_page_that_is_gone_is_not_kept_and_one_that_fails_is() {
    let run = second_run();
    let start = run.one();
    run.say(&start, Outcome::Failed { reason: "The site answers 500.".into(), http_status: Some(500) });
    let page = run.one();
    run.say(&page, Outcome::Failed { reason: "Gone.".into(), http_status: Some(410) });
    assert!(run.claim(5).finished);
    assert_eq!(run.kept(), 1);
    let pages = frontier::pages(&run.memory, None, None, 5).unwrap();
    assert_eq!(pages[0].reason.as_deref(), Some("The site answers 500. Its earlier text is still used."));
    assert_eq!((pages[0].passages, pages[1].passages), (2, 0));
    assert_eq!(run.changes(START), [PageChange::Failed, PageChange::Added]);
    assert_eq!(run.changes(PAGE), [PageChange::Removed, PageChange::Added]);
}

#[test]
fn a_page_that_crashes_its_reader_keeps_what_it_taught() {
    let mut run = second_run();
    let start = run.one();
    run.say(&start, SAME);
    for _ in 0..4 {
        assert_eq!(run.one().url, PAGE);
        run.now += LEASE;
    }
    assert!(run.claim(5).finished);
    assert_eq!((run.kept(), run.state(PAGE)), (2, Some(PageState::Failed)));
}

#[test]
fn a_page_that_nothing_leads_to_is_forgotten_and_its_history_is_not() {
    let mut run = second_run();
    let start = run.one();
    run.read_as(&start, &["https://x.test/b"], "\"2\"", "s2");
    let other = run.one();
    run.read_as(&other, &[], "\"1\"", "b");
    assert!(run.claim(5).finished);
    assert_eq!(run.kept(), 2);
    next_run(&mut run);
    assert_eq!(run.changes(PAGE), [PageChange::Removed, PageChange::Added]);
    let start = run.one();
    run.read_as(&start, &[PAGE], "\"3\"", "s3");
    assert_eq!(run.one().known, None, "it is read as if for the first time");
    assert_eq!(run.changes(START), [PageChange::Changed, PageChange::Changed, PageChange::Added]);
}

#[test]
fn after_a_failed_run_every_page_is_listed_and_kept() {
    let mut run = second_run();
    for _ in 0..2 {
        let task = run.one();
        run.say(&task, SAME);
    }
    assert!(run.claim(5).finished && frontier::complete(&run.memory, run.now).unwrap());
    run.target.run_id = RunId::ordered(9, [3; 10]);
    frontier::start(&run.memory, &run.target, ROBOTS).unwrap();
    let robots = run.one();
    run.say(&robots, Outcome::RobotsUnreachable { reason: "It answers 503.".into() });
    assert!(run.claim(5).finished);
    assert_eq!(frontier::verdict(&run.memory).unwrap().as_deref(), Some("It answers 503."));
    assert_eq!((run.progress().found, run.progress().failed, run.progress().passages), (2, 2, 4));
    assert!(frontier::complete(&run.memory, run.now).unwrap());
    run.target.run_id = RunId::ordered(10, [3; 10]);
    frontier::start(&run.memory, &run.target, ROBOTS).unwrap();
    run.robots(None, &[]);
    assert!(run.one().known.is_some(), "what was known still is");
}

#[test]
fn a_run_that_begins_twice_begins_once() {
    let run = Run::open(10, 3);
    let start = run.one();
    run.read_as(&start, &[PAGE], "\"1\"", "s");
    frontier::start(&run.memory, &run.target, ROBOTS).unwrap();
    assert_eq!(run.state(START), Some(PageState::Indexed));
}

#[test]
fn a_copy_waits_for_its_original_and_is_read_whole_when_that_has_changed() {
    let mut run = Run::open(10, 3);
    let start = run.one();
    run.read_as(&start, &["https://x.test/b", PAGE], "\"1\"", "s");
    let tasks = run.claim(2).tasks;
    run.read_as(&tasks[0], &[], "\"1\"", "text.1");
    let mut copy = run.said(
        &tasks[1],
        Outcome::Duplicate { of: tasks[0].url.clone(), title: "T".into(), http_status: 200 },
    );
    copy.seen = Some(visited("\"1\"", "text.2"));
    run.report(&copy);
    next_run(&mut run);
    let start = run.one();
    run.say(&start, SAME);
    let tasks = run.claim(5).tasks;
    assert_eq!(urls(&tasks), ["https://x.test/b"], "the copy waits");
    run.say(&tasks[0], SAME);
    let copy = run.one();
    run.say(&copy, SAME);
    assert_eq!((run.progress().duplicate, run.state(PAGE)), (1, Some(PageState::Duplicate)));
    next_run(&mut run);
    let start = run.one();
    run.say(&start, SAME);
    let original = run.one();
    run.read_as(&original, &[], "\"2\"", "other.1");
    let copy = run.one();
    assert!(copy.known.is_some());
    run.say(&copy, SAME);
    let copy = run.one();
    assert_eq!((copy.url.as_str(), copy.known.clone(), copy.attempt), (PAGE, None, 1));
}

#[test]
fn a_document_that_is_missing_is_read_anew() {
    let run = second_run();
    for _ in 0..2 {
        let task = run.one();
        run.say(&task, SAME);
    }
    assert!(run.claim(5).finished);
    let documents = frontier::kept(&run.memory, None).unwrap().documents;
    assert_eq!(frontier::missing(&run.memory, &documents[1..], run.now).unwrap(), 1);
    let task = run.one();
    assert_eq!((task.url.as_str(), task.known), (PAGE, None));
}

#[test]
fn a_page_is_read_by_itself_while_a_run_goes_and_after_it() {
    let run = second_run();
    let start = run.one();
    let asked = |url: &str| frontier::refresh(&run.memory, &[url.into()], ROBOTS, run.now).unwrap();
    assert_eq!(asked(START).queued, [START]);
    run.say(&start, SAME);
    let again = run.one();
    assert_eq!(again.known, Some(Visited { hash: "s".into(), ..Visited::default() }), "asked for whole");
    run.say(&again, Outcome::Unchanged { http_status: Some(200) });
    let page = run.one();
    run.say(&page, SAME);
    assert!(run.claim(5).finished && !frontier::is_refreshing(&run.memory).unwrap());
    assert!(frontier::complete(&run.memory, run.now).unwrap());
    asked(PAGE);
    assert!(frontier::is_refreshing(&run.memory).unwrap());
    assert!(!frontier::is_completed(&run.memory).unwrap());
    let page = run.one();
    let gone = Outcome::Failed { reason: "Gone.".into(), http_status: Some(404) };
    let mut report = run.said(&page, gone);
    report.links = vec!["https://x.test/elsewhere".into()];
    run.report(&report);
    assert!(run.claim(5).finished, "a single page leads nowhere");
    assert_eq!(frontier::kept(&run.memory, None).unwrap().gone.len(), 1);
    assert!(frontier::complete(&run.memory, run.now).unwrap());
    assert_eq!(frontier::kept(&run.memory, None).unwrap().gone.len(), 0);
    assert_eq!(run.changes(START).len(), 2, "one run says one thing");
    assert_eq!(run.changes(PAGE), [PageChange::Removed, PageChange::Unchanged, PageChange::Added]);
}

#[test]
fn a_refresh_of_what_patterns_leave_out_or_before_any_run_is_told_apart() {
    let empty = Memory::open();
    frontier::migrate(&empty).unwrap();
    assert!(!frontier::refresh(&empty, &[PAGE.into()], ROBOTS, 1.0).unwrap().known);
    let run = Run::of(CrawlTarget { exclude: vec!["/a*".into()], ..target(10, 3) });
    run.robots(None, &[]);
    let reply = frontier::refresh(&run.memory, &[PAGE.into(), "https://x.test/b".into()], ROBOTS, run.now);
    let reply = reply.unwrap();
    assert_eq!((reply.queued, reply.excluded), (vec!["https://x.test/b".to_owned()], vec![PAGE.to_owned()]));
}

#[test]
fn patterns_leave_pages_out_with_a_reason_but_never_the_start() {
    let run = Run::of(CrawlTarget {
        include: vec!["/shop/*".into()],
        exclude: vec!["*/print".into()],
        ..target(10, 3)
    });
    run.robots(None, &[]);
    let start = run.one();
    assert_eq!(start.url, START);
    run.read(&start, &["https://x.test/shop/1", "https://x.test/shop/1/print", "https://x.test/about"]);
    assert_eq!(urls(&run.claim(5).tasks), ["https://x.test/shop/1"]);
    for url in ["https://x.test/shop/1/print", "https://x.test/about"] {
        assert_eq!(run.state(url), Some(PageState::Skipped));
    }
    let pages = frontier::pages(&run.memory, None, Some(PageState::Skipped), 5).unwrap();
    assert!(pages.iter().all(|page| page.reason.as_deref().is_some_and(|reason| reason.contains("pattern"))));
}

#[test]
fn twenty_runs_of_a_page_are_remembered() {
    let mut run = Run::open(10, 3);
    for n in 0..25 {
        let start = run.one();
        run.read_as(&start, &[], &format!("\"{n}\""), &format!("h{n}"));
        next_run(&mut run);
    }
    let events = frontier::history(&run.memory, START).unwrap();
    assert_eq!(events.len(), 20);
    assert!(events.windows(2).all(|pair| pair[0].at > pair[1].at));
}

#[test]
fn a_tag_that_stayed_while_the_page_changed_is_not_sent_again() {
    let mut run = Run::open(10, 3);
    for _ in 1..=12 {
        let start = run.one();
        // Every twelfth run asks for everything whole: only then the lie can come to light.
        match start.known.as_ref().and_then(|known| known.etag.clone()) {
            Some(_) => run.say(&start, SAME),
            None if start.known.is_some() => run.read_as(&start, &[], "\"1\"", "changed"),
            None => run.read_as(&start, &[], "\"1\"", "first"),
        }
        next_run(&mut run);
    }
    assert_eq!(run.changes(START)[0], PageChange::Changed);
    let known = run.one().known.unwrap();
    assert_eq!((known.etag, known.hash.as_str()), (None, "changed"));
}
