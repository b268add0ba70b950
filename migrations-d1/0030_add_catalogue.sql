-- Tools that the operator defines for all workspaces; each workspace enables them with an address of its own. Expand only.

CREATE TABLE catalogue (
  -- What models call the tool by, in every workspace that enabled it.
  name TEXT PRIMARY KEY,
  -- The definition with what members are told of it, as JSON.
  content TEXT NOT NULL,
  created_at REAL NOT NULL,
  edited_at REAL NOT NULL
);

-- The entry whose definition a tool has; absent where the workspace defines it.
ALTER TABLE tools ADD COLUMN catalogue TEXT;
CREATE INDEX tools_by_catalogue ON tools (catalogue) WHERE catalogue IS NOT NULL;

-- The demo flows; `npm start` answers them.
INSERT INTO catalogue (name, content, created_at, edited_at) VALUES
('order_status', '{"title":"Order status","explanation":"Looks up where an order is, so that visitors need not wait for somebody to tell them. The webhook gets the order number and answers with the state of that order, or with an error in words when there is no such order. Whoever knows a number is told what it answers: leave out names, addresses and prices.","example":{"carrier":"DHL","expected":"2026-11-24","order":"HL-1001","status":"shipped"},"description":"Looks up where an order is. Needs the order number as the visitor has it.","schema":{"additionalProperties":false,"properties":{"order":{"description":"The order number","maxLength":60,"minLength":1,"type":"string"}},"required":["order"],"type":"object"},"method":"POST","idempotent":true,"effect":"reads","needs_approval":false}', 0, 0),
('book_appointment', '{"title":"Appointment","explanation":"Books an appointment for a visitor. The webhook gets a name and a time (RFC 3339, as in 2026-12-01T10:00:00Z) and answers whether it is booked, or with an error in words, such as that the time is taken. It is called once for each booking and never again by itself.","example":{"at":"2026-12-01T10:00:00Z","booked":true,"name":"Ada","reference":"A-20261201"},"description":"Books an appointment. Ask for the name and the time first.","schema":{"additionalProperties":false,"properties":{"at":{"description":"When they come","format":"date-time","type":"string"},"name":{"description":"Who comes","maxLength":200,"minLength":1,"type":"string"}},"required":["name","at"],"type":"object"},"method":"POST","idempotent":false,"effect":"writes","needs_approval":false}', 0, 0),
('check_stock', '{"title":"Inventory","explanation":"Says how many of a product are in stock. The webhook gets the product as the visitor named it, finds out which one is meant, and answers with how many there are, or with an error in words that names what it knows.","example":{"in_stock":4,"model":"lane-3"},"description":"Says how many of a product are in stock. Needs the product as the visitor named it.","schema":{"additionalProperties":false,"properties":{"model":{"description":"The product","maxLength":200,"minLength":1,"type":"string"}},"required":["model"],"type":"object"},"method":"POST","idempotent":true,"effect":"reads","needs_approval":false}', 0, 0);
