//! Leads and the people behind them, as members see them.

use super::ConversationSummary;
use crate::lead::{LeadSource, LeadStatus, LeadValues};
use crate::{AgentId, ContactId, ConversationId, ErasureId, ExperimentId, LeadId, UserId, VariantId, wire};

wire! {
    /// One answer of the form.
    #[derive(Eq)]
    pub struct LeadAnswer {
        pub key: String,
        /// The field's label when it was answered.
        pub label: String,
        pub value: String,
    }

    /// Something that makes a lead worth more, or less.
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum ScoreKind {
        Email,
        Phone,
        Name,
        /// The address is of a company, not of a provider of free mail.
        CompanyMail,
        /// Words that speak of buying.
        Intent,
        /// Words that a rule of the agent calls valuable.
        HighValue,
        /// Pages such as prices.
        Pages,
        Questions,
        /// The person was here before.
        Returning,
        /// The person came by the form or asked for a person.
        Deliberate,
    }

    #[derive(Eq)]
    pub struct ScoreReason {
        pub kind: ScoreKind,
        pub points: u32,
        /// What was counted or said, as in a page or a number; empty where there is nothing to add.
        #[serde(default)]
        pub detail: String,
    }

    /// A member who looks after a lead.
    #[derive(Eq)]
    pub struct LeadOwner {
        pub user_id: UserId,
        pub name: String,
    }

    /// What the person agreed to.
    pub struct LeadConsent {
        /// The form's words at that time; empty where the person said yes to a proposal.
        pub text: String,
        pub at: f64,
    }

    /// What the person saw of an experiment that ran when they became a lead, by the names of that time.
    #[derive(Eq)]
    pub struct LeadVariant {
        pub experiment_id: ExperimentId,
        pub experiment: String,
        pub variant_id: VariantId,
        pub variant: String,
    }

    /// `GET /v1/leads`
    pub struct Lead {
        pub id: LeadId,
        pub agent_id: AgentId,
        pub agent_name: String,
        /// Absent where a program wrote the lead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub conversation_id: Option<ConversationId>,
        pub contact_id: ContactId,
        pub name: String,
        pub email: String,
        /// E.164
        pub phone: String,
        pub answers: Vec<LeadAnswer>,
        pub status: LeadStatus,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub owner: Option<LeadOwner>,
        /// 0 to 100.
        pub score: u32,
        pub reasons: Vec<ScoreReason>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page_url: Option<String>,
        pub source: LeadSource,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub consent: Option<LeadConsent>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub variants: Vec<LeadVariant>,
        pub created_at: f64,
        pub updated_at: f64,
        /// Grows with every change.
        pub revision: u32,
    }

    /// `POST /v1/leads`: a lead that a program brings. An e-mail address or a phone number has to be there: whoever has it
    /// is the same person, and a person has one such lead of an agent.
    #[derive(Eq)]
    pub struct NewLead {
        pub agent_id: AgentId,
        #[serde(default)]
        pub name: String,
        #[serde(default)]
        pub email: String,
        /// In any form; without its country's code it is one of the business's country.
        #[serde(default)]
        pub phone: String,
        /// By the keys of the agent's form, checked as the form is.
        #[serde(default)]
        pub answers: LeadValues,
        /// Absent: `new`, or as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub status: Option<LeadStatus>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page_url: Option<String>,
        /// The words the person agreed to, as they were shown to them; absent: nothing is noted of consent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub consent: Option<String>,
    }

    /// `PATCH /v1/leads/{lead}`: absent fields and empty texts stay.
    #[derive(Eq, Default)]
    #[serde(default)]
    pub struct LeadUpdate {
        pub name: String,
        pub email: String,
        pub phone: String,
        /// By the keys of the agent's form, checked as the form is.
        pub answers: LeadValues,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub status: Option<LeadStatus>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub page_url: Option<String>,
        /// The words the person agreed to, as they were shown to them.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub consent: Option<String>,
    }

    /// What happened to a lead.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum LeadEntryKind {
        Captured,
        /// The visitor gave more, or something else; or a program wrote it.
        Updated,
        Status,
        Owner,
        Note,
        Mail,
    }

    /// One line of a lead's history.
    pub struct LeadEntry {
        pub id: String,
        pub kind: LeadEntryKind,
        /// The member or key; empty: the visitor.
        pub by: String,
        /// The new status or owner, the note, or the mail's subject.
        pub text: String,
        pub at: f64,
    }

    /// `GET /v1/leads/{lead}`
    pub struct LeadDetail {
        pub lead: Lead,
        /// Newest first.
        pub history: Vec<LeadEntry>,
        /// Pages the person asked from, in order.
        pub pages: Vec<String>,
        /// Other people who may be the same.
        pub duplicates: Vec<Contact>,
    }

    /// One change of a lead; absent fields stay.
    #[derive(Eq)]
    pub struct LeadChange {
        pub id: LeadId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub status: Option<LeadStatus>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub owner: Option<OwnerChange>,
    }

    #[derive(Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum OwnerChange {
        Nobody,
        Member(UserId),
    }

    /// `PATCH /v1/leads`: at most 200 at once.
    #[derive(Eq)]
    pub struct LeadChanges {
        pub changes: Vec<LeadChange>,
    }

    /// What takes the changes back, sent as [`LeadChanges`].
    #[derive(Eq)]
    pub struct LeadsChanged {
        pub undo: Vec<LeadChange>,
    }

    /// `POST /v1/leads/{lead}/notes`
    pub struct NewLeadNote {
        pub text: String,
        /// The same id is noted once: 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub id: Option<String>,
    }

    /// `POST /v1/leads/{lead}/mail`: to the lead's address; sent once under its id.
    pub struct LeadMail {
        /// Chosen by the client: 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`.
        pub id: String,
        pub subject: String,
        pub text: String,
    }

    /// `GET` and `PUT /v1/leads/follow-up`: what a follow-up mail begins from. `{name}`, `{workspace}` and
    /// `{member}` stand for what they say.
    #[derive(Eq)]
    pub struct FollowUp {
        pub subject: String,
        pub text: String,
    }

    /// `GET /v1/contacts`: a person.
    pub struct Contact {
        pub id: ContactId,
        pub name: String,
        pub email: String,
        /// E.164
        pub phone: String,
        /// Further addresses and numbers, from people it was merged with.
        #[serde(default)]
        pub also: Vec<String>,
        pub leads: u32,
        pub created_at: f64,
        pub updated_at: f64,
    }

    /// `GET /v1/contacts/{contact}`
    pub struct ContactDetail {
        pub contact: Contact,
        /// Newest first.
        pub leads: Vec<Lead>,
        /// Newest first.
        pub conversations: Vec<ConversationSummary>,
        pub duplicates: Vec<Contact>,
    }

    /// `POST /v1/contacts/{contact}/merge`: the other one's leads come here, and the other one goes.
    pub struct MergeContact {
        pub other: ContactId,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ErasureState {
        Running,
        Done,
    }

    /// What was erased, in numbers; it holds nothing of the person.
    #[derive(Copy, Eq, Default)]
    #[serde(default)]
    pub struct ErasureCounts {
        pub leads: u32,
        pub conversations: u32,
        pub turns: u32,
        pub events: u32,
        pub tool_calls: u32,
        pub mails: u32,
    }

    /// `POST /v1/contacts/{contact}/erase` and `GET /v1/erasures`: the receipt.
    pub struct Erasure {
        pub id: ErasureId,
        pub state: ErasureState,
        /// Who asked for it.
        pub by: String,
        pub requested_at: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub done_at: Option<f64>,
        pub counts: ErasureCounts,
    }
}
