// Stand-ins for embedding, index and model in a process of their own, so that they do not share the clients'
// event loop. What each turn's stand-ins were busy with is kept by the question's mark, on the machine's
// monotonic clock, which all processes share. GET /busy returns it.
import { createServer } from "node:http";

const { embedMs, queryMs, firstMs, tokens, perSecond, dimensions, sentences } = JSON.parse(process.argv[2]);
const clock = () => Number(process.hrtime.bigint()) / 1e6;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
/** mark → [[from, to], …] */
const busy = new Map();
/** A vector carries its question's mark in two components, so that the index query can be told apart. */
const marks = new Map();
let counter = 0;

const markOf = (text) => /#(\w+)/.exec(text)?.[1];
const note = (mark, from) => mark && (busy.get(mark) ?? busy.set(mark, []).get(mark)).push([from, clock()]);
/** Timers fire late under load; what is late is the stand-in's, not the product's, so `note` reads the clock. */
const until = async (at) => {
  for (;;) {
    const left = at - clock();
    if (left <= 0) return;
    await wait(Math.max(1, left - 1));
  }
};
const vector = (mark) => {
  const values = new Array(dimensions).fill(0);
  counter += 1;
  values[0] = 0.5;
  values[1] = Math.fround(counter / 1e6);
  marks.set(values[1], mark);
  return values;
};

const rows = [];
const json = (response, value) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
};

const server = createServer(async (request, response) => {
  const begun = clock();
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (request.url === "/busy") return json(response, Object.fromEntries(busy));
  const body = Buffer.concat(chunks).toString();
  if (request.url === "/v1/embeddings") return embeddings(JSON.parse(body), response, begun);
  if (request.url === "/v1/chat/completions") return chat(JSON.parse(body), response, begun);
  const { pathname } = new URL(request.headers["mf-url"]);
  if (pathname === "/upsert") {
    for (const line of body.split("\n").filter(Boolean)) rows.push(JSON.parse(line));
    return json(response, { mutationId: "m" });
  }
  return query(JSON.parse(body), response, begun);
});

async function embeddings({ input }, response, begun) {
  await until(begun + (input.length === 1 ? embedMs : 0));
  json(response, { object: "list", data: input.map((text, index) => ({ object: "embedding", index, embedding: vector(markOf(text)) })) });
  note(markOf(input[0]), begun);
}

async function query({ vector }, response, begun) {
  await until(begun + queryMs);
  json(response, { count: 0, matches: rows.slice(0, 12).map(({ id, metadata }, at) => ({ id, score: 0.8 - at / 100, metadata })) });
  note(marks.get(Math.fround(vector[1])), begun);
}

/** What a model does that keeps to its sources: it says sentences that stand in the prompt, and cites. */
function answer(messages) {
  const prompt = messages.map(({ content }) => content).join("\n");
  const found = sentences.map((text) => [prompt.indexOf(text), text]).filter(([at]) => at >= 0);
  const said = found.sort(([a], [b]) => a - b).slice(0, 3).map(([, text]) => `${text.slice(0, -1)} [1].`);
  const words = (said.length ? said : ["I do not know that."]).join(" ").split(" ");
  return Array.from({ length: tokens }, (_, n) => ` ${words[n % words.length]}`);
}

async function chat({ messages }, response, begun) {
  await until(begun + firstMs);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const said = answer(messages);
  const started = clock();
  for (let n = 0; n < tokens; n += 1) {
    // Paced by the clock, one timer a token: a token may be a millisecond late, the next is not.
    const left = n === 0 ? 0 : started + (n * 1000) / perSecond - clock();
    if (left > 0) await wait(left);
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: said[n] } }] })}\n\n`);
    if (n === 0) note(markOf(messages.at(-1).content), begun);
  }
  response.end("data: [DONE]\n\n");
}

server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
