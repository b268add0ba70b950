// Files, texts, FAQ lists, feeds, documents and curated answers of the fake, with what the tests make go wrong.
import { AGENTS, id } from '../data.mjs';
import { Failed, notFound, one } from './wire.mjs';

const READING_MS = 900;
const worlds = new WeakMap();

const PASSAGES = [
  ['Price list', 'Consultation: £46. Follow-up within fourteen days: £28. Weekend supplement: £25.', 1],
  ['Price list › Vaccinations', 'Primary course, first visit: £58. Second visit after four weeks: £42. Both include a health check by a vet.', 2],
  ['Price list › Dental care', 'Dental check: free with the health plan, £22 without it. Scale and polish from £180.', 3],
  ['Price list › Other animals', 'Rabbit, combined vaccine: £64. Ferret, distemper: £55. Cat, primary course: £61.', 3],
];
export const PDF = id('doc', 501);

/** What a world knows besides its websites. */
export function knowledgeOf(world) {
  if (worlds.has(world)) return worlds.get(world);
  const at = Date.now();
  const source = (number, kind, more) => ({ id: id('src', number), agent_id: AGENTS[0].id, kind, url: '', title: '', created_at: at - 9e8, synced: at - 5 * 36e5, passages: 0, ...more });
  const file = (number, name, more) => ({ id: id('fil', number), source_id: id('src', 101), name, bytes: 245_000, state: 'indexed', passages: 0, created_at: at - 86_400_000 * number, ...more });
  const proposal = (number, question, answer, url, title) => ({ id: id('prp', number), agent_id: AGENTS[0].id, question, answer, url, title, found_at: at });
  const curated = (number, pattern, answer, more = {}) => ({ id: id('cur', number), pattern, keywords: '', answer, pages: '', languages: [], enabled: true, priority: number, created_at: at, edited_at: at, ...more });
  const state = {
    uploadStatus: 0, requests: [], readAt: new Map(),
    sources: [
      source(101, 'files', { title: 'Leaflets and price lists' }),
      source(102, 'text', { title: 'House rules', text: '# House rules\n\nDogs on a **lead**, cats in a basket.\n\n- Waiting room: *quiet please*\n- Parking: behind the house\n\n<script>alert(1)</script>', passages: 2 }),
      source(103, 'faq', { title: 'Questions at the counter', passages: 3, pairs: [{ question: 'Do you board animals?', answer: 'Yes, cats and rabbits, up to two weeks.' }, { question: 'Can I pay by card?', answer: 'Yes, and by phone.' }, { question: 'Do you sell food?', answer: 'Prescription diets only.' }] }),
      source(104, 'feed', { url: 'https://blog.larkspurvets.example/feed.xml', title: 'Larkspur blog', passages: 9 }),
    ],
    files: [
      file(1, 'Price list 2026.pdf', { kind: 'pdf', pages: 3, passages: 4, document_id: PDF, bytes: 1_420_000 }),
      file(2, 'Aftercare for dental surgery.docx', { kind: 'docx', passages: 12, document_id: id('doc', 502) }),
      file(3, 'scan0004.pdf', { kind: 'pdf', state: 'failed', reason: 'This PDF holds pictures of text only. Run it through text recognition (OCR), then upload it again.' }),
    ],
    proposals: [
      proposal(1, 'Do you treat rabbits?', 'Yes. Rabbits are seen **every morning** in a room of their own.', 'https://www.larkspurvets.example/faq', 'Questions and answers'),
      proposal(2, 'Where can I park?', 'There are six places behind the house:\n\n- four for cars\n- two for cargo bikes', 'https://www.larkspurvets.example/visit', 'Visit us'),
      proposal(3, 'How is my pet insured?', 'Every patient is insured during an operation.', 'file:///fil_00000000000000000000000001/leaflet.pdf', 'Leaflet for new patients'),
    ],
    curated: [
      curated(1, 'Do you treat emergencies at night?\nIs there an emergency line?', 'Yes. Call **01235 555 019** at any hour; a vet calls back within ten minutes.', { keywords: 'emergency night\nemergency weekend' }),
      curated(2, 'What does a first vaccination cost?', 'The first visit is £58 with a health check. [See all prices](https://www.larkspurvets.example/prices).', { pages: '/prices/*', languages: ['en'] }),
      curated(3, 'Do you treat ferrets?', 'Yes, Dr Okafor does, on Tuesdays and Fridays.', { enabled: false }),
      curated(4, 'Can I pay in instalments?', 'From £200 on, in up to six months, without interest.', { source_url: 'https://www.larkspurvets.example/prices' }),
    ],
  };
  worlds.set(world, state);
  return state;
}

