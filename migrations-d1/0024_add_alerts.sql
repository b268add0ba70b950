-- What turns came to, in sums, and rules that are held against such figures. Expand only.

-- By the minute in which turns were recorded (`slot`, its beginning), and over all (slot 0). `first_0` to `first_9`: how
-- many answers began within each of the bounds of domain::alerts.
CREATE TABLE turn_sums (
  slot REAL NOT NULL,
  provider TEXT NOT NULL,
  since REAL NOT NULL,
  turns INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  hits INTEGER NOT NULL,
  misses INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  call_errors INTEGER NOT NULL,
  first_ms REAL NOT NULL,
  first_0 INTEGER NOT NULL,
  first_1 INTEGER NOT NULL,
  first_2 INTEGER NOT NULL,
  first_3 INTEGER NOT NULL,
  first_4 INTEGER NOT NULL,
  first_5 INTEGER NOT NULL,
  first_6 INTEGER NOT NULL,
  first_7 INTEGER NOT NULL,
  first_8 INTEGER NOT NULL,
  first_9 INTEGER NOT NULL,
  PRIMARY KEY (slot, provider)
);

-- Rules as data, and how they stand: a rule fires once its figure, taken over `window_ms`, was above `above` for
-- `hold_ms`. The operator may change the numbers.
CREATE TABLE alerts (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  figure TEXT NOT NULL,
  above REAL NOT NULL,
  window_ms REAL NOT NULL,
  hold_ms REAL NOT NULL,
  value REAL,
  holds_since REAL,
  seen_at REAL,
  -- The firing that goes on.
  firing TEXT
);
INSERT INTO alerts (id, position, figure, above, window_ms, hold_ms) VALUES
  ('first_token', 1, 'first_token', 1500, 300000, 300000),
  ('errors', 2, 'errors', 1, 300000, 300000),
  ('backlog', 3, 'backlog', 1000, 0, 600000),
  ('model_errors', 4, 'model_errors', 5, 120000, 120000),
  ('dead_letters', 5, 'dead_letters', 100, 86400000, 300000);

CREATE TABLE alert_firings (
  id TEXT PRIMARY KEY,
  alert TEXT NOT NULL,
  drill INTEGER NOT NULL,
  value REAL,
  fired_at REAL NOT NULL,
  resolved_at REAL,
  -- When the operator's address has to be told (again).
  due_at REAL,
  tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX alert_firings_by_age ON alert_firings (alert, fired_at DESC);
CREATE INDEX alert_firings_due ON alert_firings (due_at) WHERE due_at IS NOT NULL;

CREATE INDEX incoming_events_dead ON incoming_events (received_at) WHERE state = 'dead';
CREATE INDEX mails_failed ON mails (created_at) WHERE state = 'failed';
