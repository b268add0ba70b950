// Knowledge besides the website: files from their first byte to the answer that cites them, texts, FAQ lists and
// feeds; what is refused, in words; what a kill interrupts; what a deletion leaves behind, which is nothing.
import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { Client } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { AGENT, OWNER, Visitor, folder, start, startAgain, tenant, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

const PATIENCE = 180_000;
let product, client, other;

before(async () => {
  product = await start({ vars: { READ_LEASE_MS: "60000" } });
  client = product.client;
  other = await tenant(product, "other@example.test");
});
after(() => product?.stop());

const bytesOf = (content) => (typeof content === "string" ? new TextEncoder().encode(content) : content);

/** Uploads and returns the answer as it is. */
async function send(source, name, content, { as = client } = {}) {
  const response = await fetch(`${product.url}/v1/sources/${source}/files?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { cookie: as.cookie, "content-type": "application/octet-stream" },
    body: bytesOf(content),
  });
  return { status: response.status, ...(await response.json()) };
}

async function upload(source, name, content) {
  const { status, data, error } = await send(source, name, content);
  assert.equal(status, 200, error?.message);
  return data;
}

const create = (body, as = client, agent = product.agent) => as.call("POST", `/v1/agents/${agent}/sources`, body);
const filesOf = (source) => client.get(`/v1/sources/${source}/files`);

/** A file once it was read. */
const read = (source, id) =>
  until("the file to be read", async () => {
    const file = (await filesOf(source)).find((file) => file.id === id);
    return ["indexed", "failed"].includes(file?.state) && file;
  }, PATIENCE);

const settled = async (id) => client.indexed(id, { timeout: PATIENCE });

async function refused(promise, status, pattern, field) {
  const error = await promise.then(() => assert.fail("it was taken"), (error) => error);
  assert.equal(error.status, status, error.message);
  assert.match(error.message, pattern);
  if (field) assert.equal(error.field, field);
}

async function ask(text, options = {}) {
  const visitor = await Visitor.open(product, options);
  const answer = await visitor.ask(text, undefined, 30_000);
  await visitor.close();
  assert.equal(answer.type, "turn_finished");
  return answer;
}

/** Keys in R2 that name a source. */
async function stored(source, { miniflare, back } = product) {
  const bucket = await miniflare.getR2Bucket("FILES", back);
  const keys = [];
  for (const prefix of ["passages/", "files/"]) {
    for (let cursor; ; ) {
      const page = await bucket.list({ prefix, cursor });
      keys.push(...page.objects.map((object) => object.key).filter((key) => key.includes(source)));
      if (!page.truncated) break;
      cursor = page.cursor;
    }
  }
  return keys.sort();
}

const rows = async (sql, ...binds) => (await product.relations.prepare(sql).bind(...binds).all()).results;
const sweep = async () => (await product.miniflare.getWorker(product.back)).scheduled({ cron: "* * * * *" });

describe("a file", () => {
  let source;
  before(async () => {
    source = await create({ kind: "files", title: "Handbooks" });
  });

  test("is a named collection at first, with nothing in it", async () => {
    assert.deepEqual([source.kind, source.title, source.url, source.state], ["files", "Handbooks", "", "pending"]);
    assert.equal((await create({ kind: "files" })).title, "Files");
    assert.deepEqual(await filesOf(source.id), []);
    assert.deepEqual(await client.get(`/v1/sources/${source.id}/pages`), []);
  });

  test("is uploaded, read, and answers a visitor with its passage", async () => {
    const text = "# Sauna rules\n\nThe cedar sauna is heated every evening from 17:30 until 21:45.\n\n## Towels\n\nTowels are lent for 3 pounds at the desk.\n";
    const { id } = await upload(source.id, "house rules.md", text);
    const file = await read(source.id, id);
    assert.deepEqual([file.state, file.kind, file.name, file.bytes, file.reason], ["indexed", "markdown", "house rules.md", text.length, undefined]);
    assert.ok(file.passages > 0 && file.document_id);
    const collection = await settled(source.id);
    assert.equal(collection.state, "indexed");
    assert.ok(collection.last_synced_at > 0);
    assert.deepEqual([collection.progress.found, collection.progress.indexed, collection.progress.passages], [1, 1, file.passages]);

    const answer = await ask("When is the cedar sauna heated?");
    assert.match(answer.text, /17:30/);
    assert.match(answer.citations[0].url, new RegExp(`^file:///${id}/house%20rules\\.md`));
    assert.equal(answer.citations[0].title, "Sauna rules");

    const detail = await client.get(`/v1/documents/${file.document_id}`);
    assert.equal(detail.file_id, id);
    assert.match(detail.document.text, /Towels are lent/);
    assert.equal(detail.passages.length, file.passages);
    await refused(other.client.get(`/v1/documents/${file.document_id}`), 404, /nothing here/);
    const [event] = await rows("SELECT kind FROM events WHERE subject = ?1", id);
    assert.equal(event.kind, "file.indexed");
  });

  test("that cannot be read says why", async () => {
    const place = await create({ kind: "files", title: "Refused" });
    const cases = [
      ["notes.pdf", "This is only text.", /The name says PDF, but the content is plain text/],
      ["empty.txt", "  \n \t\n", /no text/],
      ["photo.txt", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0]), /but the content is/],
      ["secret.docx", new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...new Array(504).fill(0), ...Buffer.from("EncryptedPackage", "utf16le"), ...new Array(512).fill(0)]), /protected by a password/],
      ["photo.png", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0]), /cannot be read/],
    ];
    for (const [name, content, reason] of cases) {
      const { id } = await upload(place.id, name, content);
      const file = await read(place.id, id);
      assert.equal(file.state, "failed", name);
      assert.match(file.reason, reason);
      assert.match(file.reason, /^[A-Z].*\.$/);
      assert.equal(file.passages, 0);
    }
    const source = await settled(place.id);
    assert.deepEqual([source.state, source.progress.failed], ["failed", cases.length]);
    assert.match(source.reason, /No file could be read/);
  });

  test("has a name that is only a name, and one of its own", async () => {
    const place = await create({ kind: "files", title: "Names" });
    const names = [];
    for (const given of ["../../etc/prices.txt", "C:\\temp\\prices.txt", "pri\u0000ces\u202e.txt", `${"long ".repeat(60)}.md`, "..", ""]) {
      const { status, data, error } = await send(place.id, given, `Price list number ${names.length} is unlike all others.`);
      names.push(status === 200 ? data.name : error.field);
    }
    assert.deepEqual(names.slice(0, 3), ["prices.txt", "prices (2).txt", "prices (3).txt"]);
    assert.ok(names[3].endsWith(".md") && names[3].length <= 200);
    assert.deepEqual(names.slice(4), ["name", "name"]);
    assert.equal((await settled(place.id)).progress.indexed, 4);
  });

  test("with the content of another is told to be, and is read when that one goes", async () => {
    const place = await create({ kind: "files", title: "Twins" });
    const words = "The mountain hut serves dumplings with plum sauce on Thursdays.";
    const first = await upload(place.id, "hut.txt", words);
    await read(place.id, first.id);
    const second = await upload(place.id, "copy.txt", words);
    const twin = await read(place.id, second.id);
    assert.deepEqual([twin.state, twin.passages], ["indexed", 0]);
    assert.match(twin.reason, /known already, from hut\.txt/);
    await client.call("DELETE", `/v1/files/${first.id}`);
    const [left] = await until("the other to be read", async () => {
      const files = await filesOf(place.id);
      return files[0].passages > 0 && files;
    });
    assert.equal(left.reason, undefined);
    assert.match((await ask("What does the mountain hut serve with plum sauce?")).text, /dumplings/);
  });

  test("comes back as an attachment that no browser runs", async () => {
    const place = await create({ kind: "files", title: "Downloads" });
    const html = "<!doctype html><title>Trap</title><main><p>This page would like to run scripts here and there.</p></main><script>alert(1)</script>";
    for (const [name, content, type] of [["prüfung \"1\".html", html, "application/octet-stream"], ["plain.txt", "Plain words are here to be read.", "text/plain; charset=utf-8"], ["picture.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "application/octet-stream"]]) {
      const { id } = await upload(place.id, name, content);
      await read(place.id, id);
      const response = await client.raw("GET", `/v1/files/${id}`);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), content);
      const header = (name) => response.headers.get(name);
      assert.equal(header("content-type"), type);
      assert.match(header("content-disposition"), /^attachment; filename="[^"]*"; filename\*=UTF-8''[\w%.~!#$&+^`|-]+$/);
      assert.equal(decodeURIComponent(header("content-disposition").split("''")[1]), name);
      assert.equal(header("content-security-policy"), "sandbox; default-src 'none'");
      assert.equal(header("x-content-type-options"), "nosniff");
      assert.equal(header("cross-origin-resource-policy"), "same-origin");
      await refused(other.client.get(`/v1/files/${id}`), 404, /nothing here/);
      await refused(other.client.call("DELETE", `/v1/files/${id}`), 404, /nothing here/);
      await refused(other.client.call("POST", `/v1/files/${id}/retry`), 404, /nothing here/);
    }
    assert.equal((await send(place.id, "x.txt", "x", { as: other.client })).status, 404);
    await refused(other.client.get(`/v1/sources/${place.id}/files`), 404, /nothing here/);
    assert.equal((await filesOf(place.id)).length, 3);
  });

  test("is refused where there is no room, no length, too much, or nothing", async () => {
    const place = await create({ kind: "files", title: "Full" });
    for (let n = 0; n < 10; n += 1) await upload(place.id, `${n}.txt`, `Number ${n} says something of its own: ${"abcdefghij"[n].repeat(9)}.`);
    const full = await send(place.id, "11.txt", "One too many.");
    assert.equal(full.status, 409);
    assert.match(full.error.message, /10 files/);
    await settled(place.id);
    const text = await create({ kind: "text", title: "No files here", text: "Nothing but words about juniper." });
    assert.equal((await send(text.id, "a.txt", "a")).status, 409);
    assert.equal((await send(place.id, "empty.txt", "")).status, 400);

    const raw = (headers) =>
      new Promise((resolve, reject) => {
        const call = httpRequest(`${product.url}/v1/sources/${place.id}/files?name=big.txt`, { method: "POST", headers: { cookie: client.cookie, ...headers } }, (response) => {
          let body = "";
          response.on("data", (chunk) => (body += chunk)).on("end", () => {
            call.destroy();
            resolve({ status: response.statusCode, ...JSON.parse(body) });
          });
        });
        call.on("error", reject);
        if (headers["transfer-encoding"]) call.end("some bytes");
        else call.flushHeaders();
      });
    const large = await raw({ "content-length": 50_000_001 });
    assert.deepEqual([large.status, large.error.code], [413, "too_large"]);
    assert.match(large.error.message, /50 MB/);
    const unknown = await raw({ "transfer-encoding": "chunked" });
    assert.equal(unknown.status, 400);
    assert.match(unknown.error.message, /Content-Length/);
  });

  test("whose upload breaks off leaves nothing", async () => {
    const place = await create({ kind: "files", title: "Broken" });
    const { hostname, port } = new URL(product.url);
    await new Promise((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`POST /v1/sources/${place.id}/files?name=half.txt HTTP/1.1\r\nHost: ${hostname}\r\nCookie: ${client.cookie}\r\nContent-Length: 100000\r\n\r\n${"half ".repeat(100)}`);
        void until("the upload to be under way", async () => (await rows("SELECT id FROM files WHERE source_id = ?1", place.id)).length).then(() => socket.destroy(), () => socket.destroy());
      });
      socket.on("close", resolve).on("error", () => {});
    });
    // Whether the Worker still saw the break or was gone by then: after an hour nothing is left.
    await until("nothing of it to be left", async () => {
      await rows("UPDATE files SET created_at = 1 WHERE source_id = ?1 AND state = 'uploading' RETURNING id", place.id);
      await sweep();
      return !(await filesOf(place.id)).length && !(await stored(place.id)).length;
    });
    assert.equal((await client.get(`/v1/sources/${place.id}`)).state, "pending");
  });

  test("is read again on request, and what it taught stays one thing", async () => {
    const place = await create({ kind: "files", title: "Again" });
    const { id } = await upload(place.id, "again.txt", "The observatory dome turns at midnight on clear nights.");
    const once = await read(place.id, id);
    await client.call("POST", `/v1/files/${id}/retry`);
    const twice = await read(place.id, id);
    assert.deepEqual([twice.state, twice.document_id, twice.passages], ["indexed", once.document_id, once.passages]);
    const { run_id } = await client.call("POST", `/v1/sources/${place.id}/reindex`);
    assert.match(run_id, /^run_/);
    await settled(place.id);
    assert.equal((await client.all(`/v1/sources/${place.id}/documents`)).length, 1);
  });

  test("that is more than can be read, or took its reader down twice, says so with the limit", async () => {
    const place = await create({ kind: "files", title: "Too much" });
    const large = new Uint8Array(12_500_000).fill(0x61);
    for (let at = 7; at < large.length; at += 8) large[at] = 0x20;
    const { id, bytes } = await upload(place.id, "catalogue.txt", large);
    assert.equal(bytes, large.length);
    const file = await read(place.id, id);
    assert.equal(file.state, "failed");
    assert.match(file.reason, /more memory than there is.*more than 12 million letters/);
    const download = await client.raw("GET", `/v1/files/${id}`);
    assert.equal((await download.arrayBuffer()).byteLength, large.length);

    const { id: heavy } = await upload(place.id, "heavy.txt", "Feathers weigh next to nothing at all.");
    await read(place.id, heavy);
    await rows("UPDATE files SET state = 'reading', attempts = 2, due_at = 1 WHERE id = ?1 RETURNING id", heavy);
    await sweep();
    const given = await read(place.id, heavy);
    assert.equal(given.state, "failed");
    assert.match(given.reason, /more memory than there is/);
    await rows("UPDATE files SET state = 'reading', attempts = 1, due_at = 1 WHERE id = ?1 RETURNING id", heavy);
    await sweep();
    assert.equal((await read(place.id, heavy)).state, "indexed", "once may be chance");
  });

  test("of 5,000 rows becomes passages with their header", async () => {
    const place = await create({ kind: "files", title: "Tables" });
    const rows = ["sku,name,price,stock"];
    for (let n = 0; n < 5_000; n += 1) rows.push(`QX-${10_000 + n},Widget ${n} in colour ${n % 97},${(n * 7) % 900}.50,${n % 40}`);
    const { id } = await upload(place.id, "stock.csv", rows.join("\n"));
    const file = await read(place.id, id);
    assert.deepEqual([file.state, file.kind, file.reason], ["indexed", "csv", undefined]);
    assert.ok(file.passages >= 5_000, String(file.passages));
    const documents = await client.all(`/v1/sources/${place.id}/documents`);
    assert.equal(documents.length, Math.ceil(file.passages / 400));
    assert.match(documents.map((document) => document.title).join("\n"), /\(part 2\)/);
    const answer = await ask("What is the price of QX-13333?");
    assert.match(answer.text, new RegExp(`QX-13333.*${(3333 * 7) % 900}\\.50`));
    assert.match(answer.citations[0].snippet, new RegExp(`price: ${(3333 * 7) % 900}\\.50`));
    await client.call("DELETE", `/v1/files/${id}`);
    assert.deepEqual(await stored(place.id), []);
    assert.deepEqual(await client.all(`/v1/sources/${place.id}/documents`), []);
  });

  test("is forgotten everywhere with its collection", async () => {
    assert.ok((await stored(source.id)).length >= 2);
    await client.call("DELETE", `/v1/sources/${source.id}`);
    assert.deepEqual(await stored(source.id), []);
    for (const table of ["documents", "files"]) assert.deepEqual(await rows(`SELECT id FROM ${table} WHERE source_id = ?1`, source.id), []);
    assert.doesNotMatch((await ask("When is the cedar sauna heated?")).text, /17:30/);
    const actions = (await rows("SELECT action FROM audit_log WHERE workspace_id = ?1", product.workspace)).map((row) => row.action);
    for (const action of ["source.created", "file.uploaded", "file.deleted", "file.read_again", "source.deleted"]) assert.ok(actions.includes(action), action);
  });
});

