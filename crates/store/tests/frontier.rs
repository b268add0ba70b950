//! Behaviour of the `Crawl` object's tables: order, politeness, leases, ends.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::HashSet;

use common::{Memory, identity};
use proptest::prelude::*;
use protocol::api::{PageChange, PageState, Progress, SourceKind};
use protocol::internal::{CrawlTarget, Outcome, Report, Task, TaskKind, Visited};
use protocol::{DocumentId, RunId, SourceId};
use store::frontier::{self, Claimed};

const ROBOTS: &str = "https://x.test/robots.txt";
const START: &str = "https://x.test/";
const LEASE_MS: u64 = 60_000;
const LEASE: f64 = 60_000.0;

fn target(max_pages: u32, max_depth: u32) -> CrawlTarget {
    let identity = identity(1);
    CrawlTarget {
        workspace_id: identity.workspace_id,
        agent_id: identity.agent_id,
        source_id: SourceId::ordered(1, [6; 10]),
        run_id: RunId::ordered(1, [7; 10]),
        kind: SourceKind::Website,
        url: START.into(),
        max_pages,
        max_depth,
        region: protocol::objects::Region::Home,
        jurisdiction: protocol::objects::Jurisdiction::Anywhere,
        include: Vec::new(),
        exclude: Vec::new(),
    }
}

/// A run and its clock.
struct Run {
    memory: Memory,
    target: CrawlTarget,
    now: f64,
}

impl Run {
    fn of(target: CrawlTarget) -> Self {
        let memory = Memory::open();
        frontier::migrate(&memory).unwrap();
        frontier::start(&memory, &target, ROBOTS).unwrap();
        Self { memory, target, now: 1_000_000.0 }
    }

    /// A run whose robots.txt was read and allows everything.
    fn open(max_pages: u32, max_depth: u32) -> Self {
        let run = Self::of(target(max_pages, max_depth));
        run.robots(None, &[]);
        run
    }

    fn robots(&self, crawl_delay_ms: Option<u64>, sitemaps: &[&str]) {
        let tasks = self.claim(5).tasks;
        assert_eq!(tasks[0].kind, TaskKind::Robots);
        let outcome = Outcome::Robots { body: "User-agent: *".into(), crawl_delay_ms, missing: None };
        let mut report = self.said(&tasks[0], outcome);
        report.sitemaps = sitemaps.iter().map(ToString::to_string).collect();
        self.report(&report);
    }

    fn claim(&self, slots: u32) -> Claimed {
        frontier::claim(&self.memory, slots, self.now, LEASE_MS).unwrap()
    }

    fn said(&self, task: &Task, outcome: Outcome) -> Report {
        Report {
            run_id: self.target.run_id.clone(),
            url: task.url.clone(),
            kind: task.kind,
            attempt: task.attempt,
            outcome,
            links: Vec::new(),
            sitemaps: Vec::new(),
            rendered: None,
            render_gained: None,
            needs_script: false,
            remark: None,
            still_open: None,
            modified: Vec::new(),
            seen: None,
        }
    }

    fn report(&self, report: &Report) {
        frontier::report(&self.memory, &self.target, report, self.now).unwrap();
    }

    fn say(&self, task: &Task, outcome: Outcome) {
        self.report(&self.said(task, outcome));
    }

    /// A page was read and led to others.
    fn read(&self, task: &Task, links: &[&str]) {
        let mut report = self.said(task, indexed(task));
        report.links = links.iter().map(ToString::to_string).collect();
        self.report(&report);
    }

    fn one(&self) -> Task {
        let mut tasks = self.claim(1).tasks;
        assert_eq!(tasks.len(), 1, "one task");
        tasks.remove(0)
    }

    fn progress(&self) -> Progress {
        frontier::progress(&self.memory).unwrap()
    }

    fn state(&self, url: &str) -> Option<PageState> {
        let pages = frontier::pages(&self.memory, None, None, 10_000).unwrap();
        pages.into_iter().find(|page| page.url == url).map(|page| page.state)
    }

    fn reason(&self) -> Option<String> {
        frontier::reason(&self.memory).unwrap()
    }
}

fn indexed(task: &Task) -> Outcome {
    let bits = task.url.bytes().fold(7_u128, |bits, byte| bits.wrapping_mul(31) + u128::from(byte));
    Outcome::Indexed {
        document_id: DocumentId::from_bits(bits),
        title: "T".into(),
        language: Some("en".into()),
        passages: 2,
        http_status: 200,
    }
}

fn redirected(to: &str) -> Outcome {
    Outcome::Redirected { to: to.into(), http_status: 301 }
}

fn later(status: Option<u16>, after_ms: Option<u64>) -> Outcome {
    Outcome::Retry { reason: "The site answers 503.".into(), http_status: status, after_ms }
}

