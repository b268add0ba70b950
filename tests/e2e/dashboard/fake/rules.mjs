// Rules, calls to action and experiments of the fake.
import { AGENTS, id } from '../data.mjs';
import { Failed, dispatch, listed, notFound, one } from './wire.mjs';

const AGENT = AGENTS[0].id;
/** What a call to action that asks for an address opens. */
export const FORM = { fields: [{ key: 'name', label: 'Your name', kind: 'text', required: true, options: [] }, { key: 'email', label: 'E-mail', kind: 'email', required: false, options: [] }], consent: 'You may write to me about my animal.' };
const conflict = (message) => new Failed(409, 'conflict', message);
const stored = (prefix, number, content, more) => ({
  id: id(prefix, number), agent_id: AGENT, revision: 1, created_at: 1, edited_at: 1, ...more,
  content: { page: [], enabled: true, ...content },
});
const rule = (number, content, fired = 0, visitors = 0) => stored('rul', number, { schedule: { hours: [] }, ...content }, { fired, visitors });
const cta = (number, content, shown = 0, clicked = 0) =>
  stored('cta', number, { words: [], history: { asked: 0, seen: [] }, after_answers: true, repeat: false, target: '', ...content }, { shown, clicked });
const variant = (number, name, more) => ({ id: id('var', number), name, weight: 1, patch: {}, exposures: 0, conversions: 0, rate: 0, low: 0, high: 1, ...more });

