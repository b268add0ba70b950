// The product's API in memory and the built dashboard beside it, for the end-to-end tests and for a look by hand:
//   node tests/e2e/dashboard/fake.mjs target/assets [port] [delay in ms]
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AGENTS, ME, PASSWORD, SITE, conversationSummaries, crawledPages, documents, id, transcript } from './data.mjs';
import { Account } from './fake/account.mjs';
import { Agents, preview } from './fake/agents.mjs';
import { Gaps } from './fake/gaps.mjs';
import { knowledge, lent } from './fake/knowledge.mjs';
import { Leads } from './fake/leads.mjs';
import { Operations } from './fake/operations.mjs';
import { playground } from './fake/playground.mjs';
import { Rules } from './fake/rules.mjs';
import { Team } from './fake/team.mjs';
import { Tools } from './fake/tools.mjs';
import { Integrations } from './fake/integrations.mjs';
import { Webhooks } from './fake/webhooks.mjs';
import { Failed, listed, one } from './fake/wire.mjs';

export const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data: https:; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', wasm: 'application/wasm', svg: 'image/svg+xml' };

/** One installation's data. `delay` slows every answer; `broken` makes paths that contain a text fail; `loungeAway` lets nobody into the lounge. */
export class World {
  delay = 0;
  /** What a page of a crawl takes. */
  crawlMs = 60;
  broken = '';
  loungeAway = false;
  account = new Account();
  team = new Team();
  webhooks = new Webhooks();
  operations = new Operations();
  integrations = new Integrations();
  desk = new Agents();
  tools = new Tools();
  gaps = new Gaps();
  rules = new Rules();
  leads = new Leads();
  agents = AGENTS;
  conversations = conversationSummaries();
  templates = [];
  replies = new Map();
  sources = [
    { id: id('src', 1), agent_id: AGENTS[0].id, kind: 'website', url: `${SITE}/`, pages: crawledPages(), startedAt: 0 },
    { id: id('src', 2), agent_id: AGENTS[0].id, kind: 'sitemap', url: 'https://blog.larkspurvets.example/sitemap.xml', pages: [], startedAt: 0, reason: 'The sitemap is not valid XML. Correct it, or add the address of the website instead.' },
  ];

  expire() {
    this.account.tokens.clear();
  }

  addSource(agent, url) {
    const at = (code, message) => new Failed(422, code, message, 'url');
    let parsed;
    try {
      parsed = new URL(url);
    } catch {
      throw at('address_refused', 'This is not an address. Enter one like https://example.com.');
    }
    if (!/^https?:$/.test(parsed.protocol)) throw at('address_refused', 'Only http and https addresses can be crawled.');
    if (!parsed.hostname.includes('.') || /^(10|127|192)\./.test(parsed.hostname)) throw at('address_refused', 'This address is private. Enter a website that anyone can open.');
    if (this.sources.some((source) => source.url === parsed.href)) throw new Failed(409, 'conflict', 'This address is a source already.', 'url');
    const pages = crawledPages().map((page) => ({ ...page, url: page.url.replace(SITE, parsed.origin) }));
    const source = { id: id('src', 10 + this.sources.length), agent_id: agent, kind: parsed.pathname.endsWith('.xml') ? 'sitemap' : 'website', url: parsed.href, pages, startedAt: Date.now() };
    this.sources.unshift(source);
    return this.view(source);
  }

  /** How far a crawl is by now. */
  pagesNow(source) {
    const settled = Math.floor((Date.now() - source.startedAt) / this.crawlMs) - 8;
    if (settled >= source.pages.length) return source.pages;
    const found = settled < 0 ? 0 : Math.min(source.pages.length, 6 + settled * 2);
    return source.pages.slice(0, found).map((page, i) => {
      if (i < settled) return page;
      return { url: page.url, state: i < settled + 5 ? 'fetching' : 'queued', passages: 0, depth: page.depth };
    });
  }

  view(source) {
    const pages = this.pagesNow(source);
    const progress = { found: pages.length, queued: 0, fetching: 0, indexed: 0, unchanged: 0, duplicate: 0, redirected: 0, skipped: 0, failed: 0, passages: 0 };
    for (const page of pages) {
      progress[page.state] += 1;
      progress.passages += page.passages;
    }
    const running = pages.length < source.pages.length || progress.queued + progress.fetching > 0;
    const state = running ? (pages.length ? 'crawling' : 'pending') : source.reason ? 'failed' : 'indexed';
    return { id: source.id, agent_id: source.agent_id, kind: source.kind, url: source.url, state, reason: source.reason, created_at: Date.now() - 9e8, last_synced_at: running ? undefined : source.startedAt || Date.now() - 3 * 36e5, progress, schedule: source.schedule ?? 'manual', next_sync_at: source.schedule && source.schedule !== 'manual' ? Date.UTC(2027, 0, 4, 3, 7) : undefined, include: source.include ?? [], exclude: source.exclude ?? [], tags: source.tags ?? [], hook: source.hook ?? false };
  }