fn urls(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.url.as_str()).collect()
}

#[test]
fn robots_is_fetched_first_and_alone() {
    let run = Run::of(target(10, 3));
    let first = run.claim(5);
    assert_eq!(urls(&first.tasks), [ROBOTS]);
    let second = run.claim(5);
    assert!(second.tasks.is_empty() && !second.finished && second.wait_ms > 0);
    run.say(&first.tasks[0], Outcome::Robots { body: "rules".into(), crawl_delay_ms: None, missing: None });
    assert_eq!(frontier::robots(&run.memory).unwrap().as_deref(), Some("rules"));
    assert_eq!(urls(&run.claim(5).tasks), [START]);
}

#[test]
fn sitemaps_come_before_pages_and_pages_by_their_depth() {
    let run = Run::of(target(10, 3));
    run.robots(None, &["https://x.test/sitemap.xml"]);
    let first = run.claim(2).tasks;
    assert_eq!(urls(&first), ["https://x.test/sitemap.xml", START]);
    run.read(&first[1], &["https://x.test/a"]);
    let a = run.one();
    run.read(&a, &["https://x.test/a/deep"]);
    let mut sitemap = run.said(&first[0], Outcome::Sitemap { entries: 1 });
    sitemap.links = vec!["https://x.test/listed".into()];
    run.report(&sitemap);
    assert_eq!(urls(&run.claim(5).tasks), ["https://x.test/listed", "https://x.test/a/deep"]);
}

