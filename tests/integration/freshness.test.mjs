// Freshness: what a second run asks a site for, what it takes as unchanged, what it reads anew, what leaves the
// index and what stays; schedules, single pages, patterns, tags.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startCloudflare } from "../fakes/cloudflare.mjs";
import { startChanging } from "../sites/changing.mjs";
import { Visitor, askBySse, init, start, until } from "./harness.mjs";

const LONG_AGO = "Mon, 05 Jan 2026 10:00:00 GMT";
const LISTED = "2026-01-05T10:00:00Z";
const SITE = "https://site.test";
const TEXTS = {
  "/": "Welcome to the Saltmarsh Observatory, which is open to visitors from April to October.",
  "/dome": "The dome was built in 1911 and turns on forty brass wheels that are oiled every Thursday.",
  "/tickets": "A ticket for the evening tour costs nineteen shillings and includes a cup of cocoa.",
  "/telescope": "The great telescope has a lens of sixty-six centimetres, ground in Jena by hand.",
};
const FERRY = "The observatory ferry leaves Pebble Quay at twenty past eight in the morning.";

/** The same pages for every place, but in its own words: one agent does not keep the same text twice. */
const site = (extra = {}, place = "Saltmarsh") => startChanging({ ...Object.fromEntries(Object.entries(TEXTS).map(([path, text]) => [path, { text: `${text} So it is at ${place}.` }])), ...extra });

async function crawled(product, url) {
  const source = await product.client.call("POST", `/v1/agents/${product.agent}/sources`, { url });
  return product.client.indexed(source.id);
}

async function again(product, source) {
  await product.client.call("POST", `/v1/sources/${source.id}/reindex`);
  return product.client.indexed(source.id);
}

async function pagesOf(product, source) {
  const pages = await product.client.all(`/v1/sources/${source.id}/pages`);
  return Object.fromEntries(pages.map((page) => [new URL(page.url).pathname, page]));
}

async function textsOf(product, source) {
  const documents = await product.client.all(`/v1/sources/${source.id}/documents`);
  return Object.fromEntries(documents.map((document) => [new URL(document.url).pathname, document.text]));
}

async function ask(product, text) {
  const visitor = await Visitor.open(product);
  const answer = await visitor.ask(text);
  await visitor.close();
  assert.equal(answer.type, "turn_finished");
  return { text: answer.text, cited: answer.citations.map((citation) => new URL(citation.url).pathname) };
}

const counts = ({ progress: { indexed, unchanged, duplicate, failed, skipped } }) => ({ indexed, unchanged, duplicate, failed, skipped });

describe("what a second run costs", () => {
  let product, cloudflare, place;
  const embedded = () => cloudflare.requests.splice(0).flatMap((request) => request.inputs.text ?? []);
  before(async () => {
    cloudflare = await startCloudflare();
    const tagged = Object.fromEntries(Object.entries(TEXTS).map(([path, text], at) => [path, { text, etag: at % 2 ? `W/"v1 ${path}"` : `"v1 ${path}"` }]));
    place = await startChanging({ ...tagged, "/copy": { title: "About /dome", text: TEXTS["/dome"] }, "/dated": { text: FERRY, modified: LONG_AGO } });
    product = await start({ local: [place.host], remote: cloudflare.url, vars: { EMBEDDING_MODEL: "workers_ai:@cf/baai/bge-m3" } });
  });
  after(async () => {
    await product?.stop();
    await cloudflare?.close();
    await place?.close();
  });

  test("an unchanged site is embedded never again; a changed page alone is", async () => {
    let source = await crawled(product, `${place.url}/`);
    assert.deepEqual(counts(source), { indexed: 5, unchanged: 0, duplicate: 1, failed: 0, skipped: 0 });
    assert.ok(embedded().length >= 5);
    assert.ok(place.asked().every((hit) => hit.etag === undefined && hit.since === undefined && hit.status === 200));
    const texts = await textsOf(product, source);
    const first = source.last_synced_at;

    source = await again(product, source);
    assert.deepEqual(counts(source), { indexed: 0, unchanged: 5, duplicate: 1, failed: 0, skipped: 0 });
    assert.deepEqual(embedded(), [], "nothing is embedded");
    assert.deepEqual(await textsOf(product, source), texts);
    assert.ok(source.last_synced_at > first);
    const asked = Object.fromEntries(place.asked().map((hit) => [hit.path, hit]));
    for (const path of Object.keys(TEXTS)) assert.deepEqual([asked[path].etag, asked[path].status], [place.pages[path].etag, 304], path);
    assert.deepEqual([asked["/dated"].since, asked["/dated"].status], [LONG_AGO, 304]);
    assert.equal(asked["/copy"].status, 200, "what gives nothing to ask with is told by its content");

    Object.assign(place.pages["/tickets"], { text: "A ticket for the evening tour costs twenty-three shillings.", etag: '"v2"' });
    source = await again(product, source);
    assert.deepEqual(counts(source), { indexed: 1, unchanged: 4, duplicate: 1, failed: 0, skipped: 0 });
    const anew = embedded();
    assert.ok(anew.length >= 1 && anew.every((text) => text.includes("twenty-three shillings")), JSON.stringify(anew));
    assert.match((await textsOf(product, source))["/tickets"], /twenty-three/);
    assert.equal((await pagesOf(product, source))["/tickets"].state, "indexed");
  });

  test("a copy takes over when its original goes", async () => {
    const [source] = await product.client.get(`/v1/agents/${product.agent}/sources`);
    const copied = Object.entries(await pagesOf(product, source)).find(([, page]) => page.state === "duplicate");
    const original = new URL(copied[1].reason).pathname;
    delete place.pages[original];
    const next = await again(product, source);
    assert.equal(next.progress.duplicate, 0);
    assert.match((await textsOf(product, next))[copied[0]], /forty brass wheels/);
    assert.equal((await textsOf(product, next))[original], undefined);
  });
});

