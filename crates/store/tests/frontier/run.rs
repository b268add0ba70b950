//! A run with its clock, as the tests drive it.

use protocol::api::{PageState, Progress, SourceKind};
use protocol::internal::{CrawlTarget, Outcome, Report, Task, TaskKind};
use protocol::{DocumentId, RunId, SourceId};
use store::frontier::{self, Claimed};

use crate::common::{Memory, identity};

pub const ROBOTS: &str = "https://x.test/robots.txt";
pub const START: &str = "https://x.test/";
pub const LEASE_MS: u64 = 60_000;
pub const LEASE: f64 = 60_000.0;

pub fn target(max_pages: u32, max_depth: u32) -> CrawlTarget {
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
pub struct Run {
    pub memory: Memory,
    pub target: CrawlTarget,
    pub now: f64,
}

impl Run {
    pub fn of(target: CrawlTarget) -> Self {
        let memory = Memory::open();
        frontier::migrate(&memory).unwrap();
        frontier::start(&memory, &target, ROBOTS).unwrap();
        Self { memory, target, now: 1_000_000.0 }
    }

    /// A run whose robots.txt was read and allows everything.
    pub fn open(max_pages: u32, max_depth: u32) -> Self {
        let run = Self::of(target(max_pages, max_depth));
        run.robots(None, &[]);
        run
    }

    pub fn robots(&self, crawl_delay_ms: Option<u64>, sitemaps: &[&str]) {
        let tasks = self.claim(5).tasks;
        assert_eq!(tasks[0].kind, TaskKind::Robots);
        let outcome = Outcome::Robots { body: "User-agent: *".into(), crawl_delay_ms, missing: None };
        let mut report = self.said(&tasks[0], outcome);
        report.sitemaps = sitemaps.iter().map(ToString::to_string).collect();
        self.report(&report);
    }

    pub fn claim(&self, slots: u32) -> Claimed {
        frontier::claim(&self.memory, slots, self.now, LEASE_MS).unwrap()
    }

    pub fn said(&self, task: &Task, outcome: Outcome) -> Report {
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

    pub fn report(&self, report: &Report) {
        frontier::report(&self.memory, &self.target, report, self.now).unwrap();
    }

    pub fn say(&self, task: &Task, outcome: Outcome) {
        self.report(&self.said(task, outcome));
    }

    /// A page was read and led to others.
    pub fn read(&self, task: &Task, links: &[&str]) {
        let mut report = self.said(task, indexed(task));
        report.links = links.iter().map(ToString::to_string).collect();
        self.report(&report);
    }

    pub fn one(&self) -> Task {
        let mut tasks = self.claim(1).tasks;
        assert_eq!(tasks.len(), 1, "one task");
        tasks.remove(0)
    }

    pub fn progress(&self) -> Progress {
        frontier::progress(&self.memory).unwrap()
    }

    pub fn state(&self, url: &str) -> Option<PageState> {
        let pages = frontier::pages(&self.memory, None, None, 10_000).unwrap();
        pages.into_iter().find(|page| page.url == url).map(|page| page.state)
    }

    pub fn reason(&self) -> Option<String> {
        frontier::reason(&self.memory).unwrap()
    }
}

pub fn indexed(task: &Task) -> Outcome {
    let bits = task.url.bytes().fold(7_u128, |bits, byte| bits.wrapping_mul(31) + u128::from(byte));
    Outcome::Indexed {
        document_id: DocumentId::from_bits(bits),
        title: "T".into(),
        language: Some("en".into()),
        passages: 2,
        http_status: 200,
    }
}

pub fn redirected(to: &str) -> Outcome {
    Outcome::Redirected { to: to.into(), http_status: 301 }
}

pub fn later(status: Option<u16>, after_ms: Option<u64>) -> Outcome {
    Outcome::Retry { reason: "The site answers 503.".into(), http_status: status, after_ms }
}

pub fn urls(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.url.as_str()).collect()
}
