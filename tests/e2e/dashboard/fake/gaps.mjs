// Gaps in the fake: gathered questions, answered, ignored and taken back.
import { AGENTS, id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

const WAYS = [
  ['Do you treat ferrets?', 93, ['do you look after ferrets', 'Can I bring my ferret?', 'ferret vaccination possible?']],
  ['האם אתם פתוחים בשבת?', 12, []],
  ['Can I pay in instalments, and what would that cost for an operation with a stay of several nights?', 4, ['paying in rates?']],
];

export class Gaps {
  gaps = WAYS.map(([question, occurrences, more], i) => ({
    id: id('gap', i + 1), agent_id: AGENTS[0].id, question, status: 'open', occurrences, first_at: Date.now() - 30 * 864e5, last_at: Date.now() - (i + 1) * 36e5,
    examples: [...more, question].map((question, n) => ({ question, conversation_id: id('cnv', 1), turn_id: id('trn', n + 1), at: Date.now() - (n + 1) * 36e5 })),
  }));

  answer(call) {
    return dispatch(ROUTES, { ...call, gaps: this.gaps });
  }
}

const find = (gaps, wanted) => gaps.find((gap) => gap.id === wanted) ?? (() => { throw notFound(); })();

const ROUTES = {
  'GET /v1/agents/{agent}/gaps/counts': ({ gaps }, agent) => {
    const count = (status) => gaps.filter((gap) => gap.agent_id === agent && gap.status === status).length;
    return one({ open: count('open'), answered: count('answered'), ignored: count('ignored') });
  },
  'GET /v1/agents/{agent}/gaps': ({ gaps, query }, agent) => listed(gaps.filter((gap) => gap.agent_id === agent && gap.status === query.get('status')), query),
  'PATCH /v1/gaps/{gap}': ({ gaps, body }, wanted) => {
    const gap = find(gaps, wanted);
    Object.assign(gap, { status: body.status, curated_id: undefined });
    return one(gap);
  },
  'POST /v1/gaps/{gap}/answer': ({ gaps, body }, wanted) => {
    const gap = find(gaps, wanted);
    if (body.answer.includes('<script')) throw new Failed(400, 'invalid', 'Write the answer without HTML.', 'answer');
    Object.assign(gap, { status: 'answered', curated_id: id('cur', 1), content: body });
    return one(gap);
  },
};
