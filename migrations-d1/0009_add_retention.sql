-- How long what was said is kept, and what is counted of it for good. Expand only.

-- Days that words are kept after a conversation's last turn.
ALTER TABLE workspaces ADD COLUMN retention_days INTEGER NOT NULL DEFAULT 30;
-- When the words were removed; NULL: they are kept.
ALTER TABLE conversations ADD COLUMN words_removed_at REAL;
CREATE INDEX conversations_to_empty ON conversations (workspace_id, last_at) WHERE words_removed_at IS NULL;
CREATE INDEX conversations_to_fold ON conversations (workspace_id, last_at) WHERE words_removed_at IS NOT NULL;

-- What was counted of conversations whose headers are gone. Days since 1970 (UTC): conversations begun,
-- questions asked and how those were answered.
CREATE TABLE daily_counts (
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  begun INTEGER NOT NULL DEFAULT 0,
  asked INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0,
  low_confidence INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  tokens_in INTEGER NOT NULL DEFAULT 0,
  tokens_out INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, agent_id, day)
);
