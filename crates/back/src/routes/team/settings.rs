//! Name, profile, business hours and models of the workspace; closing it.

use std::ops::RangeInclusive;

use platform::relational::Relational;
use platform::{Failure, clock, http};
use protocol::Problem;
use protocol::agent::{BusinessHours, Model, OpenSpan, WorkspaceModels};
use protocol::api::{BusinessProfile, DeleteWorkspace, RetentionPreview, WorkspaceUpdate};
use serde::Deserialize;
use serde_json::json;
use store::{Actor, curated, retention, team};
use wasm_bindgen::prelude::*;
use worker::{Env, Request, Response};

use super::{conflict, name};
use crate::curated::push_due;
use crate::routes::{agents, done, found};
use crate::{audit, auth, edge};

/// For how many days words may be kept. An object forgets a conversation a day after its last turn, so not fewer.
const KEPT_DAYS: RangeInclusive<u32> = 1..=365;
/// Opening spans of a week.
const MAX_SPANS: usize = 42;
const MINUTES: u16 = 1_440;

#[wasm_bindgen]
extern "C" {
    /// Throws for a time zone that the runtime does not know.
    #[wasm_bindgen(catch, js_namespace = Intl, js_name = DateTimeFormat)]
    fn date_time_format(locale: &str, options: &JsValue) -> Result<JsValue, JsValue>;
}

pub async fn show(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let row = found(Relational::of(env)?.first(&team::settings(&actor.tenant)).await?)?;
    http::data(team::read_settings(&row)?)
}

#[derive(Deserialize)]
struct Days {
    days: u32,
}

pub async fn retention(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let Days { days } = request.query().map_err(|_| wrong_days("days"))?;
    if !KEPT_DAYS.contains(&days) {
        return Err(wrong_days("days").into());
    }
    let from = retention::kept_from(clock::now_ms(), days);
    let row = found(Relational::of(env)?.first(&retention::count(&actor.tenant, from)).await?)?;
    http::data(RetentionPreview { conversations: row.integer(0)? })
}

fn wrong_days(field: &str) -> Problem {
    let (least, most) = (KEPT_DAYS.start(), KEPT_DAYS.end());
    Problem::field(field, format!("Keep what was said for {least} to {most} days."))
}

pub async fn update(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let body: WorkspaceUpdate = http::body(request).await?;
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let row = found(database.first(&team::settings(tenant)).await?)?;
    let before = team::read_settings(&row)?;
    let new_name = body.name.as_deref().map(name).transpose()?.unwrap_or(&before.name);
    let profile = match body.profile {
        Some(profile) => checked(profile)?,
        None => before.profile.clone(),
    };
    let days = body.retention_days.unwrap_or(before.retention_days);
    if !KEPT_DAYS.contains(&days) {
        return Err(wrong_days("retention_days").into());
    }
    let models = match body.models {
        Some(models) => offered(env, models, &before.models)?,
        None => before.models.clone(),
    };
    let changes = domain::diff::changes(
        &json!({
            "name": before.name, "profile": before.profile, "retention_days": before.retention_days,
            "models": before.models,
        }),
        &json!({ "name": new_name, "profile": profile, "retention_days": days, "models": models }),
    );
    if changes.is_empty() {
        return http::data(before);
    }
    let mut statements = vec![
        team::update(tenant, &row, new_name, &profile, days, &models)?,
        audit::entry(actor, "workspace.updated", before.id.as_str(), new_name, &changes)?,
    ];
    let renamed = new_name != before.name;
    // These are part of what the edges know of an agent.
    let shown = renamed || profile.hours != before.profile.hours || models != before.models;
    if shown {
        statements.push(team::republish(tenant, clock::now_ms()));
    }
    if renamed {
        statements.push(curated::renamed(tenant, None, clock::now_ms()));
    }
    if !database.attempt(&statements).await? {
        return Err(conflict("Somebody changed the settings meanwhile. Reload them and try again."));
    }
    if shown {
        edge::ring_due(env, &actor.tenant).await?;
    }
    if renamed {
        push_due(env, tenant).await?;
    }
    show(env, actor).await
}

