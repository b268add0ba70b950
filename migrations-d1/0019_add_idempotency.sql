-- Requests that came with an idempotency key, for a day: what they asked, and what they were answered. Expand only.

CREATE TABLE idempotent_requests (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  -- The member or API key that asks; keys of two are two.
  holder TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Digest of method, address and body.
  asked TEXT NOT NULL,
  begun_at REAL NOT NULL,
  -- NULL: it runs, or was cut off.
  status INTEGER,
  -- Sealed; NULL where it is not kept.
  answer TEXT,
  PRIMARY KEY (workspace_id, holder, key)
);
CREATE INDEX idempotent_requests_by_time ON idempotent_requests (begun_at);
