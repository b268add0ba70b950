// Meaning: vectors that follow what the index knows. A Vectorize that shows mutations late, an endpoint that fails,
// exact comparison without an index, curated answers by meaning, an index that is lost, a model that is changed.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Client } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { indexesOf, setupIndex } from "../../scripts/setup-index.mjs";
import { startCloudflare } from "../fakes/cloudflare.mjs";
import { embed, startOpenAi } from "../fakes/openai.mjs";
import { AGENT, OWNER, Visitor, folder, start, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

const MODEL = "workers_ai:@cf/baai/bge-m3";

/** A site of our own, whose pages come and go. */
async function site(texts) {
  const pages = new Map(Object.entries(texts));
  const server = createServer((request, response) => {
    const text = pages.get(request.url);
    if (request.url === "/") {
      response.writeHead(200, { "content-type": "text/html" });
      return response.end(`<!doctype html><html lang="en"><title>Harbour office</title><main><h1>Harbour office</h1><p>Everything about the harbour office and its services for visitors and boats.</p>${[...pages.keys()].map((path) => `<a href="${path}">${path.slice(1)}</a> `).join("")}</main>`);
    }
    if (text === undefined) {
      response.writeHead(404);
      return response.end();
    }
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<!doctype html><html lang="en"><title>${request.url.slice(1)}</title><main><h1>${request.url.slice(1)}</h1>${[text].flat().map((part, n) => `${n ? `<h2>Part ${n}</h2>` : ""}<p>${part}</p>`).join("")}</main>`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { host } = new URL(`http://127.0.0.1:${server.address().port}`);
  return { pages, host, url: `http://${host}/`, close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
}

/** What retrieval finds, as members see it. */
async function found(client, agent, question, page_url) {
  const response = await client.raw("POST", `/v1/agents/${agent}/playground`, { question, page_url });
  const events = (await response.text()).split("\n\n").filter(Boolean).map((event) => JSON.parse(event.replace(/^data: /, "")));
  const { hits, curated } = events.find((event) => event.event === "found");
  return { hits: hits.map(({ hit }) => hit), curated, stages: events.find((event) => event.event === "finished").stages };
}

async function again(client, source) {
  await client.call("POST", `/v1/sources/${source.id}/reindex`);
  assert.equal((await client.indexed(source.id)).state, "indexed");
}

/** Vectors as R2 keeps them: passages by document. */
async function kept(product) {
  const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
  const { objects } = await bucket.list({ prefix: "vectors/" });
  const documents = new Map();
  for (const { key } of objects) {
    const stored = await (await bucket.get(key)).json();
    documents.set(stored.document_id, Buffer.from(stored.vectors, "base64").length / (stored.dimensions + 4));
  }
  return documents;
}

describe("with a Vectorize that forgets late", () => {
  let product, cloudflare, harbour, source, client;
  const texts = () => [...cloudflare.vectors.values()].map((row) => row.metadata.text).join("\n");
  const asked = () => cloudflare.requests.flatMap(({ inputs }) => inputs?.text ?? []);
  before(async () => {
    cloudflare = await startCloudflare();
    harbour = await site({
      "/hours": "The harbour office opens on Tuesday from nine to five and is closed in January.",
      "/parking": "Visitors leave their cars in the blue zone behind the lighthouse for free.",
      "/prices": Array.from({ length: 120 }, (_, n) => `Berth number ${n} costs ${n + 10} pounds a night for a boat of class ${n}. ${"It has water and power at the pier. ".repeat(20)}`),
    });
    product = await start({ remote: cloudflare.url, local: [harbour.host], vars: { EMBEDDING_MODEL: MODEL } });
    client = product.client;
    source = await client.source(product.agent, harbour.url);
    source = await client.indexed(source.id);
    assert.equal(source.state, "indexed");
    assert.equal(cloudflare.vectors.size, source.progress.passages, "indexed is what meaning finds, too");
  });
  after(async () => {
    await product?.stop();
    await cloudflare?.close();
    await harbour?.close();
  });

  test("a vector is named after its document's revision and carries its passage", () => {
    for (const [id, { namespace, metadata }] of cloudflare.vectors) {
      assert.equal(id, `${metadata.document_id}:${metadata.revision}:${metadata.ord}`);
      assert.match(metadata.revision, /^[0-9a-f]{16}$/);
      assert.deepEqual([namespace, metadata.model], [product.agent, MODEL]);
      assert.ok(metadata.text && metadata.url.startsWith(harbour.url));
    }
    assert.ok(cloudflare.vectors.size > 100, "several batches");
  });

  test("what did not change is not embedded again", async () => {
    const before = asked().length;
    await again(client, source);
    assert.equal(asked().length, before);
  });

  test("a changed page is answered from its new text although the index still has the old", async () => {
    const question = "The harbour office opens on Tuesday or Wednesday from nine or ten";
    assert.ok((await found(client, product.agent, question)).hits.some((hit) => hit.text.includes("Tuesday") && hit.meaning));
    cloudflare.lag = Infinity;
    harbour.pages.set("/hours", "The harbour office opens on Wednesday from ten to four and is closed in May.");
    await again(client, source);
    const now = await found(client, product.agent, question);
    assert.ok(texts().includes("Tuesday"), "the index has not forgotten");
    assert.ok(now.stages.embed >= 0 && now.hits.some((hit) => hit.meaning), "meaning takes part");
    assert.ok(now.hits.some((hit) => hit.text.includes("Wednesday")));
    assert.ok(!JSON.stringify(now.hits).includes("Tuesday"));
    await until("the new text's vectors to be sent", () => asked().some((text) => text.includes("Wednesday")));
    cloudflare.lag = 0;
    await until("the index to follow", () => (cloudflare.release(), texts().includes("Wednesday") && !texts().includes("Tuesday")));
  });

  test("twenty visitors ask while everything is read again: every question is answered, none from what is gone", async () => {
    const visitors = await Promise.all(Array.from({ length: 20 }, () => Visitor.open(product)));
    harbour.pages.set("/hours", "The harbour office opens on Thursday from eight to noon and is closed in June.");
    const reading = again(client, source);
    const ask = (visitor, n, round) => visitor.ask(`On which day does the harbour office open for boat ${n} in round ${round}?`);
    const during = await Promise.all(visitors.map((visitor, n) => ask(visitor, n, 1)));
    await reading;
    const afterwards = await Promise.all(visitors.map((visitor, n) => ask(visitor, n, 2)));
    await Promise.all(visitors.map((visitor) => visitor.close()));
    for (const answer of [...during, ...afterwards]) assert.equal(answer.type, "turn_finished");
    for (const { text, citations } of afterwards) {
      assert.ok(!text.includes("Wednesday") && citations.every(({ url }) => url.startsWith(harbour.url)), text);
    }
    await until("every passage to have its vector again", async () => {
      const { progress } = await client.get(`/v1/sources/${source.id}`);
      return cloudflare.vectors.size === progress.passages && texts().includes("Thursday");
    });
  });

  test("a page that is gone is not cited, whoever asks", async () => {
    const question = "Where do visitors leave their cars?";
    const { hits } = await found(client, product.agent, question);
    assert.ok(hits[0].url.includes("/parking"));
    cloudflare.lag = Infinity;
    harbour.pages.delete("/parking");
    await again(client, source);
    assert.ok(texts().includes("lighthouse"));
    for (const text of [question, "cars lighthouse blue zone"]) {
      const { hits } = await found(client, product.agent, text);
      assert.ok(hits.some((hit) => hit.meaning) && !hits.some((hit) => hit.url.includes("/parking")), JSON.stringify(hits));
    }
    const visitor = await Visitor.open(product);
    const answer = await visitor.ask(question);
    await visitor.close();
    assert.ok(!answer.citations.some(({ url }) => url.includes("/parking")) && !answer.text.includes("lighthouse"));
    cloudflare.lag = 0;
    await until("the index to follow", () => (cloudflare.release(), !texts().includes("lighthouse")));
  });

  test("a deleted source leaves no vector behind", async () => {
    await client.call("DELETE", `/v1/sources/${source.id}`);
    const { hits } = await found(client, product.agent, "On which day does the harbour office open?");
    assert.deepEqual(hits, []);
    await until("the index to be empty", () => cloudflare.vectors.size === 0);
    await until("R2 to be empty", async () => (await kept(product)).size === 0);
    assert.deepEqual(cloudflare.refused, [], "nothing was sent that the real service refuses");
  });
});

describe("without an index, on an endpoint that fails", () => {
  let product, model, harbour, client;
  const failures = [];
  before(async () => {
    model = await startOpenAi();
    harbour = await site(Object.fromEntries(Array.from({ length: 45 }, (_, n) => [`/berth-${n}`, [`Berth ${n} lies at pier ${n}. ${"It has water and power. ".repeat(12)}`, `Captain ${n} looks after it. ${"Ask at the office. ".repeat(12)}`, `Its price is ${n} pounds. ${"Pay at the gate. ".repeat(12)}`]])));
    product = await start({ local: [harbour.host], vars: { EMBEDDING_MODEL: "openai:small", OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, LIMIT_VISITOR_MINUTE: "1000", LIMIT_CONVERSATION: "1000" } });
    client = product.client;
  });
  after(async () => {
    await product?.stop();
    await model?.close();
    await harbour?.close();
  });

  test("no passage is lost or doubled, and no question goes unanswered", async () => {
    let n = 0;
    const twin = new Map([["Where may I leave my car?", "Is there parking?"]]);
    const odd = [() => ({ status: 500 }), () => ({ status: 429, retryAfter: "0" }), () => ({ vector: () => [null] }), () => ({ vector: () => [0.5] }), () => ({ vector: (text) => embed(text).fill(0) })];
    model.embedding = ({ input }) => {
      n += 1;
      // The very first batch fails at all of its three tries; then three of ten requests fail, each in another way.
      const fails = n > 1 && (n <= 4 || [1, 4, 7].includes(n % 10));
      if (fails) failures.push(input.length);
      return fails ? odd[failures.length % odd.length]() : { vector: (text) => twin.has(text) ? embed(twin.get(text)) : undefined };
    };
    let source = await client.source(product.agent, harbour.url);
    const visitor = await Visitor.open(product);
    const answers = [];
    for (let asked = 0; (source = await client.get(`/v1/sources/${source.id}`)).state === "crawling" || asked < 12; asked += 1) {
      answers.push(await visitor.ask(`What is the price of berth ${asked}?`));
    }
    await visitor.close();
    assert.ok(answers.every((answer) => answer.type === "turn_finished"));
    source = await client.indexed(source.id);
    const documents = await client.all(`/v1/sources/${source.id}/documents`);
    await until("all vectors", async () => (await kept(product)).size === documents.length);
    const vectors = await kept(product);
    assert.deepEqual(documents.map(({ id }) => vectors.get(id)), documents.map(({ passages }) => passages));
    assert.ok(failures.length >= 4, `${failures.length}`);
    // A question whose own request fails is answered by words alone; this one's does not.
    model.embedding = () => undefined;
    const { hits } = await found(client, product.agent, "Which captain looks after berth 17?");
    assert.ok(hits.slice(0, 3).some((hit) => hit.meaning && hit.words && hit.text.includes("Captain 17")), JSON.stringify(hits.slice(0, 3)));
    assert.equal(source.note, undefined);
  });

  test("a curated answer that means the same is the first source, for the next asker, too", async () => {
    model.embedding = () => ({ vector: (text) => (/car\?$/.test(text) ? embed("Is there parking?") : undefined) });
    const question = "Where may I leave my car?";
    await client.call("POST", `/v1/agents/${product.agent}/curated-answers`, { pattern: "Is there parking?", answer: "Yes, behind the lighthouse.", pages: "/boats/*" });
    const page = "http://site.test/boats/1";
    await until("its phrasing to be embedded", async () => (await found(client, product.agent, question, page)).curated);
    const { curated } = await found(client, product.agent, question, page);
    assert.deepEqual([curated.by, curated.answer], ["closeness", "Yes, behind the lighthouse."]);
    assert.ok(curated.score > 0.95);
    assert.ok(!(await found(client, product.agent, question, "http://site.test/elsewhere")).curated, "pages are still obeyed");
    for (const who of ["first", "second"]) {
      const visitor = await Visitor.open(product);
      const id = `car-${who}`;
      const end = visitor.ended(id);
      visitor.send({ type: "message", id, text: question, page_url: page });
      const frame = await end;
      assert.match(visitor.text(frame.turn_id), /behind the lighthouse/);
      assert.match(frame.citations[0].url, /^curated:/);
      await visitor.close();
    }
  });

  test("a text that the model refuses is found by its words, and its source says so", async () => {
    model.embedding = ({ input }) => (input.some((text) => text.includes("unspeakable")) ? { status: 400, error: "invalid input" } : {});
    const make = (title, text) => client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "text", title, text });
    const [bad, good] = [await make("Bad", "The unspeakable anchor lies in dock nine."), await make("Good", "The friendly buoy floats near dock eight.")];
    await client.indexed(bad.id);
    await client.indexed(good.id);
    await until("the model to be left alone", async () => (await client.get(`/v1/sources/${bad.id}`)).note);
    const before = model.requests.length;
    assert.match((await client.get(`/v1/sources/${bad.id}`)).note, /refuses 1 documents; their words are searched/);
    const { hits } = await found(client, product.agent, "Where does the unspeakable anchor lie?".replace("unspeakable ", ""));
    assert.ok(hits.some((hit) => hit.text.includes("dock nine") && hit.meaning === undefined));
    const buoy = await found(client, product.agent, "Where does the friendly buoy float?");
    assert.ok(buoy.hits[0].meaning, JSON.stringify(buoy.hits[0]));
    assert.ok(model.requests.slice(before).every(({ body }) => body.input?.length === 1), "only questions were embedded");
  });
});

describe("lost, and with another model", () => {
  let state, model, harbour, product, client, agent;
  const secrets = newSecrets();
  before(async () => {
    state = folder();
    model = await startOpenAi();
    harbour = await site(Object.fromEntries(Array.from({ length: 45 }, (_, n) => [`/berth-${n}`, [`Berth ${n} lies at pier ${n}. ${"It has water and power. ".repeat(12)}`, `Captain ${n} looks after it. ${"Ask at the office. ".repeat(12)}`, `Its price is ${n} pounds. ${"Pay at the gate. ".repeat(12)}`]])));
  });
  after(async () => {
    await product?.kill().catch(() => {});
    await model?.close();
    await harbour?.close();
    state?.remove();
  });

  const run = async (name) => {
    product = await killable({ state: state.path, secrets, vars: { LOCAL_HOSTS: harbour.host, EMBEDDING_MODEL: `openai:${name}`, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key } });
    if (client) client.product = product.url;
  };
  const since = (mark) => model.requests.slice(mark).map(({ body }) => body);
  const QUESTION = "Which captain looks after berth 17?";

  test("an index that is lost takes its vectors from R2; a changed model serves when everything is embedded", async () => {
    await run("old");
    client = new Client(product.url);
    agent = (await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "O", workspace: "W", agent: AGENT })).agent_id;
    await client.signIn(OWNER);
    let source = await client.source(agent, harbour.url);
    source = await client.indexed(source.id);
    const passages = source.progress.passages;
    assert.ok(passages > 100);
    const embedded = (name) => model.requests.filter(({ body }) => body.model === name).flatMap(({ body }) => body.input).filter((text) => text.includes("\n"));
    await until("every passage to be embedded", () => embedded("old").length >= passages);
    await until("meaning", async () => (await found(client, agent, `${QUESTION} ${Math.random()}`)).hits.some((hit) => hit.meaning));
    await product.kill();

    const lost = readdirSync(join(state.path, "do"), { recursive: true }).map(String).filter((path) => /Knowledge[^/]*\/[0-9a-f]+\.sqlite/.test(path));
    assert.ok(lost.length > 0);
    for (const path of lost) rmSync(join(state.path, "do", path));
    let mark = model.requests.length;
    await run("old");
    await until("meaning to be back", async () => (await found(client, agent, `${QUESTION} ${Math.random()}`)).hits.some((hit) => hit.meaning && hit.text.includes("Captain 17")));
    assert.ok(since(mark).every(({ input }) => input.length === 1 && !input[0].includes("\n")), "only questions were embedded");
    await product.kill();

    // The new model takes one batch and then nothing more.
    const taken = [];
    let [open, refusals] = [false, 0];
    model.embedding = ({ model: name, input }) => {
      if (name !== "new" || !input[0].includes("\n")) return {};
      if (!open && taken.length) {
        refusals += 1;
        return { status: 503 };
      }
      taken.push(...input);
      return {};
    };
    mark = model.requests.length;
    await run("new");
    await found(client, agent, QUESTION);
    // Three tries, and the first of the next step: what the first one brought is kept by then.
    await until("the new model to be half done", () => refusals >= 4);
    mark = model.requests.length;
    const between = await found(client, agent, QUESTION.replace("17", "18"));
    assert.ok(between.hits.some((hit) => hit.meaning) && between.hits.some((hit) => hit.text.includes("Captain 18")), "the old model answers");
    assert.ok(since(mark).some(({ model: name, input }) => name === "old" && input[0].includes("berth 18")));
    await product.kill();
    open = true;
    await product.start();
    await until("the new model to serve", async () => {
      mark = model.requests.length;
      const { hits } = await found(client, agent, `${QUESTION} ${mark}`);
      return hits.some((hit) => hit.meaning) && since(mark).every(({ model: name }) => name === "new");
    });
    assert.ok(taken.length < passages + 20, `what was done before the kill was kept: ${taken.length} of ${passages}`);
    const visitor = await Visitor.open({ url: product.url, agent });
    mark = model.requests.length;
    for (const n of [19, 20]) {
      const answer = await visitor.ask(`Which captain looks after berth ${n}?`);
      assert.equal(answer.type, "turn_finished");
      assert.match(answer.text, new RegExp(`Captain ${n}`));
    }
    await visitor.close();
    assert.deepEqual(new Set(since(mark).map(({ model: name }) => name)), new Set(["new"]));
  });
});

