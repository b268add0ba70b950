// Tools, their calls and what waits for a member, in memory.
import { AGENTS, id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

const HOUR = 3_600_000;
const URL_ = 'https://flows.larkspurvets.example/webhook';

const tool = (n, name, title, more = {}, stats = {}) => ({
  id: id('tol', n), auth: { kind: 'none', name: '' }, created_at: Date.now() - 900 * HOUR, edited_at: Date.now() - 90 * HOUR,
  content: {
    name, title, description: `${title}: call it when somebody asks.`, method: 'POST', url: `${URL_}/${name}`, headers: [],
    schema: { type: 'object', properties: { pet: { type: 'string', description: 'The name of the pet' } }, required: ['pet'] },
    idempotent: false, timeout_ms: 10_000, max_result_bytes: 8_000, enabled: true, effect: 'writes', needs_approval: false, ...more,
  },
  recent: { calls: 0, succeeded: 0 }, week: { calls: 0, succeeded: 0 }, ...stats,
});

const run = (n, tool, state, more = {}) => ({
  id: id('tlr', n), tool_id: tool, tool_name: 'check_vaccination', state, arguments: '{"pet":"Biscuit"}', result: '{"due":"2027-02-01","vaccine":"Rabies"}',
  http_status: 200, attempts: 1, duration_ms: 240 + n, at: Date.now() - n * HOUR, tried_by: 'Maren Holt', ...more,
});

const approval = (n, more = {}) => ({
  id: id('apr', n), state: 'waiting', agent_id: AGENTS[0].id, conversation_id: id('cnv', 1), turn_id: id('trn', 1), tool_id: id('tol', 2), tool_title: 'Book a visit', method: 'POST',
  url: `${URL_}/book_visit`, body: '{"at":"2026-12-01T10:00:00Z","pet":"Biscuit"}', asked_at: Date.now() - n * HOUR, expires_at: Date.now() + 3 * HOUR, decided_by: '', reason: '', result: '', ...more,
});

const entry = (name, title, more = {}) => ({
  name, created_at: Date.now() - 900 * HOUR, edited_at: Date.now() - 90 * HOUR,
  content: {
    title, explanation: `${title}: the webhook answers with what it knows, or with an error in words.`, example: { known: true },
    description: `${title}: call it when somebody asks.`, method: 'POST', idempotent: false, effect: 'writes', needs_approval: false,
    schema: { type: 'object', properties: { pet: { type: 'string', description: 'The name of the pet' } }, required: ['pet'] }, ...more,
  },
});

/** The tools of a world. `tries` holds the arguments of each try, `written` what was saved, `enabled` what was asked of the catalogue. */
export class Tools {
  tools = [
    tool(1, 'check_vaccination', 'Vaccinations', { effect: 'reads', idempotent: true }, { recent: { calls: 240, succeeded: 228 }, week: { calls: 41, succeeded: 41 }, last_at: Date.now() - HOUR }),
    tool(2, 'book_visit', 'Book a visit', { needs_approval: true }, { catalogue: 'book_visit', recent: { calls: 12, succeeded: 9 }, week: { calls: 0, succeeded: 0 }, last_at: Date.now() - 200 * HOUR }),
    tool(3, 'order_food', '', { enabled: false, method: 'GET' }),
  ];
  runs = Array.from({ length: 34 }, (_, i) => run(i + 1, id('tol', 1), i % 5 === 3 ? 'failed' : i % 7 === 6 ? 'refused' : 'succeeded', i % 5 === 3 ? { result: 'The system answered with the error 503.', http_status: 503, attempts: 3 } : {}));
  approvals = [approval(1), approval(2, { body: '', method: 'GET', url: `${URL_}/order_food?kind=dry`, tool_title: 'Order food', conversation_id: id('cnv', 2) }), approval(30, { state: 'finished', succeeded: true, decided_by: 'Imke Adeyemi', result: '{"booked":true}' }), approval(50, { state: 'declined', decided_by: 'Imke Adeyemi', reason: 'That day is full.' })];
  catalogue = [entry('book_visit', 'Book a visit'), entry('order_status', 'Order status', { effect: 'reads' })];
  tries = [];
  written = [];
  enabled = [];

  answer(call) {
    return dispatch(ROUTES, { ...call, own: this });
  }

  find(list, wanted) {
    const found = this[list].find((item) => item.id === wanted);
    if (!found) throw notFound();
    return found;
  }

  save(kept, { content, auth }) {
    if (this.tools.some((known) => known !== kept && known.content.name === content.name)) throw new Failed(409, 'conflict', 'Another tool has this name. Models tell tools apart by it, so choose another one.', 'content.name');
    if (/^http:|\/\/(10|127)\./.test(content.url)) throw new Failed(422, 'address_refused', 'This address is private. Enter one that anyone can open.', 'content.url');
    this.written.push({ content, auth });
    kept.content = content;
    kept.edited_at = Date.now();
    if (auth) kept.auth = auth.kind === 'none' ? { kind: 'none', name: '' } : { kind: auth.kind, name: auth.name ?? auth.username ?? '', set_at: Date.now() };
    return one(kept);
  }

  decide(wanted, more) {
    const found = this.find('approvals', wanted);
    if (found.state !== 'waiting') throw new Failed(409, 'conflict', 'Imke Adeyemi has agreed to this call already.');
    return one(Object.assign(found, { decided_by: 'Maren Holt', decided_at: Date.now(), ...more }));
  }
}

const ROUTES = {
  'GET /v1/tools': ({ own }) => one(own.tools),
  'POST /v1/tools': ({ own, body }) => {
    const made = tool(10 + own.tools.length, 'new', '');
    const reply = own.save(made, body);
    own.tools.push(made);
    return reply;
  },
  'GET /v1/tools/catalogue': ({ own }) => one(own.catalogue.map((entry) => ({ entry, tool_id: own.tools.find((known) => known.catalogue === entry.name)?.id }))),
  'POST /v1/tools/catalogue': ({ own, body }) => {
    const { name, content } = own.catalogue.find((entry) => entry.name === body.entry);
    if (/\/\/(10|127)\./.test(body.url)) throw new Failed(422, 'address_refused', 'This address is private. Enter one that anyone can open.', 'url');
    const { title, description, schema, method, idempotent, effect } = content;
    const made = tool(10 + own.tools.length, name, title, { description, schema, method, idempotent, effect, url: body.url, needs_approval: body.needs_approval }, { catalogue: name });
    own.enabled.push(body);
    own.tools.push(made);
    return one(made);
  },
  'GET /v1/tools/{tool}': ({ own }, wanted) => one(own.find('tools', wanted)),
  'PUT /v1/tools/{tool}': ({ own, body }, wanted) => own.save(own.find('tools', wanted), body),
  'DELETE /v1/tools/{tool}': ({ own }, wanted) => {
    own.tools.splice(own.tools.indexOf(own.find('tools', wanted)), 1);
    return one({});
  },
  'POST /v1/tools/{tool}/try': ({ own, body }, wanted) => {
    const kept = own.find('tools', wanted);
    own.tries.push(body.arguments);
    const fits = Boolean(body.arguments.pet);
    const made = { ...run(0, kept.id, fits ? 'succeeded' : 'refused', fits ? {} : { result: "The arguments do not fit the tool's schema. The object itself: missing properties 'pet'.", http_status: undefined, attempts: 0 }), id: id('tlr', 900 + own.tries.length), arguments: JSON.stringify(body.arguments), at: Date.now() };
    own.runs.unshift(made);
    kept.last_at = made.at;
    return one(made);
  },
  'GET /v1/tools/{tool}/runs': ({ own, query }, wanted) => listed(own.runs.filter((made) => made.tool_id === wanted && (!query.get('state') || made.state === query.get('state'))), query, 10),
  'GET /v1/approvals': ({ own, query }) => listed(own.approvals.filter((one) => (!query.get('state') || one.state === query.get('state')) && (!query.get('conversation') || one.conversation_id === query.get('conversation'))), query, 10),
  'POST /v1/approvals/{approval}/approve': ({ own }, wanted) => own.decide(wanted, { state: 'finished', succeeded: true, result: '{"booked":true}' }),
  'POST /v1/approvals/{approval}/decline': ({ own, body }, wanted) => own.decide(wanted, { state: 'declined', reason: body.reason }),
};
