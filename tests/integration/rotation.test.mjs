// The installation's sealing key is replaced: what is sealed opens with the old one beside the new, is sealed anew, and then
// opens with the new one alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startReceiver, verified } from "../fakes/receiver.mjs";
import { startSlack } from "../fakes/slack.mjs";
import { startTurnstile } from "../fakes/turnstile.mjs";
import { ORIGIN, folder, init, start, until } from "./harness.mjs";

let state, slack, receiver, turnstile, product;
before(async () => {
  state = folder();
  [slack, receiver, turnstile] = [await startSlack(), await startReceiver(), await startTurnstile()];
});
after(async () => {
  await product?.stop();
  await slack?.close();
  await receiver?.close();
  await turnstile?.close();
  state?.remove();
});

const begin = (secrets) => start({ state: state.path, secrets, local: [receiver.host], vars: { SLACK_HOOKS_URL: slack.url, TURNSTILE_URL: turnstile.url } });
const ask = async (secrets) => {
  const response = await product.client.raw("POST", "/v1/secrets/rotate", undefined, { authorization: `Bearer ${secrets.BOOTSTRAP_TOKEN}` });
  return { status: response.status, data: (await response.json()).data };
};
const sealed = async () => {
  const database = product.relations;
  const all = async (sql) => (await database.prepare(sql).all()).results.map((row) => Object.values(row)[0]).join(" ");
  return [await all("SELECT secret FROM integrations"), await all("SELECT secrets FROM webhook_endpoints WHERE secrets <> '[]'"), await all("SELECT auth FROM tools"), await all("SELECT turnstile_secret FROM agents")];
};

test("a key is replaced without a gap, and the old one is needed no more", async () => {
  const old = newSecrets();
  product = await begin(old);
  const slackOne = await product.client.call("POST", "/v1/integrations", { kind: "slack", secret: { kind: "slack", webhook_url: slack.hook } });
  const { endpoint, secret } = await product.client.call("POST", "/v1/webhooks/endpoints", { url: `${receiver.url}/hook` });
  const content = { name: "look_up", description: "Looks up.", schema: { type: "object" }, url: `${receiver.url}/tool` };
  const tool = await product.client.call("POST", "/v1/tools", { content, auth: { kind: "bearer", token: "a-token-of-the-suite" } });
  await product.client.call("PUT", `/v1/agents/${product.agent}/turnstile`, { site_key: turnstile.siteKey, secret: turnstile.secret });
  const works = async () => {
    const passed = await init(product, { turnstile: turnstile.solve(new URL(ORIGIN).hostname) });
    assert.deepEqual([passed.status, passed.data?.config.turnstile], [200, undefined]);
    assert.equal((await product.client.call("POST", `/v1/integrations/${slackOne.id}/verify`)).last_error, "");
    receiver.calls.length = 0;
    await product.client.call("POST", `/v1/webhooks/endpoints/${endpoint.id}/test`);
    const call = await until("the test", () => receiver.calls.find(({ path }) => path === "/hook"));
    assert.deepEqual(verified(call, secret), { own: true, standard: true, fresh: true });
    await product.client.call("POST", `/v1/tools/${tool.id}/try`, { arguments: {} });
    assert.equal(receiver.calls.find(({ path }) => path === "/tool").headers.authorization, "Bearer a-token-of-the-suite");
  };
  await works();
  assert.equal((await ask({ BOOTSTRAP_TOKEN: "wrong" })).status, 404);
  assert.deepEqual((await ask(old)).data, { resealed: 0, unreadable: 0, finished: true }, "nothing is old");
  const before = await sealed();
  await product.stop();

  const fresh = { ...old, SEALING_KEY: newSecrets().SEALING_KEY };
  product = await begin({ ...fresh, SEALING_KEYS_OLD: old.SEALING_KEY });
  await works();
  const first = await ask(fresh);
  assert.ok(first.data.resealed >= 4 && first.data.unreadable === 0 && first.data.finished, JSON.stringify(first));
  assert.equal((await ask(fresh)).data.resealed, 0, "again does nothing again");
  const now = await sealed();
  for (const [at, value] of now.entries()) assert.ok(value && value !== before[at], `${at}`);
  await works();
  await product.stop();

  product = await begin(fresh);
  await works();
  await product.stop();

  product = await begin({ ...fresh, SEALING_KEY: newSecrets().SEALING_KEY });
  assert.ok((await ask(fresh)).data.unreadable >= 4, "a key that is lost is told of");
});
