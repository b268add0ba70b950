//! One's own account: `/v1/auth/…`, `/v1/account/…`, `/v1/workspaces/…`.

use super::{Listed, NOTHING, Reply, list, one};
use protocol::api::{
    AcceptInvitation, AccountUpdate, AuthOptions, ChangeEmail, ChangePassword, CodeRequest, Done,
    EmailRequest, InvitationPreview, LoginRequest, Me, NewWorkspace, PasswordRequest, RecoveryCodes,
    RegisterRequest, ResetPasswordRequest, SecondFactorRequest, Session, SignIn, TokenRequest, TotpSetup,
    Workspace,
};
use protocol::routes::RouteId;
use protocol::{SessionId, WorkspaceId};

pub(crate) async fn login(body: LoginRequest) -> Reply<SignIn> {
    one(RouteId::Login, &[], &[], Some(&body)).await
}

pub(crate) async fn register(body: RegisterRequest) -> Reply<SignIn> {
    one(RouteId::Register, &[], &[], Some(&body)).await
}

pub(crate) async fn second_factor(body: SecondFactorRequest) -> Reply<SignIn> {
    one(RouteId::LoginSecondFactor, &[], &[], Some(&body)).await
}

pub(crate) async fn options() -> Reply<AuthOptions> {
    one(RouteId::AuthOptions, &[], &[], NOTHING).await
}

pub(crate) async fn verify_email(body: TokenRequest) -> Reply<SignIn> {
    one(RouteId::VerifyEmail, &[], &[], Some(&body)).await
}

pub(crate) async fn confirm_email_change(body: TokenRequest) -> Reply<Done> {
    one(RouteId::ConfirmEmailChange, &[], &[], Some(&body)).await
}

pub(crate) async fn forgot_password(body: EmailRequest) -> Reply<Done> {
    one(RouteId::ForgotPassword, &[], &[], Some(&body)).await
}

pub(crate) async fn reset_password(body: ResetPasswordRequest) -> Reply<Done> {
    one(RouteId::ResetPassword, &[], &[], Some(&body)).await
}

pub(crate) async fn invitation(body: TokenRequest) -> Reply<InvitationPreview> {
    one(RouteId::InvitationPreview, &[], &[], Some(&body)).await
}

pub(crate) async fn accept_invitation(body: AcceptInvitation) -> Reply<SignIn> {
    one(RouteId::AcceptInvitation, &[], &[], Some(&body)).await
}

pub(crate) async fn logout() -> Reply<Done> {
    one(RouteId::Logout, &[], &[], NOTHING).await
}

pub(crate) async fn me() -> Reply<Me> {
    one(RouteId::Me, &[], &[], NOTHING).await
}

pub(crate) async fn resend_verification() -> Reply<Done> {
    one(RouteId::ResendVerification, &[], &[], NOTHING).await
}

pub(crate) async fn update(body: AccountUpdate) -> Reply<Me> {
    one(RouteId::UpdateAccount, &[], &[], Some(&body)).await
}

pub(crate) async fn change_password(body: ChangePassword) -> Reply<Done> {
    one(RouteId::ChangePassword, &[], &[], Some(&body)).await
}

pub(crate) async fn change_email(body: ChangeEmail) -> Reply<Done> {
    one(RouteId::ChangeEmail, &[], &[], Some(&body)).await
}

pub(crate) async fn begin_totp(body: PasswordRequest) -> Reply<TotpSetup> {
    one(RouteId::BeginTotp, &[], &[], Some(&body)).await
}

pub(crate) async fn confirm_totp(body: CodeRequest) -> Reply<RecoveryCodes> {
    one(RouteId::ConfirmTotp, &[], &[], Some(&body)).await
}

pub(crate) async fn disable_totp(body: PasswordRequest) -> Reply<Done> {
    one(RouteId::DisableTotp, &[], &[], Some(&body)).await
}

pub(crate) async fn renew_recovery_codes(body: PasswordRequest) -> Reply<RecoveryCodes> {
    one(RouteId::RenewRecoveryCodes, &[], &[], Some(&body)).await
}

pub(crate) async fn sessions(cursor: Option<String>) -> Reply<Listed<Session>> {
    list(RouteId::Sessions, "", &[("cursor", cursor)]).await
}

pub(crate) async fn revoke_session(id: SessionId) -> Reply<Done> {
    one(RouteId::RevokeSession, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn revoke_other_sessions() -> Reply<Done> {
    one(RouteId::RevokeOtherSessions, &[], &[], NOTHING).await
}

pub(crate) async fn delete(body: PasswordRequest) -> Reply<Done> {
    one(RouteId::DeleteAccount, &[], &[], Some(&body)).await
}

pub(crate) async fn create_workspace(body: NewWorkspace) -> Reply<Workspace> {
    one(RouteId::CreateWorkspace, &[], &[], Some(&body)).await
}

pub(crate) async fn select_workspace(id: WorkspaceId) -> Reply<Me> {
    one(RouteId::SelectWorkspace, &[id.as_str()], &[], NOTHING).await
}

pub(crate) async fn leave_workspace(id: WorkspaceId) -> Reply<Done> {
    one(RouteId::LeaveWorkspace, &[id.as_str()], &[], NOTHING).await
}
