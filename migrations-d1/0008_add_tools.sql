-- What agents can do besides answering: calls of other systems, and each time one was made. Expand only.

CREATE TABLE tools (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  -- What models call it by; a copy of the one in content.
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  -- By what the other system lets us in: kind, user or header name, the sealed secret and when it was set, as JSON.
  auth TEXT,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);
CREATE UNIQUE INDEX tools_by_name ON tools (workspace_id, name);

-- A call is a row before it is made, so that a turn that is begun again makes it once.
CREATE TABLE tool_runs (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  tool_id TEXT NOT NULL,
  tool_name TEXT NOT NULL,
  -- Absent where a member tried the tool; then tried_by is the member.
  agent_id TEXT,
  conversation_id TEXT,
  turn_id TEXT,
  -- What was called with what, as a digest; with the turn it is the call.
  call_key TEXT NOT NULL,
  tried_by TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'refused')),
  arguments TEXT NOT NULL,
  http_status INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  duration_ms REAL NOT NULL DEFAULT 0,
  result TEXT NOT NULL DEFAULT '',
  at REAL NOT NULL
);
CREATE UNIQUE INDEX tool_runs_once ON tool_runs (workspace_id, turn_id, call_key) WHERE turn_id IS NOT NULL;
CREATE INDEX tool_runs_by_tool ON tool_runs (workspace_id, tool_id, at DESC, id DESC);
CREATE INDEX tool_runs_by_age ON tool_runs (at);
