//! Experiments: written as drafts, started, stopped, and the winner kept.

use domain::experiments::{self as trials, MAX_VARIANTS, MAX_WEIGHT, MOST, interval, verdict};
use domain::{diff, rules as writing};
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{ApplyVariant, Experiment, ExperimentStatus, ExperimentUpdate, ExperimentWrite};
use protocol::experiments::{ExperimentKind, Patch};
use protocol::routes::RouteId as R;
use protocol::rules::{EdgeCta, EdgeRule};
use protocol::{AgentId, Code, ExperimentId, Problem, VariantId};
use store::experiments::{self, Content, Stored};
use store::rules::{self as tables, Table};
use store::{Actor, Statement};
use worker::{Env, Request, Response};

use super::agents::{detail, drafts};
use super::{done, found};
use crate::{audit, rules};

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    named: &str,
) -> Result<Response, Failure> {
    match id {
        R::Experiments => return http::page(all(env, actor, &named.parse()?).await?, None),
        R::CreateExperiment => return create(request, env, actor, &named.parse()?).await,
        _ => {}
    }
    let experiment = one(env, actor, &named.parse()?).await?;
    match id {
        R::Experiment => http::data(experiment),
        R::UpdateExperiment => update(request, env, actor, experiment).await,
        R::DeleteExperiment => delete(env, actor, experiment).await,
        R::StartExperiment => start(env, actor, experiment).await,
        R::StopExperiment => stop(env, actor, experiment).await,
        R::ApplyExperiment => apply(request, env, actor, experiment).await,
        _ => Err(super::unhandled()),
    }
}