  source(wanted) {
    const source = this.sources.find((source) => source.id === wanted);
    if (!source) throw new Failed(404, 'not_found', 'There is nothing here under that name.');
    return source;
  }

  /** What members wrote in a conversation. */
  wrote(conversation) {
    return [...this.replies].filter(([key]) => key.startsWith(conversation)).map(([, message]) => message);
  }

  overview(agent) {
    const own = this.conversations.filter((conversation) => conversation.agent_id === agent);
    const known = this.sources.filter((source) => source.agent_id === agent).map((source) => this.view(source));
    const sum = (name) => known.reduce((total, source) => total + source.progress[name], 0);
    const turns = own.length * 27;
    return { conversations: own.length * 9, turns, answered: Math.floor(turns * 0.9), low_confidence: Math.floor(turns * 0.08), failed: Math.floor(turns * 0.003), documents: sum('indexed'), passages: sum('passages'), first_token_p50_ms: turns ? 642 : null, recent: own.slice(0, 8) };
  }
}

/** Turns and messages with the words that are looked for, the words marked: the product's index is tested elsewhere. */
function said(world, query) {
  const words = query.get('q').trim().toLowerCase();
  const own = world.conversations.filter((conversation) => conversation.agent_id === query.get('agent'));
  return own.flatMap((conversation) => {
    const hit = (place, speaker, text, asked_at) => {
      const from = text.toLowerCase().indexOf(words);
      return from < 0 ? [] : [{ conversation, ...place, asked_at, excerpt: { speaker, text, marks: [{ from, to: from + words.length }] } }];
    };
    const wrote = world.wrote(conversation.id).filter(({ from }) => from !== 'note');
    return [
      ...wrote.flatMap(({ id, from, text, at }) => hit({ message_id: id }, from, text, at)),
      ...transcript(conversation).turns.flatMap(({ id, question, asked_at }) => hit({ turn_id: id }, 'visitor', question, asked_at)),
    ];
  });
}

