//! Integrations: connections of a workspace to outside services.

use super::{DisabledReason, EndpointStatus};
use crate::events::EventKind;
use crate::{AgentId, EndpointId, IntegrationId, UserId, wire};

wire! {
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum IntegrationKind {
        /// Messages to a channel, by an incoming webhook.
        Slack,
        /// Leads become contacts.
        Hubspot,
        /// Leads are mailed, and given to members in turn.
        Email,
        /// Orders and products, as tools of agents.
        Shopify,
        /// Orders and products, as tools of agents.
        Woocommerce,
        /// Statements that members wrote, as tools of agents.
        Database,
    }

    /// One field of a lead and where it goes.
    #[derive(Eq)]
    pub struct FieldMap {
        /// One of [`LEAD_FIELDS`], or `answer:` and the key of a field of the form.
        pub from: String,
        /// The service's name for it.
        pub to: String,
    }

    /// What members choose about an integration; each kind has its own of these.
    #[derive(Eq, Default)]
    #[serde(default)]
    pub struct IntegrationSettings {
        /// HubSpot: which field of a lead becomes which property of a contact.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub mapping: Vec<FieldMap>,
        /// HubSpot: who owns new contacts there; empty: nobody.
        #[serde(skip_serializing_if = "String::is_empty")]
        pub owner: String,
        /// E-mail: who is told of every lead.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub recipients: Vec<String>,
        /// E-mail: members whose turn it is one after the other; each lead that has no owner is given to the next.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub members: Vec<UserId>,
        /// E-mail: those of them who are passed over for now.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub away: Vec<UserId>,
    }

    /// What an outside service knows us by. It is stored sealed and never returned.
    #[derive(Eq)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum IntegrationSecret {
        Slack { webhook_url: String },
        /// `shop` is its name under myshopify.com, `access_token` that of a custom app's Admin API.
        Shopify { shop: String, access_token: String },
        Woocommerce { url: String, consumer_key: String, consumer_secret: String },
        /// `postgres://user:password@host/database`, or `hyperdrive:` and the name of a binding of this installation.
        Database { connection: String },
    }

    /// `POST /v1/integrations`: saved once the service has answered a real call.
    #[derive(Eq)]
    pub struct IntegrationConnect {
        pub kind: IntegrationKind,
        /// Absent where the service needs none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub secret: Option<IntegrationSecret>,
        #[serde(default)]
        pub settings: IntegrationSettings,
        /// Events that are sent; empty: all that this kind knows.
        #[serde(default)]
        pub events: Vec<String>,
        /// Agents whose events are sent; empty: of all.
        #[serde(default)]
        pub agents: Vec<AgentId>,
    }

    /// `PUT /v1/integrations/{integration}`
    #[derive(Eq)]
    pub struct IntegrationUpdate {
        pub settings: IntegrationSettings,
        #[serde(default)]
        pub events: Vec<String>,
        #[serde(default)]
        pub agents: Vec<AgentId>,
        pub enabled: bool,
        /// Absent: as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub secret: Option<IntegrationSecret>,
    }

    /// A connection to an outside service, without its secret.
    pub struct Integration {
        pub id: IntegrationId,
        pub kind: IntegrationKind,
        /// What the service calls the account.
        pub name: String,
        pub settings: IntegrationSettings,
        /// What deliveries to it are found under; absent where nothing is sent to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub endpoint_id: Option<EndpointId>,
        pub events: Vec<String>,
        pub agents: Vec<AgentId>,
        pub enabled: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub disabled_reason: Option<DisabledReason>,
        /// When the service accepted something last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_ok_at: Option<f64>,
        /// Why the last call failed; empty where it did not.
        #[serde(default)]
        pub last_error: String,
        pub created_at: f64,
        pub edited_at: f64,
        #[serde(default)]
        pub status: EndpointStatus,
    }

    /// `GET /v1/integrations`
    pub struct Integrations {
        pub integrations: Vec<Integration>,
        /// Whether this installation is registered with HubSpot.
        pub hubspot: bool,
    }

    /// Where the browser goes to agree.
    pub struct Authorize {
        pub url: String,
    }

    /// `POST /v1/secrets/rotate`
    #[derive(Copy, Eq)]
    pub struct Resealed {
        /// Values that were sealed with the newest key now.
        pub resealed: u32,
        /// Values of a key that is not there any more.
        pub unreadable: u32,
        /// Everything was gone through; else ask again.
        pub finished: bool,
    }

    /// One thing of a service that can be chosen.
    pub struct RemoteChoice {
        pub id: String,
        pub label: String,
    }

    /// `GET /v1/integrations/{integration}/fields`: what fields of a lead can be mapped to.
    pub struct RemoteFields {
        pub properties: Vec<RemoteChoice>,
        pub owners: Vec<RemoteChoice>,
    }
}

/// Fields of a lead that can be sent on.
pub const LEAD_FIELDS: [&str; 13] = [
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "page_url",
    "score",
    "status",
    "source",
    "agent",
    "owner",
    "lead_url",
    "conversation_url",
];

impl IntegrationKind {
    pub const ALL: [Self; 6] =
        [Self::Slack, Self::Hubspot, Self::Email, Self::Shopify, Self::Woocommerce, Self::Database];

    /// Its name, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Hubspot => "HubSpot",
            Self::Email => "E-mail",
            Self::Shopify => "Shopify",
            Self::Woocommerce => "WooCommerce",
            Self::Database => "PostgreSQL",
        }
    }

    /// Whether it answers what agents ask, as tools.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Shopify | Self::Woocommerce | Self::Database)
    }

    /// Events that can be sent to it.
    #[must_use]
    pub fn events(self) -> &'static [EventKind] {
        match self {
            Self::Slack => {
                &[EventKind::LeadCaptured, EventKind::ConversationEscalated, EventKind::ConversationHandedOff]
            }
            Self::Hubspot => &[EventKind::LeadCaptured, EventKind::LeadUpdated],
            Self::Email => &[EventKind::LeadCaptured],
            Self::Shopify | Self::Woocommerce | Self::Database => &[],
        }
    }
}
