-- What a turn's tokens cost, in millionths of a US dollar; null where the model has no known price, or none wrote
-- it. Expand only.

ALTER TABLE turns ADD COLUMN cost_micros INTEGER;
-- The model by its provider's name; null where none wrote it.
ALTER TABLE turns ADD COLUMN model TEXT;
