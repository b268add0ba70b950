-- Registration, teams, agents as drafts and versions, knowledge besides the website. Times are Unix
-- milliseconds. Expand only: the columns of 0001 keep their meaning.

ALTER TABLE users ADD COLUMN email_verified_at REAL;
-- Sealed; in force when totp_enabled_at is set.
ALTER TABLE users ADD COLUMN totp_secret TEXT;
ALTER TABLE users ADD COLUMN totp_enabled_at REAL;
-- The last time step whose code was accepted: a code is good once.
ALTER TABLE users ADD COLUMN totp_used_step INTEGER NOT NULL DEFAULT 0;
-- The workspace looked at last.
ALTER TABLE users ADD COLUMN workspace_id TEXT;

-- Sessions of the first release end here. A session may look at no workspace: its user may belong to none.
DROP TABLE sessions;
CREATE TABLE sessions (
  secret_digest TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id),
  workspace_id TEXT REFERENCES workspaces (id),
  address TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  created_at REAL NOT NULL,
  last_used_at REAL NOT NULL DEFAULT 0,
  expires_at REAL NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Hits of a subject (a hashed address, account or key) in a window of a minute.
CREATE TABLE rate_limits (
  subject TEXT NOT NULL,
  window_start REAL NOT NULL,
  hits INTEGER NOT NULL,
  PRIMARY KEY (subject, window_start)
);

-- Mailed links and challenges, by the digest of their token; each good once.
CREATE TABLE links (
  token_digest TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  user_id TEXT,
  payload TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at REAL NOT NULL,
  expires_at REAL NOT NULL
);
CREATE INDEX links_by_user ON links (user_id, purpose);

CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_digest TEXT NOT NULL,
  used_at REAL,
  PRIMARY KEY (user_id, code_digest)
);

-- Accounts elsewhere that sign in here.
CREATE TABLE identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at REAL NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

ALTER TABLE workspaces ADD COLUMN plan TEXT NOT NULL DEFAULT 'free';
ALTER TABLE workspaces ADD COLUMN profile TEXT NOT NULL DEFAULT '{}';
-- Closed: unreachable at once, purged step by step.
ALTER TABLE workspaces ADD COLUMN deleted_at REAL;

CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
  token_digest TEXT NOT NULL UNIQUE,
  invited_by TEXT NOT NULL,
  created_at REAL NOT NULL,
  expires_at REAL NOT NULL
);
CREATE UNIQUE INDEX invitations_by_email ON invitations (workspace_id, email);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  secret_digest TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  rate_limit INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  created_at REAL NOT NULL,
  expires_at REAL,
  last_used_at REAL,
  rotated_to TEXT,
  revoked_at REAL
);
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, created_at);

-- Append-only.
CREATE TABLE audit_log (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_name TEXT NOT NULL,
  changes TEXT NOT NULL
);
CREATE INDEX audit_log_by_workspace ON audit_log (workspace_id, at DESC, id DESC);

-- Mails to send: the row is the truth, removed or emptied after the provider took it. The body is sealed.
CREATE TABLE mails (
  id TEXT PRIMARY KEY,
  workspace_id TEXT,
  recipient TEXT NOT NULL,
  purpose TEXT NOT NULL,
  sealed TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at REAL,
  reason TEXT,
  created_at REAL NOT NULL,
  sent_at REAL
);
CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;

ALTER TABLE agents ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE agents ADD COLUMN edited_at REAL NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN edited_by TEXT NOT NULL DEFAULT '';
ALTER TABLE agents ADD COLUMN archived_at REAL;
-- Deleted for members; what it knew is being forgotten.
ALTER TABLE agents ADD COLUMN deleted_at REAL;
-- Publications and unpublications so far, and when the edges have to be told (again).
ALTER TABLE agents ADD COLUMN edge_change INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN edge_due_at REAL;
-- The same for curated answers.
ALTER TABLE agents ADD COLUMN curated_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN curated_due_at REAL;
CREATE INDEX agents_due ON agents (edge_due_at) WHERE edge_due_at IS NOT NULL;
CREATE INDEX agents_curated_due ON agents (curated_due_at) WHERE curated_due_at IS NOT NULL;

ALTER TABLE agent_versions ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE agent_versions ADD COLUMN published_by TEXT NOT NULL DEFAULT '';
ALTER TABLE agent_versions ADD COLUMN restored INTEGER;

ALTER TABLE sources ADD COLUMN title TEXT NOT NULL DEFAULT '';
-- What was written in the dashboard: Markdown, or the pairs of a FAQ list as JSON.
ALTER TABLE sources ADD COLUMN content TEXT;
-- When a text, FAQ list or feed has to be read (again); files have their own.
ALTER TABLE sources ADD COLUMN due_at REAL;
ALTER TABLE sources ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sources_due ON sources (due_at) WHERE due_at IS NOT NULL;
DROP INDEX sources_by_url;
CREATE UNIQUE INDEX sources_by_address ON sources (workspace_id, agent_id, url) WHERE url <> '';

CREATE TABLE files (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kind TEXT,
  bytes INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  pages INTEGER,
  passages INTEGER NOT NULL DEFAULT 0,
  document_id TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at REAL,
  created_at REAL NOT NULL
);
CREATE INDEX files_by_source ON files (workspace_id, source_id, created_at);
CREATE INDEX files_due ON files (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE curated_answers (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  content TEXT NOT NULL,
  priority INTEGER NOT NULL,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);
CREATE INDEX curated_answers_by_agent ON curated_answers (workspace_id, agent_id, priority, id);

CREATE TABLE playground_feedback (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  rating TEXT NOT NULL,
  reason TEXT NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  version INTEGER,
  at REAL NOT NULL
);
CREATE INDEX playground_feedback_by_agent ON playground_feedback (workspace_id, agent_id, at DESC);

-- What happened, for metrics and (later) deliveries; append-only, each once by its id.
CREATE TABLE events (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  data TEXT NOT NULL,
  at REAL NOT NULL
);
CREATE INDEX events_by_workspace ON events (workspace_id, at DESC, id DESC);
CREATE INDEX events_by_kind ON events (workspace_id, kind, at);
