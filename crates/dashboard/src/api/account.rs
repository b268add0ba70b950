//! One's own account: `/v1/auth/…`, `/v1/account/…`, `/v1/workspaces/…`.
