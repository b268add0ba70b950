// Agents in memory: drafts with revisions, versions, differences; and a stand-in for the widget's preview page.
import { id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

const HOUR = 3_600_000;
export const MODELS = [
  { model: { provider: 'workers_ai', model: '@cf/meta/llama-3.3-70b' }, label: 'Llama 3.3 70B (Workers AI)' },
  { model: { provider: 'openai_compatible', model: 'gpt-4.1-mini' }, label: 'GPT-4.1 mini' },
  { model: { provider: 'extractive' }, label: 'The site’s own sentences' },
];

export const draft = (name, more = {}) => ({
  persona: { name, tone: 'friendly and brief' }, language: 'en',
  theme: { accent: '#0b6b57', radius: 12, font: 'system', layout: 'bubble', position: 'bottom_right', scheme: 'auto' },
  welcome: 'Hi! What can I help you with?', quick_prompts: ['What does a check-up cost?', 'Are you open on Saturday?'], fallback_message: '', after_hours_message: '',
  allowed_origins: ['https://www.larkspurvets.example'], guardrails: { avoid: ['Diagnoses'], max_chars: 800, allowed_actions: ['link_to_url'] },
  instructions: 'Call the practice “the surgery”. Prices are always in pounds.', models: [MODELS[0].model],
  lead_fields: [{ key: 'email', label: 'Your e-mail address', kind: 'email', required: true, options: [] }], ...more,
});

/** A draft's fields as `theme.accent`: words. */
function flat(value, path = '') {
  if (Array.isArray(value)) return [[path, value.map((entry) => (typeof entry === 'string' ? entry : (entry.label ?? entry.model ?? entry.provider))).join('\n')]];
  if (value && typeof value === 'object') return Object.entries(value).flatMap(([name, part]) => flat(part, path ? `${path}.${name}` : name));
  return [[path, String(value)]];
}

function differences(from, to) {
  const [before, after] = [new Map(flat(from)), new Map(flat(to))];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => before.get(field) !== after.get(field))
    .map((field) => ({ field, ...(before.get(field) && { before: before.get(field) }), ...(after.get(field) && { after: after.get(field) }) }));
}

/** The agents of a world. `saves` holds every draft that was sent. */
export class Agents {
  #kept = new Map();
  saves = [];

