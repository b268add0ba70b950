// The verifiers that docs/WEBHOOKS.md prints, taken from there and run. The one in Rust is run by `cargo test -p domain`.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/tools.mjs";
import { folder } from "./harness.mjs";

const page = readFileSync(join(root, "docs/WEBHOOKS.md"), "utf8");
const sample = (language) => {
  const found = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))];
  assert.equal(found.length, 1, `one sample in ${language}`);
  return found[0][1];
};

let place;
before(() => (place = folder()));
after(() => place?.remove());

const NOW = 1_795_000_000;
const [SECRET, OLD] = ["whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "whsec_AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="];
const BODY = '{"id":"evt_1","data":{"title":"Füße, 部屋"}}';
const sign = (secret, body = BODY, t = NOW) => `v1=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;

/** What is verified, and what has to come of it. */
const CASES = [
  ["good", true, `t=${NOW},${sign(SECRET)}`, BODY, [SECRET]],
  ["by the old secret, too", true, `t=${NOW},${sign(SECRET)},${sign(OLD)}`, BODY, [OLD]],
  ["known by two", true, `t=${NOW},${sign(OLD)}`, BODY, [SECRET, OLD]],
  ["five minutes old", true, `t=${NOW - 300},${sign(SECRET, BODY, NOW - 300)}`, BODY, [SECRET]],
  ["older", false, `t=${NOW - 301},${sign(SECRET, BODY, NOW - 301)}`, BODY, [SECRET]],
  ["of another time", false, `t=${NOW + 1},${sign(SECRET)}`, BODY, [SECRET]],
  ["of another body", false, `t=${NOW},${sign(SECRET)}`, `${BODY} `, [SECRET]],
  ["of another secret", false, `t=${NOW},${sign(OLD)}`, BODY, [SECRET]],
  ["of another version", false, `t=${NOW},${sign(SECRET).replace("v1", "v0")}`, BODY, [SECRET]],
  ["cut", false, `t=${NOW},${sign(SECRET).slice(0, -2)}`, BODY, [SECRET]],
  ["without a time", false, sign(SECRET), BODY, [SECRET]],
  ["empty", false, "", BODY, [SECRET]],
  ["not a time", false, `t=soon,${sign(SECRET)}`, BODY, [SECRET]],
];

test("the one in TypeScript verifies", async () => {
  const file = join(place.path, "verify.ts");
  writeFileSync(file, sample("ts"));
  const run = spawnSync(process.execPath, ["--experimental-strip-types", "--no-warnings", "--input-type=module", "-e", `
    const { verify } = await import(${JSON.stringify(pathToFileURL(file))});
    const cases = JSON.parse(process.argv[1]);
    console.log(JSON.stringify(cases.map(([, , header, body, secrets]) => verify(header, Buffer.from(body), secrets, ${NOW}))));
  `, JSON.stringify(CASES)], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  for (const [place, valid] of JSON.parse(run.stdout).entries()) assert.equal(valid, CASES[place][1], CASES[place][0]);
});

test("the one in Python verifies", () => {
  writeFileSync(join(place.path, "sample.py"), sample("python"));
  const script = `import json, sys\nfrom sample import verify\ncases = json.load(sys.stdin)\nprint(json.dumps([verify(header, body.encode(), secrets, ${NOW}) for _, _, header, body, secrets in cases]))`;
  const run = spawnSync("python3", ["-B", "-c", script], { cwd: place.path, input: JSON.stringify(CASES), encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  for (const [place, valid] of JSON.parse(run.stdout).entries()) assert.equal(valid, CASES[place][1], CASES[place][0]);
});

test("the one in Rust is printed once, and every event is described", () => {
  sample("rust");
  const { $defs } = JSON.parse(readFileSync(join(root, "schemas/webhook.schema.json"), "utf8"));
  const internal = /^(agent|file|workspace|member|curated)\./;
  const kinds = $defs.EventKind.oneOf.flatMap((one) => one.enum ?? [one.const]).filter((kind) => !internal.test(kind));
  for (const kind of kinds) assert.ok(page.includes(`\`${kind}\``), `docs/WEBHOOKS.md does not describe ${kind}`);
});
