// Replicas by region: visitors are answered from the one that is nearest, what was forgotten is cited nowhere once
// that was acknowledged, a replica comes back from R2 when it is lost and does not believe a home that was.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startCloudflare } from "../fakes/cloudflare.mjs";
import { embed, startOpenAi } from "../fakes/openai.mjs";
import { ORIGIN, folder, init, messageId, start, startAgain, until } from "./harness.mjs";

const LISBON = { continent: "EU", country: "PT", latitude: "38.7", longitude: "-9.1" };
const TOKYO = { continent: "AS", country: "JP", latitude: "35.7", longitude: "139.7" };

/** A site of our own, whose pages come and go. */
async function site(texts) {
  const pages = new Map(Object.entries(texts));
  const server = createServer((request, response) => {
    const links = [...pages.keys()].map((path) => `<a href="${path}">${path.slice(1)}</a> `).join("");
    const text = request.url === "/" ? `Everything about the harbour office and its services. ${links}` : pages.get(request.url);
    response.writeHead(text === undefined ? 404 : 200, { "content-type": "text/html" });
    response.end(text && `<!doctype html><html lang="en"><title>${request.url.slice(1) || "Harbour"}</title><main><h1>Harbour ${request.url.slice(1)}</h1><p>${text}</p></main>`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { host } = new URL(`http://127.0.0.1:${server.address().port}`);
  return { pages, host, url: `http://${host}/`, close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
}

const TEXTS = {
  "/hours": "The harbour office opens on Tuesday from nine to five and is closed in January.",
  "/parking": "Visitors leave their cars in the blue zone behind the lighthouse for free.",
  "/ferry": "The ferry to the island leaves every hour from the northern pier.",
  "/dogs": "Dogs are welcome on the beach in winter, on a lead.",
};
const QUESTIONS = ["When does the harbour office open?", "Where do visitors leave their cars?", "How often does the ferry leave?"];

/** The objects of an agent, asked as the parts of the product ask each other. */
function objects(product) {
  const identity = { workspace_id: product.workspace, agent_id: product.agent };
  const name = (region) => `knowledge/${product.workspace}/${product.agent}/${region}`;
  const namespace = () => product.miniflare.getDurableObjectNamespace("KNOWLEDGE", product.front);
  const call = async (region, message, body) => {
    const all = await namespace();
    const headers = { "content-type": "application/json", ...(region !== "home" && { "x-region": region }) };
    const response = await all.get(all.idFromName(name(region))).fetch(`https://object/${message}`, { method: "POST", headers, body: JSON.stringify({ ...identity, ...body }) });
    return { status: response.status, ...(await response.json()) };
  };
  return {
    search: (region, question, rest) => call(region, "search", { question, limit: 12, ...rest }),
    nearest: (region, question, model) => call(region, "nearest", { question, model, limit: 20, vector: Buffer.from(new Float32Array(embed(question)).buffer).toString("base64") }),
    stats: (region) => call(region, "stats", {}),
    id: async (region) => String((await namespace()).idFromName(name(region))),
  };
}

/** A visitor somewhere on earth asks one question. */
async function ask(product, cf, text) {
  const { data } = await init(product);
  const response = await product.miniflare.dispatchFetch(`${product.url}/v1/widget/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${data.token}`, "content-type": "application/json", origin: ORIGIN },
    body: JSON.stringify({ id: messageId(), text }),
    cf,
  });
  assert.equal(response.status, 200);
  const frames = (await response.text()).split("\n\n").filter(Boolean).map((event) => JSON.parse(event.match(/^data: (.*)$/m)[1]));
  const last = frames.at(-1);
  assert.equal(last.type, "turn_finished", JSON.stringify(last));
  return { text: frames.filter((frame) => frame.type === "delta").map((frame) => frame.text).join(""), cited: last.citations.map(({ url }) => new URL(url).pathname) };
}

async function again(client, source) {
  await client.call("POST", `/v1/sources/${source.id}/reindex`);
  assert.equal((await client.indexed(source.id)).state, "indexed");
}

const answers = (at, region) => until(`the replica ${region}`, async () => (await at.search(region, "harbour")).status === 200);

/** What is worth the same has no order. */
const ordered = (hits) => hits.toSorted((a, b) => b.score - a.score || a.document_id.localeCompare(b.document_id));

let asked = 0;

/** A replica knows what home knows, by words and by meaning. */
async function same(at, region, model) {
  for (const begun of QUESTIONS) {
    // Nobody asked it before, so no result of it is remembered anywhere.
    const question = `${begun} ${(asked += 1)}`;
    const [here, home] = await Promise.all([at.search(region, question), at.search("home", question)]);
    assert.equal(here.status, 200);
    for (const field of ["curated", "meaning", "admitted"]) assert.deepEqual(here[field], home[field], field);
    for (const field of ["hits", "weighed"]) assert.deepEqual(ordered(here[field]), ordered(home[field]), field);
    const near = await Promise.all([at.nearest(region, question, model), at.nearest("home", question, model)]);
    assert.deepEqual(ordered(near[0].hits), ordered(near[1].hits));
    assert.equal(near[0].status, 200);
  }
  const [here, home] = await Promise.all([at.stats(region), at.stats("home")]);
  assert.deepEqual([here.documents, here.passages], [home.documents, home.passages]);
}

describe("replicas that compare vectors themselves", () => {
  const MODEL = "openai:small";
  const secrets = newSecrets();
  let state, model, harbour, product, client, source, at;
  const vars = (replicas) => ({ DRILLS: "on", LOCAL_HOSTS: harbour.host, EMBEDDING_MODEL: MODEL, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, KNOWLEDGE_REPLICAS: replicas });
  before(async () => {
    state = folder();
    model = await startOpenAi();
    harbour = await site(TEXTS);
    product = await start({ secrets, state: state.path, vars: vars("weur, apac, atlantis") });
    ({ client } = product);
    source = await client.source(product.agent, harbour.url);
    source = await client.indexed(source.id);
    assert.equal(source.state, "indexed");
    at = objects(product);
    await until("meaning", async () => (await at.search("home", "harbour")).meaning);
  });
  after(async () => {
    await product?.stop();
    await model?.close();
    await harbour?.close();
    state?.remove();
  });

  /** The process ends; some objects lose what they stored; it starts again. */
  const restart = async (replicas, ...lost) => {
    const ids = await Promise.all(lost.map((region) => at.id(region)));
    await product.stop();
    const files = readdirSync(join(state.path, "do"), { recursive: true }).map(String).filter((path) => ids.some((id) => path.includes(id)));
    assert.ok(files.length >= lost.length);
    for (const path of files) rmSync(join(state.path, "do", path));
    product = { ...product, ...(await startAgain({ secrets, state: state.path, vars: vars(replicas) })) };
    client.product = product.url;
    at = objects(product);
  };

  test("who comes first is answered from home while the replica builds itself from R2", async () => {
    // What the replica says about the ferry can only be from there.
    const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
    const { objects: stored } = await bucket.list({ prefix: "passages/" });
    const texts = await Promise.all(stored.map(async ({ key }) => [key, await (await bucket.get(key)).text()]));
    const [key, text] = texts.find(([, text]) => text.includes("northern pier"));
    await bucket.put(key, text.replace("northern pier", "northern pier of R2"));
    const answer = await ask(product, TOKYO, QUESTIONS[1]);
    assert.ok(answer.cited.includes("/parking"), answer.text);
    const { documents } = await at.stats("home");
    await until("the replica of Asia", async () => (await at.stats("apac")).documents === documents);
    await answers(at, "apac");
    assert.ok((await at.search("apac", QUESTIONS[2])).hits[0].text.includes("northern pier of R2"));
    assert.equal((await at.stats("weur")).documents, 0, "the other one has not been asked for");
    await bucket.put(key, text);
  });

  test("a visitor is answered from the replica, which remembers the result", async () => {
    await answers(at, "weur");
    const question = "From which pier does the ferry to the island leave?";
    const answer = await ask(product, LISBON, question);
    assert.ok(answer.cited.includes("/ferry"), answer.text);
    await until("the result to be remembered", async () => (await at.search("weur", question)).cached);
    assert.equal((await at.search("home", question)).cached, false);
    assert.equal((await at.search("apac", question)).cached, false);
  });

  test("what changed or went is so everywhere when the source says indexed", async () => {
    harbour.pages.set("/hours", "The harbour office opens on Wednesday from ten to four and is closed in May.");
    harbour.pages.set("/ferry", "The ferry to the island leaves every two hours from the southern pier.");
    harbour.pages.delete("/parking");
    await again(client, source);
    for (const region of ["weur", "apac"]) {
      for (const question of QUESTIONS) {
        const found = JSON.stringify([await at.search(region, question), await at.nearest(region, question, MODEL)]);
        assert.ok(!found.includes("Tuesday") && !found.includes("lighthouse") && !found.includes("northern"), found);
      }
    }
    const [hours, parking] = [await ask(product, LISBON, QUESTIONS[0]), await ask(product, LISBON, QUESTIONS[1])];
    assert.match(hours.text, /Wednesday/);
    assert.ok(!parking.cited.includes("/parking") && !parking.text.includes("lighthouse"));
    await until("the new vectors", async () => (await at.nearest("home", QUESTIONS[0], MODEL)).hits.some((hit) => hit.text.includes("Wednesday")));
    for (const region of ["weur", "apac"]) await until(`${region} to have them`, () => same(at, region, MODEL).then(() => true, () => false));
  });

  test("curated answers, their phrasings and tags follow", async () => {
    await client.call("POST", `/v1/agents/${product.agent}/curated-answers`, { pattern: "Is there parking?", answer: "Yes, for free." });
    await until("the curated answer", async () => (await at.search("weur", "Is there parking?")).curated?.answer === "Yes, for free.");
    await until("its phrasing", async () => (await at.nearest("apac", "Is there parking here?", MODEL)).curated?.by === "closeness");
    const ferry = (await client.all(`/v1/sources/${source.id}/documents`)).find(({ url }) => url.endsWith("/ferry"));
    await client.call("PUT", `/v1/documents/${ferry.id}/tags`, { tags: ["boats"] });
    const admitted = async (region) => (await at.search(region, "harbour", { tags: ["boats"] })).admitted;
    await until("the tag", async () => (await admitted("home")).length === 1);
    assert.deepEqual([await admitted("weur"), await admitted("apac")], [[ferry.id], [ferry.id]]);
  });

  test("a replica that is lost builds itself from R2, and home does not mind", async () => {
    await restart("weur,apac", "weur");
    assert.equal((await at.search("weur", "harbour")).status, 503);
    await answers(at, "weur");
    await same(at, "weur", MODEL);
    await same(at, "apac", MODEL);
  });

  test("replicas do not believe a home that was lost, nor answer in a region that is not configured any more", async () => {
    await restart("weur", "home");
    assert.equal((await at.search("weur", "harbour")).status, 200, "nothing has changed yet");
    harbour.pages.delete("/dogs");
    await again(client, source);
    for (const region of ["weur", "apac"]) {
      const found = await at.search(region, "Are dogs welcome on the beach in winter?");
      assert.ok(found.status === 503 || !JSON.stringify(found.hits).includes("Dogs are welcome"), `${region} ${JSON.stringify(found)}`);
    }
    await answers(at, "weur");
    await until("the replica to be in step again", () => same(at, "weur", MODEL).then(() => true, () => false));
    await until("the other one to hold nothing", async () => (await at.stats("apac")).documents === 0);
  });
});

describe("replicas beside a Vectorize that forgets late", () => {
  let cloudflare, harbour, product, client, source, at;
  before(async () => {
    cloudflare = await startCloudflare();
    harbour = await site(TEXTS);
    product = await start({ remote: cloudflare.url, local: [harbour.host], vars: { EMBEDDING_MODEL: "workers_ai:@cf/baai/bge-m3", KNOWLEDGE_REPLICAS: "weur" } });
    ({ client } = product);
    source = await client.source(product.agent, harbour.url);
    source = await client.indexed(source.id);
    at = objects(product);
    await until("meaning", async () => (await at.search("home", "harbour")).meaning);
    await answers(at, "weur");
  });
  after(async () => {
    await product?.stop();
    await cloudflare?.close();
    await harbour?.close();
  });

  test("a replica knows what is dead as soon as home does", async () => {
    assert.equal((await at.search("weur", "harbour")).meaning.dead, "");
    cloudflare.lag = Infinity;
    harbour.pages.set("/hours", "The harbour office opens on Wednesday from ten to four and is closed in May.");
    harbour.pages.delete("/parking");
    await again(client, source);
    const dead = async (region) => (await at.search(region, "harbour")).meaning.dead.match(/.{8}/g).sort();
    assert.ok((await dead("weur")).length >= 2);
    assert.deepEqual(await dead("weur"), await dead("home"));
    assert.ok([...cloudflare.vectors.values()].some(({ metadata }) => metadata.text.includes("lighthouse")), "the index has not forgotten");
    const [hours, parking] = [await ask(product, LISBON, QUESTIONS[0]), await ask(product, LISBON, QUESTIONS[1])];
    assert.match(hours.text, /Wednesday/);
    assert.ok(!parking.cited.includes("/parking") && !parking.text.includes("lighthouse"));
    await until("the result to be remembered", async () => (await at.search("weur", QUESTIONS[0])).cached);
    assert.equal((await at.search("home", QUESTIONS[0])).cached, false, "the replica was asked");
    assert.deepEqual(cloudflare.refused, []);
  });
});
