-- When a conversation's older turns are to be summed up, how often that was tried, and the last turn that was. The summary
-- itself is in the conversation's object. Expand only.
ALTER TABLE conversations ADD COLUMN summary_due_at REAL;
ALTER TABLE conversations ADD COLUMN summary_tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN summarised_until TEXT NOT NULL DEFAULT '';
CREATE INDEX conversations_to_summarise ON conversations (summary_due_at) WHERE summary_due_at IS NOT NULL;