function view(state, source) {
  const files = state.files.filter((file) => file.source_id === source.id);
  const busy = files.some((file) => ['queued', 'reading'].includes(file.state)) || (state.readAt.get(source.id) ?? 0) > Date.now();
  const count = { files: files.length, feed: 3 }[source.kind] ?? 1;
  const failed = files.filter((file) => file.state === 'failed').length;
  const progress = { found: count, queued: busy ? 1 : 0, fetching: 0, indexed: Math.max(0, count - failed - (busy ? 1 : 0)), duplicate: 0, redirected: 0, skipped: 0, failed, passages: source.kind === 'files' ? files.reduce((sum, file) => sum + file.passages, 0) : source.passages };
  return { id: source.id, agent_id: source.agent_id, kind: source.kind, url: source.url, title: source.title, state: busy ? 'crawling' : 'indexed', created_at: source.created_at, last_synced_at: source.synced, progress };
}

/** Queued files are read while one looks. */
function settle(file) {
  if (!file.arrived) return;
  const age = Date.now() - file.arrived;
  file.state = age < READING_MS / 2 ? 'queued' : age < READING_MS ? 'reading' : /corrupt/.test(file.name) && !file.retried ? 'failed' : 'indexed';
  file.reason = file.state === 'failed' ? 'This file is damaged: its end is missing. Save it again in the program that made it, then upload it.' : undefined;
  if (file.state === 'indexed') Object.assign(file, { kind: file.name.split('.').pop() === 'md' ? 'markdown' : 'pdf', passages: 3, pages: 2, document_id: PDF });
}

const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function trial(state, { question, page_url: page }) {
  const asked = words(question);
  for (const answer of state.curated.filter((answer) => answer.enabled)) {
    if (answer.pages && !answer.pages.split('\n').some((path) => page && new URL(page).pathname.startsWith(path.replace(/\*$/, '')))) continue;
    const hit = (pattern, by, score) => ({ id: answer.id, pattern, answer: answer.answer, by, score });
    for (const pattern of answer.pattern.split('\n')) if (words(pattern).join() === asked.join()) return hit(pattern, 'exact', 1);
    for (const line of answer.keywords.split('\n').filter(Boolean)) if (words(line).every((word) => asked.includes(word))) return hit(line, 'keyword', 1);
    for (const pattern of answer.pattern.split('\n')) {
      const shared = words(pattern).filter((word) => asked.includes(word)).length / words(pattern).length;
      if (shared > 0.6) return hit(pattern, 'closeness', shared);
    }
  }
  return undefined;
}

function documents(source) {
  const entry = (number, title, url, text) => ({ id: id('doc', number), url, title, language: 'en', passages: 3, text });
  if (source.kind === 'feed') return ['Summer hours', 'A new X-ray machine', 'Ticks are back'].map((title, i) => entry(510 + i, title, `https://blog.larkspurvets.example/${i + 1}`, `${title}\n\nNews of the practice.`));
  return [entry(501, source.title, `source:${source.id}`, source.text ?? source.pairs?.map((pair) => `${pair.question}\n${pair.answer}`).join('\n\n') ?? 'Consultation: £46.')];
}

/** A curated answer with the words of its template, as its agent says them. */
function saying(world, answer) {
  const template = world.templates.find((it) => it.id === answer.template_id);
  if (!template) return answer;
  const names = { agent_name: AGENTS[0].name, workspace_name: 'Larkspur Vets' };
  return { ...answer, words: template.text.replace(/\{\{(\w+)(?:\|([^}]*))?\}\}/g, (_, name, otherwise = '') => names[name] ?? otherwise) };
}

/** A template with the curated answers that say its words. */
export const lent = (world, template) => ({
  ...template,
  answers: knowledgeOf(world).curated.filter((it) => it.template_id === template.id).map((it) => ({ id: it.id, agent_id: AGENTS[0].id, question: it.pattern.split('\n')[0] })),
});

