// What is said in a video: from its address to an answer that leads to the moment; and what cannot be read, in words.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startYouTube } from "../fakes/youtube.mjs";
import { Visitor, start } from "./harness.mjs";

const TALK = "dQw4w9WgXcQ";

describe("a video", () => {
  let youtube, product;
  const create = (url, kind) => product.client.call("POST", `/v1/agents/${product.agent}/sources`, { url, ...(kind && { kind }) });
  const read = async (id) => product.client.indexed((await create(`https://youtu.be/${id}`)).id);

  before(async () => {
    youtube = await startYouTube(
      {
        [TALK]: {
          title: "Truing a wheel",
          description: "How we true wheels.\n0:00 Welcome\n1:00 Tools\n10:00 Lateral true\nhttps://shop.test",
          tracks: [
            { language: "en", asr: true, lines: [[0, "recognised speech that nobody checked"]] },
            { language: "de", lines: [[0, "Willkommen in der Werkstatt."]] },
            { language: "en-GB", lines: [[0, "Welcome to the workshop."], [2, "[Music]"], [61, "You need a spoke key of 3.23 millimetres."], [64, "It's the <i>black</i> one."], [605.5, "Turn the nipple a quarter at a time."]] },
          ],
        },
        noCaptions1: { title: "Silent" },
        adultsOnly1: { title: "x", status: "LOGIN_REQUIRED", reason: "This video may be inappropriate for some users." },
      },
      { consent: true },
    );
    product = await start({ vars: { YOUTUBE_BASE_URL: youtube.url } });
  });
  after(async () => {
    await product?.stop();
    await youtube?.close();
  });

  test("is a source under its one address, in whatever form it was pasted", async () => {
    const source = await create(`https://m.youtube.com/shorts/${TALK}?si=abc`);
    assert.equal(source.kind, "video");
    assert.equal(source.url, `https://www.youtube.com/watch?v=${TALK}`);
    const indexed = await product.client.indexed(source.id);
    assert.equal(indexed.state, "indexed", indexed.reason);
    assert.equal(indexed.title, "Truing a wheel");
    await assert.rejects(create(`https://youtu.be/${TALK}`), /already/);
    const [document] = await product.client.all(`/v1/sources/${source.id}/documents`);
    assert.match(document.text, /spoke key of 3\.23 millimetres\. It's the black one\./);
    assert.doesNotMatch(document.text, /recognised speech|Willkommen|Music/, "written captions in the agent's language, and no noise");
    assert.equal(document.language, "en-GB");
  });

  test("is answered from, and the citation leads to the moment", async () => {
    const visitor = await Visitor.open(product);
    const answer = await visitor.ask("How many millimetres has the spoke key?");
    assert.match(answer.text, /3\.23 millimetres/);
    assert.equal(answer.citations[0].url, `https://www.youtube.com/watch?v=${TALK}&t=61s`);
    assert.deepEqual(answer.citations[0].heading_path, ["Truing a wheel", "Tools"]);
    await visitor.close();
  });

  test("that is not there, has no captions or is for adults says so", async () => {
    assert.match((await read("notThere123")).reason, /no such video/);
    assert.match((await read("noCaptions1")).reason, /no captions/);
    assert.match((await read("adultsOnly1")).reason, /adults only/);
  });

  test("keeps what it taught while YouTube does not let us in", async () => {
    const source = (await product.client.get(`/v1/agents/${product.agent}/sources`)).find((source) => source.title === "Truing a wheel");
    youtube.down = 429;
    await product.client.call("POST", `/v1/sources/${source.id}/reindex`);
    const failed = await product.client.indexed(source.id);
    assert.equal(failed.state, "failed");
    assert.match(failed.reason, /does not let us in.*later/i);
    assert.equal((await product.client.all(`/v1/sources/${source.id}/documents`)).length, 1);
    youtube.down = 0;
  });

  test("is refused where the address is none", async () => {
    await assert.rejects(create("https://www.youtube.com/@channel", "video"), (error) => error.status === 422 && error.field === "url" && /no video/.test(error.message));
    await assert.rejects(create("https://example.com/film", "video"), (error) => error.status === 422 && error.field === "url");
  });
});
