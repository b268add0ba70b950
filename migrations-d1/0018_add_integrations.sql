-- Connections of workspaces to outside services. Expand only.

CREATE TABLE integrations (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL,
  -- What the service calls the account, for people.
  name TEXT NOT NULL,
  -- What members choose, as JSON; nothing secret.
  settings TEXT NOT NULL,
  -- Credentials, sealed as one JSON text; NULL where the service needs none.
  secret TEXT,
  last_ok_at REAL,
  -- Why the last call failed; empty where it did not.
  last_error TEXT NOT NULL DEFAULT '',
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);
CREATE INDEX integrations_by_workspace ON integrations (workspace_id, created_at);

-- The integration that shapes what is delivered; NULL: a webhook.
ALTER TABLE webhook_endpoints ADD COLUMN integration_id TEXT;

-- Whose turn each lead was.
CREATE TABLE lead_turns (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  integration_id TEXT NOT NULL,
  lead_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  at REAL NOT NULL,
  UNIQUE (integration_id, lead_id)
);
CREATE INDEX lead_turns_by_user ON lead_turns (workspace_id, integration_id, user_id, place);
