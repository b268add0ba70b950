//! The workspace: settings, members, invitations, API keys, audit log.
