//! Leads page by page, and as a table.

use futures::stream;
use platform::relational::Relational;
use platform::{Failure, http, log};
use protocol::api::Lead;
use protocol::lead::LeadStatus;
use protocol::{AgentId, ConversationId, LeadId, Problem, UserId};
use serde::Deserialize;
use store::leads::{self, Filter, OwnedBy, Sort};
use store::{Actor, Tenant};
use worker::{Env, Request, Response};

use crate::leads::given;
use crate::{audit, csv};

const PAGE: u32 = 50;
/// Leads of one read of the export.
const EXPORTED: u32 = 500;
/// Characters of a search.
const MOST_CHARS: usize = 200;

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    #[default]
    Created,
    Updated,
    Score,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Query {
    cursor: Option<String>,
    status: Option<LeadStatus>,
    agent: Option<AgentId>,
    owner: Option<String>,
    from: Option<f64>,
    to: Option<f64>,
    score: Option<u32>,
    q: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    sort: Order,
    bom: Option<String>,
}

/// A query that was understood.
#[derive(Clone)]
struct Wanted {
    query: Query,
    words: Option<String>,
    after: Option<(f64, LeadId)>,
}

impl Wanted {
    fn of(request: &Request) -> Result<Self, Failure> {
        let mut query: Query = request.query().map_err(|_| {
            let words = "Parameters are status, agent, owner, from, to, score, email, phone, q, sort (created, updated or score) and cursor.";
            Problem::field("status", words)
        })?;
        let words =
            query.q.as_deref().map(|words| words.trim().to_lowercase()).filter(|words| !words.is_empty());
        if words.as_ref().is_some_and(|words| words.chars().count() > MOST_CHARS) {
            return Err(Problem::field("q", format!("Look for at most {MOST_CHARS} characters.")).into());
        }
        if let Some(owner) = query.owner.as_deref().filter(|owner| *owner != "none") {
            let known = owner.parse::<UserId>();
            known.map_err(|_| Problem::field("owner", "An owner is a member's id, or none."))?;
        }
        // As leads have them, so that what is the same is found.
        if let Some(given) = query.email.take_if(|given| !given.trim().is_empty()) {
            let refused = || Problem::field("email", "This is not an e-mail address.");
            query.email = Some(given::email(&given).ok_or_else(refused)?);
        }
        if let Some(given) = query.phone.take_if(|given| !given.trim().is_empty()) {
            let refused =
                || Problem::field("phone", "Give the number with its country's code, as in +34600000000.");
            query.phone = Some(given::phone(&given, None).ok_or_else(refused)?);
        }
        let after = query.cursor.as_deref().map(place).transpose()?;
        Ok(Self { words, after, query })
    }

    fn sort(&self) -> Sort {
        match self.query.sort {
            Order::Created => Sort::Created,
            Order::Updated => Sort::Updated,
            Order::Score => Sort::Score,
        }
    }

    async fn read(&self, env: &Env, tenant: &Tenant, limit: u32) -> Result<Vec<Lead>, Failure> {
        let filter = Filter {
            status: self.query.status,
            agent: self.query.agent.as_ref(),
            owner: self.query.owner.as_deref().map(|owner| match owner {
                "none" => OwnedBy::Nobody,
                id => OwnedBy::Member(id),
            }),
            from: self.query.from,
            to: self.query.to,
            score: self.query.score,
            words: self.words.as_deref(),
            email: self.query.email.as_deref().filter(|email| !email.is_empty()),
            phone: self.query.phone.as_deref().filter(|phone| !phone.is_empty()),
            sort: self.sort(),
        };
        let after = self.after.as_ref().map(|(at, id)| (*at, id));
        let rows = Relational::of(env)?.rows(&leads::list(tenant, &filter, after, limit)).await?;
        Ok(rows.iter().map(leads::read).collect::<Result<_, _>>()?)
    }
}