async fn all(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Vec<Experiment>, Failure> {
    detail(env, actor, agent).await?;
    let database = Relational::of(env)?;
    let rows = database.rows(&experiments::list(&actor.tenant, agent)).await?;
    let mut listed = rows.iter().map(experiments::read).collect::<Result<Vec<_>, _>>()?;
    let rows = database.rows(&experiments::figures(&actor.tenant, agent)).await?;
    let figures = rows.iter().map(experiments::read_figure).collect::<Result<Vec<_>, _>>()?;
    listed.iter_mut().for_each(|experiment| judge(experiment, &figures));
    Ok(listed)
}

async fn one(env: &Env, actor: &Actor, id: &ExperimentId) -> Result<Experiment, Failure> {
    let row = found(Relational::of(env)?.first(&experiments::one(&actor.tenant, id)).await?)?;
    let agent = experiments::read(&row)?.agent_id;
    let listed = all(env, actor, &agent).await?;
    found(listed.into_iter().find(|experiment| experiment.id == *id))
}

/// Fills in what visitors did and what follows from it.
fn judge(experiment: &mut Experiment, figures: &[(VariantId, u32, u32)]) {
    for variant in &mut experiment.variants {
        let (seen, done) = figures
            .iter()
            .find(|(id, ..)| *id == variant.id)
            .map_or((0, 0), |(_, seen, done)| (*seen, *done));
        (variant.exposures, variant.conversions) = (seen, done);
        variant.rate = if seen == 0 { 0.0 } else { f64::from(done) / f64::from(seen) };
        (variant.low, variant.high) = interval(done, seen);
    }
    if experiment.status == ExperimentStatus::Draft {
        experiment.verdict = "Not started yet.".into();
        return;
    }
    let variants: Vec<(&str, u32, u32)> = experiment
        .variants
        .iter()
        .map(|variant| (variant.name.as_str(), variant.conversions, variant.exposures))
        .collect();
    let verdict = verdict(&variants);
    experiment.winner =
        verdict.winner.and_then(|at| experiment.variants.get(at)).map(|variant| variant.id.clone());
    experiment.verdict = verdict.words;
}

/// What is written, checked over the agent as it is.
async fn accepted(
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
    write: ExperimentWrite,
) -> Result<(ExperimentKind, Content), Failure> {
    let ExperimentWrite { name, kind, goal, variants } = write;
    let name = writing::named("name", &name)?;
    if !(2..=MAX_VARIANTS).contains(&variants.len()) {
        let message =
            format!("Compare 2 to {MAX_VARIANTS} variants; one of them may leave the agent as it is.");
        return Err(Problem::field("variants", message).into());
    }
    let mut stored: Vec<Stored> = Vec::new();
    for (at, variant) in variants.into_iter().enumerate() {
        let field = |part: &str| format!("variants[{at}].{part}");
        let name = writing::named(&field("name"), &variant.name)?;
        if stored.iter().any(|other| other.name == name) {
            return Err(Problem::field(&field("name"), "Two variants have this name.").into());
        }
        if !(1..=MAX_WEIGHT).contains(&variant.weight) {
            let message =
                format!("A weight is 1 to {MAX_WEIGHT}: with 1 and 1, each variant is seen by half.");
            return Err(Problem::field(&field("weight"), message).into());
        }
        let id = variant.id.filter(|id| !stored.iter().any(|other| other.id == *id));
        let id = id.unwrap_or_else(|| random::id(VariantId::ordered));
        stored.push(Stored { id, name, weight: variant.weight, patch: variant.patch });
    }
    check(env, actor, agent, kind, &stored).await?;
    Ok((kind, Content { name, goal, variants: stored }))
}

/// Every variant is one of the agent as it is now.
async fn check(
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
    kind: ExperimentKind,
    variants: &[Stored],
) -> Result<(), Failure> {
    let draft = detail(env, actor, agent).await?.draft;
    let (own, ctas) =
        (rules::of_agent(env, &actor.tenant, agent).await?, rules::ctas_of(env, &actor.tenant, agent).await?);
    for (at, variant) in variants.iter().enumerate() {
        let place = format!("variants[{at}].patch");
        trials::accept(&place, kind, &variant.patch, (&own, &ctas))?;
        drafts::check_models(env, &trials::patched(draft.clone(), &variant.patch), &draft).map_err(
            |problem| {
                let field = problem.field.clone().unwrap_or_default();
                Problem { field: Some(format!("{place}.{field}")), ..problem }
            },
        )?;
    }
    let same =
        variants.iter().all(|variant| variants.first().is_none_or(|first| first.patch == variant.patch));
    if same {
        let message = "All variants are the same. Change something in one of them.";
        return Err(Problem::field("variants", message).into());
    }
    Ok(())
}

async fn create(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &AgentId,
) -> Result<Response, Failure> {
    detail(env, actor, agent).await?;
    let (kind, mut content) = accepted(env, actor, agent, http::body(request).await?).await?;
    // Ids of another experiment would share its figures.
    content.variants.iter_mut().for_each(|variant| variant.id = random::id(VariantId::ordered));
    let id = random::id(ExperimentId::ordered);
    let statements = [
        experiments::create(&actor.tenant, (&id, agent), kind, &content, MOST, clock::now_ms())?,
        audit::entry_if_changed(actor, "experiment.created", id.as_str(), &content.name, &[])?,
    ];
    if Relational::of(env)?.change(&statements).await?.first() != Some(&1) {
        let message = format!("There are {MOST} experiments already. Delete one that is not needed.");
        return Err(Problem::new(Code::Conflict, message).into());
    }
    http::data(one(env, actor, &id).await?)
}

fn refused(message: &str) -> Failure {
    Problem::new(Code::Conflict, message).into()
}

/// Why an experiment that was started stays as it is.
const STARTED: &str = "This experiment was started. Changing it would mix visitors who saw different things, and its \
    figures would mean nothing. Stop it and begin another one.";

async fn update(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    before: Experiment,
) -> Result<Response, Failure> {
    let ExperimentUpdate { revision, content } = http::body(request).await?;
    if before.status != ExperimentStatus::Draft {
        return Err(refused(STARTED));
    }
    let (kind, mut content) = accepted(env, actor, &before.agent_id, content).await?;
    for variant in &mut content.variants {
        if !before.variants.iter().any(|known| known.id == variant.id) {
            variant.id = random::id(VariantId::ordered);
        }
    }
    let was: Vec<Stored> = before
        .variants
        .into_iter()
        .map(|variant| Stored {
            id: variant.id,
            name: variant.name,
            weight: variant.weight,
            patch: variant.patch,
        })
        .collect();
    let was = Content { name: before.name, goal: before.goal, variants: was };
    let changes = diff::changes(&serde_json::to_value(was)?, &serde_json::to_value(&content)?);
    let id = &before.id;
    let statements = [
        experiments::update(&actor.tenant, id, kind, &content, revision, clock::now_ms())?,
        audit::entry_if_changed(actor, "experiment.changed", id.as_str(), &content.name, &changes)?,
    ];
    if Relational::of(env)?.change(&statements).await?.first() != Some(&1) {
        return Err(refused("Somebody changed this experiment meanwhile. Load it again, then change it."));
    }
    http::data(one(env, actor, id).await?)
}

async fn delete(env: &Env, actor: &Actor, experiment: Experiment) -> Result<Response, Failure> {
    let [gone, figures] = experiments::delete(&actor.tenant, &experiment.id);
    let noted =
        audit::entry_if_changed(actor, "experiment.deleted", experiment.id.as_str(), &experiment.name, &[])?;
    let changed = Relational::of(env)?.change(&[gone, noted, figures]).await?;
    if changed.first() != Some(&1) {
        return Err(refused("This experiment is running. Stop it, then delete it."));
    }
    done()
}

async fn start(env: &Env, actor: &Actor, experiment: Experiment) -> Result<Response, Failure> {
    if experiment.status != ExperimentStatus::Draft {
        return Err(refused(
            "An experiment is started once, so that its figures are of one time. Begin another one.",
        ));
    }
    let listed = all(env, actor, &experiment.agent_id).await?;
    let rival = listed
        .iter()
        .find(|other| other.status == ExperimentStatus::Running && other.kind == experiment.kind);
    if let Some(rival) = rival {
        let message = format!(
            "“{}” is running and changes the same kind of thing, so the figures of both would be mixed. Stop it first.",
            rival.name
        );
        return Err(refused(&message));
    }
    let stored: Vec<Stored> = experiment
        .variants
        .iter()
        .map(|variant| Stored {
            id: variant.id.clone(),
            name: variant.name.clone(),
            weight: variant.weight,
            patch: variant.patch.clone(),
        })
        .collect();
    check(env, actor, &experiment.agent_id, experiment.kind, &stored).await?;
    go(env, actor, &experiment, ExperimentStatus::Draft, ExperimentStatus::Running, "experiment.started")
        .await
}

async fn stop(env: &Env, actor: &Actor, experiment: Experiment) -> Result<Response, Failure> {
    if experiment.status != ExperimentStatus::Running {
        return Err(refused("This experiment is not running."));
    }
    go(env, actor, &experiment, ExperimentStatus::Running, ExperimentStatus::Stopped, "experiment.stopped")
        .await
}

async fn go(
    env: &Env,
    actor: &Actor,
    experiment: &Experiment,
    from: ExperimentStatus,
    to: ExperimentStatus,
    action: &str,
) -> Result<Response, Failure> {
    let statements = [
        experiments::go(&actor.tenant, &experiment.id, from, to, clock::now_ms()),
        audit::entry_if_changed(actor, action, experiment.id.as_str(), &experiment.name, &[])?,
    ];
    if rules::change(env, actor, &experiment.agent_id, &statements).await?.first() != Some(&1) {
        return Err(refused("Somebody started or stopped this experiment meanwhile. Load it again."));
    }
    http::data(one(env, actor, &experiment.id).await?)
}

/// Makes a variant what everybody sees: written into the draft, or into the rules and calls to action.
async fn apply(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    experiment: Experiment,
) -> Result<Response, Failure> {
    let ApplyVariant { variant_id } = http::body(request).await?;
    if experiment.status != ExperimentStatus::Stopped {
        return Err(refused(
            "Stop the experiment first: as long as it runs, each visitor sees their own variant.",
        ));
    }
    let variant = experiment.variants.iter().find(|variant| variant.id == variant_id);
    let patch = &found(variant)?.patch;
    let before = detail(env, actor, &experiment.agent_id).await?;
    match experiment.kind {
        ExperimentKind::Persona | ExperimentKind::Prompt | ExperimentKind::Model => {
            let draft = trials::patched(before.draft.clone(), patch);
            if draft != before.draft {
                drafts::write(env, actor, &before, draft, before.revision).await?;
            }
        }
        ExperimentKind::Cta | ExperimentKind::Trigger => {
            write(env, actor, &experiment.agent_id, patch).await?
        }
    }
    let change = audit::change("variant", None, variant.map(|variant| variant.name.as_str()));
    let statements = [
        experiments::applied(&actor.tenant, &experiment.id, &variant_id),
        audit::entry_if_changed(
            actor,
            "experiment.applied",
            experiment.id.as_str(),
            &experiment.name,
            &[change],
        )?,
    ];
    Relational::of(env)?.batch(&statements).await?;
    http::data(one(env, actor, &experiment.id).await?)
}

/// Writes what a variant changes of rules and calls to action; those that are gone are left out.
async fn write(env: &Env, actor: &Actor, agent: &AgentId, patch: &Patch) -> Result<(), Failure> {
    let (database, now) = (Relational::of(env)?, clock::now_ms());
    let mut statements: Vec<Statement> = Vec::new();
    for row in database.rows(&tables::list(&actor.tenant, Table::Rules, agent, now)).await? {
        let rule = tables::read_rule(&row)?;
        let mut after = [EdgeRule { id: rule.id.clone(), content: rule.content.clone() }];
        trials::rules_patched(&mut after, &patch.rules);
        let [EdgeRule { content, .. }] = after;
        if content != rule.content {
            let changes =
                diff::changes(&serde_json::to_value(&rule.content)?, &serde_json::to_value(&content)?);
            let (id, name) = (rule.id.as_str(), &content.name);
            statements.push(tables::update(&actor.tenant, Table::Rules, id, &content, rule.revision, now)?);
            statements.push(audit::entry_if_changed(actor, "rule.changed", id, name, &changes)?);
        }
    }
    for row in database.rows(&tables::list(&actor.tenant, Table::Ctas, agent, now)).await? {
        let cta = tables::read_cta(&row)?;
        let mut after = [EdgeCta { id: cta.id.clone(), content: cta.content.clone() }];
        trials::ctas_patched(&mut after, &patch.ctas);
        let [EdgeCta { content, .. }] = after;
        if content != cta.content {
            let changes =
                diff::changes(&serde_json::to_value(&cta.content)?, &serde_json::to_value(&content)?);
            let (id, name) = (cta.id.as_str(), &content.name);
            statements.push(tables::update(&actor.tenant, Table::Ctas, id, &content, cta.revision, now)?);
            statements.push(audit::entry_if_changed(actor, "cta.changed", id, name, &changes)?);
        }
    }
    rules::change(env, actor, agent, &statements).await.map(|_| ())
}
