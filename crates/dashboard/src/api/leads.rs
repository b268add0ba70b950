//! Leads and the people behind them.

use super::{Listed, NOTHING, Reply, address, call, one};
use protocol::api::{
    Contact, ContactDetail, Data, Erasure, FollowUp, Lead, LeadChange, LeadChanges, LeadDetail, LeadEntry,
    LeadMail, LeadsChanged, MergeContact, NewLeadNote, PersonExport,
};
use protocol::routes::RouteId;
use protocol::{ContactId, LeadId, PersonExportId};

/// Which leads are asked for, as the address says it; times are Unix milliseconds.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct LeadFilter {
    pub(crate) status: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) from: Option<f64>,
    pub(crate) to: Option<f64>,
    pub(crate) score: Option<String>,
    pub(crate) words: Option<String>,
    pub(crate) sort: Option<String>,
}

impl LeadFilter {
    fn query(self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("status", self.status),
            ("agent", self.agent),
            ("owner", self.owner),
            ("from", self.from.map(|at| at.to_string())),
            ("to", self.to.map(|at| at.to_string())),
            ("score", self.score),
            ("q", self.words),
            ("sort", self.sort),
        ]
    }
}

async fn listed<T: serde::de::DeserializeOwned>(
    route: RouteId,
    query: Vec<(&'static str, Option<String>)>,
) -> Reply<Listed<T>> {
    let reply: Data<Vec<T>> = call(route, &[], &query, NOTHING).await?;
    Ok((reply.data, reply.meta.and_then(|meta| meta.next_cursor)))
}

pub(crate) async fn leads(filter: LeadFilter, cursor: Option<String>) -> Reply<Listed<Lead>> {
    let mut query = filter.query();
    query.push(("cursor", cursor));
    listed(RouteId::Leads, query).await
}

/// Where the same leads are as a table.
pub(crate) fn export(filter: LeadFilter) -> String {
    let mut query = filter.query();
    query.push(("bom", Some("1".to_owned())));
    address(RouteId::ExportLeads, &[], &query)
}

pub(crate) async fn lead(lead: LeadId) -> Reply<LeadDetail> {
    one(RouteId::Lead, &[lead.as_str()], &[], NOTHING).await
}

pub(crate) async fn change(changes: Vec<LeadChange>) -> Reply<LeadsChanged> {
    one(RouteId::ChangeLeads, &[], &[], Some(&LeadChanges { changes })).await
}

pub(crate) async fn note(lead: LeadId, once: String, text: String) -> Reply<LeadEntry> {
    let body = NewLeadNote { text, id: Some(once) };
    one(RouteId::NoteLead, &[lead.as_str()], &[], Some(&body)).await
}

pub(crate) async fn mail(lead: LeadId, mail: LeadMail) -> Reply<LeadEntry> {
    one(RouteId::MailLead, &[lead.as_str()], &[], Some(&mail)).await
}

pub(crate) async fn follow_up() -> Reply<FollowUp> {
    one(RouteId::FollowUp, &[], &[], NOTHING).await
}

pub(crate) async fn set_follow_up(template: FollowUp) -> Reply<FollowUp> {
    one(RouteId::SetFollowUp, &[], &[], Some(&template)).await
}

pub(crate) async fn contacts(words: Option<String>, cursor: Option<String>) -> Reply<Listed<Contact>> {
    listed(RouteId::Contacts, vec![("q", words), ("cursor", cursor)]).await
}

pub(crate) async fn contact(contact: ContactId) -> Reply<ContactDetail> {
    one(RouteId::Contact, &[contact.as_str()], &[], NOTHING).await
}

pub(crate) async fn merge(contact: ContactId, other: ContactId) -> Reply<Contact> {
    one(RouteId::MergeContact, &[contact.as_str()], &[], Some(&MergeContact { other })).await
}

pub(crate) async fn erase(contact: ContactId) -> Reply<Erasure> {
    one(RouteId::ErasePerson, &[contact.as_str()], &[], NOTHING).await
}

pub(crate) async fn erasures() -> Reply<Vec<Erasure>> {
    one(RouteId::Erasures, &[], &[], NOTHING).await
}

pub(crate) async fn export_person(contact: ContactId) -> Reply<PersonExport> {
    one(RouteId::ExportPerson, &[contact.as_str()], &[], NOTHING).await
}

pub(crate) async fn exports(contact: ContactId) -> Reply<Vec<PersonExport>> {
    one(RouteId::PersonExports, &[contact.as_str()], &[], NOTHING).await
}

/// Where everything held of a person is, as a file.
pub(crate) fn export_file(contact: &ContactId, export: &PersonExportId) -> String {
    address(RouteId::PersonExportFile, &[contact.as_str(), export.as_str()], &[])
}
