// Agents as members edit and publish them: revisions and conflicts, immutable versions, rollback, an unpublish that
// holds where an edge is stale, business hours, and the playground.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startOpenAi } from "../fakes/openai.mjs";
import { startSite } from "../sites/serve.mjs";
import { Visitor, askBySse, init, start, tenant, until } from "./harness.mjs";

const SITE = "https://shop.test";
const MODEL = { provider: "openai_compatible", model: "test-model" };

let product, model, site, stranger;
before(async () => {
  model = await startOpenAi();
  site = await startSite({});
  product = await start({
    local: [new URL(site.url).host],
    vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, CHAT_MODELS: "openai:test-model, openai:other-model, anthropic:without-a-key", MAX_PAGES: "12" },
  });
  stranger = await tenant(product, "stranger@example.test");
});
after(async () => {
  await product?.stop();
  await model?.close();
  await site?.close();
});

const call = (method, path, body, client = product.client) => client.call(method, path, body);
const refusal = async (promise) => promise.then(() => assert.fail("it was not refused"), (error) => [error.status, error.code, error.field]);

/** A new agent that may be published. */
async function agent(name = "Shop", change = {}) {
  const made = await call("POST", "/v1/agents", { name });
  return save(made, { allowed_origins: [SITE], ...change });
}

const save = (detail, change) => call("PUT", `/v1/agents/${detail.agent.id}/draft`, { revision: detail.revision, draft: { ...detail.draft, ...change } });
const publish = (detail, note = "") => call("POST", `/v1/agents/${detail.agent.id}/publish`, { revision: detail.revision, note });
const read = (id) => call("GET", `/v1/agents/${id}`);
const edge = async (id) => (await product.miniflare.getKVNamespace("AGENTS", product.front)).get(`agent/${id}`);

describe("a draft", () => {
  test("is created with sensible words, renamed, copied, archived and deleted", async () => {
    const made = await call("POST", "/v1/agents", { name: "  Reception  ", language: "de" });
    assert.equal(made.agent.name, "Reception");
    assert.equal(made.draft.persona.name, "Reception");
    assert.equal(made.draft.language, "de");
    assert.equal(made.agent.published_version, undefined);
    const renamed = await call("PATCH", `/v1/agents/${made.agent.id}`, { name: "Front" });
    assert.equal(renamed.agent.name, "Front");
    const copy = await call("POST", `/v1/agents/${made.agent.id}/duplicate`);
    assert.equal(copy.agent.name, "Front (copy)");
    assert.notEqual(copy.agent.id, made.agent.id);
    assert.deepEqual(copy.draft, renamed.draft);
    const archived = await call("PATCH", `/v1/agents/${copy.agent.id}`, { archived: true });
    assert.ok(archived.agent.archived_at > 0);
    assert.deepEqual(await refusal(publish(archived)), [409, "conflict", undefined]);
    assert.equal((await call("PATCH", `/v1/agents/${copy.agent.id}`, { archived: false })).agent.archived_at, undefined);
    await call("DELETE", `/v1/agents/${copy.agent.id}`);
    assert.deepEqual(await refusal(read(copy.agent.id)), [404, "not_found", undefined]);
    assert.ok(!(await call("GET", "/v1/agents")).some((a) => a.id === copy.agent.id));
  });

  test("is saved over the revision it was made from, and over no other", async () => {
    const first = await agent();
    const mine = await save(first, { welcome: "Mine" });
    assert.equal(mine.revision, first.revision + 1);
    assert.deepEqual(await refusal(save(first, { welcome: "Theirs" })), [409, "conflict", undefined]);
    assert.equal((await read(first.agent.id)).draft.welcome, "Mine");
    const both = await Promise.allSettled([save(mine, { welcome: "A" }), save(mine, { welcome: "B" })]);
    assert.equal(both.filter((one) => one.status === "fulfilled").length, 1, "one of two that come at once");
  });

  test("says which field is wrong and keeps what was there", async () => {
    const first = await agent();
    const wrong = [
      [{ theme: { ...first.draft.theme, accent: "red" } }, "theme.accent"],
      [{ allowed_origins: [SITE, "shop.test"] }, "allowed_origins[1]"],
      [{ instructions: "x".repeat(2_001) }, "instructions"],
      [{ models: [{ provider: "openai_compatible", model: "gpt-unknown" }] }, "models[0]"],
      [{ models: [{ provider: "anthropic", model: "without-a-key" }] }, "models[0]"],
      [{ lead_fields: [{ key: "a", label: "A", kind: "text" }, { key: "a", label: "B", kind: "text" }] }, "lead_fields[1].key"],
      [{ confidence_threshold: 1.5 }, "confidence_threshold"],
    ];
    for (const [change, field] of wrong) assert.deepEqual(await refusal(save(first, change)), [400, "invalid", field]);
    assert.equal((await read(first.agent.id)).revision, first.revision);
  });

  test("another workspace finds nothing under its id", async () => {
    const { agent: mine } = await agent();
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["PATCH", "", { name: "Stolen" }],
      ["PUT", "/draft", { revision: 1, draft: {} }],
      ["POST", "/publish", { revision: 1 }],
      ["POST", "/unpublish", undefined],
      ["POST", "/rollback", { version: 1 }],
      ["GET", "/versions", undefined],
      ["GET", "/versions/1", undefined],
      ["GET", "/diff?from=none&to=draft", undefined],
      ["POST", "/duplicate", undefined],
      ["POST", "/playground", { question: "Hello?" }],
      ["DELETE", "", undefined],
    ]) {
      assert.deepEqual((await refusal(call(method, `/v1/agents/${mine.id}${path}`, body, stranger.client))).slice(0, 2), [404, "not_found"], `${method} ${path}`);
    }
    assert.equal((await read(mine.id)).agent.name, "Shop");
  });
});