export class Rules {
  rules = [
    rule(1, { name: 'Hesitates on prices', when: { kind: 'idle', seconds: 20 }, page: ['/prices*'], action: { kind: 'open_with_message', message: 'Questions about prices?' } }, 41, 38),
    rule(2, { name: 'Leaves the booking page', when: { kind: 'exit_intent' }, page: ['/book'], action: { kind: 'show_cta', cta_id: id('cta', 1) }, schedule: { from: '2026-11-27', hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: 540, to: 1020 })) } }),
    rule(3, { name: 'Comes back', when: { kind: 'returning', visits: 2 }, action: { kind: 'quick_prompts', prompts: ['Opening hours?', 'Can I book online?'] }, enabled: false }),
  ];
  ctas = [
    cta(1, { name: 'Booking', label: 'Book a visit', kind: 'book', target: 'https://www.larkspurvets.example/book', words: ['appointment', 'visit'] }, 120, 18),
    cta(2, { name: 'Newsletter', label: 'Get our tips by mail', kind: 'capture_email', history: { asked: 3, seen: [] } }),
  ];
  experiments = [
    { id: id('exp', 1), agent_id: AGENT, name: 'Warmer welcome', kind: 'persona', goal: 'any', status: 'running', revision: 2, created_at: 2, edited_at: 2, started_at: 2, verdict: '“Warm” earns more: its interval lies above all others.', winner: id('var', 2),
      variants: [variant(1, 'As it is', { exposures: 412, conversions: 33, rate: 0.0801, low: 0.0576, high: 0.1104 }), variant(2, 'Warm', { patch: { welcome: 'Good to see you!' }, exposures: 405, conversions: 61, rate: 0.1506, low: 0.119, high: 0.1888 })] },
  ];

  #of(kind, wanted) {
    return this[kind].find((item) => item.id === wanted) ?? (() => { throw notFound(); })();
  }
  #update(kind, wanted, { revision, content }) {
    const item = this.#of(kind, wanted);
    if (item.revision !== revision) throw conflict('Somebody changed this meanwhile. Load it again, then change it.');
    Object.assign(item, { content, revision: revision + 1 });
    return one(item);
  }
  #order(kind, ids) {
    this[kind].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
    return one({});
  }
  #remove(kind, wanted) {
    this[kind] = this[kind].filter((item) => item.id !== wanted);
    return one({});
  }
  #write(write) {
    if (!write.name.trim()) throw new Failed(400, 'invalid', 'Give it a name of 1 to 80 characters.', 'name');
    return write.variants.map((one, at) => variant(20 + this.experiments.length * 6 + at, one.name, { weight: one.weight, patch: one.patch }));
  }

  answer(call) {
    return dispatch({
      'GET /v1/agents/{agent}/rules': ({ query }, agent) => listed(agent === AGENT ? this.rules : [], query, 99),
      'POST /v1/agents/{agent}/rules': ({ body }) => {
        this.rules.push(rule(10 + this.rules.length, body));
        return one(this.rules.at(-1));
      },
      'PUT /v1/agents/{agent}/rules/order': ({ body }) => this.#order('rules', body.ids),
      'POST /v1/agents/{agent}/rules/try': ({ body }) => {
        if (!/^https?:/.test(body.page_url)) throw new Failed(400, 'invalid', 'Give the whole address of a page, as in https://example.com/pricing.', 'page_url');
        const path = new URL(body.page_url).pathname;
        const fits = this.rules.filter(({ content }) => content.enabled && (!content.page.length || content.page.some((page) => path.startsWith(page.replace('*', '')))));
        const cta = this.ctas.find(({ content }) => content.words.some((word) => body.question.includes(word)));
        return one({ rules: fits.filter(({ content }) => !content.schedule.from).map((rule) => rule.id), later: fits.filter(({ content }) => content.schedule.from).map((rule) => rule.id), ...(cta && { cta: cta.id }), ...(cta?.content.kind === 'capture_email' && { form: FORM }) });
      },
      'PATCH /v1/rules/{rule}': ({ body }, wanted) => this.#update('rules', wanted, body),
      'DELETE /v1/rules/{rule}': (_, wanted) => this.#remove('rules', wanted),
      'GET /v1/agents/{agent}/cta-rules': ({ query }, agent) => listed(agent === AGENT ? this.ctas : [], query, 99),
      'POST /v1/agents/{agent}/cta-rules': ({ body }) => {
        this.ctas.push(cta(10 + this.ctas.length, body));
        return one(this.ctas.at(-1));
      },
      'PUT /v1/agents/{agent}/cta-rules/order': ({ body }) => this.#order('ctas', body.ids),
      'PATCH /v1/cta-rules/{cta}': ({ body }, wanted) => this.#update('ctas', wanted, body),
      'DELETE /v1/cta-rules/{cta}': (_, wanted) => {
        const by = this.rules.find(({ content }) => content.action.cta_id === wanted);
        if (by) throw conflict(`The rule “${by.content.name}” shows this call to action. Give the rule another action, or delete it first.`);
        return this.#remove('ctas', wanted);
      },
      'GET /v1/agents/{agent}/experiments': ({ query }, agent) => listed(agent === AGENT ? this.experiments : [], query, 99),
      'POST /v1/agents/{agent}/experiments': ({ body }) => {
        const made = { ...body, id: id('exp', 10 + this.experiments.length), agent_id: AGENT, status: 'draft', revision: 1, created_at: 3, edited_at: 3, verdict: 'Not started yet.', variants: this.#write(body) };
        this.experiments.unshift(made);
        return one(made);
      },
      'PATCH /v1/experiments/{experiment}': ({ body }, wanted) => one(Object.assign(this.#of('experiments', wanted), body.content, { revision: body.revision + 1, variants: this.#write(body.content) })),
      'DELETE /v1/experiments/{experiment}': (_, wanted) => this.#remove('experiments', wanted),
      'POST /v1/experiments/{experiment}/start': (_, wanted) => {
        const started = this.#of('experiments', wanted);
        const rival = this.experiments.find((other) => other.status === 'running' && other.kind === started.kind);
        if (rival) throw conflict(`“${rival.name}” is running and changes the same kind of thing, so the figures of both would be mixed. Stop it first.`);
        return one(Object.assign(started, { status: 'running', revision: started.revision + 1, verdict: 'Not enough data yet: every variant needs 30 visitors, and “As it is” was seen by 0 visitors.' }));
      },
      'POST /v1/experiments/{experiment}/stop': (_, wanted) => {
        const stopped = this.#of('experiments', wanted);
        return one(Object.assign(stopped, { status: 'stopped', revision: stopped.revision + 1 }));
      },
      'POST /v1/experiments/{experiment}/apply': ({ body }, wanted) => one(Object.assign(this.#of('experiments', wanted), { applied: body.variant_id })),
    }, call);
  }
}
