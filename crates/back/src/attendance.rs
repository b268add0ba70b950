//! What follows from who a conversation is with: the relations, events, and the mails to owners.

use platform::relational::Relational;
use platform::{Failure, clock, config};
use protocol::events::EventKind;
use protocol::handover::{Handover, Standing};
use protocol::internal::HandoverRecord;
use store::conversations::Silent;
use store::{Statement, Tenant, conversations, team};
use worker::Env;

use crate::events::Happened;
use crate::mail::{self, letters};

/// A conversation with people in which nothing was said for this long has no object any more.
const SILENT_MS: f64 = 25.0 * 60.0 * 60.0 * 1_000.0;
/// Conversations that are left at once.
const AT_ONCE: u32 = 200;

/// Adds what a transaction has to hold about these records; whether a mail is among it. Doing it again does
/// nothing again: each statement is about its record alone.
///
/// # Errors
/// When the database does not answer, or the installation has no sealing key.
pub async fn record(
    env: &Env,
    tenant: &Tenant,
    records: &[HandoverRecord],
    statements: &mut Vec<Statement>,
) -> Result<bool, Failure> {
    let mut alerted = false;
    for record in records {
        statements.extend(conversations::store_handover(tenant, record));
        for kind in events(record.handover.standing) {
            let since = record.handover.since.to_string();
            let happened = Happened {
                kind: *kind,
                agent: Some(&record.identity.agent_id),
                subject: record.identity.conversation_id.as_str(),
                once: &since,
                data: serde_json::json!({
                    "reason": record.handover.reason,
                    "urgency": record.handover.urgency,
                    "abandoned": record.handover.standing == Standing::Abandoned,
                }),
            };
            statements.push(happened.statement(tenant)?);
        }
        let Some(alert) = record.alert else { continue };
        let conversation = address(env, record);
        for row in Relational::of(env)?.rows(&team::owners(tenant)).await? {
            let letter = letters::visitor_alert(row.text(0)?, alert, &record.said, &conversation);
            statements.push(mail::queue_once(
                env,
                tenant.workspace(),
                "visitor_alert",
                record.id.as_str(),
                &letter,
            )?);
            alerted = true;
        }
    }
    Ok(alerted)
}

/// Conversations that nobody ended are left: their objects forget themselves a day after the visitor was there, and one
/// that was lost tells nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(env: &Env) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    let now = clock::now_ms();
    let before = now - SILENT_MS;
    for row in database.rows(&conversations::silent(before, AT_ONCE)).await? {
        let Silent { workspace_id, agent_id, conversation_id, handover } = conversations::read_silent(&row)?;
        let tenant = Tenant::of_job(&workspace_id);
        let left = Handover { standing: Standing::Abandoned, since: now, member: None, ..handover.clone() };
        let since = handover.since.to_string();
        let happened = Happened {
            kind: EventKind::ConversationClosed,
            agent: Some(&agent_id),
            subject: conversation_id.as_str(),
            once: &since,
            data: serde_json::json!({
                "reason": handover.reason,
                "urgency": handover.urgency,
                "abandoned": true,
            }),
        };
        let leave = conversations::leave(&tenant, &conversation_id, &left, before)?;
        database.batch(&[leave, happened.statement_if_changed(&tenant)?]).await?;
    }
    Ok(())
}

/// What a standing means to those who are told of events. A conversation that was left has not been completed.
fn events(standing: Standing) -> &'static [EventKind] {
    match standing {
        Standing::Bot => &[],
        Standing::Waiting => &[EventKind::ConversationEscalated],
        Standing::Human => &[EventKind::ConversationHandedOff],
        Standing::Resolved => &[EventKind::ConversationCompleted, EventKind::ConversationClosed],
        Standing::Abandoned => &[EventKind::ConversationClosed],
    }
}

/// Where members read the conversation; its id where the installation does not know its own address.
fn address(env: &Env, record: &HandoverRecord) -> String {
    let id = &record.identity.conversation_id;
    config::optional(env, "PUBLIC_URL")
        .map_or_else(|| id.to_string(), |url| format!("{}/app/conversations/{id}", url.trim_end_matches('/')))
}
