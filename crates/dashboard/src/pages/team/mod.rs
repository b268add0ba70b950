//! The workspace: members, invitations, settings, API keys, audit log.
