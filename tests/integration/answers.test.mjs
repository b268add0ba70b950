// The demo site, crawled by the product, asked what its visitors would ask. Answers are extractive: quoted from
// the site, cited, or plainly not there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startSite } from "../sites/serve.mjs";
import { Visitor, start } from "./harness.mjs";

const { answerable, unanswerable } = JSON.parse(readFileSync(new URL("../sites/questions.json", import.meta.url), "utf8"));
const fold = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
let product, site, visitor;

before(async () => {
  site = await startSite({ slowMs: 200 });
  product = await start({ local: [new URL(site.url).host] });
  const source = await product.client.source(product.agent, `${new URL(site.url).origin}/`);
  const indexed = await product.client.indexed(source.id);
  assert.equal(indexed.state, "indexed");
  assert.ok(indexed.progress.indexed >= 30);
});
after(async () => {
  await product?.stop();
  await site?.close();
});

/** Every question in a conversation of its own, as strangers ask. */
async function askAll(questions) {
  const answers = [];
  for (const item of questions) {
    visitor = await Visitor.open(product);
    answers.push({ item, answer: await visitor.ask(item.question) });
    await visitor.close();
  }
  return answers;
}

test("at least 95 % of the answerable questions are answered with the fact, cited from this site", async () => {
  const answers = await askAll(answerable);
  const wrong = answers.filter(({ item, answer }) => !item.any.some((fact) => fold(answer.text).includes(fold(fact))));
  for (const { item, answer } of wrong) console.log(`missed ${item.id}: ${item.question}\n   → ${answer.text}`);
  assert.ok(answerable.length >= 40);
  assert.ok(wrong.length <= answerable.length * 0.05, `${wrong.length} of ${answerable.length} missed`);
  for (const { item, answer } of answers) {
    if (wrong.some((miss) => miss.item === item)) continue;
    assert.ok(answer.citations.length > 0, `${item.id} is not cited`);
    for (const citation of answer.citations) assert.equal(new URL(citation.url).host, new URL(site.url).host);
    const length = ["zh", "ja"].includes(item.lang) ? [...answer.text].length / 2 : answer.text.split(/\s+/).length;
    assert.ok(length <= 100, `${item.id} is ${length} words long`);
  }
});

test("at least 90 % of what the site does not say is said not to be there, without a citation", async () => {
  const answers = await askAll(unanswerable);
  const invented = answers.filter(({ answer }) => answer.citations.length > 0);
  for (const { item, answer } of invented) console.log(`answered ${item.id}: ${item.question}\n   → ${answer.text}`);
  assert.ok(unanswerable.length >= 10);
  assert.ok(invented.length <= unanswerable.length * 0.1, `${invented.length} of ${unanswerable.length} answered`);
  for (const { answer } of answers.filter(({ answer }) => answer.citations.length === 0)) assert.equal(answer.low_confidence, true);
});
