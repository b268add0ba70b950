-- What a day's answers and summaries cost, in millionths of a US dollar, as far as prices are known. Expand only.

ALTER TABLE usage_days ADD COLUMN cost_micros INTEGER NOT NULL DEFAULT 0;
-- What turns cost until now; summaries were not priced.
UPDATE usage_days SET cost_micros = s.cost FROM (
  SELECT t.workspace_id, u.agent_id, date(t.asked_at / 1000, 'unixepoch') AS day, sum(t.cost_micros) AS cost
  FROM turns t JOIN usage_turns u ON u.turn_id = t.id WHERE t.cost_micros > 0 GROUP BY 1, 2, 3
) s WHERE s.workspace_id = usage_days.workspace_id AND s.agent_id = usage_days.agent_id AND s.day = usage_days.day;
