//! The playground: one question as server-sent events.