/** Answers what is about knowledge; undefined for other routes. */
export function knowledge(world, method, url, body, raw) {
  const state = knowledgeOf(world);
  const [, , kind, name, rest, tail] = url.pathname.split('/');
  const route = `${method} ${kind}${name ? '/*' : ''}${rest ? `/${rest}` : ''}${tail ? `/${tail}` : ''}`;
  const source = kind === 'sources' ? state.sources.find((it) => it.id === name) : undefined;
  const file = kind === 'files' ? state.files.find((it) => it.id === name) : undefined;
  const answer = kind === 'curated-answers' ? state.curated.find((it) => it.id === name) : undefined;
  state.files.forEach(settle);
  if (method !== 'GET') state.requests.push({ route, body });
  switch (route) {
    case 'GET agents/*/sources': {
      const all = [...world.sources.map((it) => world.view(it)), ...state.sources.map((it) => view(state, it))].filter((it) => it.agent_id === name);
      return one(all);
    }
    case 'POST agents/*/sources': {
      if (!body.kind || body.kind === 'website') return undefined;
      if (body.kind === 'feed' && !/xml|rss|atom|feed/.test(body.url)) throw new Failed(422, 'address_refused', 'This address is no feed but a page. Look for the page’s RSS link, or add it as a website.', 'url');
      if (body.title === 'Taken') throw new Failed(409, 'conflict', 'There is a source of that name already. Choose another title.', 'title');
      const made = { id: id('src', 200 + state.sources.length), agent_id: name, kind: body.kind, url: body.url ?? '', title: body.title || (body.kind === 'feed' ? 'A feed' : ''), text: body.text, pairs: body.pairs, created_at: Date.now(), synced: Date.now(), passages: 2 };
      state.sources.unshift(made);
      return one(view(state, made));
    }
    case 'GET agents/*/curated-proposals': return one(name === AGENTS[0].id ? state.proposals.filter((it) => !it.dismissed) : []);
    case 'GET agents/*/curated-answers': return one(name === AGENTS[0].id ? state.curated.map((it) => saying(world, it)) : []);
    case 'POST agents/*/curated-answers': {
      const made = { ...body, id: id('cur', 50 + state.curated.length), priority: state.curated.length + 1, created_at: Date.now(), edited_at: Date.now() };
      state.curated.push(made);
      return one(saying(world, made));
    }
    case 'PUT agents/*/curated-answers/order':
      if (state.refuseOrder) throw new Failed(503, 'unavailable', 'The store does not answer. Try again in a minute.');
      state.curated.sort((a, b) => body.ids.indexOf(a.id) - body.ids.indexOf(b.id));
      return one({});
    case 'POST agents/*/curated-answers/try': {
      const hit = trial(state, body);
      return one({ ...(hit && { hit }), language: 'en' });
    }
    default:
  }
  if (kind === 'curated-proposals') {
    const proposal = state.proposals.find((it) => it.id === name);
    if (!proposal) throw notFound();
    if (rest !== 'approve') {
      proposal.dismissed = rest === 'dismiss';
      return one({});
    }
    const content = body.content ?? { pattern: proposal.question, keywords: '', answer: proposal.answer, pages: '', languages: [], enabled: true };
    const made = { ...content, id: id('cur', 70 + state.curated.length), priority: state.curated.length + 1, created_at: Date.now(), edited_at: Date.now(), source_url: proposal.url };
    state.proposals.splice(state.proposals.indexOf(proposal), 1);
    state.curated.push(made);
    return one(made);
  }
  if (kind === 'documents') {
    if (name !== PDF) throw notFound();
    if (rest === 'tags') {
      state.tags = body.tags.map((tag) => tag.trim().toLowerCase()).filter(Boolean);
      return one({ tags: state.tags });
    }
    const passages = PASSAGES.map(([path, text, page], ord) => ({ ord, heading_path: path.split(' › '), url: `file:${id('fil', 1)}#page=${page}`, text }));
    return one({ document: { id: PDF, url: `file:${id('fil', 1)}`, title: 'Price list 2026', language: 'en', text: PASSAGES.map(([, text]) => text).join('\n\n'), passages: 4 }, passages, file_id: id('fil', 1), tags: state.tags ?? [], source_tags: ['prices'] });
  }
  if (kind === 'curated-answers') {
    if (!answer) throw notFound();
    if (method === 'PUT') return one(saying(world, Object.assign(answer, { template_id: undefined }, body, { edited_at: Date.now() })));
    state.curated.splice(state.curated.indexOf(answer), 1);
    return one({});
  }
  if (kind === 'files') {
    if (!file) throw notFound();
    if (route === 'POST files/*/retry') return one(Object.assign(file, { state: 'queued', reason: undefined, retried: true, arrived: Date.now() }));
    if (method === 'DELETE') {
      state.files.splice(state.files.indexOf(file), 1);
      return one({});
    }
  }
  if (!source) return undefined;
  switch (route) {
    case 'GET sources/*': return one(view(state, source));
    case 'PATCH sources/*':
      state.readAt.set(source.id, Date.now() + READING_MS);
      Object.assign(source, Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)));
      return one(view(state, source));
    case 'DELETE sources/*':
      state.sources.splice(state.sources.indexOf(source), 1);
      return one({});
    case 'POST sources/*/reindex':
      state.readAt.set(source.id, Date.now() + READING_MS);
      return one({ run_id: id('run', 2) });
    case 'GET sources/*/content': return one({ title: source.title, text: source.text ?? '', pairs: source.pairs ?? [] });
    case 'GET sources/*/documents': return one(documents(source));
    case 'GET sources/*/files': return one(state.files.filter((it) => it.source_id === source.id).map(({ arrived, retried, ...it }) => it));
    case 'POST sources/*/files': {
      if (state.uploadStatus) throw new Failed(state.uploadStatus, 'unavailable', 'The store does not answer. Try again in a minute.');
      const made = { id: id('fil', 50 + state.files.length), source_id: source.id, name: url.searchParams.get('name'), bytes: raw.length, state: 'queued', passages: 0, created_at: Date.now(), arrived: Date.now() };
      state.files.unshift(made);
      const { arrived, ...reply } = made;
      return one(reply);
    }
    default: return undefined;
  }
}


