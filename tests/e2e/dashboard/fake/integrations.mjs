// Integrations: outside services, connected or not.
import { id } from '../data.mjs';
import { Failed, dispatch, notFound, one } from './wire.mjs';

const MINUTE = 6e4;
const ALL = { slack: ['lead.captured', 'conversation.escalated', 'conversation.handed_off'], hubspot: ['lead.captured'], email: ['lead.captured'] };
const integration = (number, kind, name, more = {}) => ({ id: id('itg', number), kind, name, settings: {}, endpoint_id: id('ept', 1), events: ALL[kind], agents: [], enabled: true, last_ok_at: Date.now() - 4 * MINUTE, last_error: '', created_at: Date.now() - 9e9, edited_at: Date.now() - 9e8, status: { pending: 0, succeeded: 12, failed: 0 }, ...more });

/** The services of the workspace. */
export class Integrations {
  hubspot = true;
  all = [
    integration(1, 'slack', 'Incoming webhook', { last_error: 'Slack says no_service: the webhook was removed there. Create a new one and enter it here.', last_ok_at: Date.now() - 300 * MINUTE, status: { pending: 2, succeeded: 40, failed: 3 } }),
    integration(2, 'hubspot', '62515 at app.hubspot.com', { settings: { mapping: [{ from: 'first_name', to: 'firstname' }, { from: 'answer:topic', to: 'message' }], owner: '41001' } }),
  ];
  fields = {
    properties: [['email', 'Email'], ['firstname', 'First Name'], ['lastname', 'Last Name'], ['message', 'Message'], ['phone', 'Phone Number']].map(([id, label]) => ({ id, label })),
    owners: [['41000', 'Ada Lovelace'], ['41001', 'Grace Hopper']].map(([id, label]) => ({ id, label })),
  };

  answer(call) {
    return dispatch(ROUTES, { ...call, integrations: this });
  }

  find(wanted) {
    const found = this.all.find((one) => one.id === wanted);
    if (!found) throw notFound();
    return found;
  }
}

const LIVE = { shopify: ({ shop }) => `${shop.replace('.myshopify.com', '')}.myshopify.com`, woocommerce: ({ url }) => new URL(url).host, database: ({ connection }) => connection.split('@')[1] };

const secret = (body) => {
  if (body.secret?.kind === 'shopify' && !body.secret.access_token.startsWith('shpat_')) throw new Failed(400, 'invalid', 'Shopify does not accept the access token. Enter a new one.', 'secret');
  if (LIVE[body.secret?.kind]) return;
  if (body.secret && !body.secret.webhook_url.startsWith('https://hooks.slack.com/services/')) throw new Failed(400, 'invalid', 'This is no incoming webhook of Slack. It begins with https://hooks.slack.com/services/.', 'secret');
};
const named = ({ recipients = [], members = [] }) => [recipients.length && `${recipients.length} addresses`, members.length && `${members.length} members in turn`].filter(Boolean).join(', ');

const ROUTES = {
  'GET /v1/integrations': ({ integrations }) => one({ integrations: integrations.all, hubspot: integrations.hubspot }),
  'POST /v1/integrations': ({ integrations, body }) => {
    secret(body);
    const live = LIVE[body.kind] && { endpoint_id: undefined, events: [] };
    const made = integration(10 + integrations.all.length, body.kind, live ? LIVE[body.kind](body.secret) : body.kind === 'email' ? named(body.settings) : 'Incoming webhook', { settings: body.settings, events: body.events, agents: body.agents, endpoint_id: id('ept', 2), edited_at: Date.now(), ...live });
    integrations.all.push(made);
    return one(made);
  },
  'PUT /v1/integrations/{integration}': ({ integrations, body }, wanted) => {
    secret(body);
    const found = integrations.find(wanted);
    const { secret: given, ...rest } = body;
    Object.assign(found, rest, { edited_at: Date.now(), ...(given && { last_error: '' }) });
    return one(found);
  },
  'POST /v1/integrations/{integration}/verify': ({ integrations }, wanted) => one(integrations.find(wanted)),
  'GET /v1/integrations/{integration}/fields': ({ integrations }) => one(integrations.fields),
  'DELETE /v1/integrations/{integration}': ({ integrations }, wanted) => {
    integrations.all.splice(integrations.all.indexOf(integrations.find(wanted)), 1);
    return one({});
  },
  'POST /v1/integrations/hubspot/authorize': () => one({ url: '/app/settings/integrations?connected=hubspot' }),
};