describe("what is written in the dashboard", () => {
  test("a text is known, changed, and known anew", async () => {
    const source = await create({ kind: "text", title: "Parking", text: "# Parking\n\nThe car park behind the boathouse has 42 places." });
    assert.equal((await settled(source.id)).state, "indexed");
    assert.match((await ask("How many places has the car park behind the boathouse?")).text, /42/);
    assert.deepEqual(await client.get(`/v1/sources/${source.id}/content`), { title: "Parking", text: "# Parking\n\nThe car park behind the boathouse has 42 places.", pairs: [] });
    const changed = await client.call("PATCH", `/v1/sources/${source.id}`, { title: "Car park", text: "The car park behind the boathouse has 57 places." });
    assert.equal(changed.title, "Car park");
    await settled(source.id);
    const answer = await ask("How many places has the car park behind the boathouse?");
    assert.match(answer.text, /57/);
    assert.doesNotMatch(answer.text, /42/);
    assert.equal((await client.all(`/v1/sources/${source.id}/documents`)).length, 1);
    for (const [method, path, body] of [["GET", "/content"], ["PATCH", "", { title: "x" }], ["DELETE", ""], ["POST", "/reindex"]]) {
      await refused(other.client.call(method, `/v1/sources/${source.id}${path}`, body), 404, /nothing here/);
    }
    await refused(create({ kind: "text", text: "Mine now" }, other.client), 404, /nothing here/);
    await client.call("DELETE", `/v1/sources/${source.id}`);
    assert.deepEqual(await stored(source.id), []);
  });

  test("a list of questions is imported from CSV, each pair a passage", async () => {
    const csv = "Question,Answer\n\"Do you rent kayaks?\",\"Yes, kayaks cost 12 pounds an hour, paddles included.\"\n\"Is there a locker?\",\"Lockers are free; bring a padlock.\"\n";
    const source = await create({ kind: "faq", title: "Water sports", csv });
    const done = await settled(source.id);
    assert.deepEqual([done.state, done.progress.passages], ["indexed", 2]);
    const answer = await ask("What does it cost to rent a kayak?");
    assert.match(answer.text, /12 pounds/);
    assert.match(answer.citations[0].url, new RegExp(`^faq:///${source.id}#q-1$`));
    const { pairs } = await client.get(`/v1/sources/${source.id}/content`);
    assert.deepEqual(pairs.map((pair) => pair.question), ["Do you rent kayaks?", "Is there a locker?"]);
    await client.call("PATCH", `/v1/sources/${source.id}`, { pairs: [pairs[1]] });
    assert.equal((await settled(source.id)).progress.passages, 1);
    assert.doesNotMatch((await ask("What does it cost to rent a kayak?")).text, /12 pounds/);
  });

  test("what is missing or too much is refused by its field", async () => {
    const pair = { question: "Why?", answer: "Because." };
    await refused(create({ kind: "text", title: "x", text: " " }), 400, /Write what/, "text");
    await refused(create({ kind: "text", title: "x", text: "x".repeat(200_001) }), 413, /200000 characters/, "text");
    await refused(create({ kind: "text", title: "x".repeat(201), text: "x" }), 400, /title is longer/, "title");
    await refused(create({ kind: "faq", pairs: [] }), 400, /at least one/, "pairs");
    await refused(create({ kind: "faq", pairs: [pair, { question: "And?", answer: " " }] }), 400, /Question 2/, "pairs");
    await refused(create({ kind: "faq", pairs: Array(2_001).fill(pair) }), 400, /2000 questions/, "pairs");
    await refused(create({ kind: "faq", csv: "question,answer\nWhy?,\n" }), 400, /Line 2.*no answer/, "csv");
    const website = await create({ kind: "files" });
    await refused(client.call("PATCH", `/v1/sources/${website.id}`, { text: "x" }), 400, /not written here/, "text");
    await refused(client.get(`/v1/sources/${website.id}/content`), 404, /not written/);
    await refused(create({ kind: "feed", url: "http://10.0.0.1/feed" }), 422, /./, "url");
  });

  test("a text as long as it may be is known to its end", async () => {
    const paragraph = (n) => `Paragraph ${n} speaks of lanterns, harbours and the number ${n * 13}.`;
    let text = "";
    for (let n = 0; text.length < 199_000; n += 1) text += `${paragraph(n)}\n\n`;
    const source = await create({ kind: "text", title: "Long", text: `${text}The last word of all is "kittiwake".` });
    assert.equal((await settled(source.id)).state, "indexed");
    const detail = await client.all(`/v1/sources/${source.id}/documents`);
    assert.match(detail.at(-1).text + detail[0].text, /kittiwake/);
    await client.call("DELETE", `/v1/sources/${source.id}`);
  });
});