describe("what a site says of itself", () => {
  let product;
  const places = {};
  before(async () => {
    places.always = await site({}, "Alderholt");
    places.always.answer = (request, page) => (request.headers["if-none-match"] || request.headers["if-modified-since"] ? { status: 304 } : page && undefined);
    for (const page of Object.values(places.always.pages)) page.etag = '"same"';
    places.restless = await site({}, "Birchfield");
    let n = 0;
    places.restless.answer = (_request, page) => {
      if (page) page.etag = `"${(n += 1)}"`;
      return undefined;
    };
    places.dateliar = await site({}, "Cobham");
    for (const page of Object.values(places.dateliar.pages)) page.modified = LONG_AGO;
    places.mapped = await site({}, "Dunmere");
    for (const page of Object.values(places.mapped.pages)) page.listed = LISTED;
    places.maplies = await site({}, "Elmstead");
    for (const page of Object.values(places.maplies.pages)) page.listed = LISTED;
    places.chain = await startChanging({ "/": { text: TEXTS["/"], links: ["/a"], etag: '"1"' }, "/a": { text: TEXTS["/dome"], links: ["/b"], etag: '"1"' }, "/b": { text: TEXTS["/tickets"], links: [], etag: '"1"' } });
    product = await start({ local: Object.values(places).map((place) => place.host) });
  });
  after(async () => {
    await product?.stop();
    for (const place of Object.values(places)) await place.close();
  });

  test("who answers 304 to everything is found out, and its pages are read all the same", async () => {
    const { always } = places;
    const source = await crawled(product, `${always.url}/`);
    always.asked();
    always.pages["/dome"].text = `The dome was replaced in 1980 and turns without a sound at port ${always.host}.`;
    const next = await again(product, source);
    assert.deepEqual(counts(next), { indexed: 1, unchanged: 3, duplicate: 0, failed: 0, skipped: 0 });
    assert.match((await textsOf(product, next))["/dome"], /without a sound/);
    assert.ok(always.asked().every((hit) => hit.etag === undefined));
  });

  test("a tag that is new at every visit costs a visit, not an indexing", async () => {
    const source = await crawled(product, `${places.restless.url}/`);
    assert.deepEqual(counts(await again(product, source)), { indexed: 0, unchanged: 4, duplicate: 0, failed: 0, skipped: 0 });
  });

  test("a date that lies holds for three runs, and then is not believed any more", async () => {
    const { dateliar } = places;
    let source = await crawled(product, `${dateliar.url}/`);
    dateliar.pages["/dome"].text = `The dome was replaced in 1980 and turns without a sound at port ${dateliar.host}.`;
    for (let run = 2; run <= 4; run += 1) source = await again(product, source);
    assert.match((await textsOf(product, source))["/dome"], /without a sound/);
    dateliar.asked();
    dateliar.pages["/dome"].text = "The dome is closed since the storm of November.";
    source = await again(product, source);
    assert.match((await textsOf(product, source))["/dome"], /storm of November/);
    assert.ok(dateliar.asked().every((hit) => hit.since === undefined));
  });

  test("dates of a sitemap that have proved right save the visits, but for the start and every fourth run", async () => {
    const { mapped } = places;
    let source = await crawled(product, `${mapped.url}/`);
    mapped.asked();
    source = await again(product, source);
    assert.equal(mapped.asked().length, 4, "nothing is proved yet");
    source = await again(product, source);
    assert.deepEqual(counts(source), { indexed: 0, unchanged: 4, duplicate: 0, failed: 0, skipped: 0 });
    assert.deepEqual(mapped.asked().map((hit) => hit.path), ["/"]);
    source = await again(product, source);
    assert.equal(mapped.asked().length, 4, "the fourth run asks for everything");
    Object.assign(mapped.pages["/dome"], { text: `The dome was replaced in 1980 and turns without a sound at port ${mapped.host}.`, listed: new Date(Date.now() + 1000).toISOString() });
    source = await again(product, source);
    assert.deepEqual(mapped.asked().map((hit) => hit.path).sort(), ["/", "/dome"]);
    assert.match((await textsOf(product, source))["/dome"], /without a sound/);
  });

  test("a sitemap whose date stayed while the page changed is not believed", async () => {
    const { maplies } = places;
    let source = await crawled(product, `${maplies.url}/`);
    maplies.pages["/dome"].text = `The dome was replaced in 1980 and turns without a sound at port ${maplies.host}.`;
    source = await again(product, source);
    assert.equal(source.progress.indexed, 1);
    maplies.asked();
    source = await again(product, source);
    assert.equal(maplies.asked().length, 4);
  });

  test("a page without a body leads on to where it led before", async () => {
    const source = await crawled(product, `${places.chain.url}/`);
    places.chain.asked();
    const next = await again(product, source);
    assert.deepEqual(places.chain.asked().map((hit) => [hit.path, hit.status]), [["/", 304], ["/a", 304], ["/b", 304]]);
    assert.deepEqual(counts(next), { indexed: 0, unchanged: 3, duplicate: 0, failed: 0, skipped: 0 });
  });
});

