//! A person is erased: from the conversations, from the archive with its index, from what is kept of questions, from
//! the relations. Everything of it may happen again; the rows that lead to the rest go last, all at once.

use std::collections::{BTreeMap, BTreeSet};

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::api::{Contact, FollowUp};
use protocol::internal::{Erase, ForgetAsked};
use protocol::objects::ObjectName;
use protocol::{AgentId, ContactId, ConversationId, MailId, Region};
use store::erasures::{self, Due};
use store::{Statement, Tenant, contacts, idempotency, incoming, leads};
use worker::Env;

use crate::{deliveries, exports, mail};

/// Erasures of one run.
const A_RUN: u32 = 10;
/// Longer than one takes.
const LEASE_MS: f64 = 60_000.0;
/// Nothing of a conversation can come this long after it was erased.
const CLOSED_MS: f64 = 2.0 * 24.0 * 60.0 * 60_000.0;

/// Carries out what was asked for.
///
/// # Errors
/// When the database does not answer; what was not done is due again.
pub async fn due(env: &Env) -> Result<(), Failure> {
    let now = clock::now_ms();
    for row in Relational::of(env)?.rows(&erasures::due(now, now + LEASE_MS, A_RUN)).await? {
        let due = erasures::read_due(&row)?;
        match erase(env, &due).await {
            Ok(()) => log::info("erased", due.id.as_str(), ""),
            Err(failure) => log::error("erasure_failed", Some(due.id.as_str()), &failure.to_string()),
        }
    }
    Ok(())
}

/// Forgets which conversations were erased, once nothing of them can come any more.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    Relational::of(env)?.batch(&[erasures::forget_closed(clock::now_ms() - CLOSED_MS)]).await
}

async fn erase(env: &Env, due: &Due) -> Result<(), Failure> {
    let (database, tenant) = (Relational::of(env)?, Tenant::of_job(&due.workspace_id));
    // No file of the person is made from here on, nor handed out.
    exports::call_off(env, &tenant, &due.contact).await?;
    let rows = database.rows(&erasures::conversations(&tenant, &due.contact)).await?;
    let held = rows.iter().map(erasures::read_conversation).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<ConversationId> = held.iter().map(|(id, _)| id.clone()).collect();
    let row = database.first(&contacts::one(&tenant, &due.contact)).await?;
    let person = row.map(|row| contacts::read(&row)).transpose()?;
    let mails = mails(env, &tenant, person.as_ref(), &ids).await?;
    let many = u32::try_from(mails.len()).unwrap_or(u32::MAX);
    database.batch(&erasures::close(&tenant, &due.id, &due.contact, &ids, many, clock::now_ms())?).await?;
    for (id, agent) in &held {
        let object = protocol::objects::conversation(tenant.workspace(), agent, id, due.jurisdiction);
        objects::call(
            env,
            "CONVERSATION",
            &object,
            &Erase { conversations: None, before: None, scrub: false },
        )
        .await?;
    }
    let archive = protocol::objects::archive(tenant.workspace(), due.jurisdiction);
    if !ids.is_empty() {
        let erase = Erase { conversations: Some(ids.clone()), before: None, scrub: true };
        objects::call(env, "ARCHIVE", &archive, &erase).await?;
    }
    for agent in held.iter().map(|(_, agent)| agent).collect::<BTreeSet<_>>() {
        forget_asked(env, &tenant, agent, due).await?;
    }
    // What is on its way to receivers and what other services told holds ids, addresses and numbers.
    let mut words: Vec<String> = ids.iter().map(ToString::to_string).collect();
    words.push(due.contact.to_string());
    for named in erasures::named(&tenant, &due.contact, &ids)? {
        for row in database.rows(&named).await? {
            words.push(row.text(0)?.to_owned());
        }
    }
    words.extend(person.iter().flat_map(own).map(str::to_owned));
    deliveries::scrub(env, &tenant, &words).await?;
    database.batch(&[incoming::scrub(&tenant, &words)?]).await?;
    let now = clock::now_ms();
    let mut statements = erasures::erase(&tenant, &due.id, &due.contact, &ids, &mails, now)?;
    statements.push(idempotency::forget_answers(&tenant));
    statements.extend(template_without(&database, &tenant, person.as_ref(), &due.contact).await?);
    database.batch(&statements).await
}

