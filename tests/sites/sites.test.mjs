import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import zlib from 'node:zlib';
import { startSite, loadPages, DUPLICATES } from './serve.mjs';
import { startHostile, HOSTILE_ROUTES } from './hostile.mjs';

const questions = JSON.parse(fs.readFileSync(new URL('./questions.json', import.meta.url), 'utf8'));
const ENT = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
const plain = (html) => html.replace(/<[^>]+>/g, ' ').replace(/&(amp|lt|gt|quot|nbsp);/g, (_, e) => ENT[e]).replace(/\s+/g, ' ').trim();
const mainHtml = (html) => /<article class="prose">([\s\S]*?)<\/article>/.exec(html)?.[1] ?? '';
const mainText = (html) => plain(mainHtml(html));
const words = (text) => (text.match(/[\p{L}\p{N}£'’.,:-]+/gu) || []).length;
const locs = (xml) => [...xml.matchAll(/<loc>([^<]+)<\/loc>/g)].map((m) => m[1].replace(/&amp;/g, '&'));
const hrefs = (html) => [...html.matchAll(/\shref="([^"]+)"/g)].map((m) => m[1].replace(/&amp;/g, '&'));

describe('harbour-lane', () => {
  let site; let get; let sitemap;
  const MARK = '<script src="https://widget.invalid/w.js" data-mark="snippet-7731" async></script>';
  before(async () => {
    site = await startSite({ snippet: MARK, slowMs: 400 });
    get = (p, init) => fetch(site.url + p, { redirect: 'manual', ...init });
    sitemap = async () => {
      const index = await (await get('/sitemap.xml')).text();
      assert.match(index, /<sitemapindex/);
      const out = [];
      for (const loc of locs(index)) {
        assert.ok(loc.startsWith(site.url), loc);
        const r = await fetch(loc);
        assert.equal(r.status, 200);
        let xml;
        if (loc.endsWith('.gz')) {
          assert.equal(r.headers.get('content-type'), 'application/gzip');
          assert.equal(r.headers.get('content-encoding'), null);
          xml = zlib.gunzipSync(Buffer.from(await r.arrayBuffer())).toString();
        } else xml = await r.text();
        assert.equal([...xml.matchAll(/<lastmod>\d{4}-\d\d-\d\d<\/lastmod>/g)].length, locs(xml).length);
        out.push(...locs(xml));
      }
      return out;
    };
  });
  after(() => site.close());

  test('every page in the sitemap answers 200 with html, and there are enough real pages', async () => {
    const urls = await sitemap();
    assert.equal(new Set(urls).size, urls.length);
    assert.ok(urls.some((u) => u.includes('/blog/new-test-bench/')));
    let long = 0;
    for (const u of urls) {
      const r = await fetch(u, { redirect: 'manual' });
      assert.equal(r.status, 200, u);
      assert.equal(r.headers.get('content-type'), 'text/html; charset=utf-8');
      assert.ok(r.headers.get('etag') && r.headers.get('last-modified'), u);
      const html = await r.text();
      assert.equal((html.match(/<h1\b/g) || []).length, 1, u);
      assert.equal((html.match(/<article\b/g) || []).length, 1, u);
      if (words(mainText(html)) >= 120) long += 1;
    }
    assert.ok(long >= 34, `only ${long} pages have 120 words`);
  });

  test('page files: prose length, heading ids, no repeated paragraphs, languages', () => {
    const pages = loadPages();
    const seen = new Map();
    for (const p of pages) {
      const body = p.body;
      for (const h of body.match(/<h[1-6][^>]*>/g)) assert.match(h, /\sid="[^"]+"/, p.file);
      const ids = [...body.matchAll(/<h[1-6] id="([^"]+)"/g)].map((m) => m[1]);
      assert.equal(new Set(ids).size, ids.length, p.file);
      for (const m of body.matchAll(/<p[^>]*>([\s\S]*?)<\/p>/g)) {
        const t = plain(m[1]);
        if (t.length < 40) continue;
        assert.equal(seen.get(t), undefined, `${p.file} repeats a paragraph of ${seen.get(t)}`);
        seen.set(t, p.file);
      }
      for (const tag of ['table', 'ul', 'ol', 'dl', 'pre', 'p', 'td', 'th', 'tr', 'li', 'h2', 'a']) {
        const open = (body.match(new RegExp(`<${tag}[\\s>]`, 'g')) || []).length;
        assert.equal(open, (body.match(new RegExp(`</${tag}>`, 'g')) || []).length, `${p.file}: <${tag}>`);
      }
      if (p.lang === 'en' && !p.path.startsWith('/staff/')) {
        assert.ok(words(plain(body)) >= 120 && words(plain(body)) <= 700, `${p.file}: ${words(plain(body))} words`);
      }
    }
    const count = (l) => pages.filter((p) => p.lang.startsWith(l)).length;
    assert.ok(count('es') >= 2 && count('de') >= 2 && count('zh') >= 1 && count('he') >= 1);
    assert.ok(pages.filter((p) => p.lang === 'he').every((p) => p.dir === 'rtl'));
    assert.ok(pages.filter((p) => p.blog).length >= 7);
    for (const tag of ['<table', '<dl', '<pre', '<ol', '<ul']) assert.ok(pages.some((p) => p.body.includes(tag)), tag);
  });

  test('template: language attributes, noise, no foreign requests, snippet outside the main content', async () => {
    const html = await (await get('/he/')).text();
    assert.match(html, /<html lang="he" dir="rtl">/);
    for (const part of ['<nav class="site-nav"', '<footer', 'id="cookies"', 'class="newsletter"', '<aside class="related"']) assert.ok(html.includes(part), part);
    assert.ok(html.indexOf(MARK) > html.indexOf('</footer>') && html.indexOf(MARK) < html.indexOf('</body>'));
    assert.ok(!mainHtml(html).includes('snippet-7731'));
    const own = html.replace(MARK, '');
    assert.ok(!/<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?\/\/(?!127\.0\.0\.1)/.test(own), 'request to another host');
    assert.ok(!/<script(?![^>]*\ssrc=)/.test(own), 'inline script');
    assert.ok(!/\son[a-z]+="/.test(own), 'inline handler');
    for (const f of ['/site.css', '/site.js', '/logo.svg']) {
      const r = await get(f);
      assert.equal(r.status, 200);
      assert.match(r.headers.get('content-type'), /; charset=utf-8$/);
      const body = await r.text();
      assert.ok(!body.replaceAll('http://www.w3.org/2000/svg', '').includes('http'), f);
    }
  });

  test('snippet may be a function', async () => {
    let n = 0;
    const other = await startSite({ snippet: () => `<!--n${++n}-->` });
    try {
      assert.match(await (await fetch(`${other.url}/about/`)).text(), /<!--n1-->\s*<\/body>/);
      assert.match(await (await fetch(`${other.url}/nothing/`)).text(), /<!--n2-->\s*<\/body>/);
    } finally { await other.close(); }
  });

  test('ETag, Last-Modified, 304 and HEAD', async () => {
    const r = await get('/warranty/');
    const etag = r.headers.get('etag');
    const lm = r.headers.get('last-modified');
    const body = await r.text();
    for (const headers of [{ 'if-none-match': etag }, { 'if-none-match': `W/${etag}, "x"` }, { 'if-modified-since': lm }]) {
      const again = await get('/warranty/', { headers });
      assert.equal(again.status, 304, JSON.stringify(headers));
      assert.equal(await again.text(), '');
    }
    assert.equal((await get('/warranty/', { headers: { 'if-none-match': '"other"', 'if-modified-since': lm } })).status, 200);
    assert.equal((await get('/warranty/', { headers: { 'if-modified-since': 'Wed, 01 Jan 2020 00:00:00 GMT' } })).status, 200);
    const head = await get('/warranty/', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(Number(head.headers.get('content-length')), Buffer.byteLength(body));
    assert.equal(await head.text(), '');
    assert.equal((await get('/warranty/', { method: 'DELETE' })).status, 405);
    assert.equal((await get('/newsletter', { method: 'POST', body: 'email=a' })).status, 303);
  });

  test('404 page, redirects and missing slashes', async () => {
    const r = await get('/no/such/page/');
    assert.equal(r.status, 404);
    assert.match(r.headers.get('content-type'), /text\/html/);
    assert.match(await r.text(), /That page has sailed/);
    const old = await get('/old-prices');
    assert.equal(old.status, 301);
    assert.equal(new URL(old.headers.get('location'), site.url).pathname, '/prices/');
    assert.equal((await get('/services/tuning')).headers.get('location'), '/services/tuning/');
    assert.equal((await get('/%E0%A4%A')).status, 400);
    assert.equal((await get('/..%2f..%2fserve.mjs')).status, 404);
  });

  test('robots.txt, the staff folder and the absolute sitemap address', async () => {
    const txt = await (await get('/robots.txt')).text();
    assert.match(txt, /^User-agent: \*$/m);
    assert.match(txt, /^Disallow: \/staff\/$/m);
    assert.ok(txt.includes(`Sitemap: http://127.0.0.1:${site.port}/sitemap.xml`));
    assert.equal((await get('/staff/')).status, 200);
    assert.equal((await get('/staff/rota/')).status, 200);
    const home = await (await get('/')).text();
    assert.ok(hrefs(home).includes('/staff/'));
    const viaName = await new Promise((ok, fail) => {
      http.get(`${site.url}/robots.txt`, { headers: { host: 'localhost:4444' } }, (res) => {
        let s = ''; res.on('data', (d) => { s += d; }); res.on('end', () => ok(s));
      }).on('error', fail);
    });
    assert.ok(viaName.includes('Sitemap: http://localhost:4444/sitemap.xml'));
  });

  test('following links from the home page reaches every page; only the known dead link is dead', async () => {
    const queue = ['/']; const seen = new Set(queue); const dead = []; const kinds = new Set(); const fragments = [];
    const bodies = new Map();
    while (queue.length) {
      const p = queue.shift();
      const r = await get(p);
      if (r.status === 404) { dead.push(p); continue; }
      if (r.status === 301) {
        const to = r.headers.get('location');
        if (!seen.has(to)) { seen.add(to); queue.push(to); }
        continue;
      }
      assert.equal(r.status, 200, p);
      if (!/html/.test(r.headers.get('content-type'))) continue;
      const html = await r.text();
      bodies.set(p, html);
      for (const h of hrefs(html)) {
        if (/^(mailto|tel):/.test(h)) { kinds.add(h.split(':')[0]); continue; }
        if (h.startsWith('#')) { kinds.add('#'); continue; }
        if (h.startsWith('http') && !h.startsWith(site.url)) continue;
        const u = new URL(h, site.url + p);
        if (u.hash) fragments.push([p, u.pathname + u.search, u.hash.slice(1)]);
        const next = u.pathname + u.search;
        if (!seen.has(next)) { seen.add(next); queue.push(next); }
      }
    }
    assert.deepEqual(dead, ['/blog/chain-gauges-compared/']);
    assert.deepEqual([...kinds].sort(), ['#', 'mailto', 'tel']);
    for (const [from, to, id] of fragments) assert.ok(bodies.get(to)?.includes(` id="${id}"`), `${from} -> ${to}#${id}`);
    for (const p of loadPages().filter((x) => x.phase !== 1)) assert.ok(seen.has(p.path), `nothing links to ${p.path}`);
    assert.ok(seen.has('/old-prices') && seen.has('/files/price-list.pdf'));
    const inMap = new Set((await sitemap()).map((u) => new URL(u).pathname));
    for (const p of ['/waiting-corner/', '/accessibility/', '/blog/estuary-loop/']) assert.ok(!inMap.has(p) && seen.has(p), p);
    assert.ok(![...inMap].some((p) => p.startsWith('/staff/')));
  });

  test('duplicates: tracking parameters and a second address', async () => {
    const home = await (await get('/')).text();
    const tracked = hrefs(home).find((h) => h.includes('gclid='));
    assert.match(tracked, /utm_source=/);
    const a = await (await get(tracked)).text();
    assert.equal(a, await (await get(new URL(tracked, site.url).pathname)).text());
    for (const [copy, orig] of Object.entries(DUPLICATES)) {
      const html = await (await get(copy)).text();
      assert.equal(html, await (await get(orig)).text());
      assert.ok(!html.includes('rel="canonical"'));
      assert.ok(hrefs(home).includes(copy));
    }
    assert.ok((await (await get('/prices/')).text()).includes(`<link rel="canonical" href="${site.url}/prices/">`));
  });

  test('the slow page', async () => {
    const t = Date.now();
    assert.equal((await get('/used-bikes/')).status, 200);
    assert.ok(Date.now() - t >= 390);
  });

  test('the slow page takes 2.5 s unless told otherwise, and close() does not wait for it', async () => {
    const s = await startSite();
    const t = Date.now();
    assert.equal((await fetch(`${s.url}/used-bikes/`)).status, 200);
    assert.ok(Date.now() - t >= 2450);
    const pending = fetch(`${s.url}/used-bikes/`).catch((e) => e);
    await new Promise((r) => setTimeout(r, 100));
    const c = Date.now();
    await s.close();
    assert.ok(Date.now() - c < 2300);
    assert.ok((await pending) instanceof Error);
  });

  test('the PDF', async () => {
    const r = await get('/files/price-list.pdf');
    assert.equal(r.headers.get('content-type'), 'application/pdf');
    const s = Buffer.from(await r.arrayBuffer()).toString('latin1');
    assert.match(s, /^%PDF-1\.4\n[\s\S]*%%EOF\n$/);
    const start = Number(/startxref\n(\d+)/.exec(s)[1]);
    assert.equal(s.slice(start, start + 4), 'xref');
    assert.ok(s.slice(Number(/\n(\d{10}) 00000 n/.exec(s)[1])).startsWith('1 0 obj'));
  });

  test('phases: the weekly page changes and the lantern ride goes away', async () => {
    site.setPhase(0);
    const one = await get('/this-week/');
    const a = mainText(await one.text());
    assert.ok(a.includes('£17') && !a.includes('£23'));
    assert.equal((await get('/lantern-ride/')).status, 200);
    assert.ok((await sitemap()).includes(`${site.url}/lantern-ride/`));
    site.setPhase(1);
    try {
      const two = await get('/this-week/', { headers: { 'if-none-match': one.headers.get('etag') } });
      assert.equal(two.status, 200);
      assert.equal((await get('/this-week/', { headers: { 'if-modified-since': one.headers.get('last-modified') } })).status, 200);
      const b = mainText(await two.text());
      assert.ok(b.includes('£23') && !b.includes('£17'));
      assert.equal((await get('/lantern-ride/')).status, 404);
      const urls = await sitemap();
      assert.ok(!urls.includes(`${site.url}/lantern-ride/`) && urls.includes(`${site.url}/this-week/`));
      const other = await get('/warranty/');
      assert.equal(other.status, 200);
    } finally { site.setPhase(0); }
  });

  test('hits are recorded', async () => {
    const from = site.hits.length;
    await get('/team/', { headers: { 'user-agent': 'test-agent/1' } });
    await get('/nope');
    const [a, b] = site.hits.slice(from);
    assert.deepEqual([a.path, a.status, a.ua], ['/team/', 200, 'test-agent/1']);
    assert.deepEqual([b.path, b.status], ['/nope', 404]);
    assert.ok(Math.abs(Date.now() - a.t) < 5000);
  });

  test('questions: every answer is on its page', async () => {
    const { answerable, unanswerable } = questions;
    assert.ok(answerable.length >= 46);
    assert.ok(unanswerable.length >= 12);
    const ids = [...answerable, ...unanswerable].map((q) => q.id);
    assert.equal(new Set(ids).size, ids.length);
    const n = (l) => answerable.filter((q) => q.lang === l).length;
    assert.ok(n('es') >= 4 && n('de') >= 4 && n('zh') >= 3 && n('he') >= 3);
    const cache = new Map();
    for (const q of answerable) {
      if (!cache.has(q.url)) {
        const r = await get(q.url);
        assert.equal(r.status, 200, q.url);
        cache.set(q.url, mainText(await r.text()).toLowerCase());
      }
      assert.ok(q.any.length && q.any.some((s) => cache.get(q.url).includes(s.toLowerCase())), `${q.id} ${q.question}`);
    }
  });
});

describe('hostile', () => {
  let bad; let get;
  before(async () => {
    bad = await startHostile({ hugeBytes: 200 * 1024 * 1024 });
    get = (p, init) => fetch(bad.url + p, { redirect: 'manual', ...init });
  });
  after(() => bad.close());
  const last = (p) => bad.hits.filter((h) => h.path === p).at(-1);
  const until = async (f) => { for (let i = 0; i < 100 && !f(); i++) await new Promise((r) => setTimeout(r, 20)); assert.ok(f()); };

  test('home links to every route, robots.txt allows all', async () => {
    const links = hrefs(await (await get('/')).text());
    for (const r of HOSTILE_ROUTES) assert.ok(links.includes(r), r);
    assert.match(await (await get('/robots.txt')).text(), /Allow: \/\nCrawl-delay: 0/);
    assert.equal((await get('/nothing')).status, 404);
  });

  test('redirects', async () => {
    for (const [from, to] of [['/loop/a', '/loop/b'], ['/loop/b', '/loop/a'], ['/redirect-private', 'http://169.254.169.254/latest/meta-data/'], ['/redirect-decimal', 'http://2130706433/']]) {
      const r = await get(from);
      assert.deepEqual([r.status, r.headers.get('location')], [302, to]);
    }
  });

  test('/huge stops when the client goes away', async () => {
    const ac = new AbortController();
    const r = await get('/huge', { signal: ac.signal });
    assert.match(r.headers.get('content-type'), /text\/html/);
    const reader = r.body.getReader();
    let n = 0;
    while (n < 1 << 20) n += (await reader.read()).value.length;
    ac.abort();
    await until(() => last('/huge').aborted);
    const sent = last('/huge').bytes;
    assert.ok(sent >= 1 << 20 && sent < 50 * 1024 * 1024, String(sent));
    await new Promise((ok) => setTimeout(ok, 100));
    assert.equal(last('/huge').bytes, sent);
  });

  test('/huge ends after 200 MB', async () => {
    let n = 0;
    for await (const c of (await get('/huge')).body) n += c.length;
    assert.equal(n, 200 * 1024 * 1024);
    assert.equal(last('/huge').bytes, n);
  });

  test('/huge.gz is small on the wire and large inside', async () => {
    const wire = await new Promise((ok, fail) => {
      http.get(`${bad.url}/huge.gz`, (res) => {
        assert.equal(res.headers['content-encoding'], 'gzip');
        const out = []; res.on('data', (d) => out.push(d)); res.on('end', () => ok(Buffer.concat(out)));
      }).on('error', fail);
    });
    assert.ok(wire.length < 2 * 1024 * 1024, String(wire.length));
    let n = 0;
    const gz = zlib.createGunzip();
    gz.end(wire);
    for await (const c of gz) n += c.length;
    assert.equal(n, 200 * 1024 * 1024);
  });

  test('/hang never answers, /drip never ends', async () => {
    await assert.rejects(get('/hang', { signal: AbortSignal.timeout(300) }));
    assert.equal(last('/hang').status, 0);
    const ac = new AbortController();
    const r = await get('/drip', { signal: ac.signal });
    const reader = r.body.getReader();
    let n = 0;
    const t = Date.now();
    while (n < 3) n += (await reader.read()).value.length;
    assert.ok(Date.now() - t > 1500);
    ac.abort();
    await until(() => last('/drip').aborted);
  });

  test('/busy and /limited', async () => {
    const busy = [];
    for (let i = 0; i < 4; i++) { const r = await get('/busy'); busy.push(`${r.status}${r.headers.get('retry-after') ?? ''}`); }
    assert.deepEqual(busy, ['5031', '5031', '200', '200']);
    const limited = [];
    for (let i = 0; i < 3; i++) { const r = await get('/limited'); limited.push(`${r.status}${r.headers.get('retry-after') ?? ''}`); }
    assert.deepEqual(limited, ['4291', '200', '200']);
    bad.reset();
    assert.equal((await get('/busy')).status, 503);
  });

  test('content types and odd pages', async () => {
    assert.equal((await get('/binary')).headers.get('content-type'), 'application/octet-stream');
    assert.match((await get('/not-html')).headers.get('content-type'), /^text\/plain/);
    const empty = await get('/empty');
    assert.deepEqual([empty.status, await empty.text()], [200, '']);
    assert.match(await (await get('/noindex')).text(), /<meta name="robots" content="noindex">/);
    const broken = await (await get('/broken')).text();
    assert.ok(broken.includes('tower clock') && !broken.includes('</body>'));
    assert.deepEqual(hrefs(await (await get('/infinite/41')).text()), ['/infinite/42', '/infinite/43']);
  });

  test('close() does not wait for hanging clients', async () => {
    const b = await startHostile();
    const pending = fetch(`${b.url}/hang`).catch((e) => e);
    await until(() => b.hits.length === 1);
    const t = Date.now();
    await b.close();
    assert.ok(Date.now() - t < 20_000);
    assert.ok((await pending) instanceof Error);
  });
});
