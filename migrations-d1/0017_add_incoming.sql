-- What other services tell us: their doors, each event once, every attempt at it. Expand only.

CREATE TABLE incoming_endpoints (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  -- Events concern this agent alone; NULL: the whole workspace.
  agent_id TEXT,
  -- How its sender proves itself, as in domain::incoming.
  channel TEXT NOT NULL,
  name TEXT NOT NULL,
  -- As webhook_endpoints.secrets.
  secrets TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);
CREATE INDEX incoming_endpoints_by_workspace ON incoming_endpoints (workspace_id, created_at);

-- The id follows from the endpoint and what the sender knows the event by, so that the same one is stored once.
CREATE TABLE incoming_events (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  agent_id TEXT,
  -- The sender's own id of it.
  sender_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- The effect as JSON; empty where a person it was about was erased.
  payload TEXT NOT NULL,
  -- A digest; of those with the same, the newest counts. Empty: each counts.
  order_key TEXT NOT NULL,
  happened_at REAL NOT NULL,
  received_at REAL NOT NULL,
  state TEXT NOT NULL,
  -- Attempts of all rounds, and failed ones of this round.
  attempts INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  due_at REAL,
  -- Whose turn it is; only who holds it may end the attempt.
  claim TEXT
);
CREATE INDEX incoming_events_by_state ON incoming_events (workspace_id, state, received_at DESC, id DESC);
CREATE INDEX incoming_events_by_age ON incoming_events (workspace_id, received_at DESC, id DESC);
CREATE INDEX incoming_events_due ON incoming_events (workspace_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX incoming_events_in_order ON incoming_events (workspace_id, order_key, happened_at) WHERE order_key <> '';
CREATE INDEX incoming_events_by_claim ON incoming_events (workspace_id, claim) WHERE claim IS NOT NULL;

CREATE TABLE incoming_attempts (
  workspace_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  at REAL NOT NULL,
  ended_at REAL,
  succeeded INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (event_id, number)
);

-- People that an agent's end must not take along, because no lead brought them.
ALTER TABLE contacts ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
