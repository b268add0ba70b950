-- What agents do of their own accord, what visitors made of it, and variants of agents that are compared. Expand only.

CREATE TABLE rules (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  agent_id TEXT NOT NULL REFERENCES agents (id),
  content TEXT NOT NULL,
  -- The smallest comes first.
  priority INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);
CREATE INDEX rules_by_agent ON rules (workspace_id, agent_id, priority, id);

CREATE TABLE ctas (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  agent_id TEXT NOT NULL REFERENCES agents (id),
  content TEXT NOT NULL,
  priority INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);
CREATE INDEX ctas_by_agent ON ctas (workspace_id, agent_id, priority, id);

CREATE TABLE experiments (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  agent_id TEXT NOT NULL REFERENCES agents (id),
  kind TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'running', 'stopped')),
  content TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL,
  started_at REAL,
  stopped_at REAL,
  -- The variant that was kept.
  applied TEXT
);
CREATE INDEX experiments_by_agent ON experiments (workspace_id, agent_id, created_at DESC, id DESC);
-- Two of a kind at once would change the same thing.
CREATE UNIQUE INDEX experiments_running ON experiments (workspace_id, agent_id, kind) WHERE status = 'running';

-- What happened in visitors' pages, kept for 90 days. The page is kept without its query.
CREATE TABLE widget_events (
  workspace_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  -- The widget's own; unique in its conversation.
  id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL DEFAULT '',
  page TEXT NOT NULL DEFAULT '',
  -- Which variants of running experiments the visitor saw, as JSON.
  variants TEXT NOT NULL DEFAULT '[]',
  at REAL NOT NULL,
  PRIMARY KEY (workspace_id, conversation_id, id)
);
CREATE INDEX widget_events_by_agent ON widget_events (workspace_id, agent_id, at, kind, subject);
CREATE INDEX widget_events_by_visitor ON widget_events (workspace_id, visitor_id);
CREATE INDEX widget_events_by_age ON widget_events (at);

-- When a visitor saw their variant for the first time.
CREATE TABLE exposures (
  workspace_id TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  variant_id TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (workspace_id, experiment_id, visitor_id)
);
CREATE INDEX exposures_by_visitor ON exposures (workspace_id, visitor_id);
CREATE INDEX exposures_by_age ON exposures (at);

-- What visitors did that an owner hopes for; each thing once.
CREATE TABLE conversions (
  workspace_id TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- What was followed or made.
  subject TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (workspace_id, visitor_id, kind, subject)
);
CREATE INDEX conversions_by_age ON conversions (at);
