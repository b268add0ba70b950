//! Leads in words.

use protocol::api::{Lead, LeadEntry, LeadEntryKind, ScoreKind, ScoreReason};
use protocol::lead::{LeadSource, LeadStatus};

pub(super) const STATUSES: [LeadStatus; 5] =
    [LeadStatus::New, LeadStatus::Contacted, LeadStatus::Qualified, LeadStatus::Won, LeadStatus::Lost];

/// A status and the tone of its badge.
pub(super) fn status(status: LeadStatus) -> (&'static str, &'static str) {
    match status {
        LeadStatus::New => ("New", "active"),
        LeadStatus::Contacted => ("Contacted", "busy"),
        LeadStatus::Qualified => ("Qualified", "warn"),
        LeadStatus::Won => ("Won", "good"),
        LeadStatus::Lost => ("Lost", ""),
    }
}

pub(super) fn status_key(status: LeadStatus) -> &'static str {
    match status {
        LeadStatus::New => "new",
        LeadStatus::Contacted => "contacted",
        LeadStatus::Qualified => "qualified",
        LeadStatus::Won => "won",
        LeadStatus::Lost => "lost",
    }
}

pub(super) fn status_of(key: &str) -> Option<LeadStatus> {
    STATUSES.into_iter().find(|status| status_key(*status) == key)
}

/// What a lead is called: by its name, else by how to reach it.
pub(super) fn called(lead: &Lead) -> String {
    [&lead.name, &lead.email, &lead.phone]
        .into_iter()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_else(|| "Somebody".to_owned())
}

pub(super) fn source(source: LeadSource) -> &'static str {
    match source {
        LeadSource::Form => "by the form",
        LeadSource::Conversation => "in the conversation",
        LeadSource::Handover => "while nobody was there",
        LeadSource::Api => "by a program (API)",
    }
}

/// Why a lead is worth what it is.
pub(super) fn reason(reason: &ScoreReason) -> String {
    let detail = reason.detail.as_str();
    match reason.kind {
        ScoreKind::Email => "Left an e-mail address".to_owned(),
        ScoreKind::Phone => "Left a phone number".to_owned(),
        ScoreKind::Name => "Left a name".to_owned(),
        ScoreKind::CompanyMail => format!("Writes from a company: {detail}"),
        ScoreKind::Intent => format!("Speaks of buying: “{detail}”"),
        ScoreKind::HighValue => format!("Said what a rule calls valuable: “{detail}”"),
        ScoreKind::Pages => format!("Was on {}", crate::text::short_url(detail)),
        ScoreKind::Questions => format!("Asked {detail} questions"),
        ScoreKind::Returning => "Was here before".to_owned(),
        ScoreKind::Deliberate => "Asked to be contacted".to_owned(),
    }
}

/// What happened to a lead.
pub(super) fn happened(entry: &LeadEntry) -> String {
    let by = entry.by.as_str();
    match entry.kind {
        LeadEntryKind::Captured if by.is_empty() => "Captured".to_owned(),
        LeadEntryKind::Captured => format!("{by} added the lead over the API"),
        LeadEntryKind::Updated if by.is_empty() => "The person gave more".to_owned(),
        LeadEntryKind::Updated => format!("{by} changed the lead over the API"),
        LeadEntryKind::Status => {
            let label = status_of(&entry.text).map_or(entry.text.as_str(), |known| status(known).0);
            format!("{by} set the status to {label}")
        }
        LeadEntryKind::Owner if entry.text.is_empty() => format!("{by} took the owner away"),
        LeadEntryKind::Owner => format!("{by} made {} the owner", entry.text),
        LeadEntryKind::Note => format!("Note by {by}"),
        LeadEntryKind::Mail => format!("{by} mailed “{}”", entry.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_found_by_its_key() {
        assert!(STATUSES.into_iter().all(|one| status_of(status_key(one)) == Some(one)));
        assert_eq!(status_of("odd"), None);
    }
}
