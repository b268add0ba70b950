//! The `Endpoint` object: what is on its way to one receiver. Its tables and rules are [`store::deliveries`]; what is
//! added here is the alarm, which makes the attempts that are due, a few at once, and the word to the owners when a
//! receiver is given up. Each receiver has its own, so a slow one delays nobody else.

use std::cell::Cell;

use domain::delivery::{Spell, Verdict, failing, is_hopeless, pause};
use futures::future::{Either, select};
use futures::stream::{FuturesUnordered, StreamExt};
use platform::relational::Relational;
use platform::sqlite::ObjectSql;
use platform::{Failure, clock, config, log, objects, random, seal};
use protocol::api::{self, DeliveryDetail, DisabledReason, EndpointStatus, Replayed};
use protocol::internal::{
    AskEndpoint, Call, Deliver, FindDeliveries, FindDeliveriesReply, ForgetEndpoint, ListDeliveries,
    ListDeliveriesReply, LookAtDelivery, Nothing, Replay, ScrubDeliveries, SwitchEndpoint,
};
use protocol::{AuditId, EndpointId, Problem};
use store::deliveries::{self, Begun, Then};
use store::endpoints::{self, Stored};
use store::{Tenant, team};
use url::Url;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::SEAL;
use super::attempt::{self, Outcome, Receiver};
use crate::backup::{self, ReadRows, Wake, WriteRows};
use crate::integrations::{self, Connected};
use crate::mail::{self, letters};

/// Attempts under way at once.
const AT_ONCE: usize = 5;
/// An attempt that was begun and never heard of is made again after this long.
const LEASE_MS: f64 = 60_000.0;
/// Cut off in the middle of a run, it rings again this soon.
const RING_MS: f64 = 2_000.0;
/// A run of the alarm begins nothing new after this long; the next one has the receiver as it is then.
const RUN_MS: f64 = 10_000.0;
/// While attempts run and there is room for more, what came meanwhile is looked for at this pace.
const LOOK_MS: u64 = 500;
/// After a run that failed as a whole.
const AGAIN_MS: f64 = 10_000.0;
/// Deliveries are kept this long after they came.
const KEPT_MS: f64 = 30.0 * DAY_MS;
const DAY_MS: f64 = 86_400_000.0;

#[durable_object]
pub struct Endpoint {
    state: State,
    env: Env,
    /// Whether what the memory before this one left was seen to.
    recovered: Cell<bool>,
    /// When what is old was forgotten last.
    pruned_at: Cell<f64>,
}

impl DurableObject for Endpoint {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, recovered: Cell::new(false), pruned_at: Cell::new(0.0) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        if let Err(error) = deliveries::migrate(&self.engine()) {
            return objects::reply::<Nothing>("endpoint", Err(error.into()));
        }
        let request = &mut request;
        match path.trim_start_matches('/') {
            Deliver::NAME => objects::reply("endpoint", self.deliver(request).await),
            AskEndpoint::NAME => objects::reply("endpoint", self.status()),
            ListDeliveries::NAME => objects::reply("endpoint", self.list(request).await),
            FindDeliveries::NAME => objects::reply("endpoint", self.find(request).await),
            LookAtDelivery::NAME => objects::reply("endpoint", self.look(request).await),
            Replay::NAME => objects::reply("endpoint", self.replay(request).await),
            SwitchEndpoint::NAME => objects::reply("endpoint", self.switch(request).await),
            ScrubDeliveries::NAME => objects::reply("endpoint", self.scrub(request).await),
            ReadRows::NAME | WriteRows::NAME => backup::answer("endpoint", request, &self.engine()).await,
            Wake::NAME => {
                self.wake_in(0.0).await;
                objects::reply("endpoint", Ok(Nothing {}))
            }
            ForgetEndpoint::NAME => objects::reply("endpoint", self.forget().await),
            _ => objects::reply::<Nothing>("endpoint", Err(Problem::not_found().into())),
        }
    }

    /// Never fails: a failed alarm is retried six times and then never again.
    async fn alarm(&self) -> worker::Result<Response> {
        // Cut off from here on, it rings again.
        self.wake_in(RING_MS).await;
        match self.work().await {
            Ok(()) => self.rest().await,
            Err(failure) => {
                log::error("deliveries_failed", None, &failure.to_string());
                self.wake_in(AGAIN_MS).await;
            }
        }
        Response::empty()
    }
}

