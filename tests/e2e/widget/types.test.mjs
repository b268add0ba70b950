// The declarations that pages use: they compile, refuse what the widget refuses, and name every option, event and
// command that the widget has.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const file = join(root, "schemas/frontdesk.d.ts");

test("a page's TypeScript compiles against the declarations, and a mistake does not", () => {
  const folder = mkdtempSync(join(tmpdir(), "frontdesk-types-"));
  const compile = (code) => {
    writeFileSync(join(folder, "page.ts"), `/// <reference path="${file}" />\n${code}`);
    return spawnSync(join(root, "node_modules/.bin/tsc"), ["--noEmit", "--strict", "--ignoreConfig", "--lib", "es2022,dom", "--types", "", "page.ts"], { cwd: folder, encoding: "utf8" });
  };
  try {
    const good = compile(`frontdesk("init", { agentId: "agt_1", layout: "inline", target: "#chat", consent: "required" }).then(({ conversation_id }) => conversation_id.length);
      frontdesk("on", "answer", ({ citations }) => citations[0]?.url); frontdesk("send", "Hello").then((id) => id?.length); window.frontdesk("consent", true);`);
    assert.equal(good.status, 0, good.stdout);
    const bad = compile(`frontdesk("init", { agentId: 7 });\nfrontdesk("dance");\nfrontdesk("on", "answers", () => {});`);
    assert.equal((bad.stdout.match(/error TS\d+/g) ?? []).length, 3, bad.stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the declarations name what the widget knows", () => {
  const types = readFileSync(file, "utf8");
  const loader = readFileSync(join(root, "widget/src/loader.ts"), "utf8");
  const names = (text) => [...text.matchAll(/^ {2}(?:async )?(\w+)[?:(]/gm)].map(([, name]) => name).sort();
  const block = (text, begin) => text.slice(text.indexOf(begin)).split("\n}")[0];
  assert.deepEqual(names(block(types, "interface FrontdeskOptions")), names(block(loader, "interface Options")));
  const commands = names(block(loader, "const commands"));
  assert.deepEqual([...new Set([...block(types, "interface Frontdesk {").matchAll(/command: ([^,)]+)/g)].flatMap(([, list]) => list.match(/\w+/g)))].sort(), commands);
  const events = /EventName = (.*);/.exec(readFileSync(join(root, "widget/src/contract.ts"), "utf8"))[1].match(/\w+/g).sort();
  assert.deepEqual(names(block(types, "interface FrontdeskEvents")), events);
});