/// What follow-up mails begin from, with the placeholder where the person stood.
async fn template_without(
    database: &Relational,
    tenant: &Tenant,
    person: Option<&Contact>,
    contact: &ContactId,
) -> Result<Option<Statement>, Failure> {
    let Some(row) = database.first(&leads::follow_up(tenant)).await? else { return Ok(None) };
    let kept = leads::read_follow_up(&row)?;
    let rows = database.rows(&erasures::called(tenant, contact)).await?;
    let called = rows.iter().map(erasures::read_called).collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<&str> = person.iter().map(|person| person.name.as_str()).collect();
    let mut addresses: Vec<&str> = person.into_iter().flat_map(own).collect();
    for [name, email, phone] in &called {
        names.push(name);
        addresses.extend([email.as_str(), phone]);
    }
    let without = |text: &str| domain::leads::without(text, &names, &addresses);
    let clean = FollowUp { subject: without(&kept.subject), text: without(&kept.text) };
    Ok((clean != kept).then(|| leads::set_follow_up(tenant, &clean)))
}

/// What an agent keeps of questions, at home and in its replicas.
async fn forget_asked(env: &Env, tenant: &Tenant, agent: &AgentId, due: &Due) -> Result<(), Failure> {
    let key = protocol::objects::replicas_key(tenant.workspace(), agent);
    let kept = env.bucket("FILES")?.get(key).execute().await?;
    let mut regions = vec![Region::Home];
    if let Some(body) = kept.as_ref().and_then(worker::Object::body) {
        regions.extend(serde_json::from_slice::<Vec<Region>>(&body.bytes().await?)?);
    }
    for region in regions {
        let knowledge = protocol::objects::knowledge(tenant.workspace(), agent, region, due.jurisdiction);
        objects::call(env, "KNOWLEDGE", &knowledge, &ForgetAsked {}).await?;
    }
    Ok(())
}

/// Addresses and numbers of a person.
fn own(person: &Contact) -> impl Iterator<Item = &str> {
    let all = [&person.email, &person.phone].into_iter().chain(&person.also);
    all.map(String::as_str).filter(|value| !value.is_empty())
}

/// Mails to or about a person: those that wait, and those that a developer's machine keeps.
async fn mails(
    env: &Env,
    tenant: &Tenant,
    person: Option<&Contact>,
    conversations: &[ConversationId],
) -> Result<Vec<MailId>, Failure> {
    let own: Vec<&str> = person.into_iter().flat_map(own).collect();
    let named = conversations.iter().map(ConversationId::as_str);
    let needles: Vec<&str> = own.iter().copied().chain(named).collect();
    let mut found = Vec::new();
    for row in Relational::of(env)?.rows(&erasures::mails(tenant)).await? {
        let (id, recipient, sealed): (MailId, _, _) = (row.text(0)?.parse()?, row.text(1)?, row.text(2)?);
        let text = if sealed.is_empty() { String::new() } else { mail::send::open(env, &id, sealed)?.text };
        let about = needles.iter().any(|needle| text.contains(needle));
        if about || own.iter().any(|own| own.eq_ignore_ascii_case(recipient)) {
            found.push(id);
        }
    }
    Ok(found)
}

/// Those of some conversations that were erased, and when.
///
/// # Errors
/// When the database does not answer.
pub async fn closed(
    env: &Env,
    tenant: &Tenant,
    conversations: &[&ConversationId],
) -> Result<BTreeMap<ConversationId, f64>, Failure> {
    let rows = Relational::of(env)?.rows(&erasures::closed(tenant, conversations)?).await?;
    Ok(rows.iter().map(erasures::read_closed).collect::<Result<_, _>>()?)
}

/// Removes what was stored of a conversation while it was erased.
///
/// # Errors
/// When the archive or the database does not answer.
pub async fn late(
    env: &Env,
    tenant: &Tenant,
    archive: &ObjectName,
    conversation: &ConversationId,
) -> Result<(), Failure> {
    let erase = Erase { conversations: Some(vec![conversation.clone()]), before: None, scrub: true };
    objects::call(env, "ARCHIVE", archive, &erase).await?;
    Relational::of(env)?.batch(&erasures::late(tenant, conversation)).await
}
