//! What happened in visitors' pages, as the front Worker hands it over: stored before it is acknowledged, each event
//! once. A visitor decides nothing here but what they did: which variant they saw is computed, not believed.

use domain::experiments::assigned;
use platform::relational::Relational;
use platform::{Failure, clock};
use protocol::events::EventKind;
use protocol::experiments::{EdgeExperiment, EdgeVariant, Variant};
use protocol::frame::valid_message_id;
use protocol::internal::NoteEvents;
use protocol::widget::{EventsAccepted, MAX_EVENTS, WidgetEvent, WidgetEventKind};
use protocol::{Code, CtaId, Problem, RuleId, VariantId};
use store::widget_events::{self, Conversion};
use store::{Statement, Tenant, experiments};
use worker::Env;

use crate::events::Happened;
use crate::{auth, rules};

/// Batches a minute of one visitor.
const OF_VISITOR: u32 = 60;
/// Batches a minute of one network address.
const OF_ADDRESS: u32 = 300;
/// Characters of a page's address that are kept.
const MAX_PAGE: usize = 500;
/// What is told later than this happened now, as far as is known.
const OLDEST_MS: f64 = 24.0 * 60.0 * 60.0 * 1_000.0;

/// Stores a batch.
///
/// # Errors
/// When an event has no good form, beyond the limits, or when the database refuses.
pub async fn note(env: &Env, message: NoteEvents) -> Result<EventsAccepted, Failure> {
    let NoteEvents { identity, address, events } = message;
    if events.len() > MAX_EVENTS {
        let message = format!("Send at most {MAX_EVENTS} events at once.");
        return Err(Problem { field: Some("events".into()), ..Problem::new(Code::TooLarge, message) }.into());
    }
    let now = clock::now_ms();
    let events = events
        .into_iter()
        .enumerate()
        .map(|(at, event)| tidy(at, event, now))
        .collect::<Result<Vec<_>, _>>()?;
    auth::limit(env, &format!("events of {}", identity.visitor_id), OF_VISITOR).await?;
    if !address.is_empty() {
        auth::limit(env, &format!("events from {address}"), OF_ADDRESS).await?;
    }
    let tenant = Tenant::of_job(&identity.workspace_id);
    let running = rules::running(env, &tenant, &identity.agent_id).await?;
    let seen: Vec<(&EdgeExperiment, &EdgeVariant)> = running
        .iter()
        .filter_map(|experiment| Some((experiment, assigned(experiment, &identity.visitor_id)?)))
        .collect();
    let named = |(experiment, variant): &(&EdgeExperiment, &EdgeVariant)| Variant {
        experiment_id: experiment.id.clone(),
        variant_id: variant.id.clone(),
    };
    let variants = serde_json::to_string(&seen.iter().map(named).collect::<Vec<_>>())?;
    let mut statements = vec![widget_events::store(&tenant, &identity, &events, &variants)?];
    let expose = |(experiment, variant): &(&EdgeExperiment, &EdgeVariant), at: f64| {
        experiments::expose(&tenant, &experiment.id, &variant.id, &identity.visitor_id, at)
    };
    for event in events.iter().filter(|event| event.kind == WidgetEventKind::Exposed) {
        let shown = seen.iter().find(|(_, variant)| variant.id.as_str() == event.subject);
        statements.extend(shown.map(|seen| expose(seen, event.at_ms)));
    }
    statements
        .extend(seen.iter().filter(|(experiment, _)| experiment.tries_rules()).map(|seen| expose(seen, now)));
    let clicked: Vec<&WidgetEvent> =
        events.iter().filter(|event| event.kind == WidgetEventKind::CtaClicked).collect();
    if !clicked.is_empty() {
        let ctas = rules::ctas_of(env, &tenant, &identity.agent_id).await?;
        for event in clicked {
            if ctas.iter().any(|cta| cta.id.as_str() == event.subject) {
                statements.extend(followed(&tenant, &identity, event)?);
            }
        }
    }
    Relational::of(env)?.batch(&statements).await?;
    Ok(EventsAccepted { stored: u32::try_from(events.len()).unwrap_or(u32::MAX) })
}

/// A visitor followed a call to action of theirs.
fn followed(
    tenant: &Tenant,
    of: &protocol::internal::ConversationIdentity,
    event: &WidgetEvent,
) -> Result<[Statement; 2], Failure> {
    let happened = Happened {
        kind: EventKind::CtaClicked,
        agent: Some(&of.agent_id),
        subject: &event.subject,
        once: &format!("{} {}", of.conversation_id, event.id),
        data: serde_json::json!({ "conversation_id": of.conversation_id, "visitor_id": of.visitor_id }),
    };
    // Each click by itself: one from before an experiment began must not stand for one that came after.
    let subject = format!("{} {} {}", event.subject, of.conversation_id, event.id);
    let conversion = (Conversion::CtaClick, subject.as_str());
    Ok([
        widget_events::converted(tenant, &of.agent_id, &of.visitor_id, conversion, event.at_ms),
        happened.statement(tenant)?,
    ])
}

/// An event as it is kept: its page without what may be personal in it, its time within a day.
fn tidy(at: usize, event: WidgetEvent, now: f64) -> Result<WidgetEvent, Problem> {
    let wrong = |field: &str, message: &str| Err(Problem::field(&format!("events[{at}].{field}"), message));
    if !valid_message_id(&event.id) {
        return wrong("id", "An id has 8 to 64 characters of A-Z, a-z, 0-9, - and _.");
    }
    let subject = event.subject.as_str();
    let fits = match event.kind {
        WidgetEventKind::RuleFired => subject.parse::<RuleId>().is_ok(),
        WidgetEventKind::CtaShown | WidgetEventKind::CtaClicked => subject.parse::<CtaId>().is_ok(),
        WidgetEventKind::Exposed => subject.parse::<VariantId>().is_ok(),
        WidgetEventKind::Opened => subject.is_empty(),
    };
    if !fits {
        return wrong(
            "subject",
            "The subject is the id of the rule, call to action or variant; empty for opened.",
        );
    }
    if !event.at_ms.is_finite() {
        return wrong("at_ms", "The time is Unix time in milliseconds.");
    }
    let page = event.page_url.split(['?', '#']).next().unwrap_or_default();
    let web = page.starts_with("https://") || page.starts_with("http://");
    let page_url = if web { page.chars().take(MAX_PAGE).collect() } else { String::new() };
    let at_ms = if (now - OLDEST_MS..=now).contains(&event.at_ms) { event.at_ms } else { now };
    Ok(WidgetEvent { page_url, at_ms, ..event })
}
