-- The relations of the first release. Every tenant table carries workspace_id, and every statement binds it.
-- Times are Unix milliseconds.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  created_at REAL NOT NULL
);

CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  jurisdiction TEXT NOT NULL DEFAULT 'anywhere',
  created_at REAL NOT NULL
);

CREATE TABLE members (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
  created_at REAL NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

-- A session is found by the digest of its secret; the secret itself is only in the cookie.
CREATE TABLE sessions (
  secret_digest TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  created_at REAL NOT NULL,
  expires_at REAL NOT NULL
);

-- Failed sign-ins by address and by account, for the limit.
CREATE TABLE sign_in_attempts (
  subject TEXT NOT NULL,
  at REAL NOT NULL
);
CREATE INDEX sign_in_attempts_by_subject ON sign_in_attempts (subject, at);

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  draft TEXT NOT NULL,
  published_version INTEGER,
  created_at REAL NOT NULL
);
CREATE INDEX agents_by_workspace ON agents (workspace_id, created_at);

CREATE TABLE agent_versions (
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  version INTEGER NOT NULL,
  snapshot TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (agent_id, version)
);

CREATE TABLE sources (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  kind TEXT NOT NULL,
  url TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  run_id TEXT,
  progress TEXT NOT NULL DEFAULT '{}',
  created_at REAL NOT NULL,
  last_synced_at REAL
);
CREATE INDEX sources_by_agent ON sources (workspace_id, agent_id, created_at);
CREATE UNIQUE INDEX sources_by_url ON sources (workspace_id, agent_id, url);

CREATE TABLE documents (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
  run_id TEXT NOT NULL,
  url TEXT NOT NULL,
  title TEXT NOT NULL,
  language TEXT,
  content_hash TEXT NOT NULL,
  passages INTEGER NOT NULL,
  fetched_at REAL NOT NULL
);
CREATE INDEX documents_by_source ON documents (workspace_id, source_id);

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  state TEXT NOT NULL,
  first_question TEXT NOT NULL,
  page_url TEXT,
  started_at REAL NOT NULL,
  last_at REAL NOT NULL
);
CREATE INDEX conversations_by_agent ON conversations (workspace_id, agent_id, last_at DESC, id);

-- One row per turn without its words: those are in the workspace's archive.
CREATE TABLE turns (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  state TEXT NOT NULL,
  low_confidence INTEGER NOT NULL,
  confidence REAL NOT NULL,
  provider TEXT NOT NULL,
  first_token_ms REAL NOT NULL,
  total_ms REAL NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  asked_at REAL NOT NULL
);
CREATE INDEX turns_by_conversation ON turns (workspace_id, conversation_id);
CREATE INDEX turns_by_agent ON turns (workspace_id, agent_id, asked_at DESC);
