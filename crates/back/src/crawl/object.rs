//! The `Crawl` object: the frontier of one source. Its tables and rules are [`store::frontier`]; what is added
//! here is the alarm that rings again as long as something is left.

use platform::sqlite::ObjectSql;
use platform::{Failure, clock, config, log, objects, queue};
use protocol::internal::{
    AllowRender, AllowRenderReply, Bell, Call, CancelCrawl, Claim, ClaimReply, Complete, CrawlStatus,
    CrawlStatusReply, Nothing, Report, ReportReply, StartCrawl,
};
use protocol::{Code, Problem};
use store::frontier;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::Deadlines;

/// A run that is not over is rung for at this pace, in case a bell was lost.
const RING_MS: u64 = 5_000;
/// Pages of one run whose scripts are run.
const MAX_RENDERS: u32 = 50;
/// Pages in one listing.
const PAGE: u32 = 100;

#[durable_object]
pub struct Crawl {
    state: State,
    env: Env,
}

impl DurableObject for Crawl {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        if let Err(error) = frontier::migrate(&self.engine()) {
            return objects::reply::<Nothing>("crawl", Err(error.into()));
        }
        match path.trim_start_matches('/') {
            StartCrawl::NAME => objects::reply("crawl", self.start(&mut request).await),
            Claim::NAME => objects::reply("crawl", self.claim(&mut request).await),
            Report::NAME => objects::reply("crawl", self.report(&mut request).await),
            Complete::NAME => objects::reply("crawl", self.complete(&mut request).await),
            AllowRender::NAME => objects::reply("crawl", self.allow_render(&mut request).await),
            CrawlStatus::NAME => objects::reply("crawl", self.status(&mut request).await),
            CancelCrawl::NAME => objects::reply("crawl", self.cancel().await),
            _ => objects::reply::<Nothing>("crawl", Err(Problem::not_found().into())),
        }
    }

    /// Never fails: a failed alarm is retried six times and then never again.
    async fn alarm(&self) -> worker::Result<Response> {
        if let Err(failure) = self.tick().await {
            log::error("alarm_failed", None, &failure.to_string());
            self.wake().await;
        }
        Response::empty()
    }
}

impl Crawl {
    fn engine(&self) -> ObjectSql {
        ObjectSql(self.state.storage().sql())
    }

    async fn start(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let StartCrawl { target } = objects::message(request).await?;
        let robots = url::Url::parse(&target.url)
            .and_then(|url| url.join("/robots.txt"))
            .map_err(|_| Problem::new(Code::AddressRefused, "This is not an address."))?;
        frontier::start(&self.engine(), &target, robots.as_str())?;
        self.wake().await;
        self.ring().await?;
        Ok(Nothing {})
    }

    async fn claim(&self, request: &mut Request) -> Result<ClaimReply, Failure> {
        let message: Claim = objects::message(request).await?;
        let engine = self.engine();
        let target = frontier::target(&engine)?.filter(|target| target.run_id == message.run_id);
        if target.is_none() || frontier::is_completed(&engine)? {
            let progress = frontier::progress(&engine)?;
            return Ok(ClaimReply {
                target: None,
                robots: None,
                tasks: Vec::new(),
                wait_ms: 0,
                finished: true,
                reason: None,
                blocked: None,
                missing: None,
                progress,
            });
        }
        let claimed =
            frontier::claim(&engine, message.slots, clock::now_ms(), Deadlines::of(&self.env).lease_ms())?;
        Ok(ClaimReply {
            target,
            robots: frontier::robots(&engine)?,
            tasks: claimed.tasks,
            wait_ms: claimed.wait_ms,
            finished: claimed.finished,
            reason: frontier::reason(&engine)?,
            blocked: frontier::blocked(&engine)?,
            missing: frontier::missing(&engine)?,
            progress: frontier::progress(&engine)?,
        })
    }

    async fn report(&self, request: &mut Request) -> Result<ReportReply, Failure> {
        let report: Report = objects::message(request).await?;
        let engine = self.engine();
        let target = frontier::target(&engine)?;
        let cancelled = target.is_none();
        if let Some(target) = target.filter(|target| target.run_id == report.run_id) {
            frontier::report(&engine, &target, &report, clock::now_ms())?;
        }
        Ok(ReportReply { cancelled })
    }

    async fn allow_render(&self, request: &mut Request) -> Result<AllowRenderReply, Failure> {
        let message: AllowRender = objects::message(request).await?;
        let engine = self.engine();
        if !frontier::is_current(&engine, &message.run_id)? {
            return Ok(AllowRenderReply { refused: Some("The crawl is over".into()) });
        }
        let most = config::optional(&self.env, "MAX_RENDERS").and_then(|most| most.parse().ok());
        Ok(frontier::allow_render(&engine, &message.url, most.unwrap_or(MAX_RENDERS))?)
    }

    async fn complete(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Complete = objects::message(request).await?;
        if frontier::is_current(&self.engine(), &message.run_id)? {
            frontier::complete(&self.engine())?;
            self.state.storage().delete_alarm().await?;
        }
        Ok(Nothing {})
    }

    async fn status(&self, request: &mut Request) -> Result<CrawlStatusReply, Failure> {
        let message: CrawlStatus = objects::message(request).await?;
        let engine = self.engine();
        let limit = if message.pages { PAGE } else { 0 };
        let mut pages = frontier::pages(&engine, message.after.as_deref(), message.state, limit + 1)?;
        let more = pages.len() > limit as usize;
        pages.truncate(limit as usize);
        Ok(CrawlStatusReply {
            run_id: frontier::target(&engine)?.map(|target| target.run_id),
            finished: frontier::is_completed(&engine)?,
            reason: frontier::reason(&engine)?,
            progress: frontier::progress(&engine)?,
            next: pages.last().filter(|_| more).map(|page| page.url.clone()),
            pages,
        })
    }

    async fn cancel(&self) -> Result<Nothing, Failure> {
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await?;
        Ok(Nothing {})
    }

    async fn tick(&self) -> Result<(), Failure> {
        frontier::migrate(&self.engine())?;
        if frontier::target(&self.engine())?.is_none() || frontier::is_completed(&self.engine())? {
            return Ok(());
        }
        self.wake().await;
        self.ring().await
    }

    async fn wake(&self) {
        if let Err(error) = self.state.storage().set_alarm(std::time::Duration::from_millis(RING_MS)).await {
            log::error("alarm_not_set", None, &error.to_string());
        }
    }

    async fn ring(&self) -> Result<(), Failure> {
        if let Some(target) = frontier::target(&self.engine())? {
            let bell = Bell::Crawl {
                workspace_id: target.workspace_id,
                source_id: target.source_id,
                run_id: target.run_id,
                jurisdiction: target.jurisdiction,
            };
            queue::ring(&self.env, "CRAWL_BELL", &bell).await;
        }
        Ok(())
    }
}