describe("npm run setup", () => {
  const account = "0123456789abcdef0123456789abcdef";
  let cloudflare;
  before(async () => {
    cloudflare = await startCloudflare();
  });
  after(() => cloudflare?.close());
  const setup = (index) => setupIndex({ name: "passages", dimensions: 1024, account, token: cloudflare.token, base: `${cloudflare.url}/client/v4`, ...index });

  test("creates what is missing and leaves alone what is there", async () => {
    assert.deepEqual(await setup(), ["created passages: 1024 dimensions, cosine", "created the metadata index model of passages"]);
    assert.deepEqual(cloudflare.indexes.get("passages").index.config, { dimensions: 1024, metric: "cosine" });
    assert.deepEqual(cloudflare.indexes.get("passages").metadata, [{ propertyName: "model", indexType: "string" }]);
    const mark = cloudflare.requests.length;
    assert.deepEqual(await setup(), []);
    assert.ok(cloudflare.requests.slice(mark).every(({ method }) => method === "GET"));
    cloudflare.indexes.get("passages").metadata = [];
    assert.equal((await setup()).length, 1, "what was cut off is finished");
  });

  test("says what to do about an index that does not fit, a token that does not open, a model it does not know", async () => {
    await assert.rejects(setup({ dimensions: 768 }), /passages has 1024 dimensions, the embedding model has 768.*VECTORS_768/);
    cloudflare.indexes.get("passages").index.config.metric = "euclidean";
    await assert.rejects(setup(), /has to be cosine/);
    await assert.rejects(setup({ token: "wrong" }), /Vectorize Edit/);
    const config = (EMBEDDING_MODEL, ...bindings) => ({ vars: { EMBEDDING_MODEL }, vectorize: bindings.map((binding) => ({ binding, index_name: binding.toLowerCase() })) });
    assert.deepEqual(indexesOf(config(MODEL, "VECTORS")), [{ name: "vectors", dimensions: 1024 }]);
    assert.deepEqual(indexesOf(config("workers_ai:@cf/baai/bge-small-en-v1.5", "VECTORS", "VECTORS_384")), [{ name: "vectors_384", dimensions: 384 }]);
    assert.deepEqual([indexesOf(config("", "VECTORS")), indexesOf(config(MODEL))], [[], []]);
    assert.throws(() => indexesOf(config("openai:own", "VECTORS")), /EMBEDDING_DIMENSIONS=/);
    assert.deepEqual(indexesOf(config("openai:own", "VECTORS"), "99"), [{ name: "vectors", dimensions: 99 }]);
    assert.throws(() => indexesOf(config("openai:text-embedding-3-large", "VECTORS")), /at most 1536/);
  });
});
