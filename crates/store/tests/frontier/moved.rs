//! Redirects, and a robots.txt that does not come.

use protocol::api::{PageState, Progress};
use protocol::internal::{Outcome, TaskKind};
use store::frontier;

use crate::run::*;

#[test]
fn a_redirect_takes_over_the_place_of_the_page_it_replaces() {
    let run = Run::open(1, 3);
    let start = run.one();
    run.say(&start, redirected("https://www.x.test/"));
    let next = run.one();
    assert_eq!((next.url.as_str(), next.depth), ("https://www.x.test/", 0));
    run.read(&next, &[]);
    assert!(run.claim(1).finished);
    let progress = run.progress();
    assert_eq!((progress.found, progress.redirected, progress.indexed), (2, 1, 1));
}

#[test]
fn a_redirect_to_a_known_page_adds_nothing() {
    let run = Run::open(10, 3);
    let start = run.one();
    run.read(&start, &["https://x.test/a"]);
    let a = run.one();
    run.say(&a, redirected(START));
    assert!(run.claim(1).finished);
    assert_eq!(run.progress().found, 2);
}

#[test]
fn redirects_in_a_circle_come_to_an_end() {
    let run = Run::open(10, 3);
    let start = run.one();
    run.say(&start, redirected("https://x.test/a"));
    let a = run.one();
    run.say(&a, redirected(START));
    assert!(run.claim(1).finished);
}

#[test]
fn redirects_without_an_end_are_given_up_after_ten() {
    let run = Run::open(10, 3);
    for n in 0..=10 {
        let task = run.one();
        run.say(&task, redirected(&format!("https://x.test/{n}")));
    }
    assert!(run.claim(1).finished);
    let progress = run.progress();
    assert_eq!((progress.redirected, progress.failed), (10, 1));
    let pages = frontier::pages(&run.memory, None, Some(PageState::Failed), 5).unwrap();
    assert!(pages[0].reason.as_deref().unwrap().contains("redirects too many times"));
}

#[test]
fn a_redirected_robots_txt_is_read_where_it_leads_however_few_pages_are_wanted() {
    let run = Run::of(target(1, 3));
    for to in ["https://www.x.test/robots.txt", "https://www.x.test/static/robots.txt"] {
        let task = run.one();
        run.say(&task, redirected(to));
    }
    let task = run.one();
    assert_eq!((task.kind, task.url.as_str()), (TaskKind::Robots, "https://www.x.test/static/robots.txt"));
    run.say(&task, Outcome::Robots { body: "rules".into(), crawl_delay_ms: None, missing: None });
    assert_eq!(run.one().url, START);
    assert!(run.reason().is_none());
}

#[test]
fn a_robots_txt_that_leads_to_a_page_of_the_site_is_none() {
    let run = Run::of(target(10, 3));
    let task = run.one();
    run.say(&task, redirected(START));
    assert_eq!(frontier::robots(&run.memory).unwrap().as_deref(), Some(""));
    let start = run.one();
    assert_eq!((start.kind, start.url.as_str()), (TaskKind::Page, START));
}

#[test]
fn a_robots_txt_that_redirects_for_ever_fails_the_run() {
    let run = Run::of(target(10, 3));
    for n in 0..=10 {
        let task = run.one();
        run.say(&task, redirected(&format!("https://x.test/{n}/robots.txt")));
    }
    assert!(run.claim(5).finished);
    assert!(run.reason().unwrap().contains("redirects too many times"));
    assert_eq!(run.progress(), Progress::default());
}

#[test]
fn without_robots_txt_nothing_is_fetched_and_the_run_says_why() {
    let run = Run::of(target(10, 3));
    let task = run.one();
    run.say(&task, Outcome::RobotsUnreachable { reason: "It answers 503.".into() });
    let end = run.claim(5);
    assert!(end.finished && end.tasks.is_empty());
    assert_eq!(run.reason().as_deref(), Some("It answers 503."));
    assert_eq!(run.progress(), Progress::default());
}

#[test]
fn a_robots_txt_that_nobody_ever_reports_fails_the_run() {
    let mut run = Run::of(target(10, 3));
    for _ in 0..4 {
        assert_eq!(run.one().kind, TaskKind::Robots);
        run.now += LEASE;
    }
    assert!(run.claim(5).finished);
    assert!(run.reason().unwrap().contains("robots.txt could not be read"));
}

#[test]
fn a_robots_txt_that_is_refused_fails_the_run_with_that_reason() {
    let run = Run::of(target(10, 3));
    let task = run.one();
    run.say(&task, Outcome::Skipped { reason: "This address is private.".into(), http_status: None });
    assert!(run.claim(5).finished);
    assert!(run.reason().unwrap().ends_with("This address is private."));
}
