//! Status and owner of leads, one or many; the reply takes it back.

use std::collections::HashMap;

use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{Lead, LeadChange, LeadChanges, LeadEntry, LeadEntryKind, LeadsChanged, OwnerChange};
use protocol::{LeadId, MessageId, Problem};
use store::{Actor, Statement, leads, team};
use worker::{Env, Request, Response};

use crate::audit;

/// Leads changed at once.
const MOST: usize = 200;

pub async fn change(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let LeadChanges { changes } = http::body(request).await?;
    if changes.is_empty() || changes.len() > MOST {
        return Err(Problem::field("changes", format!("Change 1 to {MOST} leads at once.")).into());
    }
    let (database, tenant) = (Relational::of(env)?, &actor.tenant);
    let ids: Vec<LeadId> = changes.iter().map(|change| change.id.clone()).collect();
    let rows = database.rows(&leads::some(tenant, &ids)?).await?;
    let known = rows.iter().map(leads::read).collect::<Result<Vec<_>, _>>()?;
    let known: HashMap<LeadId, Lead> = known.into_iter().map(|lead| (lead.id.clone(), lead)).collect();
    let rows = database.rows(&team::members(tenant)).await?;
    let members = rows.iter().map(team::read_member).collect::<Result<Vec<_>, _>>()?;
    let (mut statements, mut undo) = (Vec::new(), Vec::new());
    for change in changes {
        let lead = known.get(&change.id).ok_or_else(Problem::not_found)?;
        let owner = match &change.owner {
            Some(OwnerChange::Member(user)) => {
                let member = members.iter().find(|member| member.user_id == *user);
                let words = "This is nobody of your team. Choose a member.";
                Some(member.ok_or_else(|| Problem::field("owner", words))?.name.clone())
            }
            Some(OwnerChange::Nobody) => Some(String::new()),
            None => None,
        };
        undo.push(before(lead, &change));
        statements.extend(written(actor, lead, &change, owner)?);
    }
    database.batch(&statements).await?;
    http::data(LeadsChanged { undo })
}

/// What takes a change back.
fn before(lead: &Lead, change: &LeadChange) -> LeadChange {
    let owner =
        lead.owner.as_ref().map_or(OwnerChange::Nobody, |owner| OwnerChange::Member(owner.user_id.clone()));
    LeadChange {
        id: lead.id.clone(),
        status: change.status.map(|_| lead.status),
        owner: change.owner.is_some().then_some(owner),
    }
}

/// The change with its lines in the lead's history and in the audit log.
pub fn written(
    actor: &Actor,
    lead: &Lead,
    change: &LeadChange,
    owner: Option<String>,
) -> Result<Vec<Statement>, Failure> {
    let (tenant, now) = (&actor.tenant, clock::now_ms());
    let entry = |kind, text| LeadEntry {
        id: random::id(MessageId::ordered).to_string(),
        kind,
        by: actor.name().to_owned(),
        text,
        at: now,
    };
    let mut statements = vec![leads::change(tenant, &lead.id, change.status, change.owner.as_ref(), now)];
    let mut changes = Vec::new();
    if let Some(status) = change.status.filter(|status| *status != lead.status) {
        let (was, is) = (word(lead.status)?, word(status)?);
        changes.push(audit::change("status", Some(&was), Some(&is)));
        statements.push(leads::note(tenant, &lead.id, &entry(LeadEntryKind::Status, is)));
    }
    let had = lead.owner.as_ref().map(|owner| owner.name.as_str()).unwrap_or_default();
    if let Some(owner) = owner.filter(|owner| owner != had) {
        let named = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        changes.push(audit::change("owner", named(had).as_deref(), named(&owner).as_deref()));
        statements.push(leads::note(tenant, &lead.id, &entry(LeadEntryKind::Owner, owner)));
    }
    if !changes.is_empty() {
        statements.push(audit::entry(actor, "lead.changed", lead.id.as_str(), "", &changes)?);
    }
    Ok(statements)
}

fn word(status: protocol::lead::LeadStatus) -> Result<String, Failure> {
    Ok(serde_json::to_value(status)?.as_str().unwrap_or_default().to_owned())
}
