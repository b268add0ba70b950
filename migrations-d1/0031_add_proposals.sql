-- Questions with answers that a page or file holds, as they wait for a member. The id is of agent and question, so a question
-- that several pages hold is one proposal with several places, of which the first is shown; a place goes with its document.
CREATE TABLE curated_proposals (
  id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  found_at REAL NOT NULL,
  PRIMARY KEY (id, document_id)
);
CREATE INDEX curated_proposals_by_agent ON curated_proposals (workspace_id, agent_id, found_at, id);
CREATE INDEX curated_proposals_by_document ON curated_proposals (document_id);

-- Those that a member wants to see no more, whatever pages say.
CREATE TABLE curated_dismissals (
  id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  question TEXT NOT NULL,
  dismissed_at REAL NOT NULL,
  PRIMARY KEY (workspace_id, id)
);
CREATE INDEX curated_dismissals_by_agent ON curated_dismissals (workspace_id, agent_id);

-- Where the words of a curated answer were proposed from.
ALTER TABLE curated_answers ADD COLUMN source_url TEXT;