#[test]
fn five_at_once_however_many_are_asked_for_and_whoever_asks() {
    let run = Run::open(50, 3);
    let start = run.one();
    let links: Vec<_> = (0..20).map(|n| format!("https://x.test/{n}")).collect();
    run.read(&start, &links.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(run.claim(0).tasks.len(), 0);
    let three = run.claim(3).tasks;
    assert_eq!((three.len(), run.claim(100).tasks.len()), (3, 2));
    let full = run.claim(100);
    assert!(full.tasks.is_empty() && !full.finished && full.wait_ms >= 1);
    run.read(&three[0], &[]);
    assert_eq!(run.claim(100).tasks.len(), 1);
}

#[test]
fn a_crawl_delay_means_one_at_a_time_with_pauses() {
    let mut run = Run::of(target(10, 3));
    run.robots(Some(2_000), &[]);
    let start = run.claim(5).tasks;
    assert_eq!(start.len(), 1);
    run.read(&start[0], &["https://x.test/a", "https://x.test/b"]);
    assert_eq!(run.claim(5).wait_ms, 2_000);
    run.now += 2_000.0;
    let next = run.claim(5).tasks;
    assert_eq!(next.len(), 1);
    // The pause is over, but the page is not.
    run.now += 2_000.0;
    assert!(run.claim(5).tasks.is_empty());
    run.read(&next[0], &[]);
    assert_eq!(run.claim(5).tasks.len(), 1);
}

#[test]
fn a_page_that_nobody_reports_is_given_to_four_and_then_given_up() {
    let mut run = Run::open(10, 3);
    for attempt in 1..=4 {
        let task = run.one();
        assert_eq!((task.url.as_str(), task.attempt), (START, attempt));
        run.now += LEASE - 1.0;
        assert!(run.claim(5).tasks.is_empty());
        run.now += 1.0;
    }
    let end = run.claim(5);
    assert!(end.finished && end.tasks.is_empty());
    let page = frontier::pages(&run.memory, None, None, 1).unwrap().remove(0);
    assert_eq!(page.state, PageState::Failed);
    assert!(page.reason.unwrap().contains("several times"));
    assert!(run.reason().is_none(), "the site's rules are known");
}

#[test]
fn a_page_that_always_asks_for_later_is_given_up_with_its_reason() {
    let mut run = Run::open(10, 3);
    for _ in 0..4 {
        let task = run.one();
        run.say(&task, later(Some(500), None));
        run.now += 10.0 * 60_000.0;
    }
    assert!(run.claim(1).finished);
    let page = frontier::pages(&run.memory, None, None, 1).unwrap().remove(0);
    assert_eq!((page.state, page.reason.as_deref()), (PageState::Failed, Some("The site answers 503.")));
}

#[test]
fn of_two_reports_the_first_counts_even_when_it_is_late() {
    let mut run = Run::open(10, 3);
    let first = run.one();
    run.now += LEASE;
    let second = run.one();
    assert_eq!((second.url.as_str(), second.attempt), (START, 2));
    run.read(&first, &["https://x.test/a"]);
    run.say(&second, Outcome::Failed { reason: "late".into(), http_status: Some(404) });
    run.read(&second, &["https://x.test/b"]);
    assert_eq!(run.state(START), Some(PageState::Indexed));
    assert_eq!(run.state("https://x.test/a"), Some(PageState::Queued));
    assert_eq!(run.state("https://x.test/b"), None);
    assert_eq!((run.progress().indexed, run.progress().passages), (1, 2));
}

#[test]
fn a_report_about_an_address_that_is_not_known_changes_nothing() {
    let run = Run::open(10, 3);
    let task = Task {
        url: "https://y.test/".into(),
        kind: TaskKind::Page,
        depth: 0,
        attempt: 1,
        own: false,
        check: None,
        known: None,
    };
    run.read(&task, &["https://y.test/a"]);
    assert_eq!(run.progress().found, 1);
}

#[test]
fn the_page_cap_counts_pages_and_leaves_room_for_what_was_none() {
    let run = Run::open(3, 3);
    let start = run.one();
    run.read(
        &start,
        &["https://x.test/a", START, "https://x.test/a", "https://x.test/b", "https://x.test/c"],
    );
    assert_eq!(run.progress().found, 3, "the known address takes no room");
    let tasks = run.claim(5).tasks;
    run.say(&tasks[0], Outcome::Skipped { reason: "no text".into(), http_status: Some(200) });
    run.read(&tasks[1], &["https://x.test/c", "https://x.test/d"]);
    assert_eq!(run.state("https://x.test/c"), Some(PageState::Queued));
    assert_eq!(run.state("https://x.test/d"), None);
}

#[test]
fn a_site_that_leads_on_for_ever_to_what_is_no_page_comes_to_an_end() {
    let run = Run::open(3, 1_000_000);
    for n in 0_u32.. {
        assert!(n < 1_000, "the trap never ends");
        let claimed = run.claim(1);
        if claimed.finished {
            break;
        }
        let mut report = run
            .said(&claimed.tasks[0], Outcome::Skipped { reason: "no text".into(), http_status: Some(200) });
        report.links = vec![format!("https://x.test/calendar/{n}")];
        run.report(&report);
    }
}

#[test]
fn links_are_followed_to_the_depth_that_is_wanted() {
    let run = Run::open(10, 1);
    let start = run.one();
    run.read(&start, &["https://x.test/a"]);
    let a = run.one();
    assert_eq!(a.depth, 1);
    run.read(&a, &["https://x.test/a/b"]);
    assert!(run.claim(5).finished);
    assert_eq!(run.progress().found, 2);
}

#[test]
fn a_shorter_way_to_a_page_lowers_its_depth() {
    let run = Run::open(10, 2);
    let start = run.one();
    run.read(&start, &["https://x.test/a", "https://x.test/z"]);
    let a = run.one();
    run.read(&a, &["https://x.test/deep"]);
    let z = run.one();
    assert_eq!(z.url, "https://x.test/z");
    let mut sitemap_like = run.said(&z, indexed(&z));
    sitemap_like.kind = TaskKind::Sitemap;
    sitemap_like.links = vec!["https://x.test/deep".into()];
    run.report(&sitemap_like);
    assert_eq!(run.one().depth, 1);
}

#[test]
fn a_sitemap_source_reads_the_sitemap_and_its_pages() {
    let run = Run::of(CrawlTarget {
        kind: SourceKind::Sitemap,
        url: "https://x.test/map.xml".into(),
        ..target(2, 0)
    });
    run.robots(None, &[]);
    let map = run.one();
    assert_eq!((map.kind, map.url.as_str()), (TaskKind::Sitemap, "https://x.test/map.xml"));
    let mut report = run.said(&map, Outcome::Sitemap { entries: 3 });
    report.links = ["a", "b", "c"].map(|page| format!("https://x.test/{page}")).to_vec();
    run.report(&report);
    let pages = run.claim(5).tasks;
    assert_eq!(urls(&pages), ["https://x.test/a", "https://x.test/b"]);
    for page in &pages {
        run.read(page, &["https://x.test/further"]);
    }
    assert!(run.claim(5).finished);
}

#[test]
fn sitemaps_of_sitemaps_are_bounded() {
    let run = Run::of(target(10, 3));
    let many: Vec<_> = (0..80).map(|n| format!("https://x.test/map{n}.xml")).collect();
    run.robots(None, &many.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(run.memory.number("SELECT count(*) FROM pages WHERE kind = 'sitemap'"), 50);
}

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

/// What happens next in a random run.
#[derive(Clone, Debug)]
enum Step {
    Claim(u32),
    /// Reports the n-th task that was ever taken, perhaps late, perhaps again, with the m-th outcome.
    Report(usize, u8, Vec<u8>),
    Jump(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u32..8).prop_map(Step::Claim),
        (any::<usize>(), 0_u8..12, prop::collection::vec(any::<u8>(), 0..6))
            .prop_map(|(task, outcome, links)| Step::Report(task, outcome, links)),
        (0_u32..100_000).prop_map(Step::Jump),
    ]
}

fn outcome(task: &Task, kind: u8, links: &[u8]) -> Outcome {
    let reason = "r".to_owned();
    let to = format!("https://x.test/{}", links.first().copied().unwrap_or(0) % 40);
    match kind {
        0 => Outcome::Skipped { reason, http_status: None },
        1 => Outcome::Failed { reason, http_status: Some(404) },
        2 => later(Some(429), links.first().map(|n| u64::from(*n) * 1_000)),
        3 => later(Some(500), None),
        4 => redirected(&to),
        5 if task.kind == TaskKind::Robots => Outcome::RobotsUnreachable { reason },
        5 => Outcome::Duplicate { of: to, title: "T".into(), http_status: 200 },
        6 if task.kind == TaskKind::Robots => {
            Outcome::Robots { body: String::new(), crawl_delay_ms: Some(500), missing: None }
        }
        _ => match task.kind {
            TaskKind::Robots => Outcome::Robots { body: String::new(), crawl_delay_ms: None, missing: None },
            TaskKind::Sitemap => Outcome::Sitemap { entries: 1 },
            TaskKind::Page => indexed(task),
        },
    }
}

fn check(run: &Run, open: &Memory) {
    assert!(open.number("SELECT count(*) FROM pages WHERE state = 'fetching'") <= 5, "more than five leases");
    let progress = run.progress();
    let sum = progress.queued
        + progress.fetching
        + progress.indexed
        + progress.unchanged
        + progress.duplicate
        + progress.redirected
        + progress.skipped
        + progress.failed;
    assert_eq!(progress.found, sum);
    let pages = progress.found - progress.redirected - progress.skipped - progress.duplicate;
    assert!(pages <= run.target.max_pages, "{pages} pages");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_always_ends_with_every_page_at_its_end_and_never_more_than_five_leases(
        steps in prop::collection::vec(step(), 0..60),
        max_pages in 1_u32..20,
        max_depth in 0_u32..4,
        last in 0_u8..12,
    ) {
        let mut run = Run::of(target(max_pages, max_depth));
        let mut taken: Vec<Task> = Vec::new();
        for step in steps {
            match step {
                Step::Claim(slots) => {
                    let claimed = run.claim(slots);
                    prop_assert!(claimed.tasks.len() <= slots as usize);
                    if frontier::robots(&run.memory).unwrap().is_none() {
                        prop_assert!(claimed.tasks.iter().all(|task| task.kind == TaskKind::Robots));
                    }
                    taken.extend(claimed.tasks);
                }
                Step::Report(at, kind, links) if !taken.is_empty() => {
                    let task = taken[at % taken.len()].clone();
                    let mut report = run.said(&task, outcome(&task, kind, &links));
                    report.links = links.iter().map(|n| format!("https://x.test/{}", n % 40)).collect();
                    report.sitemaps = links.iter().take(1).map(|n| format!("https://x.test/{n}.xml")).collect();
                    run.report(&report);
                }
                Step::Report(..) => {}
                Step::Jump(ms) => run.now += f64::from(ms),
            }
            check(&run, &run.memory);
        }
        // From here on every task is reported with the same outcome, or with none at all.
        let mut rounds = 0;
        loop {
            rounds += 1;
            prop_assert!(rounds < 3_000, "the run does not end");
            let claimed = run.claim(5);
            check(&run, &run.memory);
            if claimed.finished {
                break;
            }
            prop_assert!(!claimed.tasks.is_empty() || claimed.wait_ms > 0, "neither work nor a wait");
            let urls: HashSet<_> = claimed.tasks.iter().map(|task| &task.url).collect();
            prop_assert_eq!(urls.len(), claimed.tasks.len());
            for task in &claimed.tasks {
                if last < 11 {
                    run.say(task, outcome(task, last, &[u8::try_from(rounds % 40).unwrap()]));
                }
            }
            // Where nobody reports, only leases that end bring the run on.
            let least = if last < 11 { 1.0 } else { LEASE };
            run.now += f64::from(u32::try_from(claimed.wait_ms).unwrap()).max(least);
        }
        prop_assert_eq!(run.memory.number("SELECT count(*) FROM pages WHERE state IN ('queued', 'fetching')"), 0);
        prop_assert!(run.claim(5).finished, "finished stays finished");
        let unread = frontier::robots(&run.memory).unwrap().is_none();
        prop_assert_eq!(run.reason().is_some(), unread);
    }
}
