-- Receivers of events, and which events have still to be brought to them. Expand only.

CREATE TABLE webhook_endpoints (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  -- Names of events, and ids of agents, as JSON lists; an empty list takes all.
  event_filter TEXT NOT NULL,
  agent_filter TEXT NOT NULL,
  -- The newest first: each sealed, with when it was set and, for replaced ones, until when it still signs, as JSON.
  secrets TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  disabled_reason TEXT,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);
CREATE INDEX webhook_endpoints_by_workspace ON webhook_endpoints (workspace_id, created_at);

-- When an event has to be brought to its receivers; NULL: it was, or nobody wants it.
ALTER TABLE events ADD COLUMN due_at REAL;
CREATE INDEX events_due ON events (workspace_id, due_at) WHERE due_at IS NOT NULL;
