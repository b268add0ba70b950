-- What visitors think of answers, and what could not be answered well. Expand only.

-- Whether the visitor called the answer good (1) or bad (0); the newest word, by feedback_at.
ALTER TABLE turns ADD COLUMN good INTEGER;
ALTER TABLE turns ADD COLUMN feedback_at REAL;

-- Questions that could not be answered well, gathered by what they ask for: the first way it was asked, what it asks for
-- (`terms`, in the order of the alphabet), and its vector where there are embeddings (base64 of a quantised one).
CREATE TABLE gaps (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  question TEXT NOT NULL,
  terms TEXT NOT NULL,
  model TEXT,
  vector TEXT,
  status TEXT NOT NULL DEFAULT 'open',
  curated_id TEXT,
  status_at REAL NOT NULL,
  occurrences INTEGER NOT NULL DEFAULT 0,
  first_at REAL NOT NULL,
  last_at REAL NOT NULL
);
CREATE INDEX gaps_by_agent ON gaps (workspace_id, agent_id, status, occurrences DESC, id);
CREATE INDEX gaps_by_age ON gaps (workspace_id, agent_id, last_at DESC);

-- The turns that asked for them. The words go with those of their conversation.
CREATE TABLE gap_turns (
  turn_id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  gap_id TEXT NOT NULL REFERENCES gaps (id),
  conversation_id TEXT NOT NULL,
  question TEXT NOT NULL,
  at REAL NOT NULL
);
CREATE INDEX gap_turns_by_gap ON gap_turns (workspace_id, gap_id);
CREATE INDEX gap_examples ON gap_turns (workspace_id, gap_id, at DESC) WHERE question <> '';
CREATE INDEX gap_turns_by_conversation ON gap_turns (workspace_id, conversation_id);

-- Who waits for a person or is with one, by when something was said last.
CREATE INDEX conversations_open ON conversations (last_at) WHERE standing IN ('waiting', 'human');
