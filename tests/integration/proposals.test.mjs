// Curated answers that the content proposes: found where a page declares, folds, defines or asks them, and in files; approved,
// dismissed and taken back; over changes of the pages; nobody else's business.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { startOpenAi } from "../fakes/openai.mjs";
import { Visitor, createMember, newId, start, tenant, until } from "./harness.mjs";

const PATIENCE = 120_000;
const FOOTER = "<h2>Do you sell gift cards?</h2><p>Yes, at the counter and by telephone, from ten pounds on.</p>";
const ld = (...questions) =>
  `<script type="application/ld+json">${JSON.stringify({ "@context": "https://schema.org", "@type": "FAQPage", mainEntity: questions.map(([name, text]) => ({ "@type": "Question", name, acceptedAnswer: { "@type": "Answer", text } })) })}</script>`;
const page = (title, body, head = "") => `<!doctype html><html lang="en"><head><title>${title}</title>${head}</head><body><main><h1>${title}</h1>${body}${FOOTER}</main></body></html>`;

const PAGES = {
  "/": () => page("Start", `<p>The boat house hires out rowing boats and canoes.</p><a href="/declared">Declared</a> <a href="/folded">Folded</a> <a href="/asked">Asked</a>`),
  "/declared": () => page("Declared", "<p>What guests ask us most about their stay.</p>", ld(["Can I cancel a booking?", "<p>Until noon of the day before, by telephone.</p>"], ["Is breakfast included?", "Yes."])),
  "/folded": () => page("Folded", "<p>Unfold what you want to know.</p><details><summary>Do you ship abroad?</summary><p>To all of Europe, within a week.</p></details><dl><dt>How long is a lesson?</dt><dd>Fifty minutes with a short break.</dd></dl>"),
  "/asked": () => page("Asked", "<h2>Where can I park?</h2><p>Behind the house are two places:</p><ul><li>one by the wall</li><li>one by the tree</li></ul>"),
};

let product, client, model, other, site, source, server;
const pages = { ...PAGES };