function answer(world, method, path, query, body) {
  const [, , kind, name, rest] = path.split('/');
  const route = `${method} ${kind}${name ? '/*' : ''}${rest ? `/${rest}` : ''}`;
  switch (route) {
    case 'GET agents': return one(world.agents);
    case 'GET agents/*/overview': return one(world.overview(name));
    case 'GET agents/*/sources': return listed(world.sources.filter((source) => source.agent_id === name).map((source) => world.view(source)), query);
    case 'POST agents/*/sources': return one(world.addSource(name, body.url));
    case 'GET sources/*': return one(world.view(world.source(name)));
    case 'DELETE sources/*':
      world.sources.splice(world.sources.indexOf(world.source(name)), 1);
      return one({});
    case 'POST sources/*/reindex':
      world.source(name).startedAt = Date.now();
      return one({ run_id: id('run', 1) });
    case 'PATCH sources/*': {
      const source = world.source(name);
      const wrong = [...(body.include ?? []), ...(body.exclude ?? [])].find((line) => !/^[/*]/.test(line));
      if (wrong) throw new Failed(400, 'invalid', `“${wrong}” does not begin with / or *. Write the path of pages, as in /blog/*.`, body.include?.includes(wrong) ? 'include' : 'exclude');
      Object.assign(source, Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)));
      return one(world.view(source));
    }
    case 'POST sources/*/hook':
      world.source(name).hook = true;
      return one({ url: `https://desk.example/v1/hooks/refresh/hook_${'5e'.repeat(32)}` });
    case 'DELETE sources/*/hook':
      world.source(name).hook = false;
      return one({});
    case 'GET sources/*/history': {
      const event = (at, change, more = {}) => ({ run_id: id('run', Math.ceil(at)), at: Date.now() - at * 864e5, change, passages: 4, http_status: 200, refresh: false, ...more });
      if (!query.get('url').endsWith('/')) return one([]);
      return one([event(0.2, 'unchanged', { http_status: 304 }), event(1, 'changed', { refresh: true }), event(2, 'failed', { http_status: 503, reason: 'The site answers 503. Its earlier text is still used.' }), event(9, 'added')]);
    }
    case 'GET sources/*/pages': {
      const state = query.get('state');
      return listed(world.pagesNow(world.source(name)).filter((page) => !state || page.state === state), query, 25);
    }
    case 'GET sources/*/documents': return listed(world.source(name).pages.length ? documents() : [], query, 10);
    case 'GET conversations': {
      const [agent, standing, from] = ['agent', 'standing', 'from'].map((name) => query.get(name));
      const fits = (conversation) => (!agent || conversation.agent_id === agent) && (!standing || conversation.handover?.standing === standing) && (!from || conversation.last_at >= Number(from));
      return listed(world.conversations.filter(fits), query);
    }
    case 'GET templates': return one(world.templates.map((template) => lent(world, template)));
    case 'POST templates':
      world.templates.push({ id: id('tpl', world.templates.length + 1), ...body, used: 0, created_at: Date.now(), edited_at: Date.now() });
      return one(world.templates.at(-1));
    case 'PUT templates/*': return one(Object.assign(world.templates.find((template) => template.id === name), body, { edited_at: Date.now() }));
    case 'DELETE templates/*':
      world.templates = world.templates.filter((template) => template.id !== name);
      return one({});
    // Said once under its id, as by the product.
    case 'POST conversations/*/reply':
    case 'POST conversations/*/notes': {
      const key = `${name} ${body.id}`;
      if (!world.replies.has(key)) world.replies.set(key, { id: id('msg', world.replies.size + 1), from: rest === 'notes' ? 'note' : 'member', name: ME.name, text: body.text, at: Date.now() });
      return one(world.replies.get(key));
    }
    case 'POST conversations/*/typing': return one({});
    case 'GET conversations/*': {
      if (name === 'search') return listed(said(world, query), query);
      const summary = world.conversations.find((conversation) => conversation.id === name);
      if (!summary) throw new Failed(404, 'not_found', 'There is nothing here under that name.');
      return one({ ...transcript(summary), messages: world.wrote(name) });
    }
    default: throw new Failed(404, 'not_found', `No such route: ${route}`);
  }
}

async function api(world, request, response, url) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const body = raw.length && /json/.test(request.headers['content-type']) ? JSON.parse(raw) : {};
  const session = /fd_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
  // A test may let go meanwhile; at Infinity nothing is answered until it does.
  for (const begun = Date.now(); Date.now() - begun < world.delay && !request.socket.destroyed; ) await new Promise((resolve) => setTimeout(resolve, Math.min(world.delay, 10)));
  const send = (status, value, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
    response.end(JSON.stringify(value));
  };
  try {
    if (world.broken && url.pathname.includes(world.broken)) throw new Failed(503, 'unavailable', 'The store does not answer. Try again in a minute.');
    const call = { world, method: request.method, path: url.pathname, query: url.searchParams, body, raw, session };
    // Doors are open to all; everything after them needs a session.
    const opened = world.account.door(call);
    if (opened) return send(200, opened.reply, opened.headers);
    if (!world.account.tokens.has(session)) throw new Failed(401, 'sign_in_required', 'Sign in to go on.');
    for (const part of [world.account, world.team, world.webhooks, world.operations, world.integrations, world.desk, world.tools, world.gaps, world.rules, world.leads]) {
      const replied = part.answer(call);
      if (replied?.text) return response.writeHead(200, replied.headers).end(replied.text);
      if (replied) return send(200, replied);
    }
    const known = knowledge(world, request.method, url, body, raw) ?? (await playground(world, request, response, url, body));
    if (known) return known === true ? undefined : send(200, known);
    return send(200, answer(world, request.method, url.pathname, url.searchParams, body));
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return send(error.status, { error: { code: error.code, message: error.message, ...(error.field && { field: error.field }) } });
  }
}

async function asset(assets, response, path) {
  if (preview(response, path)) return;
  // Every path of the application that is no file is the document: the client knows the way.
  const file = /^\/app\/[\w-]+(\.[\w-]+)*\.(js|css|wasm|svg)$/.test(path) ? path : '/app/index.html';
  const type = TYPES[file.split('.').pop()];
  try {
    const bytes = await readFile(join(assets, file));
    response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP, 'x-content-type-options': 'nosniff', 'cache-control': file.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable' });
    response.end(bytes);
  } catch {
    response.writeHead(404).end('Not built: run scripts/dashboard.mjs first.');
  }
}

/** Serves `assets` (the folder that holds `app/`) and the API; resolves to `{ origin, world, tell, close }`. */
export async function startFake({ assets, port = 0, world = new World() }) {
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const done = url.pathname.startsWith('/v1/')
      ? api(world, request, response, url)
      : url.pathname === '/' || url.pathname === '/app'
        ? response.writeHead(302, { location: '/app/' }).end()
        : asset(assets, response, url.pathname);
    Promise.resolve(done).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  // The lounge lets everybody in, unless it is away, and says what it is told to.
  const lounge = new Set();
  server.on('upgrade', (request, socket) => {
    for (const event of ['close', 'end', 'error']) socket.on(event, () => socket.destroy() && lounge.delete(socket));
    if (world.loungeAway) return socket.destroy();
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    lounge.add(socket);
    server.emit('joined');
  });
  /** Says a frame to everybody in the lounge, once somebody is there. */
  const tell = async (frame) => {
    while (!lounge.size) await once(server, 'joined');
    const text = Buffer.from(JSON.stringify(frame));
    const length = Buffer.from([0x81, 126, text.length >> 8, text.length & 255]);
    for (const socket of lounge) socket.write(Buffer.concat([text.length < 126 ? Buffer.from([0x81, text.length]) : length, text]));
  };
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
    for (const socket of lounge) socket.destroy();
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, world, tell, close };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [assets = 'target/assets', port = '4180', delay = '0'] = process.argv.slice(2);
  const fake = await startFake({ assets, port: Number(port) });
  fake.world.delay = Number(delay);
  console.log(`${fake.origin}/app/  sign in as ${ME.email} / ${PASSWORD}`);
}
