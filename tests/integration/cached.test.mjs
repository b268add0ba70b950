// The answer cache: the same question of strangers is answered by a model once in five minutes; what depends on a person,
// a page, what was said before, the published version or the knowledge is answered anew.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startOpenAi } from "../fakes/openai.mjs";
import { ORIGIN, Visitor, messageId, start, until } from "./harness.mjs";

const QUESTION = "When does the bicycle workshop open on Saturday?";
let product, model;

/** A model that quotes the first source it is shown. */
const quoting = ({ messages }) => {
  const source = /<source id="1"[^>]*>\n([^<]*)\n</.exec(messages[0].content)?.[1] ?? "I cannot say.";
  return { text: `${source.trim().replace(/\.$/, "")} [1].` };
};

before(async () => {
  model = await startOpenAi({ behave: quoting });
  product = await start({
    vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, CHAT_MODELS: "openai:m" },
    agent: { models: [{ provider: "openai_compatible", model: "m" }] },
  });
  await learn("The bicycle workshop opens on Saturday at nine.");
  await learn("On Saturday the bicycle workshop does not open before nine in the morning.");
});
after(async () => {
  await product?.stop();
  await model?.close();
});

async function learn(text) {
  const { client, agent } = product;
  const source = await client.call("POST", `/v1/agents/${agent}/sources`, { kind: "text", title: "Workshop", text });
  assert.equal((await client.indexed(source.id)).state, "indexed");
}

const calls = () => model.requests.filter(({ path }) => path === "/v1/chat/completions").length;

/** Asks as a stranger; the answer, and whether the model was asked for it. */
async function stranger(text = QUESTION, page_url = `${ORIGIN}/page`) {
  const [before, visitor, id] = [calls(), await Visitor.open(product), messageId()];
  const end = visitor.ended(id);
  visitor.send({ type: "message", id, text, page_url });
  const frame = await end;
  assert.equal(frame.type, "turn_finished", JSON.stringify(frame));
  const answer = { ...frame, text: visitor.text(frame.turn_id), asked: calls() > before, conversation: visitor.conversation };
  await visitor.close();
  return answer;
}

/** Asks until an answer is the one that was kept: it is kept behind the last frame, where nobody waits for it. */
const again = (page_url) =>
  until("the answer to be kept", async () => {
    const answer = await stranger("when does the BICYCLE workshop open on saturday", page_url);
    return !answer.asked && answer;
  });

test("who asks the same gets the same, with its citations and without a model, and it counts", async () => {
  const first = await stranger();
  assert.ok(first.asked && first.citations.length > 0 && first.tokens.output > 0, JSON.stringify(first));
  assert.equal(first.low_confidence, false, "an unsure answer is not kept");
  const second = await again();
  assert.deepEqual([second.text, second.citations, second.provider], [first.text, first.citations, first.provider]);
  assert.deepEqual([second.tokens.input, second.tokens.output, second.low_confidence], [0, 0, false]);
  const stored = await until("the turn to be archived", async () => {
    const response = await product.client.raw("GET", `/v1/conversations/${second.conversation}`);
    return response.ok && (await response.json()).data;
  });
  assert.equal(stored.turns[0].answer, first.text);
  const { agents } = await until("the usage", async () => {
    const usage = await product.client.get("/v1/usage");
    return usage.agents[0]?.messages >= 2 && usage;
  });
  assert.ok(agents[0].conversations >= 2);
});

test("another page, a person in the question and what was said before are answered anew", async () => {
  assert.ok((await stranger(QUESTION, `${ORIGIN}/other`)).asked, "a question may be about its page");
  assert.equal((await again(`${ORIGIN}/page?utm_source=x#top`)).asked, false, "what an address carries along is not the page");
  const personal = `${QUESTION} Write to ann@example.test`;
  for (let n = 0; n < 2; n += 1) assert.ok((await stranger(personal)).asked);
  const visitor = await Visitor.open(product);
  await visitor.ask("Do you repair tandems?");
  const before = calls();
  assert.equal((await visitor.ask(QUESTION)).type, "turn_finished");
  assert.ok(calls() > before);
  await visitor.close();
});

test("what is learned, and what is published, ends what was kept", async () => {
  await again();
  await learn("The bicycle workshop is closed on public holidays, on a Saturday, too.");
  assert.ok((await stranger()).asked, "something was learned");
  await again();
  const path = `/v1/agents/${product.agent}`;
  const { draft, revision } = await product.client.get(path);
  const saved = await product.client.call("PUT", `${path}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], instructions: "Be brief." } });
  const { version } = await product.client.call("POST", `${path}/publish`, { revision: saved.revision });
  const edges = await product.miniflare.getKVNamespace("AGENTS", product.front);
  await until("the edge to know", async () => (await edges.get(`agent/${product.agent}`, "json")).version === version);
  await until("an answer of the new version", async () => {
    const { asked } = await stranger();
    return asked && model.requests.at(-1).body.messages[0].content.includes("Be brief.");
  });
});
