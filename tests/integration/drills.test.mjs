// Drills of knowledge: a thousand pages with the process killed three times and every bell rung twice and out of
// order; embeddings that fail; an index that forgets and learns late; pages that change and go while visitors ask.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startCloudflare } from "../fakes/cloudflare.mjs";
import { factOf, nameOf, priceOf, startThousand } from "../sites/thousand.mjs";
import { AGENT, OWNER, Visitor, folder, start, startAgain, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

const PATIENCE = 240_000;
const host = (site) => new URL(site.url).host;

async function ask(product, question) {
  const visitor = await Visitor.open(product);
  const answer = await visitor.ask(question, undefined, 60_000);
  await visitor.close();
  assert.equal(answer.type, "turn_finished", `${question}: ${JSON.stringify(answer)}`);
  return { text: answer.text, cited: answer.citations.map((citation) => new URL(citation.url).pathname), snippets: answer.citations.map((citation) => citation.snippet) };
}

/** Documents of a source, each address once. */
async function documentsOf(client, id) {
  const documents = await client.all(`/v1/sources/${id}/documents`);
  const byPath = new Map(documents.map((document) => [new URL(document.url).pathname, document]));
  assert.equal(byPath.size, documents.length, "an address is indexed once");
  return byPath;
}

describe("a thousand pages, the process killed three times, bells twice and out of order", () => {
  const PAGES = 1_000;
  let state, site, product;
  const secrets = newSecrets();
  before(async () => {
    state = folder();
    site = await startThousand(PAGES);
  });
  after(async () => {
    await product?.kill?.().catch(() => {});
    await product?.stop?.();
    await site?.close();
    state?.remove();
  });

  test("every page is known once, with its own words", async () => {
    const vars = { LOCAL_HOSTS: host(site), MAX_PAGES: String(PAGES), CRAWL_HEAD_MS: "2000", CRAWL_BODY_MS: "2000" };
    product = await killable({ state: state.path, secrets, vars, echo: true });
    const client = new Client(product.url);
    const made = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "O", workspace: "W", agent: AGENT });
    await client.signIn(OWNER);
    let source = await client.call("POST", `/v1/agents/${made.agent_id}/sources`, { url: `${site.url}/p/0` });
    for (const hits of [150, 450, 800]) {
      await until(`${hits} requests`, () => site.hits.length >= hits, PATIENCE);
      await product.kill();
      await product.start();
    }
    source = await client.indexed(source.id, { timeout: PATIENCE });
    assert.equal(source.state, "indexed", source.reason);
    const documents = await documentsOf(client, source.id);
    assert.equal(documents.size, PAGES);
    for (let n = 0; n < PAGES; n += 1) assert.ok(documents.get(`/p/${n}`)?.text.includes(factOf(n)), `page ${n}`);
    assert.equal([...documents.values()].reduce((sum, document) => sum + document.passages, 0), source.progress.passages, "no passage is lost or doubled");
    await product.kill();
    const platform = await startAgain({ secrets, vars, state: state.path });
    product = { ...platform, agent: made.agent_id };
    for (const n of [3, 511, 998]) {
      const answer = await ask(product, `How much does the ${nameOf(n)} cost?`);
      assert.ok(answer.text.includes(priceOf(n)), answer.text);
      assert.equal(answer.cited[0], `/p/${n}`);
    }
  });
});

describe("embeddings that fail three times in ten, an index that is ten seconds behind", () => {
  const PAGES = 60;
  let site, product, cloudflare, source;
  before(async () => {
    cloudflare = await startCloudflare({ lag: 10_000 });
    site = await startThousand(PAGES);
    let calls = 0;
    // Three requests in ten fail, always the same ones.
    cloudflare.embedding = () => ((calls += 1) % 10 < 3 ? { status: 500 } : undefined);
    product = await start({ local: [host(site)], remote: cloudflare.url, vars: { EMBEDDING_MODEL: "workers_ai:@cf/baai/bge-m3", MAX_PAGES: "200" } });
    source = await product.client.source(product.agent, `${site.url}/p/0`);
    source = await product.client.indexed(source.id, { timeout: PATIENCE });
  });
  after(async () => {
    await product?.stop();
    await cloudflare?.close();
    await site?.close();
  });

  test("what was learnt just now is answered, though the index does not show it yet", async () => {
    const answer = await ask(product, `How much does the ${nameOf(17)} cost?`);
    assert.ok(answer.text.includes(priceOf(17)), answer.text);
  });

  test("no passage is lost or doubled", async () => {
    assert.ok(cloudflare.requests.length > 0, "passages are embedded");
    assert.equal(source.state, "indexed", source.reason);
    const documents = await documentsOf(product.client, source.id);
    assert.equal(documents.size, PAGES);
    // Ten seconds after the last was handed over.
    await until("all vectors", () => cloudflare.vectors.size >= source.progress.passages, 60_000);
    const live = [...cloudflare.vectors.values()].map((row) => `${row.metadata.document_id} ${row.metadata.ord}`);
    assert.equal(new Set(live).size, live.length, "a passage has one vector");
    assert.equal(live.length, source.progress.passages);
  });

  test("twenty visitors ask while everything is read again, with pages changed and gone: nobody is left without an answer or with an old one", async () => {
    for (const n of [5, 6, 7]) site.editions.set(n, 1);
    for (const n of [50, 51]) site.gone.add(n);
    await product.client.call("POST", `/v1/sources/${source.id}/reindex`);
    const asking = Array.from({ length: 20 }, (_, n) => ask(product, `How much does the ${nameOf(n + 10)} cost?`));
    for (const [n, answer] of (await Promise.all(asking)).entries()) {
      assert.ok(answer.text.includes(priceOf(n + 10)), `${n + 10}: ${answer.text}`);
      assert.equal(answer.cited[0], `/p/${n + 10}`);
    }
    const again = await product.client.indexed(source.id, { timeout: PATIENCE });
    assert.equal(again.state, "indexed", again.reason);
    for (const n of [5, 6, 7]) {
      const answer = await ask(product, `How much does the ${nameOf(n)} cost?`);
      assert.ok(answer.text.includes(priceOf(n, 1)) && !answer.text.includes(factOf(n, 0)), answer.text);
    }
    for (const n of [50, 51]) {
      const answer = await ask(product, `How much does the ${nameOf(n)} cost?`);
      assert.ok(!answer.cited.includes(`/p/${n}`), `a page that is gone is cited: ${JSON.stringify(answer)}`);
      assert.ok(![answer.text, ...answer.snippets].join(" ").includes(factOf(n)), "its words are not given");
    }
  });
});
