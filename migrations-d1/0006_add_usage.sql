-- Plans, what workspaces use, and what was refused. Expand only.

-- What plans allow, as data. `limits` is JSON: conversations and messages of a month, questions a minute of the
-- workspace, of each agent and of each visitor's address; what is absent has no limit. The rest is what the plans
-- are sold with.
CREATE TABLE plans (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  usd_a_month REAL,
  limits TEXT NOT NULL,
  offers TEXT NOT NULL
);
INSERT INTO plans (id, name, position, usd_a_month, limits, offers) VALUES
  ('free', 'Free', 1, 0, '{"conversations":100,"workspace_minute":120,"agent_minute":120,"address_minute":30}', '{"agents":1,"pages":50}'),
  ('starter', 'Starter', 2, 49, '{"conversations":500,"messages":1000,"workspace_minute":600,"agent_minute":600,"address_minute":60}', '{"agents":1,"pages":50}'),
  ('pro', 'Pro', 3, 149, '{"conversations":3000,"messages":5000,"workspace_minute":1200,"agent_minute":1200,"address_minute":60}', '{"agents":3,"pages":200,"voice_minutes":500,"numbers":1,"credits":200}'),
  ('business', 'Business', 4, 249, '{"workspace_minute":3000,"agent_minute":3000,"address_minute":60}', '{"agents":10,"pages":500,"voice_minutes":2000,"numbers":3}'),
  ('agency', 'Agency', 5, 499, '{"workspace_minute":6000,"agent_minute":6000,"address_minute":60}', '{"agents":25,"pages":1000,"voice_minutes":5000,"numbers":10,"credits":2000,"child_workspaces":true}'),
  ('custom', 'Custom', 6, NULL, '{"workspace_minute":12000,"agent_minute":12000,"address_minute":60}', '{}');

-- A workspace's own limits, below those of its plan; as JSON.
ALTER TABLE workspaces ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
-- When its ledger has to be told about them (again).
ALTER TABLE workspaces ADD COLUMN ledger_due_at REAL;
CREATE INDEX workspaces_ledger_due ON workspaces (ledger_due_at) WHERE ledger_due_at IS NOT NULL;
-- The first workspace is the operator's own: nobody sells it a plan.
UPDATE workspaces SET plan = 'custom' WHERE created_at = (SELECT min(created_at) FROM workspaces);

-- The journal: every turn that counts, once, in the order in which it was written. `opens`: its conversation counts
-- with it.
CREATE TABLE usage_turns (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  turn_id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  opens INTEGER NOT NULL,
  asked_at REAL NOT NULL
);
CREATE INDEX usage_turns_by_conversation ON usage_turns (workspace_id, conversation_id);
CREATE INDEX usage_turns_by_place ON usage_turns (workspace_id, place);
CREATE INDEX usage_turns_by_age ON usage_turns (asked_at);

-- Its sums by day (UTC), which stay.
CREATE TABLE usage_days (
  workspace_id TEXT NOT NULL,
  day TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  conversation_count INTEGER NOT NULL,
  message_count INTEGER NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, day, agent_id)
);

-- How often a conversation's questions were refused on a day, and why.
CREATE TABLE usage_refusals (
  workspace_id TEXT NOT NULL,
  day TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  times INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, day, agent_id, reason, conversation_id)
);
CREATE INDEX usage_refusals_by_age ON usage_refusals (day);

-- Mails about a month's use: one for each meter and level.
CREATE TABLE usage_warnings (
  workspace_id TEXT NOT NULL,
  month TEXT NOT NULL,
  meter TEXT NOT NULL,
  percent INTEGER NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (workspace_id, month, meter, percent)
);
