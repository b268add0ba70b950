-- Schedules, patterns, webhooks and tags of sources; tags of documents. Expand only.

ALTER TABLE sources ADD COLUMN schedule TEXT NOT NULL DEFAULT 'manual';
-- When a website or sitemap is synced by itself; it stays due until its run has begun. Feeds have due_at.
ALTER TABLE sources ADD COLUMN next_sync_at REAL;
-- Paths with *, as JSON lists.
ALTER TABLE sources ADD COLUMN include TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sources ADD COLUMN exclude TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sources ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
-- The digest of the secret in the address that refreshes pages.
ALTER TABLE sources ADD COLUMN hook_digest TEXT;
CREATE INDEX sources_to_sync ON sources (next_sync_at) WHERE next_sync_at IS NOT NULL;
CREATE UNIQUE INDEX sources_by_hook ON sources (hook_digest) WHERE hook_digest IS NOT NULL;
-- Feeds have been read once a day all along.
UPDATE sources SET schedule = 'daily' WHERE kind = 'feed';

ALTER TABLE documents ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';

-- How often the tags of an agent's knowledge changed, and when its index has to be told (again).
ALTER TABLE agents ADD COLUMN tags_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN tags_due_at REAL;
CREATE INDEX agents_tags_due ON agents (tags_due_at) WHERE tags_due_at IS NOT NULL;
