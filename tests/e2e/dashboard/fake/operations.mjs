// Operations: jobs of all parts, health, and endpoints for events of other services.
import { id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

const MINUTE = 6e4;

const job = (area, number, more) => ({ area, id: id(area === 'incoming' ? 'ine' : area === 'turns' ? 'trn' : area === 'deliveries' ? 'evt' : 'src', 700 + number), state: 'dead', what: 'conversation.started', attempts: 8, outcome: 'Refused with 503.', at: Date.now() - number * 7 * MINUTE, retryable: area !== 'turns', ...more });

const rule = (id, figure, above, hold_ms, more) => ({ id, figure, above, window_ms: 3e5, hold_ms, state: 'ok', seen_at: Date.now() - 2e4, firings: [], ...more });

/** What runs behind the workspace. */
export class Operations {
  jobs = [
    ...Array.from({ length: 22 }, (_, i) => job('deliveries', i, { endpoint: id('ept', 1) })),
    job('incoming', 30, { what: 'lead.note', endpoint: id('inc', 1), attempts: 1, outcome: 'There is no such lead.' }),
    job('incoming', 31, { what: 'contact.upsert', endpoint: id('inc', 1), state: 'failed', attempts: 2, outcome: 'Something failed on our side; it is tried again.', next_at: Date.now() + 5 * MINUTE }),
    job('crawl', 32, { what: 'website', attempts: 0, outcome: 'The site cannot be reached.' }),
    job('turns', 33, { what: 'turn', attempts: 1, outcome: '' }),
  ];
  health = [
    { name: 'Database (D1)', state: 'ok', ms: 4.2, says: 'It answers.' },
    { name: 'Queue', state: 'ok', ms: 9, says: 'It answers.' },
    { name: 'Vector index (Vectorize)', state: 'off', ms: 0, says: 'No index is bound: vectors are searched beside the passages.' },
    { name: 'Mail', state: 'failing', ms: 6000, says: 'It does not answer as it should. Look at MAIL_PROVIDER, MAIL_FROM and the provider\'s key. Mails wait meanwhile.' },
  ];
  alerts = [
    rule('first_token', 'first_token', 1500, 3e5, { state: 'firing', value: 2310.4, since: Date.now() - 9 * MINUTE, firings: [{ drill: false, value: 1894, fired_at: Date.now() - 4 * MINUTE }, { drill: false, value: 1620, fired_at: Date.now() - 3000 * MINUTE, resolved_at: Date.now() - 2990 * MINUTE }] }),
    rule('errors', 'errors', 1, 3e5, { value: 0.42 }),
    rule('backlog', 'backlog', 1000, 6e5, { state: 'pending', value: 1204, since: Date.now() - 2 * MINUTE }),
    rule('model_errors', 'model_errors', 5, 12e4, {}),
    rule('dead_letters', 'dead_letters', 100, 3e5, { value: 3 }),
  ];
  /** Errors of the dashboard that it reported. */
  reports = [];
  incoming = [
    { id: id('inc', 1), name: 'The till', url: `https://desk.example/v1/hooks/incoming/${id('inc', 1)}`, enabled: true, created_at: Date.now() - 1e9, edited_at: Date.now() - 1e9, last_event_at: Date.now() - 3 * MINUTE, waiting: 1, succeeded: 412, dead: 1 },
  ];

  answer(call) {
    return dispatch(ROUTES, { ...call, operations: this });
  }

  find(wanted) {
    const found = this.incoming.find((one) => one.id === wanted);
    if (!found) throw notFound();
    return found;
  }

  wanted(query) {
    const states = (query.get('state') || 'failed,dead').split(',');
    const fits = { area: (one, value) => one.area === value, q: (one, value) => one.id.includes(value), event: (one, value) => one.what === value, endpoint: (one, value) => one.endpoint === value, agent: () => false };
    return this.jobs.filter((one) => states.includes(one.state) && Object.entries(fits).every(([name, fit]) => !query.get(name) || fit(one, query.get(name))));
  }
}

const named = (body) => {
  if (!body.name) throw new Failed(400, 'invalid', 'Please give a name.', 'name');
  return body;
};

const ROUTES = {
  'GET /v1/operations/jobs': ({ operations, query }) => listed(operations.wanted(query), query),
  'GET /v1/operations/counts': ({ operations }) => one(operations.jobs.map(({ area, state }) => ({ area, state, count: 1 }))),
  'POST /v1/operations/retry': ({ operations, body }) => {
    for (const { id } of body.jobs) Object.assign(operations.jobs.find((one) => one.id === id), { state: 'queued', outcome: '' });
    return one({ retried: body.jobs.length, refused: [] });
  },
  'GET /v1/operations/log': ({ operations, query }) => ({ text: operations.wanted(query).map((one) => `${JSON.stringify(one)}\n`).join(''), headers: { 'content-type': 'application/x-ndjson', 'content-disposition': 'attachment; filename="operations.jsonl"' } }),
  'GET /v1/operations/alerts': ({ operations }) => one(operations.alerts),
  'POST /v1/operations/alerts/{alert}/fire': ({ operations }, wanted) => {
    const alert = operations.alerts.find(({ id }) => id === wanted);
    if (!alert) throw notFound();
    alert.firings.unshift({ drill: true, value: alert.value, fired_at: Date.now(), resolved_at: Date.now() });
    return one(alert);
  },
  // A beacon: its body comes as plain text.
  'POST /v1/reports': ({ operations, raw }) => {
    operations.reports.push(JSON.parse(raw));
    return one({});
  },
  'GET /v1/operations/health': ({ operations }) => one(operations.health),
  'GET /v1/incoming/endpoints': ({ operations }) => one(operations.incoming),
  'POST /v1/incoming/endpoints': ({ operations, body }) => {
    const number = 10 + operations.incoming.length;
    const made = { id: id('inc', number), url: `https://desk.example/v1/hooks/incoming/${id('inc', number)}`, created_at: Date.now(), edited_at: Date.now(), waiting: 0, succeeded: 0, dead: 0, ...named(body) };
    operations.incoming.push(made);
    return one({ incoming: made, secret: `whsec_${'Zm9v'.repeat(11)}` });
  },
  'PUT /v1/incoming/endpoints/{incoming}': ({ operations, body }, wanted) => one(Object.assign(operations.find(wanted), named(body))),
  'DELETE /v1/incoming/endpoints/{incoming}': ({ operations }, wanted) => {
    operations.incoming.splice(operations.incoming.indexOf(operations.find(wanted)), 1);
    return one({});
  },
  'POST /v1/incoming/endpoints/{incoming}/rotate': ({ operations }, wanted) => one({ incoming: operations.find(wanted), secret: `whsec_${'YmFy'.repeat(11)}` }),
};