pub async fn delete(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let body: DeleteWorkspace = http::body(request).await?;
    if body.name != actor.workspace_name {
        return Err(Problem::field("name", "Type the workspace's name exactly as it is shown.").into());
    }
    let account = auth::account(request, env).await?;
    auth::confirm_password(env, &account, "password", &body.password).await?;
    let tenant = &actor.tenant;
    let mut statements = team::close(tenant, clock::now_ms()).to_vec();
    statements.push(audit::entry(
        actor,
        "workspace.deleted",
        tenant.workspace().as_str(),
        &actor.workspace_name,
        &[],
    )?);
    let database = Relational::of(env)?;
    database.batch(&statements).await?;
    // Told before it is acknowledged: no turn starts after that. What fails here is swept.
    for row in database.rows(&team::due_agents(tenant)).await? {
        edge::tell(env, tenant, &team::read_agent(&row)?).await?;
    }
    done()
}

/// Models that agents may have, or that the workspace had before.
fn offered(env: &Env, models: WorkspaceModels, before: &WorkspaceModels) -> Result<WorkspaceModels, Problem> {
    domain::draft::check_workspace_models(&models)?;
    let known: Vec<&Model> = before.order.iter().chain(&before.simple).collect();
    let simple = ("models.simple", models.simple.as_ref());
    agents::check_offered(env, ("models.order", &models.order), simple, &known)?;
    Ok(models)
}

fn checked(mut profile: BusinessProfile) -> Result<BusinessProfile, Failure> {
    for (field, text, most) in [
        ("profile.address", &mut profile.address, 500),
        ("profile.phone", &mut profile.phone, 40),
        ("profile.email", &mut profile.email, 254),
        ("profile.website", &mut profile.website, 500),
    ] {
        *text = text.trim().to_owned();
        if text.chars().count() > most {
            return Err(Problem::field(field, format!("Please use at most {most} characters.")).into());
        }
    }
    if !profile.email.is_empty() && !profile.email.contains('@') {
        return Err(Problem::field("profile.email", "This is no e-mail address.").into());
    }
    let site = url::Url::parse(&profile.website).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    if !profile.website.is_empty() && site.is_none() {
        let message = "Give the whole address of the website, as in https://example.com.";
        return Err(Problem::field("profile.website", message).into());
    }
    check_zone(&profile.hours)?;
    profile.hours.open.sort_by_key(|span| (span.weekday, span.from));
    check_spans(&profile.hours.open)?;
    for holiday in &mut profile.hours.holidays {
        holiday.name = holiday.name.trim().to_owned();
    }
    profile.hours.holidays.sort_by(|one, other| one.date.cmp(&other.date));
    let at_hours = |problem: Problem| Problem {
        field: problem.field.map(|field| format!("profile.hours.{field}")),
        ..problem
    };
    domain::hours::check_holidays(&profile.hours.holidays).map_err(at_hours)?;
    Ok(profile)
}

fn check_zone(hours: &BusinessHours) -> Result<(), Failure> {
    let zone = hours.time_zone.as_str();
    if zone.is_empty() {
        return Ok(());
    }
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"timeZone".into(), &zone.into()).map_err(worker::Error::from)?;
    // The runtime takes offsets as in +01:00, too; those know no summer time.
    if zone.starts_with(|c: char| c.is_ascii_alphabetic()) && date_time_format("en", &options).is_ok() {
        return Ok(());
    }
    let message = "This time zone is not known. Use a name as in Europe/Berlin.";
    Err(Problem::field("profile.hours.time_zone", message).into())
}

/// Spans in their order: within their day, and none into the next one.
fn check_spans(open: &[OpenSpan]) -> Result<(), Problem> {
    let refused = |message: &str| Err(Problem::field("profile.hours.open", message));
    if open.len() > MAX_SPANS {
        return refused("These are too many opening times. Six a day are enough.");
    }
    if open.iter().any(|span| !(1..=7).contains(&span.weekday) || span.to > MINUTES) {
        return refused("Weekdays go from 1 (Monday) to 7 (Sunday), times from 0:00 to 24:00.");
    }
    if open.iter().any(|span| span.from >= span.to) {
        return refused("An opening time ends before it begins. Times over midnight belong to two days.");
    }
    let overlap = open.windows(2).any(
        |pair| matches!(pair, [first, second] if first.weekday == second.weekday && second.from < first.to),
    );
    if overlap { refused("Two opening times of a day overlap. Make one of them.") } else { Ok(()) }
}
