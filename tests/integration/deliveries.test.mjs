// The drill of `npm run drill`, with fewer events: nothing is lost on its way, whatever breaks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drill } from "../../scripts/drill.mjs";

test("300 events reach every living one of 20 endpoints although the process is killed five times, and every attempt is on record", async (t) => {
  const report = await drill({ events: 300, scale: 20_000, patience: 240_000, say: (text) => t.diagnostic(text) });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.faults, []);
  assert.equal(report.received - report.doubled, 14 * 300);
  assert.ok(report.doubled_by_cutting >= 100, "who ends the connection gets it again");
  // Each kill cuts off what is under way: five attempts to each of 14, at most.
  assert.ok(report.doubled_by_kills <= 5 * 5 * 14, String(report.doubled_by_kills));
  assert.ok(report.attempts >= report.received, "no request without an attempt");
});