fn place(cursor: &str) -> Result<(f64, LeadId), Problem> {
    let refused = || Problem::field("cursor", "This is no cursor of ours. Begin without one.");
    let (at, id) = cursor.rsplit_once('.').ok_or_else(refused)?;
    let at: f64 = at.parse().ok().filter(|at: &f64| at.is_finite()).ok_or_else(refused)?;
    Ok((at, id.parse().map_err(|_| refused())?))
}

pub async fn list(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let wanted = Wanted::of(request)?;
    let mut leads = wanted.read(env, &actor.tenant, PAGE + 1).await?;
    let more = leads.len() > PAGE as usize;
    leads.truncate(PAGE as usize);
    let next = leads.last().filter(|_| more).map(|last| format!("{}.{}", wanted.sort().place(last), last.id));
    http::page(leads, next)
}

/// The export is written while it is read: any number of leads takes the memory of one page.
pub async fn export(request: &Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let wanted = Wanted::of(request)?;
    let workspace = actor.tenant.workspace();
    let audit = audit::entry(actor, "leads.exported", workspace.as_str(), &actor.workspace_name, &[])?;
    Relational::of(env)?.batch(&[audit]).await?;
    let (env, tenant) = (env.clone(), actor.tenant.clone());
    let head = if wanted.query.bom.as_deref() == Some("1") { csv::MARK } else { "" };
    let head = format!(
        "{head}{}",
        csv::line(&[
            "Created",
            "Name",
            "E-mail",
            "Phone",
            "Status",
            "Owner",
            "Score",
            "Agent",
            "Page",
            "Source",
            "Consent",
            "Answers",
            "Lead",
            "Conversation",
            "Variants",
        ])
    );
    let pages = stream::unfold(Some((wanted, head)), move |state| {
        let (env, tenant) = (env.clone(), tenant.clone());
        async move {
            let (mut wanted, mut text) = state?;
            let leads = match wanted.read(&env, &tenant, EXPORTED).await {
                Ok(leads) => leads,
                Err(failure) => {
                    // The connection breaks, so that nobody takes a part for the whole.
                    let workspace = tenant.workspace().as_str();
                    log::error("leads_export_failed", Some(workspace), &failure.to_string());
                    return Some((Err(worker::Error::RustError("the export broke off".into())), None));
                }
            };
            leads.iter().for_each(|lead| text.push_str(&line(lead)));
            wanted.after = leads.last().map(|last| (wanted.sort().place(last), last.id.clone()));
            let next = (leads.len() == EXPORTED as usize).then_some((wanted, String::new()));
            Some((Ok(text.into_bytes()), next))
        }
    });
    let mut response = Response::from_stream(pages)?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "text/csv; charset=utf-8")?;
    headers.set("Content-Disposition", "attachment; filename=\"leads.csv\"")?;
    Ok(response)
}

fn line(lead: &Lead) -> String {
    let named = |value: Result<serde_json::Value, _>| {
        value.ok().and_then(|value: serde_json::Value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let time = |at: f64| String::from(js_sys::Date::new(&at.into()).to_iso_string());
    let (status, source) =
        (named(serde_json::to_value(lead.status)), named(serde_json::to_value(lead.source)));
    let answers: Vec<String> =
        lead.answers.iter().map(|answer| format!("{}: {}", answer.label, answer.value)).collect();
    let variants: Vec<String> =
        lead.variants.iter().map(|seen| format!("{}: {}", seen.experiment, seen.variant)).collect();
    csv::line(&[
        &time(lead.created_at),
        &lead.name,
        &lead.email,
        &lead.phone,
        &status,
        lead.owner.as_ref().map_or("", |owner| &owner.name),
        &lead.score.to_string(),
        &lead.agent_name,
        lead.page_url.as_deref().unwrap_or_default(),
        &source,
        &lead.consent.as_ref().map(|consent| time(consent.at)).unwrap_or_default(),
        &answers.join("\n"),
        lead.id.as_str(),
        lead.conversation_id.as_ref().map(ConversationId::as_str).unwrap_or_default(),
        &variants.join("\n"),
    ])
}
