//! What follows from who a conversation is with: the relations, events, and the mails to owners.

use platform::relational::Relational;
use platform::{Failure, config};
use protocol::events::EventKind;
use protocol::handover::Standing;
use protocol::internal::HandoverRecord;
use store::{Statement, Tenant, conversations, team};
use worker::Env;

use crate::events::Happened;
use crate::mail::{self, letters};

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
        if let Some(kind) = event(record.handover.standing) {
            let since = record.handover.since.to_string();
            let happened = Happened {
                kind,
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

fn event(standing: Standing) -> Option<EventKind> {
    match standing {
        Standing::Bot => None,
        Standing::Waiting => Some(EventKind::ConversationEscalated),
        Standing::Human => Some(EventKind::ConversationHandedOff),
        Standing::Resolved | Standing::Abandoned => Some(EventKind::ConversationClosed),
    }
}

/// Where members read the conversation; its id where the installation does not know its own address.
fn address(env: &Env, record: &HandoverRecord) -> String {
    let id = &record.identity.conversation_id;
    config::optional(env, "PUBLIC_URL")
        .map_or_else(|| id.to_string(), |url| format!("{}/app/conversations/{id}", url.trim_end_matches('/')))
}
