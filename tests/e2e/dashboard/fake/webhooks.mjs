// Webhooks: receivers, and what was delivered to them.
import { id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

const MINUTE = 6e4;
const DAY = 1440 * MINUTE;

const endpoint = (number, url, more = {}) => ({ id: id('ept', number), url, description: '', events: [], agents: [], enabled: true, created_at: Date.now() - 90 * DAY, edited_at: Date.now() - DAY, status: { pending: 0, succeeded: 0, failed: 0 }, ...more });
const attempt = (number, minutes, status, more = {}) => ({ number, at: Date.now() - minutes * MINUTE, succeeded: status < 300, status, duration_ms: 87, outcome: status < 300 ? `Accepted with ${status}.` : `Refused with ${status}.`, headers: ['content-type: application/json', 'server: nginx'], answer: status < 300 ? '{"ok":true}' : '{"error":"the queue is full"}', ...more });

function deliveries() {
  const kinds = ['conversation.started', 'message.received', 'conversation.escalated', 'source.indexed'];
  return Array.from({ length: 26 }, (_, i) => {
    const state = i === 0 ? 'pending' : i % 5 === 1 ? 'failed' : 'succeeded';
    const attempts = state === 'failed' ? 8 : state === 'pending' ? 2 : 1;
    const event = kinds[i % 4];
    return { id: id('evt', 100 - i), event, state, attempts, outcome: state === 'succeeded' ? 'Accepted with 200.' : 'Refused with 503.', happened_at: Date.now() - i * 17 * MINUTE, created_at: Date.now() - i * 17 * MINUTE, ...(state === 'pending' && { next_at: Date.now() + 4 * MINUTE }) };
  });
}

/** The receivers of the workspace. */
export class Webhooks {
  endpoints = [
    endpoint(1, 'https://hooks.larkspurvets.example/frontdesk', { description: 'Booking system', events: ['conversation.escalated', 'conversation.started'], status: { last_success_at: Date.now() - 17 * MINUTE, last_failure_at: Date.now() - 2 * MINUTE, failing_since: Date.now() - 2 * MINUTE, pending: 1, succeeded: 20, failed: 5 } }),
    endpoint(2, 'https://crm.example/in/larkspur', { status: { last_success_at: Date.now() - 60 * MINUTE, pending: 0, succeeded: 340, failed: 0 } }),
    endpoint(3, 'https://old.example/hook', { enabled: false, disabled_reason: 'gone', status: { last_success_at: Date.now() - 30 * DAY, pending: 0, succeeded: 3, failed: 2 } }),
  ];
  deliveries = deliveries();

  answer(call) {
    return dispatch(ROUTES, { ...call, webhooks: this });
  }

  find(wanted) {
    const found = this.endpoints.find((one) => one.id === wanted);
    if (!found) throw notFound();
    return found;
  }

  delivery(wanted) {
    const found = this.deliveries.find((one) => one.id === wanted);
    if (!found) throw notFound();
    return found;
  }
}

const written = (body) => {
  if (!/^https:\/\/\S+\.\S+/.test(body.url)) throw new Failed(422, 'address_refused', 'Give the whole address, as in https://example.com/hooks/frontdesk.', 'url');
  return body;
};

const ROUTES = {
  'GET /v1/webhooks/endpoints': ({ webhooks }) => one(webhooks.endpoints),
  'POST /v1/webhooks/endpoints': ({ webhooks, body }) => {
    const made = { ...endpoint(10 + webhooks.endpoints.length, ''), ...written(body) };
    webhooks.endpoints.push(made);
    return one({ endpoint: made, secret: `whsec_${'Zm9v'.repeat(11)}` });
  },
  'GET /v1/webhooks/endpoints/{endpoint}': ({ webhooks }, wanted) => one(webhooks.find(wanted)),
  'PUT /v1/webhooks/endpoints/{endpoint}': ({ webhooks, body }, wanted) => {
    const found = Object.assign(webhooks.find(wanted), written(body));
    found.disabled_reason = found.enabled ? undefined : 'member';
    return one(found);
  },
  'DELETE /v1/webhooks/endpoints/{endpoint}': ({ webhooks }, wanted) => {
    webhooks.endpoints.splice(webhooks.endpoints.indexOf(webhooks.find(wanted)), 1);
    return one({});
  },
  'POST /v1/webhooks/endpoints/{endpoint}/rotate': ({ webhooks, body }, wanted) => {
    const found = webhooks.find(wanted);
    if (body.overlap_hours) found.old_secret_until = Date.now() + body.overlap_hours * 60 * MINUTE;
    return one({ endpoint: found, secret: `whsec_${'YmFy'.repeat(11)}` });
  },
  'POST /v1/webhooks/endpoints/{endpoint}/test': ({ webhooks }, wanted) => {
    webhooks.find(wanted);
    const made = { id: id('evt', 500 + webhooks.deliveries.length), event: 'webhook.test', state: 'succeeded', attempts: 1, outcome: 'Accepted with 204.', happened_at: Date.now(), created_at: Date.now() };
    webhooks.deliveries.unshift(made);
    return one(made);
  },
  'POST /v1/webhooks/endpoints/{endpoint}/replay': ({ webhooks, body }) => {
    const failed = webhooks.deliveries.filter((one) => one.state === 'failed' && one.happened_at >= body.since);
    for (const one of failed) Object.assign(one, { state: 'succeeded', attempts: one.attempts + 1, outcome: 'Accepted with 200.' });
    return one({ deliveries: failed.length });
  },
  'GET /v1/webhooks/endpoints/{endpoint}/deliveries': ({ webhooks, query }, wanted) => {
    if (webhooks.find(wanted) !== webhooks.endpoints[0]) return listed([], query);
    const [state, event] = [query.get('state'), query.get('event')];
    return listed(webhooks.deliveries.filter((one) => (!state || one.state === state) && (!event || one.event === event)), query);
  },
  'GET /v1/webhooks/endpoints/{endpoint}/deliveries/{delivery}': ({ webhooks }, _endpoint, wanted) => {
    const delivery = webhooks.delivery(wanted);
    const payload = JSON.stringify({ id: delivery.id, type: delivery.event, version: 1, timestamp: new Date(delivery.happened_at).toISOString(), workspace_id: id('ws', 1), subject: id('cnv', 1), data: { visitor_id: id('vis', 1), channel: 'web' } });
    const attempts = Array.from({ length: delivery.attempts }, (_, i) => attempt(delivery.attempts - i, i * 30 + 1, i === 0 && delivery.state === 'succeeded' ? 200 : 503));
    return one({ delivery, payload, attempts });
  },
  'POST /v1/webhooks/endpoints/{endpoint}/deliveries/{delivery}/replay': ({ webhooks }, _endpoint, wanted) => one(Object.assign(webhooks.delivery(wanted), { state: 'succeeded', attempts: webhooks.delivery(wanted).attempts + 1, outcome: 'Accepted with 200.' })),
};
