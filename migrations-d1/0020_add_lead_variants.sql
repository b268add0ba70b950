-- Which variants of experiments a lead's visitor had, as JSON, by the names they had then. Expand only.
ALTER TABLE leads ADD COLUMN variants TEXT NOT NULL DEFAULT '[]';
