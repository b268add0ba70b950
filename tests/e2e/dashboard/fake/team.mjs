// The workspace in the fake: settings, members, invitations, API keys, audit log.
import { ME, PASSWORD, id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

const HOUR = 36e5;
const DAY = 24 * HOUR;
const field = (name, message) => new Failed(400, 'invalid', message, name);
const known = (password) => {
  if (password !== PASSWORD) throw field('password', 'This is not your password.');
};

const member = (number, name, role, more = {}) => ({ user_id: id('usr', number), name, email: `${name.split(' ')[0].toLowerCase()}@larkspurvets.example`, role, totp_enabled: number % 2 === 1, joined_at: Date.now() - number * 40 * DAY, ...more });
const invitation = (number, email, role, state = 'pending') => ({ id: id('inv', number), email, role, state, invited_by: ME.name, created_at: Date.now() - 2 * DAY, expires_at: Date.now() + (state === 'pending' ? 5 : -1) * DAY });
const key = (number, name, scopes, state, more = {}) => ({ id: id('key', number), name, prefix: `fd_live_${'7k3m9q'.slice(0, 3)}${number}`, scopes, state, rate_limit: 60, created_by: ME.name, created_at: Date.now() - number * 9 * DAY, ...more });

function auditLog() {
  const maren = { kind: 'member', user_id: id('usr', 1), name: 'Maren Holt' };
  const sorin = { kind: 'member', user_id: id('usr', 2), name: 'Sorin Vale' };
  const robot = { kind: 'api_key', key_id: id('key', 1), name: 'Booking system' };
  const rows = [
    [maren, 'agent.published', 'Larkspur front desk', [{ field: 'version', before: '2', after: '3' }]],
    [sorin, 'agent.changed', 'Larkspur front desk', [{ field: 'welcome', before: 'Hello!', after: 'Hello, this is Larkspur Vets. How can I help?' }, { field: 'theme.accent', before: '#1f5eff', after: '#0b6b57' }]],
    [maren, 'member.invited', 'noor@larkspurvets.example', [{ field: 'role', after: 'viewer' }]],
    [robot, 'source.created', 'https://blog.larkspurvets.example/sitemap.xml', []],
    [{ kind: 'system' }, 'api_key.expired', 'Old importer', [{ field: 'state', before: 'active', after: 'expired' }]],
    [maren, 'member.removed', 'Tilda Reyes', [{ field: 'role', before: 'editor' }]],
  ];
  return Array.from({ length: 45 }, (_, i) => {
    const [actor, action, subject_name, changes] = rows[i % rows.length];
    return { id: id('aud', 100 - i), at: Date.now() - i * 7 * HOUR, actor, address: actor.kind === 'system' ? '' : '203.0.113.7', action, subject: id('agt', 1), subject_name, changes };
  });
}

/** The workspace that the person who signs in looks at. */
export class Team {
  settings = {
    id: id('ws', 1), name: 'Larkspur Vets', plan: 'free', retention_days: 30, created_at: Date.now() - 400 * DAY,
    profile: {
      address: '12 Mill Lane\nHarwell OX11 0XX', phone: '+44 1235 555 010', email: 'hello@larkspurvets.example', website: 'https://www.larkspurvets.example',
      hours: { time_zone: 'Europe/London', open: [1, 2, 3, 4, 5].flatMap((weekday) => [{ weekday, from: 510, to: 750 }, { weekday, from: 840, to: 1110 }]).concat([{ weekday: 6, from: 540, to: 720 }]) },
    },
  };
  members = [member(1, 'Maren Holt', 'owner'), member(2, 'Sorin Vale', 'admin'), member(3, 'Imke Adeyemi', 'editor'), member(4, 'Bartholomew Featherstonehaugh-Cavendish', 'viewer')];
  invitations = [invitation(1, 'noor@larkspurvets.example', 'viewer'), invitation(2, 'quill@agency.example', 'editor', 'expired')];
  keys = [
    key(1, 'Booking system', ['agents:read', 'conversations:read'], 'active', { last_used_at: Date.now() - 2 * HOUR, expires_at: Date.now() + 80 * DAY }),
    key(2, 'Nightly import', ['knowledge:read', 'knowledge:write'], 'rotating', { expires_at: Date.now() + 20 * HOUR, last_used_at: Date.now() - 9 * HOUR }),
    key(3, 'Old importer', ['knowledge:write'], 'expired', { expires_at: Date.now() - 3 * DAY }),
  ];
  audit = auditLog();
  deleted = false;

  answer(call) {
    return dispatch(ROUTES, { ...call, team: this });
  }

  find(list, wanted, by = 'id') {
    const found = this[list].find((item) => item[by] === wanted);
    if (!found) throw notFound();
    return found;
  }

  filtered(query) {
    const [actor, action, from, to] = ['actor', 'action', 'from', 'to'].map((name) => query.get(name));
    return this.audit.filter((entry) => (!actor || entry.actor.user_id === actor || entry.actor.key_id === actor) && (!action || entry.action.startsWith(action)) && (!from || entry.at >= Number(from)) && (!to || entry.at < Number(to)));
  }
}

const ROUTES = {
  'GET /v1/workspace': ({ team }) => one(team.settings),
  'PATCH /v1/workspace': ({ team, body, world }) => {
    if (body.name !== undefined && body.name !== null) {
      if (!body.name.trim()) throw field('name', 'Enter a name.');
      team.settings.name = body.name;
      world.account.me.workspace.name = body.name;
    }
    if (body.models) {
      const at = body.models.order.findIndex(({ model }) => model === team.refusesModel);
      if (at >= 0 && team.refusesModel) throw field(`models.order[${at}]`, 'This installation does not offer this model. Choose one of the list.');
      team.settings.models = body.models;
    }
    if (body.retention_days) team.settings.retention_days = body.retention_days;
    if (body.profile) {
      if (body.profile.website && !/^https?:\/\//.test(body.profile.website)) throw field('profile.website', 'Enter an address that begins with https://.');
      team.settings.profile = body.profile;
    }
    return one(team.settings);
  },
  'GET /v1/workspace/retention': ({ query }) => one({ conversations: 4000 - 10 * Number(query.get('days')) }),
  'POST /v1/workspace/delete': ({ team, body, world }) => {
    if (body.name !== team.settings.name) throw field('name', 'This is not the name of the workspace.');
    known(body.password);
    team.deleted = true;
    world.account.me.workspaces = world.account.me.workspaces.slice(1);
    world.account.me.workspace = world.account.me.workspaces[0];
    return one({});
  },
  'POST /v1/workspace/transfer': ({ team, body, world }) => {
    known(body.password);
    team.find('members', body.user_id, 'user_id').role = 'owner';
    team.find('members', ME.user_id, 'user_id').role = 'admin';
    world.account.me.workspace.role = 'admin';
    return one({});
  },
  'GET /v1/members': ({ team, query }) => listed(team.members, query),
  'PATCH /v1/members/{user}': ({ team, body }, wanted) => Object.assign(team.find('members', wanted, 'user_id'), body) && one(team.find('members', wanted, 'user_id')),
  'DELETE /v1/members/{user}': ({ team }, wanted) => {
    team.members.splice(team.members.indexOf(team.find('members', wanted, 'user_id')), 1);
    return one({});
  },
  'GET /v1/invitations': ({ team, query }) => listed(team.invitations, query),
  'POST /v1/invitations': ({ team, body }) => {
    if (!/^\S+@\S+\.\S+$/.test(body.email)) throw field('email', 'This is not an e-mail address.');
    if (team.members.some((known) => known.email === body.email)) throw new Failed(409, 'conflict', 'This person is a member already.', 'email');
    const made = invitation(10 + team.invitations.length, body.email, body.role);
    team.invitations.unshift(made);
    return one(made);
  },
  'POST /v1/invitations/{invitation}/resend': ({ team }, wanted) => one(Object.assign(team.find('invitations', wanted), { state: 'pending', expires_at: Date.now() + 7 * DAY })),
  'DELETE /v1/invitations/{invitation}': ({ team }, wanted) => {
    team.invitations.splice(team.invitations.indexOf(team.find('invitations', wanted)), 1);
    return one({});
  },
  'GET /v1/api-keys': ({ team, query }) => listed(team.keys, query),
  'POST /v1/api-keys': ({ team, body }) => {
    if (!body.name) throw field('name', 'Enter a name.');
    if (!body.scopes.length) throw field('scopes', 'Choose at least one scope.');
    const made = key(20 + team.keys.length, body.name, body.scopes, 'active', { rate_limit: body.rate_limit ?? 60, expires_at: body.expires_at ?? undefined, created_at: Date.now() });
    team.keys.unshift(made);
    return one({ key: made, secret: `${made.prefix}_0123456789abcdefghjkmnpqrs` });
  },
  'POST /v1/api-keys/{key}/rotate': ({ team, body }, wanted) => {
    const old = team.find('keys', wanted);
    Object.assign(old, body.overlap_hours ? { state: 'rotating', expires_at: Date.now() + body.overlap_hours * HOUR } : { state: 'revoked' });
    const made = key(20 + team.keys.length, old.name, old.scopes, 'active', { created_at: Date.now() });
    team.keys.unshift(made);
    return one({ key: made, secret: `${made.prefix}_rotated6789abcdefghjkmnpq` });
  },
  'DELETE /v1/api-keys/{key}': ({ team }, wanted) => {
    team.find('keys', wanted).state = 'revoked';
    return one({});
  },
  'GET /v1/audit-log': ({ team, query }) => listed(team.filtered(query), query),
  'GET /v1/audit-log/export': ({ team, query }) => ({ text: `at,action\n${team.filtered(query).map((entry) => `${entry.at},${entry.action}`).join('\n')}\n`, headers: { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="audit-log.csv"' } }),
};