impl Endpoint {
    fn engine(&self) -> ObjectSql {
        ObjectSql(self.state.storage().sql())
    }

    async fn deliver(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: Deliver = objects::message(request).await?;
        let receiver = (&message.workspace_id, &message.endpoint_id);
        deliveries::take(&self.engine(), receiver, &message.deliveries, clock::now_ms())?;
        self.wake_in(0.0).await;
        Ok(Nothing {})
    }

    fn status(&self) -> Result<EndpointStatus, Failure> {
        Ok(deliveries::status(&self.engine())?)
    }

    async fn list(&self, request: &mut Request) -> Result<ListDeliveriesReply, Failure> {
        Ok(deliveries::list(&self.engine(), &objects::message(request).await?)?)
    }

    async fn find(&self, request: &mut Request) -> Result<FindDeliveriesReply, Failure> {
        Ok(FindDeliveriesReply { jobs: deliveries::find(&self.engine(), &objects::message(request).await?)? })
    }

    async fn look(&self, request: &mut Request) -> Result<DeliveryDetail, Failure> {
        let message: LookAtDelivery = objects::message(request).await?;
        let found = deliveries::detail(&self.engine(), &message.id)?;
        found.ok_or_else(|| Problem::not_found().into())
    }

    async fn replay(&self, request: &mut Request) -> Result<Replayed, Failure> {
        let (engine, now) = (self.engine(), clock::now_ms());
        let count = match objects::message(request).await? {
            Replay::One { id } if deliveries::replay(&engine, &id, now)? => 1,
            Replay::One { .. } => return Err(Problem::not_found().into()),
            Replay::Since { since } => deliveries::replay_since(&engine, since, now)?,
        };
        self.wake_in(0.0).await;
        Ok(Replayed { deliveries: count })
    }

    async fn switch(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: SwitchEndpoint = objects::message(request).await?;
        deliveries::switch(&self.engine(), message.enabled)?;
        Ok(Nothing {})
    }

    async fn scrub(&self, request: &mut Request) -> Result<Nothing, Failure> {
        let message: ScrubDeliveries = objects::message(request).await?;
        deliveries::scrub(&self.engine(), &message.words)?;
        Ok(Nothing {})
    }

    async fn forget(&self) -> Result<Nothing, Failure> {
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await?;
        Ok(Nothing {})
    }

