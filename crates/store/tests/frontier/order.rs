//! What is fetched when: robots.txt, sitemaps, pages by their depth, leases, bounds.

use protocol::api::{PageState, SourceKind};
use protocol::internal::{CrawlTarget, Outcome, Task, TaskKind};
use store::frontier;

use crate::run::*;

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
