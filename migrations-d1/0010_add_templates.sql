-- Replies that members keep ready, and each one that was sent. Expand only.

CREATE TABLE templates (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  -- Absent: for conversations of every agent.
  agent_id TEXT,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);
CREATE UNIQUE INDEX templates_by_name ON templates (workspace_id, name COLLATE NOCASE);

-- By the message that was sent, so that sending it again counts nothing.
CREATE TABLE template_uses (
  workspace_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  template_id TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (workspace_id, message_id)
);
CREATE INDEX template_uses_by_template ON template_uses (workspace_id, template_id, at DESC);

-- The inbox of all agents.
CREATE INDEX conversations_by_time ON conversations (workspace_id, last_at DESC, id);
