//! What a member or an API key may do. Which role has which is one table in `domain::permissions`; the names
//! are also the scopes of API keys.

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($name:ident $wire:literal $words:literal;)*) => {
        /// One thing that may be allowed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Permission {
            $(#[serde(rename = $wire)] #[doc = $words] $name,)*
        }

        impl Permission {
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)*];

            /// The name on the wire and in a key's scopes.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Permission::$name => $wire,)* }
            }

            /// What it allows, for people.
            #[must_use]
            pub fn describe(self) -> &'static str {
                match self { $(Permission::$name => $words,)* }
            }
        }
    };
}

permissions! {
    AgentsRead "agents:read" "See agents, their tools, versions and the playground";
    AgentsWrite "agents:write" "Create, edit, publish and delete agents and their tools";
    KnowledgeRead "knowledge:read" "See sources, files and curated answers";
    KnowledgeWrite "knowledge:write" "Add, change and delete sources, files and curated answers";
    ConversationsRead "conversations:read" "Read conversations";
    ConversationsWrite "conversations:write" "Answer and close conversations, and write response templates";
    LeadsRead "leads:read" "See leads and contacts, and export them";
    LeadsWrite "leads:write" "Change, merge and answer leads";
    LeadsErase "leads:erase" "Erase a person with all that is held of them";
    MembersRead "members:read" "See members and invitations";
    MembersWrite "members:write" "Invite and remove members, change roles";
    WorkspaceRead "workspace:read" "See the workspace's settings";
    WorkspaceWrite "workspace:write" "Change the workspace's name, hours and address";
    WebhooksRead "webhooks:read" "See webhooks and what was delivered to them";
    WebhooksWrite "webhooks:write" "Add, change, replay and delete webhooks";
    OperationsRead "operations:read" "See jobs, and the health of what the product depends on";
    OperationsWrite "operations:write" "Try jobs again that failed";
    IntegrationsRead "integrations:read" "See which outside services are connected, and how they do";
    IntegrationsWrite "integrations:write" "Connect, change, test and disconnect outside services";
    KeysWrite "keys:write" "Create, rotate and revoke API keys";
    AuditRead "audit:read" "Read and export the audit log";
    BillingWrite "billing:write" "Change the plan and pay";
    WorkspaceOwn "workspace:own" "Transfer and delete the workspace";
}