before(async () => {
  model = await startOpenAi({ behave: () => ({ tokens: ["The boats ", "are red [1]."] }) });
  server = createServer((request, response) => {
    const body = pages[new URL(request.url, "http://x").pathname]?.();
    if (!body) return response.writeHead(404).end("No such page.");
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site = `127.0.0.1:${server.address().port}`;
  product = await start({
    local: [site],
    vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key },
    agent: { models: [{ provider: "openai_compatible", model: "m" }] },
  });
  client = product.client;
  other = await tenant(product, "other@example.test");
  source = await client.call("POST", `/v1/agents/${product.agent}/sources`, { url: `http://${site}/` });
  assert.equal((await client.indexed(source.id, { timeout: PATIENCE })).state, "indexed");
});
after(async () => {
  await product?.stop();
  await model?.close();
  server?.closeAllConnections();
  server?.close();
});

const waiting = () => client.all(`/v1/agents/${product.agent}/curated-proposals`);
const named = async (question) => (await waiting()).find((one) => one.question === question);
const approve = (id, content) => client.call("POST", `/v1/curated-proposals/${id}/approve`, content ? { content } : {});
const dismiss = (id) => client.call("POST", `/v1/curated-proposals/${id}/dismiss`);
const restore = (id) => client.call("POST", `/v1/curated-proposals/${id}/restore`);
async function again() {
  await client.call("POST", `/v1/sources/${source.id}/reindex`);
  assert.equal((await client.indexed(source.id, { timeout: PATIENCE })).state, "indexed");
}
async function ask(text) {
  const visitor = await Visitor.open(product);
  const answer = await visitor.ask(text);
  await visitor.close();
  assert.equal(answer.type, "turn_finished", JSON.stringify(answer));
  return answer;
}
async function refused(promise, status, pattern) {
  const error = await promise.then(() => assert.fail("it was taken"), (error) => error);
  assert.equal(error.status, status, error.message);
  if (pattern) assert.match(error.message, pattern);
}

test("what pages ask and answer is proposed, each question once, with its page", async () => {
  const all = await waiting();
  assert.deepEqual(
    Object.fromEntries(all.map(({ question, answer, url, title }) => [question, [answer, new URL(url).pathname, title]]).filter(([question]) => question !== "Do you sell gift cards?")),
    {
      "Can I cancel a booking?": ["Until noon of the day before, by telephone.", "/declared", "Declared"],
      "Do you ship abroad?": ["To all of Europe, within a week.", "/folded", "Folded"],
      "How long is a lesson?": ["Fifty minutes with a short break.", "/folded", "Folded"],
      "Where can I park?": ["Behind the house are two places:\n\n- one by the wall\n- one by the tree", "/asked", "Asked"],
    },
  );
  assert.equal(all.filter(({ question }) => question === "Do you sell gift cards?").length, 1, "it stands on every page");
  assert.equal(all.length, 5);
  assert.ok(all.every(({ id, agent_id }) => id.startsWith("prp_") && agent_id === product.agent));
});

test("an approved one is a curated answer behind the others, and is said word for word", async () => {
  const before = await client.call("POST", `/v1/agents/${product.agent}/curated-answers`, { pattern: "Something else", answer: "Something." });
  const { id, answer, url } = await named("Where can I park?");
  const made = await approve(id);
  assert.match(made.id, /^cur_/);
  assert.deepEqual([made.pattern, made.answer, made.pages, made.languages, made.enabled, made.source_url], ["Where can I park?", answer, "", [], true, url]);
  assert.ok(made.priority > before.priority);
  const said = await ask("where can i PARK");
  assert.deepEqual([said.provider, said.text], ["curated", answer]);
  assert.equal(await named("Where can I park?"), undefined);
  await refused(approve(id), 404);
  await refused(dismiss(id), 404);
  const audit = await client.all("/v1/audit-log");
  assert.equal(audit.filter(({ subject }) => subject === made.id).length, 1);
});

test("it may be edited before it is approved, and a refused edit leaves it waiting", async () => {
  const { id } = await named("How long is a lesson?");
  await refused(approve(id, { pattern: "How long is a lesson?", answer: " " }), 400, /Write the answer/);
  assert.ok(await named("How long is a lesson?"));
  const made = await approve(id, { pattern: "How long is a lesson?\nDo you ship abroad?", answer: "An hour.", pages: "/lessons/*", languages: ["en"] });
  assert.deepEqual([made.answer, made.pages, made.languages], ["An hour.", "/lessons/*", ["en"]]);
  assert.equal(await named("Do you ship abroad?"), undefined, "the answer is for this question, too");
});

test("what a member writes an answer for is proposed no more, also when its page is read again", async () => {
  const made = await client.call("POST", `/v1/agents/${product.agent}/curated-answers`, { pattern: "do you sell gift cards", answer: "Ask us." });
  assert.equal(await named("Do you sell gift cards?"), undefined);
  pages["/"] = () => PAGES["/"]().replace("canoes", "kayaks");
  await again();
  assert.equal(await named("Do you sell gift cards?"), undefined);
  await client.call("DELETE", `/v1/curated-answers/${made.id}`);
});

test("a dismissed one never comes back by itself, and is taken back as its page has it by then", async () => {
  const { id } = await named("Can I cancel a booking?");
  await dismiss(id);
  await dismiss(id);
  assert.equal(await named("Can I cancel a booking?"), undefined);
  pages["/declared"] = () => PAGES["/declared"]().replace("Until noon", "Until midnight");
  pages["/asked"] = () => page("Asked", "<h2>Can I cancel a booking?</h2><p>This page says that you cannot.</p>");
  await again();
  assert.equal(await named("Can I cancel a booking?"), undefined);
  await restore(id);
  const back = await named("Can I cancel a booking?");
  assert.deepEqual([back.id, back.answer], [id, "Until midnight of the day before, by telephone."]);
  await refused(restore(id), 404);
  const actions = (await client.all("/v1/audit-log")).filter(({ subject }) => subject === id).map(({ action }) => action);
  assert.deepEqual(actions.sort(), ["curated_proposal.dismissed", "curated_proposal.restored"]);
});

test("while it waits it says what its page says, and it goes with its page", async () => {
  const { id } = await named("Can I cancel a booking?");
  pages["/asked"] = PAGES["/asked"];
  pages["/declared"] = () => page("Declared", "<p>What guests ask us most about their stay.</p>", ld(["Can I cancel a booking?", "Not any more, we are sorry to say."]));
  await again();
  const changed = await named("Can I cancel a booking?");
  assert.deepEqual([changed.id, changed.answer], [id, "Not any more, we are sorry to say."]);
  delete pages["/declared"];
  pages["/"] = () => PAGES["/"]().replace('<a href="/declared">Declared</a>', "");
  await again();
  assert.equal(await named("Can I cancel a booking?"), undefined);
});

test("an uploaded file proposes, too, and its proposals go with it", async () => {
  const place = await client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "files", title: "Leaflets" });
  const text = "# Leaflet\n\n## How deep is the lake?\n\nTwelve metres at its deepest place, near the island.\n\n## Prices\n\nSee the board.\n";
  const sent = await fetch(`${product.url}/v1/sources/${place.id}/files?name=leaflet.md`, {
    method: "POST",
    headers: { cookie: client.cookie, "content-type": "application/octet-stream" },
    body: new TextEncoder().encode(text),
  });
  assert.equal(sent.status, 200, await sent.text());
  const found = await until("the file to be read", () => named("How deep is the lake?"), PATIENCE);
  assert.equal(found.answer, "Twelve metres at its deepest place, near the island.");
  assert.match(found.url, /^file:\/\/\/fil_.*leaflet\.md$/);
  await client.call("DELETE", `/v1/sources/${place.id}`);
  assert.equal(await named("How deep is the lake?"), undefined);
});