    /// Makes the attempts that are due.
    async fn work(&self) -> Result<(), Failure> {
        let engine = self.engine();
        deliveries::migrate(&engine)?;
        let Some((workspace, id)) = deliveries::identity(&engine)? else { return Ok(()) };
        let tenant = Tenant::of_job(&workspace);
        if !self.recovered.replace(true) {
            deliveries::recover(&engine, clock::now_ms())?;
        }
        if clock::now_ms() - self.pruned_at.get() > DAY_MS {
            self.pruned_at.set(clock::now_ms());
            deliveries::prune(&engine, clock::now_ms() - KEPT_MS)?;
        }
        let Some(row) = Relational::of(&self.env)?.first(&endpoints::one(&tenant, &id)).await? else {
            return self.forget().await.map(|_| ());
        };
        let stored = endpoints::read(&row)?;
        if !stored.has_key(clock::now_ms()) {
            return self.end_hook(&tenant, &id, "its API key is not in force").await;
        }
        deliveries::switch(&engine, stored.endpoint.enabled)?;
        let Some(receiver) = self.receiver(&tenant, &stored).await? else {
            return self.forget().await.map(|_| ());
        };
        let (begun, mut given_up, mut heard) = (clock::now_ms(), None, None);
        let mut running = FuturesUnordered::new();
        loop {
            while given_up.is_none() && running.len() < AT_ONCE && clock::now_ms() - begun < RUN_MS {
                let now = clock::now_ms();
                let Some(one) = deliveries::begin(&engine, now, now + LEASE_MS)? else { break };
                let (env, tenant, receiver) = (&self.env, &tenant, &receiver);
                running.push(async move {
                    let outcome = attempt::make(env, tenant, receiver, &one).await;
                    (one, outcome)
                });
            }
            if running.is_empty() {
                break;
            }
            if let Either::Left((Some((one, outcome)), _)) =
                select(running.next(), Box::pin(clock::sleep(LOOK_MS))).await
            {
                given_up = self.ended(&one, &outcome)?.or(given_up);
                match outcome.verdict {
                    Verdict::Delivered => heard = Some(String::new()),
                    Verdict::Again | Verdict::Gone => heard = Some(outcome.ended.outcome),
                    Verdict::Refused => {}
                }
            }
        }
        if let (Receiver::Service(connected), Some(error)) = (&receiver, heard)
            && connected.integration.last_error != error
        {
            integrations::note(&self.env, &tenant, &connected.integration.id, &error).await?;
        }
        match given_up {
            Some(DisabledReason::Gone) if stored.endpoint.kind == api::EndpointKind::Hook => {
                self.end_hook(&tenant, &id, "its receiver answered 410").await
            }
            Some(reason) => self.give_up(&tenant, &stored, reason).await,
            None => Ok(()),
        }
    }

    /// A receiver with what it knows us by; nothing where its integration is gone.
    async fn receiver(&self, tenant: &Tenant, stored: &Stored) -> Result<Option<Receiver>, Failure> {
        let api::Endpoint { id, url, integration_id, kind, .. } = &stored.endpoint;
        let Some(integration) = integration_id else {
            let (url, secrets) = (url.clone(), self.secrets(id, stored)?);
            return Ok(Some(Receiver::Webhook { kind: *kind, url, secrets }));
        };
        let row = Relational::of(&self.env)?.first(&store::integrations::one(tenant, integration)).await?;
        let Some(row) = row else { return Ok(None) };
        let connected = Connected::open(&self.env, tenant, store::integrations::read(&row)?)?;
        Ok(Some(Receiver::Service(Box::new(connected))))
    }

    fn secrets(&self, id: &EndpointId, stored: &Stored) -> Result<Vec<String>, Failure> {
        let now = clock::now_ms();
        let signing = stored.secrets.iter().filter(|secret| secret.until.is_none_or(|until| until > now));
        signing.map(|secret| seal::open(&self.env, SEAL, id.as_str(), &secret.sealed)).collect()
    }

    /// Notes how an attempt ended; why the receiver is to be given up, if it is.
    fn ended(&self, one: &Begun, outcome: &Outcome) -> Result<Option<DisabledReason>, Failure> {
        let (engine, now, scale) = (self.engine(), clock::now_ms(), self.scale());
        if outcome.verdict == Verdict::Delivered {
            deliveries::end(&engine, one, &outcome.ended, Then::Done, now)?;
            deliveries::set_failing(&engine, None)?;
            return Ok(None);
        }
        if outcome.verdict == Verdict::Refused {
            deliveries::end(&engine, one, &outcome.ended, Then::GivenUp, now)?;
            return Ok(None);
        }
        let gone = outcome.verdict == Verdict::Gone;
        let chance = f64::from(u32::from_le_bytes(random::bytes())) / f64::from(u32::MAX);
        let wait = pause(one.made.saturating_add(1), chance, outcome.wish, scale).filter(|_| !gone);
        let then = wait.map_or(Then::GivenUp, |wait| Then::Again(now + wait));
        deliveries::end(&engine, one, &outcome.ended, then, now)?;
        let before = deliveries::failing(&engine)?.map(|(since, last)| Spell { since, last });
        let spell = failing(before, now, scale);
        deliveries::set_failing(&engine, Some((spell.since, spell.last)))?;
        Ok(match gone {
            true => Some(DisabledReason::Gone),
            false => is_hopeless(spell, scale).then_some(DisabledReason::Failing),
        })
    }

