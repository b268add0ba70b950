-- By what a website lets the crawler in: kind, user or header name, the sealed secret and when it was set, as JSON.
ALTER TABLE sources ADD COLUMN access TEXT;