test("nobody of another workspace sees or settles one, and viewers only look", async () => {
  pages["/asked"] = () => page("Asked", "<h2>Is the water cold?</h2><p>In May it is, in August it is not.</p>");
  await again();
  const { id } = await named("Is the water cold?");
  await refused(other.client.get(`/v1/agents/${product.agent}/curated-proposals`), 404);
  assert.deepEqual(await other.client.get(`/v1/agents/${other.agent}/curated-proposals`), []);
  for (const act of ["approve", "dismiss", "restore"]) {
    await refused(other.client.call("POST", `/v1/curated-proposals/${id}/${act}`, {}), 404);
    await refused(client.call("POST", `/v1/curated-proposals/${newId("prp")}/${act}`, {}), 404);
  }
  const viewer = (await createMember(product, product.workspace, "viewer")).client;
  assert.ok((await viewer.get(`/v1/agents/${product.agent}/curated-proposals`)).some((one) => one.id === id));
  await refused(viewer.call("POST", `/v1/curated-proposals/${id}/dismiss`, {}), 403);
  assert.ok(await named("Is the water cold?"));
});

test("the list comes page by page in its order", async () => {
  pages["/asked"] = () => page("Asked", Array.from({ length: 60 }, (_, n) => `<h2>What is in box ${n}?</h2><p>In this box there are ${n} red balls.</p>`).join(""));
  await again();
  const boxes = (await waiting()).map(({ question }) => question).filter((question) => question.includes("box"));
  assert.deepEqual(boxes, Array.from({ length: 60 }, (_, n) => `What is in box ${n}?`));
  await refused(client.get(`/v1/agents/${product.agent}/curated-proposals?cursor=x`), 400, /no cursor of ours/);
});
