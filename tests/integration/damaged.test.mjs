// Damaged passes and frames against the running product: every one is refused in words, none is an error of ours, and
// who sent it goes on talking. The same damages every time.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { ORIGIN, Visitor, init, start } from "./harness.mjs";

/** Marsaglia's xorshift: the same everywhere. */
function random(seed) {
  let state = seed;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

const BITS = ["", ".", "..", "=", "-", "_", "A", "e30", "\"", "\\u0000", "{", "}", "null", "1e999", "\u{1f600}"];

function damage(text, below) {
  let damaged = text;
  for (let n = below(4); n >= 0; n -= 1) {
    const at = below(damaged.length + 1);
    const end = Math.min(damaged.length, at + 1 + below(12));
    damaged = damaged.slice(0, at) + BITS[below(BITS.length)] + damaged.slice([at, end, end][below(3)]);
  }
  return damaged;
}

describe("damaged input", () => {
  let product;
  before(async () => {
    product = await start({});
  });
  after(() => product?.stop());

  test("a damaged pass lets nobody in", async () => {
    const { data } = await init(product);
    const below = random(20261121);
    const tokens = new Set([`${data.token}.`, data.token.split(".").slice(0, 2).join("."), `e30.${data.token.split(".")[1]}.`, "a.b.c", "..", "x".repeat(5_000)]);
    while (tokens.size < 200) {
      // What no header can carry never arrives.
      const damaged = damage(data.token, below).replace(/[^\x21-\x7e]/g, "");
      // The last character of a signature carries bits that are none of it.
      if (damaged.slice(0, -1) !== data.token.slice(0, -1)) tokens.add(damaged);
    }
    for (const token of tokens) {
      const response = await request(`${product.url}/v1/widget/messages`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", origin: ORIGIN },
        body: JSON.stringify({ id: "message-1", text: "May I come in?" }),
      });
      const { error } = JSON.parse(await response.text());
      assert.equal(response.status, 401, `${token}: ${JSON.stringify(error)}`);
      assert.equal(error.code, "token_invalid");
    }
  });

  test("a damaged frame is refused in words, and the socket goes on", async () => {
    const visitor = await Visitor.open(product);
    const below = random(7);
    const valid = JSON.stringify({ type: "message", id: "message-1", text: "When are you open?", page_url: `${ORIGIN}/` });
    for (let n = 0; n < 150; n += 1) visitor.send(damage(valid, below));
    // Frames are answered in their order; one that happens to be a message sent before is not answered again.
    const last = visitor.next((frame) => frame.type === "refused" && frame.message_id === "the last!");
    visitor.send({ type: "message", id: "the last!", text: "With an id that none has." });
    await last;
    const refused = visitor.frames.filter((frame) => frame.type === "refused");
    assert.ok(refused.length > 100, `${refused.length} were refused`);
    for (const { code, message } of refused) {
      assert.ok(["invalid", "malformed", "turn_running"].includes(code), code);
      assert.ok(message.length > 10, message);
    }
    await visitor.close();
    const next = await Visitor.open(product);
    assert.equal((await next.ask("And now?")).type, "turn_finished");
    await next.close();
  });
});
