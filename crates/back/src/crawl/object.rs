//! The `Crawl` object: the frontier of one source. Its tables and rules are [`store::frontier`]; what is added
//! here is the alarm that rings again as long as something is left.

use platform::sqlite::ObjectSql;
use platform::{Failure, clock, config, log, objects, queue};
use protocol::internal::{
    AllowRender, AllowRenderReply, Bell, Call, CancelCrawl, Claim, ClaimReply, Complete, CrawlStatus,
    CrawlStatusReply, Kept, Missing, MissingReply, Nothing, PageHistory, PageHistoryReply, Refresh, Report,
    ReportReply, RetryFailed, RetryFailedReply, StartCrawl,
};
use protocol::{Code, Problem};
use store::frontier;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::Deadlines;
use crate::backup::{self, ReadRows, Wake, WriteRows};

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
            RetryFailed::NAME => objects::reply("crawl", self.retry(&mut request).await),
            Kept::NAME => objects::reply("crawl", self.kept(&mut request).await),
            Missing::NAME => objects::reply("crawl", self.missing(&mut request).await),
            Refresh::NAME => objects::reply("crawl", self.refresh(&mut request).await),
            PageHistory::NAME => objects::reply("crawl", self.history(&mut request).await),
            CrawlStatus::NAME => objects::reply("crawl", self.status(&mut request).await),
            ReadRows::NAME | WriteRows::NAME => backup::answer("crawl", &mut request, &self.engine()).await,
            Wake::NAME => objects::reply("crawl", self.tick().await.map(|()| Nothing {})),
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
        frontier::start(&self.engine(), &target, &robots_of(&target.url)?)?;
        self.tick().await?;
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
                retrying: false,
                refresh: false,
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
            reason: if claimed.finished { frontier::verdict(&engine)? } else { None },
            refresh: frontier::is_refreshing(&engine)?,
            blocked: frontier::blocked(&engine)?,
            missing: frontier::error_page(&engine)?,
            retrying: frontier::is_retrying(&engine)?,
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

    async fn retry(&self, request: &mut Request) -> Result<RetryFailedReply, Failure> {
        let message: RetryFailed = objects::message(request).await?;
        let engine = self.engine();
        let target = frontier::target(&engine)?.filter(|target| target.run_id == message.run_id);
        let Some(target) = target else { return Ok(RetryFailedReply { queued: 0 }) };
        let queued = frontier::retry(&engine, &robots_of(&target.url)?, clock::now_ms())?;
        if queued > 0 {
            self.tick().await?;
        }
        Ok(RetryFailedReply { queued })
    }

    async fn allow_render(&self, request: &mut Request) -> Result<AllowRenderReply, Failure> {
        let message: AllowRender = objects::message(request).await?;
        let engine = self.engine();
        if !frontier::is_current(&engine, &message.run_id)? {
            return Ok(AllowRenderReply { refused: Some("The crawl is over".into()) });
        }
        let env = &self.env;
        let most = config::optional(env, "MAX_RENDERS").and_then(|most| most.parse().ok());
        Ok(frontier::allow_render(&engine, &message.url, most.unwrap_or(MAX_RENDERS))?)
    }

    async fn complete(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Complete = objects::message(request).await?;
        let engine = self.engine();
        if frontier::is_current(&engine, &message.run_id)? && frontier::complete(&engine, clock::now_ms())? {
            self.state.storage().delete_alarm().await?;
        }
        Ok(Nothing {})
    }

    async fn kept(&self, request: &mut Request) -> Result<<Kept as Call>::Reply, Failure> {
        let message: Kept = objects::message(request).await?;
        let engine = self.engine();
        if !frontier::is_current(&engine, &message.run_id)? {
            return Err(Problem::new(Code::Conflict, "Another run has begun.").into());
        }
        Ok(frontier::kept(&engine, message.after.as_deref())?)
    }

    async fn missing(&self, request: &mut Request) -> Result<MissingReply, Failure> {
        let message: Missing = objects::message(request).await?;
        let engine = self.engine();
        let queued = if frontier::is_current(&engine, &message.run_id)? {
            frontier::missing(&engine, &message.documents, clock::now_ms())?
        } else {
            0
        };
        Ok(MissingReply { queued })
    }

    async fn refresh(&self, request: &mut Request) -> Result<<Refresh as Call>::Reply, Failure> {
        let message: Refresh = objects::message(request).await?;
        let engine = self.engine();
        let robots = match frontier::target(&engine)? {
            Some(target) => robots_of(&target.url)?,
            None => String::new(),
        };
        let reply = frontier::refresh(&engine, &message.urls, &robots, clock::now_ms())?;
        self.tick().await?;
        Ok(reply)
    }

    async fn history(&self, request: &mut Request) -> Result<PageHistoryReply, Failure> {
        let message: PageHistory = objects::message(request).await?;
        Ok(PageHistoryReply { events: frontier::history(&self.engine(), &message.url)? })
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

/// Where a site's rules are.
fn robots_of(url: &str) -> Result<String, Problem> {
    url::Url::parse(url)
        .and_then(|url| url.join("/robots.txt"))
        .map(String::from)
        .map_err(|_| Problem::new(Code::AddressRefused, "This is not an address."))
}
