// A server that behaves badly on purpose, for crawler tests. No dependencies.
//
//   const bad = await startHostile();   // { url, port, hits, reset(), close() }
//
// hits: [{path,status,ua,t,method,bytes,aborted}], `bytes` counts what was handed to the socket.
// A status of 0 means that no answer was ever sent (/hang).
// /busy and /limited count requests per server, not per client; reset() starts them again.

import http from 'node:http';
import zlib from 'node:zlib';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';

const LINE = '<p>The tide goes out and the tide comes in, and the page is still not finished.</p>\n';
const CHUNK = Buffer.from(LINE.repeat(Math.ceil(65536 / LINE.length)));
const HTML = 'text/html; charset=utf-8';

export const HOSTILE_ROUTES = ['/loop/a', '/huge', '/huge.gz', '/hang', '/drip', '/binary', '/not-html', '/redirect-private',
  '/redirect-decimal', '/busy', '/limited', '/infinite/1', '/broken', '/empty', '/noindex'];

const page = (title, body, head = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body><main><h1>${title}</h1>${body}</main></body></html>\n`;

function makeBomb(total) {
  return new Promise((ok, fail) => {
    const gz = zlib.createGzip({ level: 9 });
    const out = [];
    gz.on('data', (c) => out.push(c));
    gz.on('end', () => ok(Buffer.concat(out)));
    gz.on('error', fail);
    let left = total;
    const pump = () => {
      while (left > 0) {
        const part = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
        left -= part.length;
        if (!gz.write(part)) { gz.once('drain', pump); return; }
      }
      gz.end();
    };
    pump();
  });
}

export async function startHostile({ port = 0, host = '127.0.0.1', hugeBytes = 200 * 1024 * 1024 } = {}) {
  const hits = [];
  const timers = new Set();
  const seen = { busy: 0, limited: 0 };
  let bomb;

  const server = http.createServer((req, res) => {
    const hit = { path: req.url, status: 0, ua: req.headers['user-agent'] || '', t: Date.now(), method: req.method, bytes: 0, aborted: false };
    hits.push(hit);
    res.on('close', () => { if (!res.writableFinished) hit.aborted = true; });
    req.resume();
    const head = req.method === 'HEAD';
    const send = (status, headers, body = '') => {
      const buf = Buffer.isBuffer(body) ? body : Buffer.from(body);
      hit.status = status;
      if (res.destroyed) return;
      if (!head) hit.bytes = buf.length;
      res.writeHead(status, { 'content-length': buf.length, ...headers });
      res.end(head ? undefined : buf);
    };
    const html = (status, body, headers = {}) => send(status, { 'content-type': HTML, ...headers }, body);
    const go = (to) => send(302, { location: to });
    const { pathname } = new URL(req.url, 'http://hostile.invalid');

    const endless = /^\/infinite\/(\d{1,15})$/.exec(pathname);
    if (endless) {
      const n = Number(endless[1]);
      return html(200, page(`Calendar page ${n}`, `<p>This is page number ${n} of a calendar that has no last page. Nothing happens on day ${n}, and nothing will happen on the days after it.</p><p><a href="/infinite/${n + 1}">next</a> <a href="/infinite/${n + 2}">the one after</a></p>`));
    }

    switch (pathname) {
      case '/':
        return html(200, page('A difficult website', `<p>Every link on this page is trouble of some kind.</p><ul>${HOSTILE_ROUTES.map((r) => `<li><a href="${r}">${r}</a></li>`).join('')}</ul>`));
      case '/robots.txt':
        return send(200, { 'content-type': 'text/plain; charset=utf-8' }, 'User-agent: *\nAllow: /\nCrawl-delay: 0\n');
      case '/loop/a': return go('/loop/b');
      case '/loop/b': return go('/loop/a');
      case '/huge': {
        hit.status = 200;
        res.writeHead(200, { 'content-type': HTML });
        if (head) return res.end();
        let left = hugeBytes;
        const pump = () => {
          while (left > 0 && !res.destroyed) {
            const part = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
            left -= part.length;
            hit.bytes += part.length;
            if (!res.write(part)) { res.once('drain', pump); return; }
          }
          if (!res.destroyed) res.end();
        };
        return pump();
      }
      case '/huge.gz':
        bomb ??= makeBomb(hugeBytes);
        return bomb.then((buf) => html(200, buf, { 'content-encoding': 'gzip' }), () => html(500, ''));
      case '/hang':
        return undefined;
      case '/drip': {
        hit.status = 200;
        res.writeHead(200, { 'content-type': HTML });
        if (head) return res.end();
        const text = '<!doctype html><title>Drip</title><p>';
        let i = 0;
        const drop = () => { hit.bytes += 1; res.write(i < text.length ? text[i] : '.'); i += 1; };
        drop();
        const timer = setInterval(drop, 1000);
        timers.add(timer);
        return res.on('close', () => { clearInterval(timer); timers.delete(timer); });
      }
      case '/binary':
        return send(200, { 'content-type': 'application/octet-stream' }, Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 73 + 11) % 256)));
      case '/not-html':
        return send(200, { 'content-type': 'text/plain; charset=utf-8' }, 'This is plain text. <a href="/never-follow-me">not a link</a>\n');
      case '/redirect-private': return go('http://169.254.169.254/latest/meta-data/');
      case '/redirect-decimal': return go('http://2130706433/');
      case '/busy':
        seen.busy += 1;
        if (seen.busy <= 2) return html(503, page('Busy', '<p>Please come back in a moment.</p>'), { 'retry-after': '1' });
        return html(200, page('No longer busy', '<p>Thank you for waiting. The harbour crane lifts eleven tonnes.</p>'));
      case '/limited':
        seen.limited += 1;
        if (seen.limited <= 1) return html(429, page('Too many requests', '<p>Slow down, please.</p>'), { 'retry-after': '1' });
        return html(200, page('No longer limited', '<p>Good pace. The lighthouse has ninety-four steps.</p>'));
      case '/broken':
        return html(200, '<html><head><title>Broken <page</title><body><div><p>The tower clock is <b>four minutes <i>fast</b> on Sundays.<table><tr><td>unclosed <a href="/noindex>cell<li>loose item<div class=\'x"y\'><p>&nosuchentity; &#99999999; <!-- never closed <p>gone?');
      case '/empty':
        return html(200, '');
      case '/noindex':
        return html(200, page('Not for indexes', '<p>The secret ingredient of the soup is fennel.</p>', '<meta name="robots" content="noindex">'));
      default:
        return html(404, page('Not found', '<p>Nothing here, not even trouble.</p>'));
    }
  });

  await new Promise((ok, fail) => { server.once('error', fail); server.listen(port, host, ok); });
  const actual = server.address().port;
  return {
    url: `http://${host}:${actual}`,
    port: actual,
    hits,
    reset() { seen.busy = 0; seen.limited = 0; hits.length = 0; },
    close() {
      for (const t of timers) clearInterval(t);
      timers.clear();
      return new Promise((ok) => { server.close(() => ok()); server.closeAllConnections(); });
    },
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href) {
  const i = process.argv.indexOf('--port');
  const bad = await startHostile({ port: i > 0 ? Number(process.argv[i + 1]) : 8789 });
  console.log(`hostile server is on ${bad.url}`);
  for (const sig of ['SIGINT', 'SIGTERM']) process.on(sig, () => bad.close().then(() => process.exit(0)));
}