describe("a feed", () => {
  let feed, entries, status, local;

  before(async () => {
    entries = [["one", "Lantern festival", "The lantern festival begins at dusk on the 14th of August."], ["two", "New ferry", "The new ferry to Gull Island carries 80 bicycles."]];
    status = 200;
    feed = createServer((request, response) => {
      if (request.url === "/moved") return response.writeHead(301, { location: "/feed.xml" }).end();
      const items = entries.map(([id, title, text]) => `<item><guid isPermaLink="false">${id}</guid><link>http://${request.headers.host}/news/${id}</link><title>${title}</title><description>${text}</description></item>`).join("");
      response.writeHead(status, { "content-type": "application/rss+xml" }).end(`<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour news</title><language>en</language>${items}</channel></rss>`);
    });
    await new Promise((ready) => feed.listen(0, "127.0.0.1", ready));
    const host = `127.0.0.1:${feed.address().port}`;
    local = await start({ local: [host] });
    local.feed = `http://${host}/moved`;
  });
  after(async () => {
    await local?.stop();
    feed?.closeAllConnections();
    feed?.close();
  });

  test("is read entry by entry, again every day, and what it drops is forgotten", async () => {
    const source = await create({ kind: "feed", url: local.feed }, local.client, local.agent);
    const done = await local.client.indexed(source.id, { timeout: PATIENCE });
    assert.deepEqual([done.state, done.title, done.progress.indexed], ["indexed", "Harbour news", 2]);
    const documents = await local.client.all(`/v1/sources/${source.id}/documents`);
    assert.deepEqual(documents.map((document) => new URL(document.url).pathname).sort(), ["/news/one", "/news/two"]);
    await refused(create({ kind: "feed", url: local.feed }, local.client, local.agent), 409, /already/, "url");
    const database = local.relations;
    const due = async () => (await database.prepare("SELECT due_at FROM sources WHERE id = ?1").bind(source.id).first()).due_at;
    assert.ok((await due()) > Date.now() && (await due()) <= Date.now() + 86_400_000, "within a day");

    entries = [entries[1], ["three", "Harbour swim", "The harbour swim is 1,200 metres long."]];
    await database.prepare("UPDATE sources SET due_at = 1 WHERE id = ?1").bind(source.id).run();
    await (await local.miniflare.getWorker(local.back)).scheduled({ cron: "* * * * *" });
    await until("the second reading", async () => (await due()) > Date.now() && (await local.client.get(`/v1/sources/${source.id}`)).state === "indexed");
    const titles = (await local.client.all(`/v1/sources/${source.id}/documents`)).map((document) => document.title).sort();
    assert.deepEqual(titles, ["Harbour swim", "New ferry"]);
    assert.equal((await stored(source.id, local)).length, 2);

    // A feed that is down keeps what it taught.
    status = 503;
    await local.client.call("POST", `/v1/sources/${source.id}/reindex`);
    const down = await local.client.indexed(source.id, { timeout: PATIENCE });
    assert.equal(down.state, "failed");
    assert.match(down.reason, /503/);
    assert.equal((await local.client.all(`/v1/sources/${source.id}/documents`)).length, 2);
    await local.client.call("DELETE", `/v1/sources/${source.id}`);
    assert.deepEqual(await stored(source.id, local), []);
  });
});

