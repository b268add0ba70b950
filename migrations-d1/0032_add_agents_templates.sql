-- Curated answers that take their words from a template. Expand only.

ALTER TABLE curated_answers ADD COLUMN template_id TEXT;
CREATE INDEX curated_answers_by_template ON curated_answers (workspace_id, template_id) WHERE template_id IS NOT NULL;

-- The agent that said it word for word, in the turn whose id stands for the message's; absent: a member's reply.
ALTER TABLE template_uses ADD COLUMN agent_id TEXT;