describe("a publication", () => {
  test("is an immutable version that visitors get, with its note and what changed", async () => {
    const first = await agent("Shop", { welcome: "One" });
    const one = await publish(first, "the first");
    assert.deepEqual([one.version, one.live, one.note, one.published_by], [1, true, "the first", "Owner"]);
    const greeted = await init(product, { agent: first.agent.id, origin: SITE });
    assert.equal(greeted.data.config.welcome, "One");
    const second = await save(first, { welcome: "Two", theme: { ...first.draft.theme, accent: "#aa2200", layout: "bar" } });
    assert.equal(second.agent.changed, true);
    const changes = await call("GET", `/v1/agents/${first.agent.id}/diff?from=1&to=draft`);
    assert.deepEqual(changes.find((c) => c.field === "welcome"), { field: "welcome", before: "One", after: "Two" });
    assert.ok(changes.some((c) => c.field === "theme.accent" && c.after === "#aa2200"));
    assert.equal((await publish(second)).version, 2);
    assert.equal((await read(first.agent.id)).agent.changed, false);
    const listed = await call("GET", `/v1/agents/${first.agent.id}/versions`);
    assert.deepEqual(listed.map((v) => [v.version, v.live]), [[2, true], [1, false]]);
    assert.equal((await call("GET", `/v1/agents/${first.agent.id}/versions/1`)).content.welcome, "One");
    assert.equal(JSON.parse(await edge(first.agent.id)).version, 2);
  });

  test("needs a name, a site and the draft as it was looked at", async () => {
    const made = await call("POST", "/v1/agents", { name: "Bare" });
    assert.deepEqual(await refusal(publish(made)), [400, "invalid", "allowed_origins"]);
    const ready = await save(made, { allowed_origins: [SITE] });
    assert.deepEqual(await refusal(publish(made)), [409, "conflict", undefined]);
    const twice = await Promise.allSettled([publish(ready), publish(ready)]);
    assert.ok(twice.some((one) => one.status === "fulfilled"));
    const versions = await call("GET", `/v1/agents/${made.agent.id}/versions`);
    assert.equal(versions.filter((v) => v.live).length, 1);
    assert.equal(versions.length, twice.filter((one) => one.status === "fulfilled").length);
  });

  test("is rolled back by publishing the earlier content again", async () => {
    const first = await agent("Back", { welcome: "Old" });
    await publish(first);
    const second = await save(first, { welcome: "New" });
    await publish(second);
    const back = await call("POST", `/v1/agents/${first.agent.id}/rollback`, { version: 1 });
    assert.deepEqual([back.version, back.restored, back.live], [3, 1, true]);
    assert.equal((await read(first.agent.id)).draft.welcome, "Old");
    assert.equal((await init(product, { agent: first.agent.id, origin: SITE })).data.config.welcome, "Old");
    assert.deepEqual(await refusal(call("POST", `/v1/agents/${first.agent.id}/rollback`, { version: 9 })), [400, "invalid", "version"]);
  });

  test("taken offline, starts no turn even where an edge still holds the old snapshot", async () => {
    const first = await agent("Gone");
    await publish(first);
    const stale = await edge(first.agent.id);
    const open = await Visitor.open(product, { agent: first.agent.id, origin: SITE }).catch(() => undefined);
    const { data } = await init(product, { agent: first.agent.id, origin: SITE });
    const off = await call("POST", `/v1/agents/${first.agent.id}/unpublish`);
    assert.equal(off.agent.published_version, undefined);
    assert.equal(await edge(first.agent.id), null);
    // An edge far away has not heard of it yet.
    const kv = await product.miniflare.getKVNamespace("AGENTS", product.front);
    await kv.put(`agent/${first.agent.id}`, stale);
    const asked = await askBySse(product, data.token, "When are you open?", { origin: SITE });
    const end = asked.events.at(-1).frame;
    assert.deepEqual([end.type, end.code], ["turn_failed", "agent_unpublished"]);
    assert.equal(asked.text, "");
    await open?.close();
    await publish(await read(first.agent.id));
    const again = await askBySse(product, data.token, "When are you open?", { origin: SITE });
    assert.equal(again.events.at(-1).frame.type, "turn_finished");
  });

  test("that did not reach the edges is brought there by the schedule", async () => {
    const first = await agent("Swept");
    await publish(first);
    const database = product.relations;
    const kv = await product.miniflare.getKVNamespace("AGENTS", product.front);
    await kv.delete(`agent/${first.agent.id}`);
    await database.prepare("UPDATE agents SET edge_due_at = 1 WHERE id = ?1").bind(first.agent.id).run();
    const back = await product.miniflare.getWorker(product.back);
    await back.scheduled({ cron: "* * * * *" });
    assert.equal(JSON.parse(await until("the edge", () => edge(first.agent.id))).version, 1);
    const { edge_due_at } = await database.prepare("SELECT edge_due_at FROM agents WHERE id = ?1").bind(first.agent.id).first();
    assert.equal(edge_due_at, null);
  });

  test("carries the badge of the workspace's plan, as it is now", async () => {
    const database = product.relations;
    const first = await agent("Badge");
    await publish(first);
    const shown = async () => (await init(product, { agent: first.agent.id, origin: SITE })).data.config.badge;
    const change = async (plan) => {
      await database.prepare("UPDATE workspaces SET plan = ?1 WHERE id = ?2").bind(plan, product.workspace).run();
      await database.prepare("UPDATE agents SET edge_due_at = 1, edge_change = edge_change + 1 WHERE workspace_id = ?1").bind(product.workspace).run();
      await (await product.miniflare.getWorker(product.back)).scheduled({ cron: "* * * * *" });
    };
    assert.equal(await shown(), undefined, "the installation's own workspace");
    try {
      for (const [plan, badge] of [["free", "Powered by Frontdesk"], ["business", undefined], ["pro", "Powered by Frontdesk"]]) {
        await change(plan);
        await until(plan, async () => JSON.parse(await edge(first.agent.id)).badge === badge);
        assert.equal(await shown(), badge, plan);
      }
    } finally {
      await change("custom");
    }
  });

  test("greets with the after-hours message when nobody is there", async () => {
    const first = await agent("Night", { after_hours_message: "We are closed." });
    await publish(first);
    const snapshot = JSON.parse(await edge(first.agent.id));
    const kv = await product.miniflare.getKVNamespace("AGENTS", product.front);
    const greeting = async (open) => {
      await kv.put(`agent/${first.agent.id}`, JSON.stringify({ ...snapshot, hours: { time_zone: "Asia/Tokyo", open } }));
      return (await init(product, { agent: first.agent.id, origin: SITE })).data.config.welcome;
    };
    assert.notEqual(await greeting([]), "We are closed.");
    const tokyo = new Date(Date.now() + 9 * 3_600_000);
    const today = tokyo.getUTCDay() || 7;
    const other = (today % 7) + 1;
    assert.notEqual(await greeting([{ weekday: today, from: 0, to: 1_440 }, { weekday: other, from: 0, to: 1_440 }]), "We are closed.");
    assert.equal(await greeting([{ weekday: ((other + 1) % 7) + 1, from: 0, to: 1 }]), "We are closed.");
  });
});