describe("what leaves and what stays", () => {
  let product, place, source;
  before(async () => {
    place = await site({ "/ferry": { text: FERRY }, "/hub": { text: "All about the harbour and what leaves from it.", links: ["/ferry"] }, "/old": { text: "In the year 1888 a comet was seen from the marsh by a miller's daughter." } });
    product = await start({ local: [place.host] });
    source = await crawled(product, `${place.url}/`);
  });
  after(async () => {
    await product?.stop();
    await place?.close();
  });

  test("a page that is gone is gone within one sync, and never cited again", async () => {
    const question = "Who saw the comet in 1888?";
    assert.deepEqual((await ask(product, question)).cited, ["/old"]);
    delete place.pages["/old"];
    source = await again(product, source);
    assert.equal((await textsOf(product, source))["/old"], undefined);
    const answer = await ask(product, question);
    assert.ok(!answer.cited.includes("/old") && !answer.text.includes("miller"), answer.text);
  });

  test("a page that nothing leads to any more is gone, too", async () => {
    place.pages["/telescope"].hidden = true;
    source = await again(product, source);
    assert.equal((await textsOf(product, source))["/telescope"], undefined);
    assert.deepEqual((await ask(product, "Where was the lens ground?")).cited, []);
    place.pages["/telescope"].hidden = false;
    source = await again(product, source);
    assert.match((await textsOf(product, source))["/telescope"], /Jena/);
  });

  test("a page that fails keeps what it taught, leads where it led, and says so", async () => {
    const passages = source.progress.passages;
    place.pages["/ferry"].hidden = true;
    place.pages["/hub"].status = 403;
    source = await again(product, source);
    assert.deepEqual([source.state, source.progress.failed, source.progress.passages], ["indexed", 1, passages]);
    const pages = await pagesOf(product, source);
    assert.equal(pages["/hub"].state, "failed");
    assert.match(pages["/hub"].reason, /403.*earlier text is still used\.$/);
    assert.ok(pages["/hub"].document_id && pages["/hub"].passages > 0);
    assert.equal(pages["/ferry"].state, "unchanged");
    assert.match((await textsOf(product, source))["/hub"], /harbour/);
    delete place.pages["/hub"].status;
  });

  test("a sync that fails as a whole keeps everything, and when the site was read last", async () => {
    const texts = await textsOf(product, source);
    const { last_synced_at, progress } = source;
    place.robots = 503;
    source = await again(product, source);
    assert.equal(source.state, "failed");
    assert.match(source.reason, /robots\.txt/);
    assert.equal(source.last_synced_at, last_synced_at);
    assert.equal(source.progress.passages, progress.passages, "what can be found is counted");
    assert.deepEqual(await textsOf(product, source), texts);
    assert.match((await ask(product, "When does the observatory ferry leave Pebble Quay?")).text, /twenty past eight/);
    place.robots = "User-agent: *\n";
    source = await again(product, source);
    assert.deepEqual([source.state, source.reason], ["indexed", undefined]);
    assert.ok(source.last_synced_at > last_synced_at);
    assert.deepEqual(await textsOf(product, source), texts);
  });
});

