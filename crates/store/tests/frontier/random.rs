//! Random runs: they always end.

use protocol::internal::{Outcome, Task, TaskKind};
use store::frontier;

use crate::common::Memory;
use crate::run::*;

use std::collections::HashSet;

use proptest::prelude::*;

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
