-- What was removed by age and what was handed out of a person, in numbers; and backups that were restored here. Erasures
-- have receipts of their own, which hold what is left to do. Expand only.
CREATE TABLE receipts (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL CHECK (kind IN ('retention', 'export')),
  -- Who asked for it; empty: the schedule.
  by_name TEXT NOT NULL,
  -- A salted digest of whom it was about; empty where it was about nobody.
  subject TEXT NOT NULL DEFAULT '',
  -- How many of what, and where they were, as JSON.
  counts TEXT NOT NULL,
  requested_at REAL NOT NULL,
  done_at REAL NOT NULL
);
CREATE INDEX receipts_by_workspace ON receipts (workspace_id, requested_at DESC, id DESC);

CREATE TABLE restores (
  -- The backup's digest.
  id TEXT PRIMARY KEY,
  -- Its pages that are here.
  pages INTEGER NOT NULL DEFAULT 0,
  begun_at REAL NOT NULL,
  -- NULL: it is being restored, and the schedule waits.
  ended_at REAL
);
