-- Calls above what their agent may do by itself: they wait here for a member. Expand only.

CREATE TABLE approvals (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  turn_id TEXT NOT NULL,
  tool_id TEXT NOT NULL,
  tool_title TEXT NOT NULL,
  -- The definition that was looked at; a call is made by no other.
  tool_edited_at REAL NOT NULL,
  -- What is called with what, as a digest: the same as in tool_runs.
  call_key TEXT NOT NULL,
  arguments TEXT NOT NULL,
  -- What a member sees of it.
  method TEXT NOT NULL,
  url TEXT NOT NULL,
  body TEXT NOT NULL,
  -- The visitor's, for what they are told.
  language TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'declined', 'expired', 'finished')),
  asked_at REAL NOT NULL,
  expires_at REAL NOT NULL,
  decided_at REAL,
  decided_by TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  succeeded INTEGER,
  result TEXT NOT NULL DEFAULT '',
  -- When something has to be done next: to expire, to call, to tell the visitor. Absent once they know.
  due_at REAL
);
-- A turn that is begun again asks once, and what waits already is not asked for again in another turn.
CREATE UNIQUE INDEX approvals_once ON approvals (workspace_id, turn_id, call_key);
CREATE UNIQUE INDEX approvals_open ON approvals (workspace_id, conversation_id, call_key) WHERE state IN ('waiting', 'approved');
CREATE INDEX approvals_by_time ON approvals (workspace_id, asked_at DESC, id DESC);
CREATE INDEX approvals_by_agent ON approvals (workspace_id, agent_id);
CREATE INDEX approvals_due ON approvals (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX approvals_by_age ON approvals (asked_at);
