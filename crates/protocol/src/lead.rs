//! Captured interest: what the visitor's side and the members' side both speak of.

use std::collections::BTreeMap;

use crate::agent::LeadField;
use crate::{LeadId, wire};

/// What a visitor gave, by the keys of the agent's fields.
pub type LeadValues = BTreeMap<String, String>;

wire! {
    /// The form that captures a lead, as the widget shows it.
    #[derive(Eq)]
    pub struct LeadForm {
        pub fields: Vec<LeadField>,
        /// What the visitor agrees to; empty: nothing is asked.
        #[serde(default)]
        pub consent: String,
    }

    /// `POST /v1/widget/leads`: the form, filled in. The same `id` captures one lead, and a conversation has one: a
    /// later form changes it.
    pub struct LeadRequest {
        /// Chosen by the client: 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`.
        pub id: String,
        pub fields: LeadValues,
        /// The visitor agreed to the form's text.
        #[serde(default)]
        pub consent: bool,
        /// The page the visitor is on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page_url: Option<String>,
    }

    pub struct LeadReceipt {
        pub lead_id: LeadId,
    }

    /// Why the form is shown.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum LeadFormReason {
        /// The visitor shows interest.
        Intent,
        /// Nobody came or is there.
        NobodyThere,
    }

    #[derive(Copy, Eq, Hash, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum LeadStatus {
        #[default]
        New,
        Contacted,
        Qualified,
        Won,
        Lost,
    }

    /// How a lead was captured.
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum LeadSource {
        /// The visitor filled in the form.
        Form,
        /// The visitor wrote it and confirmed that it may be kept.
        Conversation,
        /// The visitor was asked for it because nobody was there.
        Handover,
        /// A program wrote it, with an API key.
        Api,
    }
}

impl LeadForm {
    /// The form of an agent; none where it asks for nothing.
    #[must_use]
    pub fn of(fields: Vec<LeadField>, consent: String) -> Option<Self> {
        (!fields.is_empty()).then_some(Self { fields, consent })
    }
}
