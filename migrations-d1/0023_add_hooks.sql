-- REST hooks as receivers that programs subscribe, and leads that programs write. Expand only.

-- webhook: members wrote it; hook: a program subscribed to it.
ALTER TABLE webhook_endpoints ADD COLUMN kind TEXT NOT NULL DEFAULT 'webhook';
-- Who subscribed, for people, and the key it was done with: a hook lives as long as its key is in force.
ALTER TABLE webhook_endpoints ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_endpoints ADD COLUMN api_key_id TEXT;
-- The same subscription asked for twice is one.
CREATE UNIQUE INDEX webhook_hooks_once ON webhook_endpoints (workspace_id, url, event_filter, agent_filter) WHERE kind = 'hook';

-- HubSpot hears of what a lead's person gives later, too.
UPDATE webhook_endpoints SET event_filter = '["lead.captured","lead.updated"]' WHERE event_filter = '["lead.captured"]'
  AND integration_id IN (SELECT i.id FROM integrations i WHERE i.kind = 'hubspot');

-- A lead that a program wrote has no conversation. SQLite cannot take NOT NULL from a column, so the table is copied;
-- nothing refers to it. NULLs differ from each other, so a conversation goes on having one lead.
CREATE TABLE leads_next (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  agent_id TEXT NOT NULL,
  conversation_id TEXT,
  contact_id TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  answers TEXT NOT NULL DEFAULT '[]',
  status TEXT NOT NULL DEFAULT 'new',
  owner_id TEXT,
  score INTEGER NOT NULL DEFAULT 0,
  reasons TEXT NOT NULL DEFAULT '[]',
  page_url TEXT,
  source TEXT NOT NULL,
  consent TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  -- The conversation is to be told that there is a lead.
  tell_due_at REAL,
  -- Which variants of experiments a lead's visitor had, as JSON, by the names they had then.
  variants TEXT NOT NULL DEFAULT '[]'
);
INSERT INTO leads_next (id, workspace_id, agent_id, conversation_id, contact_id, name, email, phone, answers, status, owner_id,
    score, reasons, page_url, source, consent, created_at, updated_at, revision, tell_due_at, variants)
  SELECT id, workspace_id, agent_id, conversation_id, contact_id, name, email, phone, answers, status, owner_id,
    score, reasons, page_url, source, consent, created_at, updated_at, revision, tell_due_at, variants FROM leads;
DROP TABLE leads;
ALTER TABLE leads_next RENAME TO leads;
CREATE UNIQUE INDEX leads_by_conversation ON leads (workspace_id, conversation_id);
CREATE INDEX leads_by_age ON leads (workspace_id, created_at DESC, id DESC);
CREATE INDEX leads_by_contact ON leads (workspace_id, contact_id);
CREATE INDEX leads_to_tell ON leads (tell_due_at) WHERE tell_due_at IS NOT NULL;