describe("the playground", () => {
  let id;
  before(async () => {
    const made = await agent("Play", { models: [MODEL] });
    id = made.agent.id;
    await publish(made);
    const source = await product.client.source(id, new URL("/opening-hours/", site.url).href);
    assert.equal((await product.client.indexed(source.id)).state, "indexed");
  });

  const ask = async (body) => {
    const response = await product.client.raw("POST", `/v1/agents/${id}/playground`, { question: "When are you open on Sundays?", ...body });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.match(response.headers.get("content-type"), /^text\/event-stream/);
    return text.split("\n\n").filter(Boolean).map((event) => JSON.parse(event.replace(/^data: /, "")));
  };
  const one = (events, kind) => events.find((event) => event.event === kind);
  const said = (events) => events.filter((event) => event.event === "delta").map((event) => event.text).join("");

  test("streams the real pipeline with passages, prompt, stages and citations", async () => {
    model.behave = () => ({ tokens: ["On Sundays", " from ten [1]", "."] });
    const events = await ask({});
    assert.equal(events[0].event, "started");
    const { hits, threshold } = one(events, "found");
    assert.ok(hits.length > 0 && threshold > 0);
    assert.equal(hits[0].number, 1);
    assert.ok(hits[0].matched.some((word) => /sunday/i.test(word)), JSON.stringify(hits[0].matched));
    assert.match(hits[0].why, /threshold/);
    assert.ok(hits[0].hit.words > 0);
    const prompt = one(events, "prompt");
    assert.deepEqual(prompt.model, MODEL);
    assert.deepEqual(prompt.messages, model.requests.at(-1).body.messages, "the prompt is the one that was sent");
    assert.equal(said(events), "On Sundays from ten [1].");
    const end = events.at(-1);
    assert.equal(end.event, "finished");
    assert.equal(end.citations[0].number, 1);
    assert.ok(end.stages.first_token > 0 && end.stages.total >= end.stages.first_token);
  });

  test("takes a version, another model, and what was said before", async () => {
    model.behave = () => ({ text: "Yes [1]." });
    await ask({ version: 1, model: { provider: "openai_compatible", model: "other-model" }, earlier: [{ question: "Hi", answer: "Hello." }] });
    const { body } = model.requests.at(-1);
    assert.equal(body.model, "other-model");
    assert.deepEqual(body.messages.slice(1, 3).map((m) => m.content), ["Hi", "Hello."]);
    const before = model.requests.length;
    const quoted = await ask({ model: { provider: "extractive" } });
    assert.equal(model.requests.length, before, "the site's own sentences need no model");
    assert.equal(quoted.at(-1).provider, "extractive");
    assert.equal(one(quoted, "prompt"), undefined);
  });

  test("says when a model fails and the next answers", async () => {
    model.behave = () => ({ status: 500 });
    const events = await ask({});
    assert.match(one(events, "note").text, /failed/);
    assert.equal(events.at(-1).provider, "extractive");
  });

  test("leaves nothing behind but what a member says of an answer", async () => {
    model.behave = () => ({ text: "Yes [1]." });
    const events = await ask({});
    const overview = await call("GET", `/v1/agents/${id}/overview`);
    assert.deepEqual([overview.conversations, overview.turns], [0, 0]);
    const feedback = { run_id: events[0].run_id, rating: "bad", reason: "too short", question: "When?", answer: "Yes [1]." };
    await call("POST", `/v1/agents/${id}/playground/feedback`, feedback);
    await call("POST", `/v1/agents/${id}/playground/feedback`, { ...feedback, rating: "good", reason: "" });
    const database = product.relations;
    const { results } = await database.prepare("SELECT rating, reason FROM playground_feedback WHERE agent_id = ?1").bind(id).all();
    assert.deepEqual(results, [{ rating: "good", reason: "" }]);
  });

  test("refuses what is no question, no version, no model", async () => {
    const path = `/v1/agents/${id}/playground`;
    assert.equal((await refusal(call("POST", path, { question: "  " })))[0], 400);
    assert.deepEqual(await refusal(call("POST", path, { question: "Hi?", version: 99 })), [400, "invalid", "version"]);
    assert.deepEqual(await refusal(call("POST", path, { question: "Hi?", model: { provider: "workers_ai", model: "x" } })), [400, "invalid", "model"]);
  });
});
