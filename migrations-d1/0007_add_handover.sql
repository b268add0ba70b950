-- Who a conversation is with; the conversation's object decides, this is its newest word (by `handover_at`).
ALTER TABLE conversations ADD COLUMN standing TEXT NOT NULL DEFAULT 'bot';
ALTER TABLE conversations ADD COLUMN handover TEXT NOT NULL DEFAULT '{}';
ALTER TABLE conversations ADD COLUMN handover_at REAL NOT NULL DEFAULT 0;
CREATE INDEX conversations_by_standing ON conversations (workspace_id, standing, last_at DESC);
