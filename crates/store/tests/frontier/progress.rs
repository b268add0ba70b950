//! Pauses, progress and listings.

use protocol::RunId;
use protocol::api::{PageState, Progress};
use protocol::internal::{CrawlTarget, Outcome};
use store::frontier;

use crate::run::*;

#[test]
fn a_site_that_limits_us_gets_its_pause_as_a_whole() {
    for status in [429, 503] {
        let mut run = Run::open(10, 3);
        let start = run.one();
        run.read(&start, &["https://x.test/a", "https://x.test/b", "https://x.test/c"]);
        let two = run.claim(2).tasks;
        run.say(&two[0], later(Some(status), Some(30_000)));
        // The other, limited at the same time, asks for less: the longer wish is kept.
        run.say(&two[1], later(Some(status), Some(2_000)));
        let waiting = run.claim(5);
        assert!(waiting.tasks.is_empty() && !waiting.finished);
        assert_eq!(waiting.wait_ms, 30_000, "after a {status}");
        run.now += 29_999.0;
        assert!(run.claim(5).tasks.is_empty());
        run.now += 1.0;
        assert_eq!(run.claim(5).tasks.len(), 3);
    }
}

#[test]
fn another_trouble_puts_off_one_page_alone() {
    let mut run = Run::open(10, 3);
    let start = run.one();
    run.read(&start, &["https://x.test/a", "https://x.test/b"]);
    let a = run.one();
    run.say(&a, later(Some(500), None));
    assert_eq!(urls(&run.claim(5).tasks), ["https://x.test/b"]);
    run.now += 1_999.0;
    assert!(run.claim(5).tasks.is_empty());
    run.now += 1.0;
    let again = run.one();
    assert_eq!((again.url.as_str(), again.attempt), ("https://x.test/a", 2));
}

#[test]
fn a_pause_is_at_least_a_second_and_at_most_ten_minutes() {
    for (wish, pause) in [(0, 1_000), (u64::MAX, 600_000)] {
        let run = Run::open(10, 3);
        let task = run.one();
        run.say(&task, later(Some(503), Some(wish)));
        assert_eq!(run.claim(5).wait_ms, pause);
    }
}

#[test]
fn progress_adds_up_and_a_new_run_begins_from_nothing() {
    let run = Run::open(100, 3);
    let start = run.one();
    let links: Vec<_> = (0..8).map(|n| format!("https://x.test/{n}")).collect();
    run.read(&start, &links.iter().map(String::as_str).collect::<Vec<_>>());
    let tasks = run.claim(5).tasks;
    run.say(&tasks[0], Outcome::Duplicate { of: START.into(), title: "T".into(), http_status: 200 });
    run.say(&tasks[1], Outcome::Skipped { reason: "r".into(), http_status: None });
    run.say(&tasks[2], Outcome::Failed { reason: "r".into(), http_status: Some(404) });
    run.say(&tasks[3], redirected(START));
    let expected = Progress {
        found: 9,
        queued: 3,
        fetching: 1,
        indexed: 1,
        unchanged: 0,
        duplicate: 1,
        redirected: 1,
        skipped: 1,
        failed: 1,
        passages: 2,
    };
    assert_eq!(run.progress(), expected);
    // What is still to be fetched goes with the run.
    assert!(!frontier::complete(&run.memory, run.now).unwrap());
    assert!(!frontier::is_completed(&run.memory).unwrap());
    let next = CrawlTarget { run_id: RunId::ordered(2, [0; 10]), ..target(5, 1) };
    frontier::start(&run.memory, &next, ROBOTS).unwrap();
    assert!(!frontier::is_completed(&run.memory).unwrap());
    assert!(frontier::is_current(&run.memory, &next.run_id).unwrap());
    assert!(!frontier::is_current(&run.memory, &run.target.run_id).unwrap());
    assert_eq!(frontier::robots(&run.memory).unwrap(), None);
    assert_eq!((run.progress().found, run.progress().queued), (1, 1));
}

#[test]
fn pages_are_listed_in_pieces_that_make_the_whole() {
    let run = Run::open(100, 3);
    let start = run.one();
    let links: Vec<_> = (0..25).map(|n| format!("https://x.test/{n:02}")).collect();
    run.read(&start, &links.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = frontier::pages(&run.memory, after.as_deref(), None, 7).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.url.clone());
        seen.extend(page.into_iter().map(|page| page.url));
    }
    let whole: Vec<_> = std::iter::once(START.to_owned()).chain(links).collect();
    assert_eq!(seen, whole);
    let read = frontier::pages(&run.memory, None, Some(PageState::Indexed), 7).unwrap();
    assert_eq!((read.len(), read[0].title.as_deref(), read[0].http_status), (1, Some("T"), Some(200)));
    assert_eq!(frontier::pages(&run.memory, Some(START), Some(PageState::Indexed), 7).unwrap(), []);
}
