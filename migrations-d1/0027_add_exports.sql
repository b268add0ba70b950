-- Files of everything held of a person, made by a job. Expand only; receipts come to know that such a file was downloaded.

CREATE TABLE person_exports (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  -- Whoever removes the person, removes this; the file goes with the erasure, else because no row knows it any more.
  contact_id TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  by_name TEXT NOT NULL,
  requested_at REAL NOT NULL,
  -- NULL: it was made, given up or called off.
  due_at REAL,
  tries INTEGER NOT NULL DEFAULT 0,
  done_at REAL,
  -- Until when there is a file; NULL: there is none.
  expires_at REAL
);
CREATE UNIQUE INDEX person_exports_once ON person_exports (workspace_id, contact_id) WHERE due_at IS NOT NULL;
CREATE INDEX person_exports_due ON person_exports (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX person_exports_by_contact ON person_exports (workspace_id, contact_id, requested_at DESC, id DESC);

CREATE TABLE receipts_new (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  kind TEXT NOT NULL CHECK (kind IN ('retention', 'export', 'download')),
  -- Who asked for it; empty: the schedule.
  by_name TEXT NOT NULL,
  -- A salted digest of whom it was about; empty where it was about nobody.
  subject TEXT NOT NULL DEFAULT '',
  -- How many of what, and where they were, as JSON.
  counts TEXT NOT NULL,
  requested_at REAL NOT NULL,
  done_at REAL NOT NULL
);
INSERT INTO receipts_new SELECT id, workspace_id, kind, by_name, subject, counts, requested_at, done_at FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_new RENAME TO receipts;
CREATE INDEX receipts_by_workspace ON receipts (workspace_id, requested_at DESC, id DESC);
