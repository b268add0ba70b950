//! The workspace: its settings, members, invitations, API keys and audit log.

use crate::agent::{BusinessHours, WorkspaceModels};
use crate::api::Role;
use crate::permission::Permission;
use crate::{ApiKeyId, AuditId, InvitationId, UserId, WorkspaceId, wire};

wire! {
    /// A workspace as one of its members sees it.
    pub struct Workspace {
        pub id: WorkspaceId,
        pub name: String,
        pub role: Role,
    }

    pub struct NewWorkspace {
        pub name: String,
    }

    /// `GET /v1/workspace`
    pub struct WorkspaceSettings {
        pub id: WorkspaceId,
        pub name: String,
        pub plan: String,
        pub profile: BusinessProfile,
        pub created_at: f64,
        /// Days that the words of a conversation are kept after its last turn.
        #[serde(default = "thirty")]
        pub retention_days: u32,
        /// Of agents that name none of their own.
        #[serde(default)]
        pub models: WorkspaceModels,
    }

    /// `GET /v1/workspace/retention?days=…`: what would go if words were kept that many days.
    pub struct RetentionPreview {
        /// Conversations that would lose their words.
        pub conversations: u64,
    }

    /// The business behind the agent.
    #[derive(Default)]
    #[serde(default)]
    pub struct BusinessProfile {
        /// Postal address, free text.
        pub address: String,
        pub phone: String,
        pub email: String,
        pub website: String,
        pub hours: BusinessHours,
    }

    /// Absent fields stay as they are.
    #[derive(Default)]
    #[serde(default)]
    pub struct WorkspaceUpdate {
        pub name: Option<String>,
        pub profile: Option<BusinessProfile>,
        /// From 1 to 365.
        pub retention_days: Option<u32>,
        /// As a whole: what is absent of it is none.
        pub models: Option<WorkspaceModels>,
    }

    /// `POST /v1/workspace/delete`: its name typed again, and the password.
    pub struct DeleteWorkspace {
        pub name: String,
        pub password: String,
    }

    pub struct TransferOwnership {
        pub user_id: UserId,
        pub password: String,
    }

    /// `GET /v1/members`
    pub struct TeamMember {
        pub user_id: UserId,
        pub name: String,
        pub email: String,
        pub role: Role,
        pub totp_enabled: bool,
        pub joined_at: f64,
    }

    pub struct MemberUpdate {
        pub role: Role,
    }

    pub struct NewInvitation {
        pub email: String,
        pub role: Role,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum InvitationState {
        Pending,
        Expired,
    }

    /// `GET /v1/invitations`: those that were not accepted or revoked.
    pub struct Invitation {
        pub id: InvitationId,
        pub email: String,
        pub role: Role,
        pub state: InvitationState,
        pub invited_by: String,
        pub created_at: f64,
        pub expires_at: f64,
    }

    /// `POST /v1/auth/invitation`: what a mailed link invites to.
    pub struct InvitationPreview {
        pub workspace_name: String,
        pub invited_by: String,
        pub email: String,
        pub role: Role,
        /// The address has an account: sign in with it to join. Told to the holder of the mailed link alone.
        pub account_exists: bool,
    }

    /// `POST /v1/auth/invitation/accept`: a newcomer names themselves and sets a password; who has an account
    /// is signed in with it and sends the token alone.
    pub struct AcceptInvitation {
        pub token: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub password: Option<String>,
    }

    pub struct NewApiKey {
        pub name: String,
        pub scopes: Vec<Permission>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_at: Option<f64>,
        /// Requests a minute; 60 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub rate_limit: Option<u32>,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum ApiKeyState {
        Active,
        /// Replaced by another key, good until it expires.
        Rotating,
        Expired,
        Revoked,
    }

    pub struct ApiKey {
        pub id: ApiKeyId,
        pub name: String,
        /// The start of the key, to recognise it by.
        pub prefix: String,
        pub scopes: Vec<Permission>,
        pub state: ApiKeyState,
        pub rate_limit: u32,
        pub created_by: String,
        pub created_at: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_at: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_used_at: Option<f64>,
    }

    /// A key with its secret: `Authorization: Bearer …`. The secret is never shown again.
    pub struct IssuedApiKey {
        pub key: ApiKey,
        pub secret: String,
    }

    /// `POST /v1/api-keys/{key}/rotate`: the old key is good for this long beside the new one.
    pub struct RotateApiKey {
        pub overlap_hours: u32,
    }

    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum Actor {
        Member { user_id: UserId, name: String },
        ApiKey { key_id: ApiKeyId, name: String },
        /// The product itself, as in a schedule.
        System,
    }

    /// `GET /v1/audit-log`
    pub struct AuditEntry {
        pub id: AuditId,
        pub at: f64,
        pub actor: Actor,
        /// The network address it was done from.
        pub address: String,
        /// As in `agent.published`.
        pub action: String,
        /// The id of what was changed.
        pub subject: String,
        /// Its name at that time.
        pub subject_name: String,
        pub changes: Vec<Change>,
    }

    /// One field before and after, in words.
    #[derive(Eq)]
    pub struct Change {
        /// As in `theme.accent`.
        pub field: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub before: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub after: Option<String>,
    }
}

fn thirty() -> u32 {
    30
}
