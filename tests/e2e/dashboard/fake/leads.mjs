// Leads and people in the fake: filtered, changed, merged and erased as the product does.
import { AGENTS, ME, conversationSummaries, id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

const HOUR = 36e5;

const person = (number, name, email, phone) => ({ id: id('con', number), name, email, phone, also: [], leads: 1, created_at: Date.now() - number * 9 * HOUR, updated_at: Date.now() - number * 9 * HOUR });

export function lead(number, contact, more = {}) {
  const { id: contact_id, name, email, phone } = contact;
  const answers = Object.entries({ name, email, phone }).filter(([, value]) => value).map(([key, value]) => ({ key, label: key, value }));
  return {
    id: id('led', number), agent_id: AGENTS[0].id, agent_name: AGENTS[0].name, conversation_id: conversationSummaries()[number].id, contact_id, name, email, phone,
    answers: [...answers, { key: 'animal', label: 'Which animal is it?', value: 'A rabbit' }], status: 'new', score: 58, source: 'form',
    reasons: [{ kind: 'email', points: 20, detail: '' }, { kind: 'intent', points: 15, detail: 'how much' }, { kind: 'pages', points: 10, detail: 'https://www.larkspurvets.example/prices' }, { kind: 'questions', points: 3, detail: '2' }],
    consent: { text: 'You may write to me about my animal.', at: Date.now() - number * HOUR }, page_url: 'https://www.larkspurvets.example/prices',
    created_at: Date.now() - number * HOUR, updated_at: Date.now() - number * HOUR, revision: 1, ...more,
  };
}

/** The leads of the workspace. */
export class Leads {
  contacts = [person(1, 'Wanda Kowalczyk', 'wanda@kowalczyk.example', '+441235555011'), person(2, 'Idris Bello', 'idris@gmail.com', ''), person(3, 'W. Kowalczyk', 'w.kowalczyk@work.example', '+441235555011'), person(4, '', '', '+441235555044')];
  leads = [
    lead(1, this.contacts[0]),
    lead(2, this.contacts[1], { status: 'contacted', score: 31, owner: { user_id: ME.user_id, name: ME.name } }),
    lead(3, this.contacts[2], { source: 'conversation', consent: { text: '', at: Date.now() } }),
    lead(4, this.contacts[3], { source: 'handover', score: 20, page_url: undefined }),
  ];
  history = new Map();
  mails = [];
  template = { subject: 'Your question to {workspace}', text: 'Hello {name},\n\nthank you.\n\n{member}' };
  erasures = [];
  exports = [];
  receipts = [{ id: id('rcp', 1), kind: 'retention', by: '', subject: '', counts: [{ what: 'conversations', place: 'archive', count: 12 }, { what: 'conversations', place: 'database', count: 3 }], requested_at: Date.now() - 3_600_000, done_at: Date.now() - 3_599_000 }];

  answer(call) {
    return dispatch(ROUTES, { ...call, own: this });
  }

  lead(wanted) {
    return this.leads.find(({ id }) => id === wanted) ?? fail();
  }

  contact(wanted) {
    return this.contacts.find(({ id }) => id === wanted) ?? fail();
  }

  doubles(contact) {
    return this.contacts.filter((other) => other.id !== contact.id && contact.phone && other.phone === contact.phone);
  }

  note(wanted, kind, text, by = ME.name) {
    const entry = { id: `entry-${Math.random()}`, kind, by, text, at: Date.now() };
    this.history.set(wanted, [entry, ...(this.history.get(wanted) ?? [])]);
    return entry;
  }

  filtered(query) {
    const [status, owner, score, words, sort] = ['status', 'owner', 'score', 'q', 'sort'].map((name) => query.get(name));
    const fits = (lead) =>
      (!status || lead.status === status) && (!owner || (owner === 'none' ? !lead.owner : lead.owner?.user_id === owner)) && (!score || lead.score >= Number(score)) && (!words || JSON.stringify(lead).toLowerCase().includes(words.toLowerCase()));
    return this.leads.filter(fits).sort((a, b) => (sort === 'score' ? b.score - a.score : b.created_at - a.created_at));
  }
}

function fail() {
  throw notFound();
}

const ROUTES = {
  'GET /v1/leads/follow-up': ({ own }) => one(own.template),
  'PUT /v1/leads/follow-up': ({ own, body }) => one((own.template = body)),
  'GET /v1/leads/export': ({ own, query }) => ({ text: `Name\n${own.filtered(query).map(({ name }) => name).join('\n')}\n`, headers: { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="leads.csv"' } }),
  'GET /v1/leads': ({ own, query }) => listed(own.filtered(query), query),
  'PATCH /v1/leads': ({ own, body, world }) => {
    const undo = body.changes.map(({ id: wanted, status, owner }) => {
      const lead = own.lead(wanted);
      const before = { id: wanted, ...(status && { status: lead.status }), ...(owner && { owner: lead.owner ? { member: lead.owner.user_id } : 'nobody' }) };
      if (status) Object.assign(lead, { status }) && own.note(wanted, 'status', status);
      if (owner) {
        const member = owner.member && world.team.members.find(({ user_id }) => user_id === owner.member);
        lead.owner = member && { user_id: member.user_id, name: member.name };
        own.note(wanted, 'owner', member?.name ?? '');
      }
      return before;
    });
    return one({ undo });
  },
  'GET /v1/leads/{lead}': ({ own }, wanted) => {
    const found = own.lead(wanted);
    const captured = { id: 'captured', kind: 'captured', by: '', text: '', at: found.created_at };
    return one({ lead: found, history: [...(own.history.get(wanted) ?? []), captured], pages: [found.page_url].filter(Boolean), duplicates: own.doubles(own.contact(found.contact_id)) });
  },
  'POST /v1/leads/{lead}/notes': ({ own, body }, wanted) => one(own.note(own.lead(wanted).id, 'note', body.text)),
  'POST /v1/leads/{lead}/mail': ({ own, body }, wanted) => {
    if (!body.subject.trim()) throw new Failed(400, 'invalid', 'Write a subject of at most 200 characters.', 'subject');
    own.mails.push(body);
    return one(own.note(wanted, 'mail', body.subject));
  },
  'GET /v1/contacts': ({ own, query }) => listed(own.contacts.filter((contact) => JSON.stringify(contact).toLowerCase().includes((query.get('q') ?? '').toLowerCase())), query),
  'GET /v1/contacts/{contact}': ({ own }, wanted) => {
    const contact = own.contact(wanted);
    const leads = own.leads.filter(({ contact_id }) => contact_id === wanted);
    const held = leads.map(({ conversation_id }) => conversation_id);
    return one({ contact, leads, conversations: conversationSummaries().filter(({ id }) => held.includes(id)), duplicates: own.doubles(contact) });
  },
  'POST /v1/contacts/{contact}/merge': ({ own, body }, wanted) => {
    const [kept, other] = [own.contact(wanted), own.contact(body.other)];
    for (const lead of own.leads) if (lead.contact_id === other.id) lead.contact_id = kept.id;
    own.contacts.splice(own.contacts.indexOf(other), 1);
    return one(Object.assign(kept, { leads: kept.leads + other.leads, also: [...kept.also, other.email] }));
  },
  'GET /v1/contacts/{contact}/exports': ({ own, query }, wanted) => listed(own.exports.filter(({ of }) => of === own.contact(wanted).id).map(({ of: _, ...shown }) => shown), query),
  // It is queued; the test says what becomes of it.
  'POST /v1/contacts/{contact}/exports': ({ own }, wanted) => {
    const { of: _, ...shown } = (own.exports = [{ of: own.contact(wanted).id, id: id('pex', own.exports.length + 1), state: 'queued', by: ME.name, requested_at: Date.now() }, ...own.exports])[0];
    return one(shown);
  },
  'GET /v1/contacts/{contact}/exports/{export}/file': ({ own }, wanted) => ({ text: JSON.stringify({ contact: own.contact(wanted) }), headers: { 'content-type': 'application/json', 'content-disposition': 'attachment; filename="person.json"' } }),
  'POST /v1/contacts/{contact}/erase': ({ own }, wanted) => {
    const contact = own.contact(wanted);
    own.contacts.splice(own.contacts.indexOf(contact), 1);
    own.leads = own.leads.filter(({ contact_id }) => contact_id !== wanted);
    const receipt = { id: id('era', own.erasures.length + 1), state: 'done', by: ME.name, requested_at: Date.now(), done_at: Date.now(), counts: { leads: 1, conversations: 1, turns: 3, events: 4, tool_calls: 0, mails: 1 } };
    own.erasures.unshift(receipt);
    return one({ ...receipt, state: 'running' });
  },
  'GET /v1/erasures': ({ own, query }) => listed(own.erasures, query),
  'GET /v1/receipts': ({ own, query }) => listed(own.receipts, query),
};
