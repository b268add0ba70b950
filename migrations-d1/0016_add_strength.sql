-- For which month the edges were told that its allowance is used up, as in `2026-11`; empty: for none.
ALTER TABLE workspaces ADD COLUMN spent_month TEXT NOT NULL DEFAULT '';
