//! Who signs in: registration, sign-in, second factor, sessions.

use crate::api::Workspace;
use crate::{SessionId, UserId, wire};

wire! {
    /// `POST /v1/auth/register`: a user and a workspace of which they are the owner.
    pub struct RegisterRequest {
        pub name: String,
        pub email: String,
        pub password: String,
        /// The workspace's name; "{name}'s workspace" when empty.
        #[serde(default)]
        pub workspace: String,
    }

    /// `POST /v1/auth/login`
    pub struct LoginRequest {
        pub email: String,
        pub password: String,
    }

    /// Where a sign-in stands.
    #[serde(tag = "state", rename_all = "snake_case")]
    pub enum SignIn {
        SignedIn { me: Me },
        /// The account has a second factor: send a code with this challenge within its time.
        SecondFactor { challenge: String, expires_at: f64 },
        /// An account was made, or exists already; a mail says which. The link in it goes on.
        CheckMail { email: String },
    }

    /// `POST /v1/auth/login/second-factor`: six digits of the authenticator, or a recovery code.
    pub struct SecondFactorRequest {
        pub challenge: String,
        pub code: String,
    }

    /// `GET /v1/auth/me`
    pub struct Me {
        pub user_id: UserId,
        pub name: String,
        pub email: String,
        pub email_verified: bool,
        pub totp_enabled: bool,
        /// Recovery codes that were not used yet.
        #[serde(default)]
        pub recovery_codes_left: u32,
        /// False for those who only ever signed in with Google.
        pub has_password: bool,
        /// The workspace the session looks at; absent for someone who belongs to none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub workspace: Option<Workspace>,
        /// All workspaces of the user, by name.
        #[serde(default)]
        pub workspaces: Vec<Workspace>,
    }

    /// A token from a mailed link.
    pub struct TokenRequest {
        pub token: String,
    }

    pub struct EmailRequest {
        pub email: String,
    }

    /// `POST /v1/auth/reset-password`: ends all sessions of the account.
    pub struct ResetPasswordRequest {
        pub token: String,
        pub password: String,
    }

    /// `GET /v1/auth/options`: what this installation offers.
    #[derive(Copy, Eq)]
    pub struct AuthOptions {
        pub google: bool,
        /// Mails can be read at `/dev/outbox`, because this is a developer's machine.
        pub outbox: bool,
    }

    pub struct AccountUpdate {
        pub name: String,
    }

    pub struct ChangePassword {
        pub current: String,
        pub new: String,
    }

    /// `POST /v1/account/email`: the new address takes effect when its link was followed.
    pub struct ChangeEmail {
        pub email: String,
        pub password: String,
    }

    /// The password again, before something that cannot be undone or weakens the account.
    pub struct PasswordRequest {
        pub password: String,
    }

    /// `POST /v1/account/totp`: shown once, in force after it was confirmed with a code.
    pub struct TotpSetup {
        /// Base 32, for typing.
        pub secret: String,
        /// `otpauth://totp/…`
        pub uri: String,
        /// The same as a QR code: an SVG document.
        pub qr_svg: String,
    }

    pub struct CodeRequest {
        pub code: String,
    }

    /// Ten codes, each good once. They are never shown again.
    pub struct RecoveryCodes {
        pub codes: Vec<String>,
    }

    /// `GET /v1/account/sessions`
    pub struct Session {
        pub id: SessionId,
        pub current: bool,
        /// The browser, in words.
        pub device: String,
        /// The network address it was last used from.
        pub address: String,
        pub created_at: f64,
        pub last_used_at: f64,
    }
}
