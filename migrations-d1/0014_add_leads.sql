-- Leads, the people behind them, and the erasing of a person. Expand only.

-- A person: found again by address, else by number. What a merged one had besides is in also, a JSON list.
CREATE TABLE contacts (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL DEFAULT '',
  -- Lower case.
  email TEXT NOT NULL DEFAULT '',
  -- E.164.
  phone TEXT NOT NULL DEFAULT '',
  also TEXT NOT NULL DEFAULT '[]',
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
);
CREATE UNIQUE INDEX contacts_by_email ON contacts (workspace_id, email) WHERE email <> '';
CREATE INDEX contacts_by_phone ON contacts (workspace_id, phone) WHERE phone <> '';
CREATE INDEX contacts_by_age ON contacts (workspace_id, updated_at DESC, id DESC);

CREATE TABLE leads (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  agent_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
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
  tell_due_at REAL
);
CREATE UNIQUE INDEX leads_by_conversation ON leads (workspace_id, conversation_id);
CREATE INDEX leads_by_age ON leads (workspace_id, created_at DESC, id DESC);
CREATE INDEX leads_by_contact ON leads (workspace_id, contact_id);
CREATE INDEX leads_to_tell ON leads (tell_due_at) WHERE tell_due_at IS NOT NULL;

-- What happened to a lead; the id of what a visitor sent is derived from it, so that sending it twice is one entry.
CREATE TABLE lead_entries (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  lead_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  by_name TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL DEFAULT '',
  at REAL NOT NULL
);
CREATE INDEX lead_entries_by_lead ON lead_entries (workspace_id, lead_id, at DESC, id DESC);

-- What follow-up mails begin from, one a workspace.
CREATE TABLE follow_ups (
  workspace_id TEXT PRIMARY KEY REFERENCES workspaces (id),
  subject TEXT NOT NULL,
  text TEXT NOT NULL
);

-- Receipts of erased people; contact_id is emptied when it is done.
CREATE TABLE erasures (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  contact_id TEXT,
  by_name TEXT NOT NULL,
  counts TEXT NOT NULL DEFAULT '{}',
  requested_at REAL NOT NULL,
  done_at REAL,
  due_at REAL
);
CREATE UNIQUE INDEX erasures_once ON erasures (workspace_id, contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX erasures_due ON erasures (due_at) WHERE due_at IS NOT NULL;

-- What was said in these conversations before this time is not stored any more, however late it comes.
CREATE TABLE erased_conversations (
  conversation_id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  at REAL NOT NULL
);
