//! Rules and calls to action: listed, written, ordered, tried on a page. Both are handled the same way; a change is
//! brought to the edges before it is acknowledged.

use std::collections::BTreeSet;

use domain::cta::{self, Moment};
use domain::diff;
use domain::rules as matching;
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{CtaOrder, CtaRule, CtaUpdate, Rule, RuleOrder, RuleTrial, RuleTrialReply, RuleUpdate};
use protocol::experiments::EdgeExperiment;
use protocol::routes::RouteId as R;
use protocol::rules::{CtaContent, EdgeRule, RuleAction, RuleContent};
use protocol::{AgentId, Code, CtaId, Problem, RuleId};
use serde::{Serialize, de::DeserializeOwned};
use store::rules::{self as tables, Table};
use store::{Actor, Error, Row, agents, team};
use worker::{Env, Request, Response};

use super::{done, found};
use crate::{audit, rules};

/// What the figures are about.
const RECENT_MS: f64 = 30.0 * 86_400_000.0;

/// What a member writes of one of the two, and how it is stored.
trait Written: Clone + PartialEq + Serialize + DeserializeOwned {
    const TABLE: Table;
    const MOST: u32;
    /// What it is called in the audit log.
    const SUBJECT: &'static str;
    /// … and for people.
    const NAME: &'static str;
    type Listed: Serialize;
    type Update: DeserializeOwned;
    type Order: DeserializeOwned;
    fn id() -> String;
    fn valid(id: &str) -> Result<(), Failure>;
    fn read(row: &Row) -> Result<Self::Listed, Error>;
    fn of(listed: &Self::Listed) -> Of<'_, Self>;
    fn update(update: Self::Update) -> (u32, Self);
    fn ids(order: Self::Order) -> Vec<String>;
    fn accepted(self) -> Result<Self, Problem>;
    fn name(&self) -> &str;
    /// The call to action it shows.
    fn shows(&self) -> Option<&CtaId>;
    /// Whether a variant changes it.
    fn is_tried(experiment: &EdgeExperiment, id: &str) -> bool;
}

/// What all handlers look at.
struct Of<'a, W> {
    id: &'a str,
    agent: &'a AgentId,
    content: &'a W,
}

impl Written for RuleContent {
    const TABLE: Table = Table::Rules;
    const MOST: u32 = matching::MOST;
    const SUBJECT: &'static str = "rule";
    const NAME: &'static str = "rule";
    type Listed = Rule;
    type Update = RuleUpdate;
    type Order = RuleOrder;
    fn id() -> String {
        random::id(RuleId::ordered).into()
    }
    fn valid(id: &str) -> Result<(), Failure> {
        Ok(id.parse::<RuleId>().map(|_| ())?)
    }
    fn read(row: &Row) -> Result<Rule, Error> {
        tables::read_rule(row)
    }
    fn of(listed: &Rule) -> Of<'_, Self> {
        Of { id: listed.id.as_str(), agent: &listed.agent_id, content: &listed.content }
    }
    fn update(update: RuleUpdate) -> (u32, Self) {
        (update.revision, update.content)
    }
    fn ids(order: RuleOrder) -> Vec<String> {
        order.ids.into_iter().map(String::from).collect()
    }
    fn accepted(self) -> Result<Self, Problem> {
        matching::accept(self)
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn shows(&self) -> Option<&CtaId> {
        match &self.action {
            RuleAction::ShowCta { cta_id } => Some(cta_id),
            _ => None,
        }
    }
    fn is_tried(experiment: &EdgeExperiment, id: &str) -> bool {
        experiment
            .variants
            .iter()
            .any(|variant| variant.patch.rules.iter().any(|rule| rule.id.as_str() == id))
    }
}

