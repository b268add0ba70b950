// Variants of an agent, each for its share of the visitors: written, started, seen, counted, stopped and kept.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { newId, ORIGIN, start, tenant, Visitor } from "./harness.mjs";

const WELCOME = {
  name: "Warmer welcome",
  kind: "persona",
  variants: [{ name: "As it is", weight: 1 }, { name: "Warm", weight: 1, patch: { welcome: "Good to see you!", quick_prompts: ["Show me around"] } }],
};

let product, other, model;
before(async () => {
  model = await startOpenAi();
  product = await start({
    vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, CHAT_MODELS: "openai:test-model" },
    agent: { models: [{ provider: "openai_compatible", model: "test-model" }] },
  });
  other = await tenant(product, "other@example.test");
});
after(async () => {
  await product?.stop();
  await model?.close();
});

const call = (...args) => product.client.call(...args);
const path = (rest = "") => `/v1/agents/${product.agent}/experiments${rest}`;
const create = (content) => call("POST", path(), content);
const act = ({ id }, what, body) => call("POST", `/v1/experiments/${id}/${what}`, body);
const shown = ({ id }) => product.client.get(`/v1/experiments/${id}`);
const refused = (promise, status, field, words) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.status, error.field], [status, field], error.message);
  assert.match(error.message, words ?? /\w/);
  return true;
});
/** One init: as a browser that keeps what it is given. */
const enter = async (body = {}) => {
  const response = await request(`${product.url}/v1/widget/init`, {
    method: "POST",
    headers: { "content-type": "text/plain", origin: ORIGIN },
    body: JSON.stringify({ agent_id: product.agent, page_url: `${ORIGIN}/`, ...body }),
  });
  return (await response.json()).data;
};
let counter = 0;
const event = (kind, subject, at = Date.now()) => ({ id: `event-${String((counter += 1)).padStart(4, "0")}`, kind, subject, page_url: `${ORIGIN}/`, at_ms: at });
const report = async ({ token }, ...events) => {
  const response = await request(`${product.url}/v1/widget/events`, { method: "POST", headers: { "content-type": "text/plain", origin: ORIGIN }, body: JSON.stringify({ token, events }) });
  assert.equal(response.status, 202, await response.text());
};
/** A visitor who sees a variant. */
const seeing = async (variant) => {
  for (;;) {
    const visitor = await enter();
    if (visitor.config.variants.some(({ variant_id }) => variant_id === variant.id)) return visitor;
  }
};

describe("a browser", () => {
  test("is the same visitor in every conversation while it keeps its pass", async () => {
    const first = await enter();
    const next = await enter({ visitor_pass: first.visitor_pass });
    assert.equal(next.visitor_id, first.visitor_id);
    assert.notEqual(next.conversation_id, first.conversation_id);
    assert.equal(next.visitor_pass, first.visitor_pass);
    const resumed = await enter({ token: next.token });
    assert.deepEqual([resumed.conversation_id, resumed.visitor_pass, resumed.resumed], [next.conversation_id, first.visitor_pass, true]);
  });

  test("is not believed to be somebody else", async () => {
    const [one, two] = [await enter(), await enter()];
    const digest = one.visitor_pass.split(".")[1];
    for (const visitor_pass of [one.visitor_id, `${two.visitor_id}.${digest}`, `${one.visitor_id}.${"0".repeat(digest.length)}`, "x", ""]) {
      const visitor = await enter({ visitor_pass });
      assert.ok(![one.visitor_id, two.visitor_id].includes(visitor.visitor_id), visitor_pass);
    }
    const elsewhere = await enter({ agent_id: other.agent, visitor_pass: one.visitor_pass });
    assert.notEqual(elsewhere.visitor_id, one.visitor_id);
  });
});