  /** An agent's draft, revision and versions. */
  of(world, agent) {
    if (!world.agents.some((known) => known.id === agent)) throw notFound();
    if (!this.#kept.has(agent)) {
      const own = draft('Robin');
      const made = (version, note, published_by, ago, content, more = {}) => ({ version, note, published_by, created_at: Date.now() - ago, live: false, content, ...more });
      this.#kept.set(agent, {
        draft: own, revision: 4, edited_at: Date.now() - HOUR, edited_by: 'Maren Holt',
        versions: [
          made(3, 'Prices by phone', 'Maren Holt', 26 * HOUR, structuredClone(own), { live: true }),
          made(2, '', 'Jonas Pike', 9 * 24 * HOUR, draft('Robin', { welcome: 'Welcome! Ask about prices and opening hours.', quick_prompts: [] }), { restored: 1 }),
          made(1, 'The first one', 'Jonas Pike', 30 * 24 * HOUR, draft('Robin', { welcome: 'Welcome! Ask about prices and opening hours.', theme: { ...own.theme, accent: '#ffcc00' } })),
        ],
      });
    }
    return this.#kept.get(agent);
  }

  detail(world, agent) {
    const { draft: content, revision, edited_at, edited_by } = this.of(world, agent);
    return one({ agent: world.agents.find((known) => known.id === agent), draft: content, revision, edited_at, edited_by });
  }

  change(world, agent, more) {
    world.agents = world.agents.map((known) => (known.id === agent ? { ...known, ...more } : known));
  }

  create(world, name, content) {
    const agent = { id: id('agt', 50 + world.agents.length), name, language: content.language, allowed_origins: content.allowed_origins, changed: false, created_at: Date.now() };
    world.agents = [...world.agents, agent];
    this.#kept.set(agent.id, { draft: content, revision: 1, edited_at: Date.now(), edited_by: 'Maren Holt', versions: [] });
    return this.detail(world, agent.id);
  }

  /** Somebody else saves. */
  meanwhile(world, agent, more, by) {
    const kept = this.of(world, agent);
    Object.assign(kept, { draft: { ...kept.draft, ...more }, revision: kept.revision + 1, edited_at: Date.now(), edited_by: by });
  }

  save(world, agent, { revision, draft: content }) {
    const kept = this.of(world, agent);
    if (revision !== kept.revision) throw new Failed(409, 'conflict', 'Somebody changed this agent meanwhile.');
    if (/forbidden/.test(content.welcome)) throw new Failed(400, 'invalid', 'This word is not allowed here.', 'welcome');
    this.saves.push(content);
    Object.assign(kept, { draft: content, revision: revision + 1, edited_at: Date.now(), edited_by: 'Maren Holt' });
    this.change(world, agent, { changed: true, allowed_origins: content.allowed_origins, language: content.language });
    return this.detail(world, agent);
  }

  publish(world, agent, content, more) {
    const kept = this.of(world, agent);
    const version = { version: (kept.versions[0]?.version ?? 0) + 1, note: '', published_by: 'Maren Holt', created_at: Date.now(), live: true, content: structuredClone(content), ...more };
    kept.versions = [version, ...kept.versions.map((old) => ({ ...old, live: false }))];
    this.change(world, agent, { published_version: version.version, changed: differences(content, kept.draft).length > 0 });
    return one({ ...version, content: undefined });
  }

  content(world, agent, name) {
    const kept = this.of(world, agent);
    if (name === 'draft') return kept.draft;
    const version = kept.versions.find((version) => String(version.version) === name);
    if (!version) throw notFound();
    return version.content;
  }

  answer(call) {
    const { world, body, query } = call;
    return dispatch({
      'GET /v1/models': () => one(MODELS),
      'POST /v1/agents': () => this.create(world, body.name, draft(body.name, { language: body.language ?? 'en', allowed_origins: [], quick_prompts: [], instructions: '', lead_fields: [], models: [] })),
      'GET /v1/agents/{agent}': (_, agent) => this.detail(world, agent),
      'PATCH /v1/agents/{agent}': (_, agent) => {
        if (body.name === 'taken') throw new Failed(409, 'conflict', 'Another agent has this name.', 'name');
        this.change(world, agent, { ...(body.name && { name: body.name }), ...(body.archived !== null && body.archived !== undefined && { archived_at: body.archived ? Date.now() : undefined, published_version: undefined }) });
        return this.detail(world, agent);
      },
      'DELETE /v1/agents/{agent}': (_, agent) => {
        this.of(world, agent);
        world.agents = world.agents.filter((known) => known.id !== agent);
        return one({});
      },
      'POST /v1/agents/{agent}/duplicate': (_, agent) => this.create(world, `${world.agents.find((known) => known.id === agent).name} (copy)`, structuredClone(this.of(world, agent).draft)),
      'PUT /v1/agents/{agent}/draft': (_, agent) => this.save(world, agent, body),
      'POST /v1/agents/{agent}/publish': (_, agent) => this.publish(world, agent, this.of(world, agent).draft, { note: body.note }),
      'POST /v1/agents/{agent}/unpublish': (_, agent) => {
        const kept = this.of(world, agent);
        kept.versions = kept.versions.map((old) => ({ ...old, live: false }));
        this.change(world, agent, { published_version: undefined });
        return this.detail(world, agent);
      },
      'POST /v1/agents/{agent}/rollback': (_, agent) => this.publish(world, agent, this.content(world, agent, String(body.version)), { restored: body.version }),
      'GET /v1/agents/{agent}/versions': (_, agent) => listed(this.of(world, agent).versions.map((version) => ({ ...version, content: undefined })), query),
      'GET /v1/agents/{agent}/diff': (_, agent) => one(differences(this.content(world, agent, query.get('from')), this.content(world, agent, query.get('to')))),
    }, call);
  }
}

/** The files of a page that says it is ready and shows what it was told, as the widget's preview does. */
const PREVIEW = {
  '/widget/preview.html': ['text/html; charset=utf-8', '<!doctype html><html lang="en"><meta name="color-scheme" content="light dark"><title>Preview</title><link rel="stylesheet" href="/widget/preview.css"><main><p id="who"></p><p id="welcome"></p><p id="how"></p></main><script src="/widget/preview.js"></script></html>'],
  '/widget/preview.css': ['text/css', 'body { margin: 0; padding: 16px; font: 14px system-ui } main { border: 1px solid; border-radius: 12px; padding: 0 16px }'],
  '/widget/preview.js': ['text/javascript', `addEventListener('message', ({ origin, source, data }) => {
  if (origin !== location.origin || source !== parent || data.type !== 'frontdesk-preview') return;
  const put = (id, text) => { document.getElementById(id).textContent = text; };
  put('who', data.config.agent_name + ' of ' + data.config.workspace_name);
  put('welcome', data.config.welcome);
  put('how', [data.open ? 'open' : 'closed', data.scheme, data.config.theme.accent, data.config.theme.position, data.reveal ? 'revealed' : ''].join(' ').trim());
});
parent.postMessage({ type: 'frontdesk-preview-ready' }, location.origin);`],
};

/** Answers the addresses of the preview; whether it did. */
export function preview(response, path) {
  const file = PREVIEW[path];
  if (!file) return false;
  response.writeHead(200, { 'content-type': file[0], 'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'self'" });
  response.end(file[1]);
  return true;
}