test("an upload outlives the product that took it", async () => {
  const [state, secrets] = [folder(), newSecrets()];
  const vars = { READ_LEASE_MS: "3000" };
  const first = await killable({ state: state.path, secrets, vars });
  const member = new Client(first.url);
  const { agent_id } = await member.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "O", workspace: "W", agent: AGENT });
  await member.signIn(OWNER);
  const source = await create({ kind: "files" }, member, agent_id);
  const lines = Array.from({ length: 3_000 }, (_, n) => `KX-${n},Thing number ${n},${n}.25`);
  const response = await fetch(`${first.url}/v1/sources/${source.id}/files?name=things.csv`, { method: "POST", headers: { cookie: member.cookie }, body: ["code,name,price", ...lines].join("\n") });
  assert.equal(response.status, 200);
  await first.kill();
  const second = await startAgain({ state: state.path, secrets, vars });
  try {
    const again = new Client(second.url);
    await again.signIn(OWNER);
    const worker = await second.miniflare.getWorker(second.back);
    const [file] = await until("the file to be read", async () => {
      await worker.scheduled({ cron: "* * * * *" });
      await new Promise((done) => setTimeout(done, 500));
      const files = await again.get(`/v1/sources/${source.id}/files`);
      return files[0].state === "indexed" && files;
    }, PATIENCE);
    assert.ok(file.passages >= 3_000);
    assert.equal((await again.all(`/v1/sources/${source.id}/documents`)).reduce((sum, document) => sum + document.passages, 0), file.passages);
  } finally {
    await second.stop();
    state.remove();
  }
});
