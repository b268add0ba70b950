-- Models of agents that name none of their own: their order, and one for simple questions. Expand only.

ALTER TABLE workspaces ADD COLUMN models TEXT NOT NULL DEFAULT '{}';
