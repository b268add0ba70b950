//! Agents: drafts, versions, publication.
