//! E-mail: leads are mailed to addresses, and given to members in turn, who are told by mail. All that a lead brings about
//! here is one transaction, named by the event: trying it again does nothing again.

use domain::delivery::Verdict;
use platform::relational::Relational;
use platform::{Failure, clock};
use protocol::LeadId;
use protocol::api::{IntegrationSettings, Lead, LeadEntry, LeadEntryKind, OwnerChange};
use store::integrations::{self, Turn};
use store::{Tenant, leads, team};
use worker::Env;

use super::{Connected, News, Sent, field, page, refused};
use crate::auth;
use crate::mail::{self, letters};

/// Addresses of one integration.
pub const MAX_RECIPIENTS: usize = 20;
/// Members who take turns.
pub const MAX_MEMBERS: usize = 100;

/// Mails the news, and gives a lead to whose turn it is.
///
/// # Errors
/// When the database does not answer, or the installation has no sealing key.
pub async fn send(
    env: &Env,
    tenant: &Tenant,
    connected: &Connected,
    news: &News,
    event: &str,
) -> Result<Sent, Failure> {
    let News::Lead(lead) = news else {
        let letter = |to: &str| letters::routing_test(to);
        let count = mails(env, tenant, connected, event, Vec::new(), &letter).await?;
        return Ok(Sent::without_call(Verdict::Delivered, format!("{count} mails are on their way.")));
    };
    let (turn, assigned) = assign(env, tenant, connected, lead, event).await?;
    let owner = turn.as_ref().map(|turn| turn.name.clone());
    let body = facts(env, lead, owner.as_deref());
    let link = page(env, &format!("leads/{}", lead.id));
    let mut statements = assigned;
    if let Some(turn) = &turn {
        let letter = letters::lead_given(&turn.email, &body, link.as_deref());
        statements.push(mail::queue_once(env, tenant.workspace(), "lead_given", event, &letter)?);
    }
    let letter = |to: &str| letters::lead_captured(to, &body, link.as_deref());
    let count = mails(env, tenant, connected, event, statements, &letter).await?;
    let outcome = match owner {
        Some(owner) => format!("Given to {owner}, who was told by mail; {count} addresses were told, too."),
        None if connected.integration.settings.members.is_empty() => {
            format!("{count} addresses were told by mail.")
        }
        None => format!(
            "Nobody's turn: the lead has an owner, or all are away. {count} addresses were told by mail."
        ),
    };
    Ok(Sent::without_call(Verdict::Delivered, outcome))
}

/// Whose turn it is, and what gives the lead to them.
async fn assign(
    env: &Env,
    tenant: &Tenant,
    connected: &Connected,
    lead: &Lead,
    event: &str,
) -> Result<(Option<Turn>, Vec<store::Statement>), Failure> {
    let IntegrationSettings { members, away, .. } = &connected.integration.settings;
    let (id, now) = (&connected.integration.id, clock::now_ms());
    let present: Vec<_> = members.iter().filter(|member| !away.contains(member)).cloned().collect();
    let database = Relational::of(env)?;
    if !present.is_empty() {
        database.batch(&[integrations::take_turn(tenant, id, &lead.id, &present, now)?]).await?;
    }
    let row = database.first(&integrations::turn(tenant, id, &lead.id)).await?;
    let turn = row.map(|row| integrations::read_turn(&row)).transpose()?;
    // Whoever has it from a member meanwhile keeps it.
    let free = |turn: &Turn| lead.owner.as_ref().is_none_or(|owner| owner.user_id == turn.user_id);
    let Some(turn) = turn.filter(free) else { return Ok((None, Vec::new())) };
    let mut statements = Vec::new();
    if lead.owner.is_none() {
        let owner = OwnerChange::Member(turn.user_id.clone());
        let entry = LeadEntry {
            id: format!("{event} {id}"),
            kind: LeadEntryKind::Owner,
            by: "Round robin".into(),
            text: turn.name.clone(),
            at: now,
        };
        statements.push(leads::change(tenant, &lead.id, None, Some(&owner), now));
        statements.push(leads::note_if_changed(tenant, &lead.id, &entry));
    }
    Ok((Some(turn), statements))
}