    /// Ends a subscription that nobody wants any more, and forgets what was on its way to it. Whoever subscribed knows, so
    /// no owner is told; the audit log is.
    async fn end_hook(&self, tenant: &Tenant, id: &EndpointId, reason: &str) -> Result<(), Failure> {
        let entry = random::id(AuditId::ordered);
        let ended = endpoints::end_hook(tenant, id, reason, &entry, clock::now_ms());
        Relational::of(&self.env)?.batch(&ended).await?;
        self.forget().await.map(|_| ())
    }

    /// Switches the receiver off and tells the owners, in one transaction. Doing it again does nothing again.
    async fn give_up(&self, tenant: &Tenant, stored: &Stored, reason: DisabledReason) -> Result<(), Failure> {
        let (database, id) = (Relational::of(&self.env)?, &stored.endpoint.id);
        // What a member changed meanwhile has not failed yet.
        let edited_at = stored.endpoint.edited_at;
        let now = database
            .first(&endpoints::one(tenant, id))
            .await?
            .map(|row| endpoints::read(&row))
            .transpose()?;
        if now.is_none_or(|now| now.endpoint.edited_at != edited_at) {
            return Ok(());
        }
        let entry = random::id(AuditId::ordered);
        let mut statements =
            endpoints::give_up(tenant, id, reason, &entry, edited_at, clock::now_ms()).to_vec();
        let url = Url::parse(&stored.endpoint.url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or(&stored.endpoint.url);
        let integration = stored.endpoint.integration_id.is_some();
        let link = match integration {
            true => integrations::page(&self.env, "settings/integrations"),
            false => integrations::page(&self.env, &format!("settings/webhooks/{id}")),
        };
        // Switched on and given up again later, it is another word.
        let once = format!("{id} {reason:?} {edited_at}");
        for row in database.rows(&team::owners(tenant)).await? {
            let letter = letters::webhook_disabled(row.text(0)?, host, reason, link.as_deref(), integration);
            let workspace = tenant.workspace();
            statements.push(mail::queue_once(&self.env, workspace, "webhook_disabled", &once, &letter)?);
        }
        database.batch(&statements).await?;
        deliveries::switch(&self.engine(), false)?;
        mail::ring(&self.env).await;
        Ok(())
    }

    /// How many times faster than in life time goes in a drill.
    fn scale(&self) -> f64 {
        let scale =
            config::optional(&self.env, "DELIVERY_TIME_SCALE").filter(|_| config::is_local(&self.env));
        scale.and_then(|scale| scale.parse().ok()).unwrap_or(1.0)
    }

    /// Sleeps until the next attempt is due; with none, until there is something to forget.
    async fn rest(&self) {
        let engine = self.engine();
        match (deliveries::next_due(&engine), deliveries::is_empty(&engine)) {
            (Ok(Some(due)), _) => self.wake_in(due - clock::now_ms()).await,
            (Ok(None), Ok(false)) => self.wake_in(DAY_MS).await,
            // Nothing is kept, or its tables are gone: it was forgotten. The next delivery wakes it.
            _ => {}
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    async fn wake_in(&self, ms: f64) {
        let wait = std::time::Duration::from_millis(ms.max(0.0) as u64);
        if let Err(error) = self.state.storage().set_alarm(wait).await {
            log::error("alarm_not_set", None, &error.to_string());
        }
    }
}
