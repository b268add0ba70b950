-- Challenges of Turnstile, which an agent's visitors solve before they ask. Expand only.

-- NULL: none are asked for.
ALTER TABLE agents ADD COLUMN turnstile_site_key TEXT;
-- Sealed; empty where there is none.
ALTER TABLE agents ADD COLUMN turnstile_secret TEXT NOT NULL DEFAULT '';
