//! The workspace: settings, members, invitations, API keys, audit log.

use super::{Listed, NOTHING, Reply, address, list, one};
use protocol::api::{
    ApiKey, AuditEntry, DeleteWorkspace, Done, Invitation, IssuedApiKey, MemberUpdate, NewApiKey,
    NewInvitation, Receipt, RetentionPreview, RotateApiKey, TeamMember, TransferOwnership, Usage,
    UsageLimits, WorkspaceSettings, WorkspaceUpdate,
};
use protocol::routes::RouteId;
use protocol::{ApiKeyId, InvitationId, UserId};

pub(crate) async fn settings() -> Reply<WorkspaceSettings> {
    one(RouteId::WorkspaceSettings, &[], &[], NOTHING).await
}

pub(crate) async fn update_settings(body: WorkspaceUpdate) -> Reply<WorkspaceSettings> {
    one(RouteId::UpdateWorkspace, &[], &[], Some(&body)).await
}

pub(crate) async fn retention_preview(days: u32) -> Reply<RetentionPreview> {
    one(RouteId::RetentionPreview, &[], &[("days", Some(days.to_string()))], NOTHING).await
}

pub(crate) async fn usage() -> Reply<Usage> {
    one(RouteId::Usage, &[], &[], NOTHING).await
}

pub(crate) async fn set_limits(body: UsageLimits) -> Reply<Usage> {
    one(RouteId::SetUsageLimits, &[], &[], Some(&body)).await
}

pub(crate) async fn delete_workspace(body: DeleteWorkspace) -> Reply<Done> {
    one(RouteId::DeleteWorkspace, &[], &[], Some(&body)).await
}

pub(crate) async fn transfer(body: TransferOwnership) -> Reply<Done> {
    one(RouteId::TransferOwnership, &[], &[], Some(&body)).await
}

pub(crate) async fn members(cursor: Option<String>) -> Reply<Listed<TeamMember>> {
    list(RouteId::Members, "", &[("cursor", cursor)]).await
}

pub(crate) async fn update_member(id: UserId, body: MemberUpdate) -> Reply<TeamMember> {
    one(RouteId::UpdateMember, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn remove_member(id: UserId) -> Reply<Done> {
    one(RouteId::RemoveMember, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn invitations(cursor: Option<String>) -> Reply<Listed<Invitation>> {
    list(RouteId::Invitations, "", &[("cursor", cursor)]).await
}

pub(crate) async fn invite(body: NewInvitation) -> Reply<Invitation> {
    one(RouteId::Invite, &[], &[], Some(&body)).await
}

pub(crate) async fn resend_invitation(id: InvitationId) -> Reply<Invitation> {
    one(RouteId::ResendInvitation, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn revoke_invitation(id: InvitationId) -> Reply<Done> {
    one(RouteId::RevokeInvitation, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn keys(cursor: Option<String>) -> Reply<Listed<ApiKey>> {
    list(RouteId::ApiKeys, "", &[("cursor", cursor)]).await
}

pub(crate) async fn create_key(body: NewApiKey) -> Reply<IssuedApiKey> {
    one(RouteId::CreateApiKey, &[], &[], Some(&body)).await
}

pub(crate) async fn rotate_key(id: ApiKeyId, body: RotateApiKey) -> Reply<IssuedApiKey> {
    one(RouteId::RotateApiKey, &[id.as_str()], &[], Some(&body)).await
}

pub(crate) async fn revoke_key(id: ApiKeyId) -> Reply<Done> {
    one(RouteId::RevokeApiKey, &[id.as_str()], &[], NOTHING).await
}

/// Which entries of the audit log are asked for; times are Unix milliseconds.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct AuditFilter {
    pub(crate) actor: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) from: Option<f64>,
    pub(crate) to: Option<f64>,
}

impl AuditFilter {
    fn query(self, cursor: Option<String>) -> [(&'static str, Option<String>); 5] {
        [
            ("actor", self.actor),
            ("action", self.action),
            ("from", self.from.map(|at| at.to_string())),
            ("to", self.to.map(|at| at.to_string())),
            ("cursor", cursor),
        ]
    }
}

pub(crate) async fn audit_log(filter: AuditFilter, cursor: Option<String>) -> Reply<Listed<AuditEntry>> {
    list(RouteId::AuditLog, "", &filter.query(cursor)).await
}

/// Receipts of what was removed or handed out.
pub(crate) async fn receipts() -> Reply<Vec<Receipt>> {
    one(RouteId::Receipts, &[], &[], NOTHING).await
}

/// Where the browser downloads the same entries as CSV.
pub(crate) fn audit_export(filter: AuditFilter) -> String {
    address(RouteId::AuditExport, &[], &filter.query(None))
}