describe("an experiment", () => {
  for (const [why, content, field] of [
    ["one variant", { variants: WELCOME.variants.slice(0, 1) }, "variants"],
    ["no difference", { variants: [{ name: "A", weight: 1 }, { name: "B", weight: 1 }] }, "variants"],
    ["a weight of nothing", { variants: [WELCOME.variants[0], { ...WELCOME.variants[1], weight: 0 }] }, "variants[1].weight"],
    ["another kind of change", { variants: [WELCOME.variants[0], { name: "B", weight: 1, patch: { instructions: "Rhyme." } }] }, "variants[1].patch.instructions"],
    ["what no draft may hold", { variants: [WELCOME.variants[0], { name: "B", weight: 1, patch: { welcome: "x".repeat(501) } }] }, "variants[1].patch.welcome"],
    ["a model that is not offered", { kind: "model", variants: [{ name: "A", weight: 1 }, { name: "B", weight: 1, patch: { models: [{ provider: "anthropic", model: "none" }] } }] }, "variants[1].patch.models[0]"],
    ["a rule that is not there", { kind: "trigger", variants: [{ name: "A", weight: 1 }, { name: "B", weight: 1, patch: { rules: [{ id: newId("rul"), off: true }] } }] }, "variants[1].patch.rules[0]"],
  ]) test(`with ${why} is refused at its field`, () => refused(create({ ...WELCOME, ...content }), 400, field));

  test("is nothing to a member of another workspace", async () => {
    const experiment = await create(WELCOME);
    for (const [method, rest, body] of [["GET", ""], ["PATCH", "", { revision: 1, content: WELCOME }], ["DELETE", ""], ["POST", "/start"], ["POST", "/stop"], ["POST", "/apply", { variant_id: experiment.variants[0].id }]]) {
      await refused(other.client.call(method, `/v1/experiments/${experiment.id}${rest}`, body), 404);
    }
    await refused(other.client.get(path()), 404);
    await call("DELETE", `/v1/experiments/${experiment.id}`);
  });

  test("is changed as a draft, by one member at a time", async () => {
    const experiment = await create(WELCOME);
    assert.deepEqual([experiment.status, experiment.verdict], ["draft", "Not started yet."]);
    const variants = experiment.variants.map(({ id, name, patch }) => ({ id, name, patch, weight: 3 }));
    const update = (revision) => call("PATCH", `/v1/experiments/${experiment.id}`, { revision, content: { ...WELCOME, name: "Renamed", variants } });
    const changed = await update(1);
    assert.deepEqual([changed.name, changed.revision, changed.variants.map(({ id, weight }) => [id, weight])], ["Renamed", 2, variants.map(({ id }) => [id, 3])]);
    await refused(update(1), 409, undefined, /meanwhile/);
    await call("DELETE", `/v1/experiments/${experiment.id}`);
    await refused(shown(experiment), 404);
  });
});

describe("a running experiment", () => {
  let experiment, plain, warm;
  before(async () => {
    experiment = await act(await create(WELCOME), "start");
    [plain, warm] = experiment.variants;
  });

  test("shows each visitor one variant, the same in every conversation, without a publication", async () => {
    const seen = new Map();
    for (let n = 0; n < 24; n += 1) {
      const { config, visitor_pass } = await enter();
      const [{ experiment_id, variant_id }] = config.variants;
      assert.equal(experiment_id, experiment.id);
      assert.deepEqual([config.welcome, config.quick_prompts], variant_id === warm.id ? ["Good to see you!", ["Show me around"]] : ["Hello!", ["Hours?"]]);
      seen.set(visitor_pass, variant_id);
    }
    assert.deepEqual(new Set(seen.values()), new Set([plain.id, warm.id]));
    for (const [visitor_pass, variant_id] of seen) assert.equal((await enter({ visitor_pass })).config.variants[0].variant_id, variant_id);
  });

  test("is not changed, not deleted and has no rival, and the reason is told", async () => {
    await refused(call("PATCH", `/v1/experiments/${experiment.id}`, { revision: experiment.revision, content: WELCOME }), 409, undefined, /figures would mean nothing/);
    await refused(call("DELETE", `/v1/experiments/${experiment.id}`), 409, undefined, /Stop it/);
    await refused(act(experiment, "apply", { variant_id: warm.id }), 409, undefined, /Stop the experiment/);
    await refused(act(experiment, "start"), 409, undefined, /once/);
    const rival = await create({ ...WELCOME, name: "Rival" });
    await refused(act(rival, "start"), 409, undefined, /“Warmer welcome” is running/);
    await call("DELETE", `/v1/experiments/${rival.id}`);
  });

  test("counts whoever saw their variant once, and what they did afterwards", async () => {
    const cta = await call("POST", `/v1/agents/${product.agent}/cta-rules`, { name: "Demo", label: "Book", kind: "demo", target: "https://example.test/" });
    const [one, two] = [await seeing(warm), await seeing(plain)];
    await report(one, event("exposed", warm.id, Date.now() - 5_000), event("exposed", warm.id), event("cta_clicked", cta.id), event("cta_clicked", cta.id));
    await report(two, event("cta_clicked", cta.id, Date.now() - 9_000), event("exposed", plain.id));
    // Not what they see: nothing is counted.
    await report(two, event("exposed", warm.id), event("exposed", newId("var")));
    const { variants, verdict } = await shown(experiment);
    assert.deepEqual(variants.map(({ exposures, conversions, rate }) => [exposures, conversions, rate]), [[1, 0, 0], [1, 1, 1]]);
    // A click of before hides none that comes after.
    await report(two, event("cta_clicked", cta.id));
    assert.deepEqual((await shown(experiment)).variants.map(({ conversions }) => conversions), [1, 1]);
    assert.ok(variants.every(({ low, high, rate }) => low <= rate && rate <= high && high - low > 0.5));
    assert.match(verdict, /^Not enough data yet: every variant needs 30 visitors/);
    const row = await product.relations.prepare("SELECT variants FROM widget_events WHERE conversation_id = ?1 LIMIT 1").bind(one.conversation_id).first();
    assert.deepEqual(JSON.parse(row.variants), [{ experiment_id: experiment.id, variant_id: warm.id }]);
  });

  test("says in words when the figures are enough, and who earns more", async () => {
    const database = product.relations;
    const insert = (variant, n, converts) => [
      database.prepare("INSERT INTO exposures (workspace_id, experiment_id, visitor_id, agent_id, variant_id, at) VALUES (?1, ?2, ?3, ?4, ?5, 1)").bind(product.workspace, experiment.id, `v${variant.name}${n}`, product.agent, variant.id),
      ...(converts ? [database.prepare("INSERT INTO conversions (workspace_id, visitor_id, kind, subject, agent_id, at) VALUES (?1, ?2, 'lead', 'x', ?3, 2)").bind(product.workspace, `v${variant.name}${n}`, product.agent)] : []),
    ];
    await database.batch([...Array(60).keys()].flatMap((n) => [...insert(plain, n, n < 3), ...insert(warm, n, n < 30)]));
    const { winner, verdict, variants } = await shown(experiment);
    assert.deepEqual([winner, verdict], [warm.id, "“Warm” earns more: its interval lies above all others."]);
    assert.deepEqual(variants.map(({ exposures }) => exposures), [61, 61]);
  });

  test("ends for everybody when it is stopped, and the winner is written into the draft", async () => {
    experiment = await act(experiment, "stop");
    assert.equal(experiment.status, "stopped");
    const { config } = await enter();
    assert.deepEqual([config.variants, config.welcome], [[], "Hello!"]);
    const before = await product.client.get(`/v1/agents/${product.agent}`);
    const applied = await act(experiment, "apply", { variant_id: warm.id });
    const after = await product.client.get(`/v1/agents/${product.agent}`);
    assert.deepEqual([applied.applied, after.revision, after.draft.welcome], [warm.id, before.revision + 1, "Good to see you!"]);
    assert.equal((await enter()).config.welcome, "Hello!", "visitors see it once it is published");
    const log = await product.client.get("/v1/audit-log?action=experiment.");
    assert.deepEqual(log.slice(0, 2).map(({ action }) => action), ["experiment.applied", "experiment.stopped"]);
  });
});