/// Queues a letter to every recipient, with what belongs to it, and hurries; how many.
async fn mails(
    env: &Env,
    tenant: &Tenant,
    connected: &Connected,
    event: &str,
    mut statements: Vec<store::Statement>,
    letter: &dyn Fn(&str) -> mail::Mail,
) -> Result<usize, Failure> {
    let recipients = &connected.integration.settings.recipients;
    for to in recipients {
        statements.push(mail::queue_once(env, tenant.workspace(), "lead_captured", event, &letter(to))?);
    }
    Relational::of(env)?.batch(&statements).await?;
    mail::ring(env).await;
    Ok(recipients.len())
}

/// Queues a test to every recipient.
///
/// # Errors
/// When the database does not answer.
pub async fn verify(env: &Env, tenant: &Tenant, connected: &Connected) -> Result<String, Failure> {
    let once = platform::random::id(LeadId::ordered);
    mails(env, tenant, connected, once.as_str(), Vec::new(), &|to| letters::routing_test(to)).await?;
    Ok(name(&connected.integration.settings))
}

/// What the settings come to, for people.
pub fn name(settings: &IntegrationSettings) -> String {
    let IntegrationSettings { recipients, members, .. } = settings;
    match (recipients.as_slice(), members.len()) {
        ([], in_turn) => format!("{in_turn} members in turn"),
        ([one], 0) => one.clone(),
        (several, 0) => format!("{} addresses", several.len()),
        (several, in_turn) => format!("{} addresses, {in_turn} members in turn", several.len()),
    }
}

/// Settings that can be stored.
///
/// # Errors
/// `invalid` for the field.
pub async fn accepted(
    env: &Env,
    tenant: &Tenant,
    settings: IntegrationSettings,
) -> Result<IntegrationSettings, Failure> {
    let IntegrationSettings { recipients, mut members, mut away, .. } = settings;
    if recipients.is_empty() && members.is_empty() {
        let message = "Enter an address that is told of leads, or choose members who take turns.";
        return Err(refused("settings.recipients", message));
    }
    if recipients.len() > MAX_RECIPIENTS || members.len() > MAX_MEMBERS {
        let message = format!("At most {MAX_RECIPIENTS} addresses and {MAX_MEMBERS} members.");
        return Err(refused("settings.recipients", message));
    }
    let mut addresses = Vec::new();
    for (place, given) in recipients.iter().enumerate() {
        let address = auth::email(given)
            .map_err(|problem| refused(&format!("settings.recipients[{place}]"), problem.message))?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let rows = Relational::of(env)?.rows(&team::members(tenant)).await?;
    let known = rows.iter().map(team::read_member).collect::<Result<Vec<_>, _>>()?;
    members.retain(|member| known.iter().any(|known| known.user_id == *member));
    members.dedup();
    away.retain(|member| members.contains(member));
    if addresses.is_empty() && members.is_empty() {
        return Err(refused("settings.members", "None of these is a member of this workspace any more."));
    }
    Ok(IntegrationSettings { recipients: addresses, members, away, ..IntegrationSettings::default() })
}

/// A lead as a mail tells it.
fn facts(env: &Env, lead: &Lead, owner: Option<&str>) -> String {
    let known = [
        ("Name", field(env, lead, "name")),
        ("E-mail", lead.email.clone()),
        ("Phone", lead.phone.clone()),
        ("Score", lead.score.to_string()),
        ("Owner", owner.map_or_else(|| field(env, lead, "owner"), str::to_owned)),
        ("Agent", lead.agent_name.clone()),
        ("Page", field(env, lead, "page_url")),
    ];
    let answers = lead.answers.iter().map(|answer| (answer.label.as_str(), answer.value.clone()));
    let lines = known.into_iter().chain(answers).filter(|(_, value)| !value.is_empty());
    // A line of its own would look like a line of ours.
    lines
        .map(|(label, value)| format!("{label}: {}", value.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect::<Vec<_>>()
        .join("\n")
}