impl Written for CtaContent {
    const TABLE: Table = Table::Ctas;
    const MOST: u32 = cta::MOST;
    const SUBJECT: &'static str = "cta";
    const NAME: &'static str = "call to action";
    type Listed = CtaRule;
    type Update = CtaUpdate;
    type Order = CtaOrder;
    fn id() -> String {
        random::id(CtaId::ordered).into()
    }
    fn valid(id: &str) -> Result<(), Failure> {
        Ok(id.parse::<CtaId>().map(|_| ())?)
    }
    fn read(row: &Row) -> Result<CtaRule, Error> {
        tables::read_cta(row)
    }
    fn of(listed: &CtaRule) -> Of<'_, Self> {
        Of { id: listed.id.as_str(), agent: &listed.agent_id, content: &listed.content }
    }
    fn update(update: CtaUpdate) -> (u32, Self) {
        (update.revision, update.content)
    }
    fn ids(order: CtaOrder) -> Vec<String> {
        order.ids.into_iter().map(String::from).collect()
    }
    fn accepted(self) -> Result<Self, Problem> {
        cta::accept(self)
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn shows(&self) -> Option<&CtaId> {
        None
    }
    fn is_tried(experiment: &EdgeExperiment, id: &str) -> bool {
        experiment.variants.iter().any(|variant| variant.patch.ctas.iter().any(|cta| cta.id.as_str() == id))
    }
}

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    named: &str,
) -> Result<Response, Failure> {
    match id {
        R::Rules => list::<RuleContent>(env, actor, named).await,
        R::CreateRule => create::<RuleContent>(request, env, actor, named).await,
        R::OrderRules => order::<RuleContent>(request, env, actor, named).await,
        R::UpdateRule => update::<RuleContent>(request, env, actor, named).await,
        R::DeleteRule => delete::<RuleContent>(env, actor, named).await,
        R::CtaRules => list::<CtaContent>(env, actor, named).await,
        R::CreateCtaRule => create::<CtaContent>(request, env, actor, named).await,
        R::OrderCtaRules => order::<CtaContent>(request, env, actor, named).await,
        R::UpdateCtaRule => update::<CtaContent>(request, env, actor, named).await,
        R::DeleteCtaRule => delete::<CtaContent>(env, actor, named).await,
        R::TryRules => attempt(request, env, actor, named).await,
        _ => Err(super::unhandled()),
    }
}

async fn all<W: Written>(env: &Env, actor: &Actor, agent: &AgentId) -> Result<Vec<W::Listed>, Failure> {
    let database = Relational::of(env)?;
    found(database.first(&agents::one(&actor.tenant, agent)).await?)?;
    let since = clock::now_ms() - RECENT_MS;
    let rows = database.rows(&tables::list(&actor.tenant, W::TABLE, agent, since)).await?;
    rows.iter().map(|row| Ok(W::read(row)?)).collect()
}

async fn one<W: Written>(env: &Env, actor: &Actor, id: &str) -> Result<W::Listed, Failure> {
    W::valid(id)?;
    let since = clock::now_ms() - RECENT_MS;
    let row = Relational::of(env)?.first(&tables::one(&actor.tenant, W::TABLE, id, since)).await?;
    Ok(W::read(&found(row)?)?)
}

async fn list<W: Written>(env: &Env, actor: &Actor, agent: &str) -> Result<Response, Failure> {
    http::page(all::<W>(env, actor, &agent.parse()?).await?, None)
}