describe("when and what is read", () => {
  let product, place, source;
  const set = async (sql, ...binds) => product.relations.prepare(sql).bind(...binds).run();
  const sweep = async () => (await product.miniflare.getWorker(product.back)).scheduled({ cron: "* * * * *" });
  const change = (body) => product.client.call("PATCH", `/v1/sources/${source.id}`, body);
  const refused = async (call, status, message, field) => {
    const error = await call.then(() => assert.fail("it was taken"), (error) => error);
    assert.deepEqual([error.status, error.field], [status, field], error.message);
    assert.match(error.message, message);
  };
  const historyOf = (path) => product.client.get(`/v1/sources/${source.id}/history?url=${encodeURIComponent(place.url + path)}`);
  before(async () => {
    place = await site({ "/ferry": { text: FERRY }, "/staff/rota": { text: "Nurse Abigail minds the telescope on the night of the new moon." } });
    product = await start({ local: [place.host] });
    source = await crawled(product, `${place.url}/`);
  });
  after(async () => {
    await product?.stop();
    await place?.close();
  });

  test("a schedule names the next sync, which the cron begins once; a run that is going is not begun again", async () => {
    assert.deepEqual([source.schedule, source.next_sync_at], ["manual", undefined]);
    const daily = await change({ schedule: "daily" });
    assert.ok(daily.next_sync_at > Date.now() && daily.next_sync_at <= Date.now() + 86_400_000);
    assert.equal((await change({ schedule: "daily" })).next_sync_at, daily.next_sync_at);
    const weekly = await change({ schedule: "weekly" });
    assert.ok(weekly.next_sync_at > Date.now() && weekly.next_sync_at <= Date.now() + 7 * 86_400_000);
    place.hits.length = 0;
    await sweep();
    assert.equal((await product.client.get(`/v1/sources/${source.id}`)).state, "indexed", "it is not due yet");
    await set("UPDATE sources SET next_sync_at = 1 WHERE id = ?1", source.id);
    await Promise.all([sweep(), sweep(), sweep()]);
    const synced = await until("the sync", async () => {
      const now = await product.client.get(`/v1/sources/${source.id}`);
      return now.state === "indexed" && now.last_synced_at > source.last_synced_at && now;
    });
    assert.equal(synced.next_sync_at, weekly.next_sync_at);
    assert.equal(place.hits.filter((hit) => hit.path === "/robots.txt").length, 1, "one run");
    assert.equal(synced.progress.unchanged, 6);
    const manual = await change({ schedule: "manual" });
    assert.equal(manual.next_sync_at, undefined);
  });

  test("what was cut off between due and begun is begun, by the run that the row names", async () => {
    const run = source.id.replace("src_", "run_");
    await set("UPDATE sources SET schedule = 'daily', next_sync_at = 1, state = 'crawling', run_id = ?2 WHERE id = ?1", source.id, run);
    await sweep();
    const synced = await product.client.indexed(source.id);
    assert.equal(synced.state, "indexed");
    assert.ok(synced.next_sync_at > Date.now());
    const row = await product.relations.prepare("SELECT run_id FROM sources WHERE id = ?1").bind(source.id).first();
    assert.equal(row.run_id, run);
    await change({ schedule: "manual" });
  });

  test("one page is read again by itself, whole, and one that is gone leaves", async () => {
    place.pages["/ferry"].text = "The observatory ferry leaves Pebble Quay at five to nine from now on.";
    place.hits.length = 0;
    const { queued, refused: none } = await product.client.call("POST", `/v1/sources/${source.id}/refresh`, { url: `${place.url}/ferry#top` });
    assert.deepEqual([queued, none], [[`${place.url}/ferry`], []]);
    await until("the new text", async () => /five to nine/.test((await textsOf(product, source))["/ferry"]));
    assert.deepEqual(place.asked().map((hit) => [hit.path, hit.etag, hit.since]), [["/ferry", undefined, undefined]]);
    const [latest] = await until("the page's history", async () => {
      const events = await historyOf("/ferry");
      return events[0].refresh && events;
    });
    assert.deepEqual([latest.change, latest.http_status, latest.passages], ["changed", 200, 1]);
    const sorry = place.pages["/tickets"];
    delete place.pages["/tickets"];
    const response = await product.client.raw("POST", `/v1/sources/${source.id}/refresh`, { url: `${place.url}/tickets` });
    assert.equal(response.status, 202);
    await until("the page to leave", async () => !(await textsOf(product, source))["/tickets"]);
    assert.deepEqual((await ask(product, "What does a ticket for the evening tour cost?")).cited, []);
    place.pages["/tickets"] = sorry;
    await product.client.call("POST", `/v1/sources/${source.id}/refresh`, { url: `${place.url}/tickets` });
    await until("the page to come back", async () => (await textsOf(product, source))["/tickets"]);
    await until("the end", async () => (await product.client.get(`/v1/sources/${source.id}`)).progress.passages === 6);
    assert.deepEqual((await historyOf("/tickets")).slice(0, 2).map((event) => [event.change, event.refresh]), [["added", true], ["removed", true]]);
  });

  test("what cannot be refreshed says why", async () => {
    const refresh = (url) => product.client.call("POST", `/v1/sources/${source.id}/refresh`, { url });
    await refused(refresh("https://example.com/a"), 422, /not of 127\.0\.0\.1/, "url");
    await refused(refresh(" "), 422, /not the address/, "url");
    const text = await product.client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "text", title: "T", text: "A text." });
    await refused(product.client.call("POST", `/v1/sources/${text.id}/refresh`, { url: place.url }), 409, /websites and sitemaps/);
    await refused(product.client.call("POST", `/v1/sources/${text.id}/hook`), 409, /websites and sitemaps/);
    await refused(product.client.call("PATCH", `/v1/sources/${text.id}`, { schedule: "daily" }), 400, /schedule/, "schedule");
    await refused(product.client.call("PATCH", `/v1/sources/${text.id}`, { include: ["/a"] }), 400, /websites/, "include");
  });

  test("whoever knows the secret address may say what has changed there, until it is taken back", async () => {
    const { url } = await product.client.call("POST", `/v1/sources/${source.id}/hook`);
    const call = async (address, body) => {
      const response = await fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      return { status: response.status, ...(await response.json()) };
    };
    assert.equal((await product.client.get(`/v1/sources/${source.id}`)).hook, true);
    const stored = JSON.stringify((await product.relations.prepare("SELECT * FROM sources").all()).results);
    assert.ok(!stored.includes(url.split("/").at(-1)), "the secret is not stored");
    place.pages["/dome"].text = "The dome was replaced in 1980 and turns without a sound.";
    const taken = await call(url, { urls: [`${place.url}/dome`, "https://example.com/", `${place.url}/dome`] });
    assert.deepEqual([taken.status, taken.data.queued, taken.data.refused.map((one) => one.url)], [202, [`${place.url}/dome`], ["https://example.com/"]]);
    await until("the new text", async () => /without a sound/.test((await textsOf(product, source))["/dome"]));
    assert.equal((await call(url, {})).error.field, "url");
    assert.equal((await call(url, { urls: Array.from({ length: 101 }, (_, n) => `${place.url}/${n}`) })).error.field, "urls");
    assert.equal((await call(url, { url: "https://example.com/" })).status, 422);
    assert.equal((await call(`${url}x`, { url: place.url })).status, 404);
    const { url: next } = await product.client.call("POST", `/v1/sources/${source.id}/hook`);
    assert.equal((await call(url, { url: place.url })).status, 404, "the old one is good for nothing");
    assert.equal((await call(next, { url: place.url })).status, 202);
    await product.client.call("DELETE", `/v1/sources/${source.id}/hook`);
    assert.equal((await call(next, { url: place.url })).status, 404);
    assert.equal((await product.client.get(`/v1/sources/${source.id}`)).hook, false);
    await until("quiet", async () => (await pagesOf(product, source))["/"].state !== "queued" && (await pagesOf(product, source))["/"].state !== "fetching");
  });

  test("patterns leave pages out at the next sync, and say so", async () => {
    for (const [field, line] of [["include", "https://x.test/a"], ["exclude", "staff"], ["exclude", "/a b"]]) await refused(change({ [field]: [line] }), 400, /“/, field);
    assert.match((await ask(product, "Who minds the telescope on the night of the new moon?")).text, /Abigail/);
    const changed = await change({ exclude: ["/staff/*", " /staff/* "], include: [] });
    assert.deepEqual(changed.exclude, ["/staff/*"]);
    source = await again(product, source);
    const page = (await pagesOf(product, source))["/staff/rota"];
    assert.equal(page.state, "skipped");
    assert.match(page.reason, /pattern/);
    assert.ok(!(await ask(product, "Who minds the telescope on the night of the new moon?")).text.includes("Abigail"));
    await refused(product.client.call("POST", `/v1/sources/${source.id}/refresh`, { url: `${place.url}/staff/rota` }), 422, /patterns/, "url");
    await change({ include: ["/dome"], exclude: [] });
    source = await again(product, source);
    assert.deepEqual(Object.keys(await textsOf(product, source)).sort(), ["/", "/dome"], "the start is always read");
    await change({ include: [] });
    source = await again(product, source);
    assert.equal(Object.keys(await textsOf(product, source)).length, 6);
    assert.deepEqual((await historyOf("/staff/rota")).map((event) => event.change).slice(0, 2), ["added", "removed"]);
  });

  test("tags are of sources and documents, cost nothing, and an agent may be kept to them", async () => {
    const ferry = (await product.client.all(`/v1/sources/${source.id}/documents`)).find((document) => document.url.endsWith("/ferry"));
    place.hits.length = 0;
    assert.deepEqual((await change({ tags: [" Public ", "public"] })).tags, ["public"]);
    const tags = (list) => product.client.call("PUT", `/v1/documents/${ferry.id}/tags`, { tags: list });
    assert.deepEqual((await tags(["Harbour  News"])).tags, ["harbour news"]);
    await refused(tags(Array.from({ length: 21 }, (_, n) => `t${n}`)), 400, /20/, "tags");
    const detail = await product.client.get(`/v1/documents/${ferry.id}`);
    assert.deepEqual([detail.tags, detail.source_tags], [["harbour news"], ["public"]]);
    const keep = async (filter) => {
      const agent = await product.client.get(`/v1/agents/${product.agent}`);
      const saved = await product.client.call("PUT", `/v1/agents/${product.agent}/draft`, { revision: agent.revision, draft: { ...agent.draft, allowed_origins: [SITE], tag_filter: filter } });
      await product.client.call("POST", `/v1/agents/${product.agent}/publish`, { revision: saved.revision });
    };
    const cited = async (question) => {
      const { data } = await init(product, { origin: SITE });
      const { events } = await askBySse(product, data.token, question, { origin: SITE });
      return events.at(-1).frame.citations.map((citation) => new URL(citation.url).pathname);
    };
    const [ship, lens] = ["When does the observatory ferry leave?", "Where was the lens of the great telescope ground?"];
    await keep(["harbour news"]);
    assert.deepEqual(await cited(ship), ["/ferry"]);
    assert.deepEqual(await cited(lens), []);
    await tags([]);
    assert.deepEqual(await cited(ship), [], "a result that was kept is not served under other tags");
    await keep(["public", "nothing else"]);
    assert.deepEqual(await cited(lens), ["/telescope"]);
    assert.deepEqual(place.asked(), [], "nobody asked the site");
  });
});