test("a prompt is tried in the turns of its visitors alone", async () => {
  const experiment = await act(await create({ name: "Prompt", kind: "prompt", variants: [{ name: "As it is", weight: 1 }, { name: "Rhymes", weight: 1, patch: { instructions: "Always answer in rhyme." } }] }), "start");
  for (const variant of experiment.variants) {
    const { token } = await seeing(variant);
    const visitor = Object.assign(new Visitor(), { product, token });
    await visitor.connect();
    const from = model.requests.length;
    await visitor.ask("Hello, who are you?");
    await visitor.close();
    assert.equal(JSON.stringify(model.requests.slice(from)).includes("Always answer in rhyme."), variant.name === "Rhymes");
  }
  await act(experiment, "stop");
});

test("a trigger is tried for its visitors, is not deleted meanwhile, and the winner is written into the rule", async () => {
  const rule = await call("POST", `/v1/agents/${product.agent}/rules`, { name: "Greets", when: { kind: "idle", seconds: 30 }, action: { kind: "open_with_message", message: "Hm?" } });
  const patch = { rules: [{ id: rule.id, when: { kind: "exit_intent" } }] };
  const experiment = await act(await create({ name: "When", kind: "trigger", variants: [{ name: "Idle", weight: 1 }, { name: "Leaving", weight: 1, patch }, { name: "Never", weight: 1, patch: { rules: [{ id: rule.id, off: true }] } }] }), "start");
  const told = async (variant) => (await seeing(variant)).config.rules.map(({ when }) => when.kind);
  assert.deepEqual([await told(experiment.variants[0]), await told(experiment.variants[1]), await told(experiment.variants[2])], [["idle"], ["exit_intent"], []]);
  await refused(call("DELETE", `/v1/rules/${rule.id}`), 409, undefined, /running experiment/);
  // Everybody counts whom the rule could have spoken to, whether it did or not, and once.
  const visitors = await Promise.all(Array.from({ length: 12 }, () => enter()));
  for (const { visitor_pass } of visitors) await enter({ visitor_pass });
  await enter({ token: visitors[0].token });
  const { variants } = await shown(experiment);
  const { n } = await product.relations.prepare("SELECT count(*) AS n FROM exposures WHERE experiment_id = ?1").bind(experiment.id).first();
  assert.ok(n >= 15, `${n} visitors`);
  assert.equal(variants.reduce((all, { exposures }) => all + exposures, 0), n);
  await act(experiment, "stop");
  await act(experiment, "apply", { variant_id: experiment.variants[1].id });
  const [after] = await product.client.get(`/v1/agents/${product.agent}/rules`);
  assert.deepEqual([after.content.when, after.revision], [{ kind: "exit_intent" }, 2]);
  assert.deepEqual((await enter()).config.rules.map(({ when }) => when.kind), ["exit_intent"]);
});