async fn create<W: Written>(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    found(Relational::of(env)?.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let content = http::body::<W>(request).await?.accepted()?;
    shown(env, actor, &agent, &content).await?;
    let id = W::id();
    let statements = [
        tables::create(&actor.tenant, W::TABLE, (&id, &agent), &content, W::MOST, clock::now_ms())?,
        audit::entry_if_changed(actor, &format!("{}.created", W::SUBJECT), &id, content.name(), &[])?,
    ];
    if rules::change(env, actor, &agent, &statements).await?.first() != Some(&1) {
        let message = format!("There are {} of them already. Delete one that is not needed.", W::MOST);
        return Err(Problem::new(Code::Conflict, message).into());
    }
    http::data(one::<W>(env, actor, &id).await?)
}

async fn update<W: Written>(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    id: &str,
) -> Result<Response, Failure> {
    let before = one::<W>(env, actor, id).await?;
    let Of { id, agent, content: was } = W::of(&before);
    let (revision, content) = W::update(http::body(request).await?);
    let content = content.accepted()?;
    shown(env, actor, agent, &content).await?;
    let changes = diff::changes(&serde_json::to_value(was)?, &serde_json::to_value(&content)?);
    let statements = [
        tables::update(&actor.tenant, W::TABLE, id, &content, revision, clock::now_ms())?,
        audit::entry_if_changed(actor, &format!("{}.changed", W::SUBJECT), id, content.name(), &changes)?,
    ];
    if *was != content && rules::change(env, actor, agent, &statements).await?.first() != Some(&1) {
        let message = format!("Somebody changed this {} meanwhile. Load it again, then change it.", W::NAME);
        return Err(Problem::new(Code::Conflict, message).into());
    }
    http::data(one::<W>(env, actor, id).await?)
}

/// The call to action that a rule shows is one of the agent's.
async fn shown<W: Written>(env: &Env, actor: &Actor, agent: &AgentId, content: &W) -> Result<(), Failure> {
    let Some(cta) = content.shows() else { return Ok(()) };
    let row = Relational::of(env)?.first(&tables::one(&actor.tenant, Table::Ctas, cta.as_str(), 0.0)).await?;
    let there = row.as_ref().map(tables::read_cta).transpose()?.is_some_and(|cta| cta.agent_id == *agent);
    if there {
        return Ok(());
    }
    let message = "This agent has no such call to action. Choose one of the list.";
    Err(Problem::field("action.cta_id", message).into())
}

async fn delete<W: Written>(env: &Env, actor: &Actor, id: &str) -> Result<Response, Failure> {
    let listed = one::<W>(env, actor, id).await?;
    let Of { id, agent, content } = W::of(&listed);
    let refused = |message: String| Failure::from(Problem::new(Code::Conflict, message));
    let running = rules::running(env, &actor.tenant, agent).await?;
    if running.iter().any(|experiment| W::is_tried(experiment, id)) {
        let message = format!("A running experiment tries variants of this {}. Stop it first.", W::NAME);
        return Err(refused(message));
    }
    let statements = [
        tables::delete(&actor.tenant, W::TABLE, id),
        audit::entry_if_changed(actor, &format!("{}.deleted", W::SUBJECT), id, content.name(), &[])?,
    ];
    if rules::change(env, actor, agent, &statements).await?.first() != Some(&1) {
        let showing = all::<RuleContent>(env, actor, agent).await?;
        let by = showing.iter().find(|rule| rule.content.shows().is_some_and(|cta| cta.as_str() == id));
        let by = by.map(|rule| rule.content.name.as_str()).unwrap_or_default();
        return Err(refused(format!(
            "The rule “{by}” shows this call to action. Give the rule another action, or delete it first."
        )));
    }
    done()
}

async fn order<W: Written>(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    agent: &str,
) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    let listed = all::<W>(env, actor, &agent).await?;
    let known: BTreeSet<&str> = listed.iter().map(|listed| W::of(listed).id).collect();
    let ids = W::ids(http::body(request).await?);
    let given: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    if given.len() != ids.len() || given != known {
        let message = "The list changed meanwhile. Load it again, then order it.";
        return Err(Problem { field: Some("ids".into()), ..Problem::new(Code::Conflict, message) }.into());
    }
    let statements = [
        tables::order(&actor.tenant, W::TABLE, &agent, &ids)?,
        audit::entry(
            actor,
            &format!("{}.ordered", W::SUBJECT),
            agent.as_str(),
            &format!("{}s", W::NAME),
            &[],
        )?,
    ];
    rules::change(env, actor, &agent, &statements).await?;
    done()
}

/// What a visitor would get, by the very functions that decide for visitors.
async fn attempt(request: &mut Request, env: &Env, actor: &Actor, agent: &str) -> Result<Response, Failure> {
    let agent: AgentId = agent.parse()?;
    let database = Relational::of(env)?;
    let row = found(database.first(&agents::one(&actor.tenant, &agent)).await?)?;
    let trial: RuleTrial = http::body(request).await?;
    let url = trial.page_url.trim();
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        let message = "Give the whole address of a page, as in https://example.com/pricing.";
        return Err(Problem::field("page_url", message).into());
    }
    let settings = team::read_settings(&found(database.first(&team::settings(&actor.tenant)).await?)?)?;
    let draft = rules::with_ctas(env, &actor.tenant, agents::read_draft(&row)?).await?;
    let ctas = &draft.ctas;
    let mut all = rules::of_agent(env, &actor.tenant, &agent).await?;
    all.retain(|rule| matching::on_page(&rule.content.page, url));
    let now = clock::now_ms();
    let wall = || clock::wall(&settings.profile.hours.time_zone, now);
    let told: Vec<RuleId> = matching::told(&all, ctas, wall).into_iter().map(|rule| rule.id).collect();
    let is_later = |rule: &EdgeRule| {
        let shown = rule.content.shows().is_none_or(|id| ctas.iter().any(|cta| cta.id == *id));
        shown && !told.contains(&rule.id)
    };
    let later = all.iter().filter(|rule| is_later(rule)).map(|rule| rule.id.clone()).collect();
    let moment =
        Moment { question: &trial.question, page_url: Some(url), asked: trial.asked, pages: &[], shown: &[] };
    let chosen = cta::choose(ctas, &moment);
    let form = chosen.as_ref().and_then(|cta| rules::form(cta, &draft));
    http::data(RuleTrialReply { rules: told, later, cta: chosen.map(|cta| cta.id), form })
}
