//! The agent: list, editor with live preview, versions.
