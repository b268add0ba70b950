//! Sites that lead in circles, lead on for ever, or stop letting us in.

use std::ops::Deref;

use crate::run::{ROBOTS, Run, START, indexed};
use protocol::RunId;
use protocol::api::{Page, PageState};
use protocol::internal::{Outcome, Report, Task};
use store::frontier;

/// A run whose addresses are written as paths, and which waits for what comes.
struct Site(Run);

impl Deref for Site {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.0
    }
}

impl Site {
    /// A run whose start page leads to `paths`.
    fn of(paths: &[&str]) -> Self {
        let site = Self(Run::open(200, 3));
        let start = site.one();
        site.leads(&start, paths);
        site
    }

    fn take(&mut self) -> Task {
        self.claim().expect("something to fetch")
    }

    /// The next task, waited for.
    fn claim(&mut self) -> Option<Task> {
        for _ in 0..100 {
            let claimed = frontier::claim(&self.memory, 1, self.0.now, 60_000).unwrap();
            if claimed.finished {
                return None;
            }
            if let Some(task) = claimed.tasks.into_iter().next() {
                return Some(task);
            }
            self.0.now += f64::from(u32::try_from(claimed.wait_ms).unwrap());
        }
        panic!("nothing comes");
    }

    fn leads(&self, task: &Task, paths: &[&str]) {
        let links: Vec<String> = paths.iter().map(|path| address(path)).collect();
        self.read(task, &links.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Reads to the end: a page is what `site` says of its path, or a redirect by itself where it is not `own`.
    fn finish(&mut self, site: impl Fn(&str, &Task) -> Outcome) {
        while let Some(task) = self.claim() {
            let path = task.url.trim_start_matches("https://x.test").to_owned();
            self.say(&task, site(&path, &task));
        }
    }

    fn page(&self, path: &str) -> Page {
        let pages = frontier::pages(&self.memory, None, None, 10_000).unwrap();
        pages.into_iter().find(|page| page.url == address(path)).unwrap_or_else(|| panic!("no {path}"))
    }

    fn pages(&self) -> usize {
        frontier::pages(&self.memory, None, None, 10_000).unwrap().len()
    }
}

fn address(path: &str) -> String {
    format!("https://x.test{path}")
}

fn leads(path: &str, http_status: u16) -> Outcome {
    Outcome::Redirected { to: address(path), http_status }
}

fn failed(status: u16) -> Outcome {
    Outcome::Failed { reason: "No.".into(), http_status: Some(status) }
}

fn limited() -> Outcome {
    Outcome::Retry { reason: "Slow down.".into(), http_status: Some(429), after_ms: None }
}

#[test]
fn canonical_addresses_in_a_circle_leave_one_page() {
    let mut run = Site::of(&["/a"]);
    run.finish(|path, task| match path {
        "/a" if !task.own => leads("/b", 200),
        "/b" if !task.own => leads("/c", 301),
        "/c" if !task.own => leads("/a", 200),
        _ => indexed(task),
    });
    let states = ["/a", "/b", "/c"].map(|path| run.page(path).state);
    assert_eq!(states.iter().filter(|state| **state == PageState::Indexed).count(), 1, "{states:?}");
    assert_eq!(run.page("/b").state, PageState::Redirected, "a server's redirect is followed");
}

#[test]
fn a_chain_of_canonical_addresses_ends_at_its_last() {
    let mut run = Site::of(&["/a"]);
    run.finish(|path, task| match path {
        "/a" => leads("/b", 200),
        "/b" => leads("/c", 200),
        _ => indexed(task),
    });
    let states = ["/a", "/b", "/c"].map(|path| run.page(path).state);
    assert_eq!(states, [PageState::Redirected, PageState::Redirected, PageState::Indexed]);
}

#[test]
fn a_page_whose_canonical_address_cannot_be_read_is_read_itself() {
    let mut run = Site::of(&["/a", "/moved", "/quiet"]);
    run.finish(|path, task| match path {
        "/a" if !task.own => leads("/gone", 200),
        "/gone" => failed(404),
        "/moved" => leads("/gone", 301),
        "/quiet" if !task.own => leads("/hidden", 200),
        "/hidden" => Outcome::Skipped { reason: "Asks not to be indexed.".into(), http_status: Some(200) },
        _ => indexed(task),
    });
    assert_eq!(run.page("/a").state, PageState::Indexed);
    assert_eq!(run.page("/moved").state, PageState::Redirected);
    assert_eq!(run.page("/quiet").state, PageState::Redirected, "what asks not to be indexed is obeyed");
}

#[test]
fn a_late_word_about_where_a_page_leads_does_not_send_it_round_again() {
    let mut run = Site::of(&["/a"]);
    let first = run.take();
    run.say(&first, leads("/gone", 200));
    let gone = run.take();
    run.say(&gone, failed(404));
    let own = run.take();
    assert!(own.own);
    run.say(&first, leads("/gone", 200));
    run.say(&own, indexed(&own));
    assert_eq!(run.page("/a").state, PageState::Indexed);
    assert!(run.claim().is_none());
}

#[test]
fn calendars_and_filters_end_and_pages_with_numbers_do_not() {
    let reported = |paths: Vec<String>| {
        let mut run = Site::of(&["/list"]);
        let task = run.take();
        let before = run.pages();
        run.leads(&task, &paths.iter().map(String::as_str).collect::<Vec<_>>());
        run.pages() - before
    };
    assert_eq!(reported((1..=90).map(|n| format!("/list?page={n}")).collect()), 90);
    assert_eq!(reported((1..=90).map(|n| format!("/index.php?id={n}&option=view")).collect()), 90);
    assert_eq!(reported((1..=90).map(|n| format!("/product/{n}")).collect()), 90);
    assert_eq!(reported((1..=90).map(|n| format!("/events/2026/{n}")).collect()), 24);
    assert_eq!(reported((1..=90).map(|n| format!("/list?sort=name&page={n}")).collect()), 10);
    assert_eq!(reported((1..=90).map(|n| format!("/list?filter%5Bsize%5D={n}")).collect()), 10);
    // Filters whose names nobody knows combine in ever new ways.
    let combined =
        |n: u32| (0..7).filter(|bit| n >> bit & 1 == 1).map(|bit| format!("p{bit}=1")).collect::<Vec<_>>();
    assert_eq!(reported((1..=90).map(|n| format!("/list?{}", combined(n).join("&"))).collect()), 8);
}

const PATHS: [&str; 12] = ["/0", "/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9", "/10", "/11"];

#[test]
fn a_site_that_asks_for_less_again_and_again_is_left_with_what_there_is() {
    let mut run = Site::of(&PATHS);
    let begun = run.0.now;
    for _ in 0..2 {
        let task = run.take();
        run.leads(&task, &[]);
    }
    run.finish(|_, _| limited());
    let reason = frontier::blocked(&run.memory).unwrap().unwrap();
    assert!(reason.contains("(429) after 3 pages"), "{reason}");
    assert!(run.0.now - begun >= 14_000.0, "the pauses grow");
    assert_eq!(run.page("/11").state, PageState::Failed);
    assert_eq!(run.page("/0").state, PageState::Indexed);
}

#[test]
fn a_site_that_asks_for_less_for_a_while_is_read_to_its_end() {
    let mut run = Site::of(&PATHS);
    let open_at = run.0.now + 9_000.0;
    while let Some(task) = run.claim() {
        let outcome = if run.0.now < open_at { limited() } else { indexed(&task) };
        run.say(&task, outcome);
    }
    assert_eq!(frontier::blocked(&run.memory).unwrap(), None);
    assert!(PATHS.iter().all(|path| run.page(path).state == PageState::Indexed));
}

#[test]
fn a_site_that_shuts_us_out_is_told_from_one_with_closed_pages() {
    for still_open in [false, true] {
        let mut run = Site::of(&PATHS);
        let mut checks = 0;
        while let Some(task) = run.claim() {
            let closed =
                !still_open || ["/0", "/1", "/2", "/3", "/4"].contains(&&task.url["https://x.test".len()..]);
            let mut report = run.said(&task, if closed { failed(403) } else { indexed(&task) });
            if closed && let Some(check) = &task.check {
                assert_eq!(check, START, "a page that was read");
                report.still_open = Some(still_open);
                checks += 1;
            }
            run.report(&report);
        }
        assert_eq!(checks, 1);
        let blocked = frontier::blocked(&run.memory).unwrap();
        assert_eq!(blocked.is_some(), !still_open, "{blocked:?}");
        assert_eq!(run.page("/11").state, if still_open { PageState::Indexed } else { PageState::Failed });
    }
}

#[test]
fn a_site_that_never_let_us_in_has_not_stopped_to() {
    let mut run = Site::of(&[]);
    run.0.target.run_id = RunId::ordered(2, [7; 10]);
    frontier::start(&run.memory, &run.target, ROBOTS).unwrap();
    let robots = run.take();
    run.say(&robots, Outcome::Robots { body: String::new(), crawl_delay_ms: None, missing: None });
    run.finish(|_, _| failed(403));
    assert_eq!(frontier::blocked(&run.memory).unwrap(), None);
}

#[test]
fn pages_are_rendered_while_that_brings_text_and_only_so_often() {
    let mut run = Site::of(&PATHS);
    let allowed = |run: &Site, path: &str| {
        frontier::allow_render(&run.memory, &address(path), 5).unwrap().refused.is_none()
    };
    for gain in [false, false, false] {
        let task = run.take();
        assert!(allowed(&run, task.url.trim_start_matches("https://x.test")));
        let report = Report { render_gained: Some(gain), ..run.said(&task, indexed(&task)) };
        run.report(&report);
    }
    assert!(!allowed(&run, "/9"), "three brought nothing");
    assert!(allowed(&run, "/0"), "a page that was allowed is allowed again");

    let mut run = Site::of(&PATHS);
    for n in 0..5 {
        let task = run.take();
        assert!(allowed(&run, task.url.trim_start_matches("https://x.test")), "{n}");
        let report = Report { render_gained: Some(n == 1), ..run.said(&task, indexed(&task)) };
        run.report(&report);
    }
    assert!(!allowed(&run, "/9"), "five are the most");
}

#[test]
fn what_failed_is_read_again_and_nothing_else() {
    let mut run = Site::of(&["/a", "/b", "/c"]);
    let again = |run: &Site| frontier::retry(&run.memory, ROBOTS, run.0.now).unwrap();
    assert_eq!(again(&run), 0, "the run is going");
    run.finish(|path, task| if path == "/a" { indexed(task) } else { failed(500) });
    assert_eq!(again(&run), 0, "the run is not settled");
    frontier::complete(&run.memory, run.0.now).unwrap();
    assert_eq!(again(&run), 2);
    assert!(frontier::is_retrying(&run.memory).unwrap() && !frontier::is_completed(&run.memory).unwrap());
    let b = run.take();
    assert_eq!((b.url.as_str(), b.attempt), ("https://x.test/b", 1));
    run.leads(&b, &["/new"]);
    let c = run.take();
    run.say(&c, failed(500));
    assert!(run.claim().is_none(), "nothing it leads to is fetched");
    assert_eq!(
        ["/a", "/b", "/c"].map(|path| run.page(path).state),
        [PageState::Indexed, PageState::Indexed, PageState::Failed]
    );
    frontier::complete(&run.memory, run.0.now).unwrap();
    assert_eq!(again(&run), 1);
    run.finish(|_, task| indexed(task));
    frontier::complete(&run.memory, run.0.now).unwrap();
    assert_eq!(again(&run), 0, "nothing failed");
}

#[test]
fn a_run_that_could_not_read_the_rules_begins_when_it_is_tried_again() {
    let mut run = Site::of(&[]);
    let mut target = run.target.clone();
    target.run_id = RunId::ordered(2, [7; 10]);
    run.0.target = target;
    frontier::start(&run.memory, &run.target, ROBOTS).unwrap();
    let robots = run.take();
    run.say(&robots, Outcome::RobotsUnreachable { reason: "Cannot be read.".into() });
    assert!(run.claim().is_none());
    frontier::complete(&run.memory, run.0.now).unwrap();
    assert_eq!(
        frontier::retry(&run.memory, ROBOTS, run.0.now).unwrap(),
        2,
        "the rules, and the page known before"
    );
    assert!(!frontier::is_retrying(&run.memory).unwrap() && frontier::reason(&run.memory).unwrap().is_none());
    let robots = run.take();
    run.say(&robots, Outcome::Robots { body: String::new(), crawl_delay_ms: None, missing: None });
    let start = run.take();
    run.leads(&start, &["/a"]);
    assert_eq!(run.take().url, address("/a"));
}
