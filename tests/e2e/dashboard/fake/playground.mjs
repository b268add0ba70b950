// The playground of the fake: a stream of server-sent events with pauses, and questions that go wrong.
import { SITE, id } from '../data.mjs';
import { MODELS } from './agents.mjs';
import { PDF } from './knowledge.mjs';
import { FORM } from './rules.mjs';

const STEP_MS = 60;
const hit = (document_id, ord, url, title, path, text, score, words, meaning) => ({ document_id, ord, url, title, heading_path: path, text, score, ...(words !== null && { words }), ...(meaning !== null && { meaning }) });
const HITS = [
  { hit: hit(PDF, 1, 'file:fil#page=2', 'Price list 2026', ['Price list', 'Vaccinations'], 'Primary course, first visit: £58. Second visit after four weeks: £42. Both include a health check by a vet.', 0.86, 0.72, 0.81), number: 1, matched: ['vaccination', 'first', 'cost'], why: 'Used: the best passage by words and by meaning.' },
  { hit: hit(id('doc', 1), 0, `${SITE}/vaccinations#appointments`, 'Vaccinations', ['Vaccinations', 'Appointments'], 'Vaccinations are given by appointment from Monday to Saturday. Bring the vaccination card of the breeder.', 0.61, null, 0.67), number: 2, matched: ['vaccination', 'appointment'], why: 'Used: close in meaning.' },
  { hit: hit(PDF, 3, 'file:fil#page=3', 'Price list 2026', ['Price list', 'Other animals'], 'Rabbit, combined vaccine: £64. Ferret, distemper: £55.', 0.22, 0.31, null), matched: ['vaccine'], why: 'Left out: its score is below the threshold.' },
];
const BOOK = { id: id('cta', 1), label: 'Book a visit', kind: 'book', target: 'https://www.larkspurvets.example/book' };
const ANSWER = 'A first vaccination for a puppy is **£58** and includes a health check [1]. The second one, four weeks later, is £42 [1].\n\n- Please book: vaccinations are given by appointment [2]\n- Bring the card of the breeder [2]';
const prompt = (model, body) => ({ event: 'prompt', model, tokens: 612, messages: [{ role: 'system', content: 'You are Robin, the receptionist of Larkspur Vets. Answer from the sources only and cite them as [n].\n\n[1] Price list 2026: Primary course, first visit: £58.' }, ...body.earlier.flatMap((it) => [{ role: 'user', content: it.question }, { role: 'assistant', content: it.answer }]), { role: 'user', content: body.question }] });

function script(body) {
  const own = { provider: 'openai_compatible', model: 'gpt-4.1-mini' };
  const model = body.model ?? own;
  const extractive = model.provider === 'extractive';
  const events = [{ event: 'started', run_id: id('trn', 900) }];
  const curated = /emergenc/i.test(body.question) ? { id: id('cur', 1), pattern: 'Do you treat emergencies at night?', answer: 'Yes.', by: 'closeness', score: 0.83 } : null;
  events.push({ event: 'found', hits: HITS, threshold: 0.35, ...(curated && { curated }) });
  if (/broken/.test(body.question)) return [...events, prompt(model, body), { event: 'delta', text: 'A first ' }, { event: 'failed', problem: { code: 'model_failed', message: 'The model stopped answering. Ask again, or choose another model.' } }];
  if (/opening/i.test(body.question)) events.push({ event: 'weighed', simple: true, why: 'The question asks one fact, and one passage clearly says it.' });
  if (!extractive) events.push(prompt(model, body));
  if (/fallback/.test(body.question)) events.push({ event: 'note', text: 'GPT-4.1 mini answered with an error (HTTP 529); Llama 3.3 70B (Workers AI) was asked.' }, prompt(MODELS[0].model, body));
  const text = extractive ? '“Primary course, first visit: £58.” [1]' : body.version ? `Version ${body.version} says: ${ANSWER}` : ANSWER;
  for (const part of text.match(/[^]{1,14}/g)) events.push({ event: 'delta', text: part });
  if (/cut/.test(body.question)) return events;
  const cited = extractive ? HITS.slice(0, 1) : HITS.slice(0, 2);
  events.push({
    event: 'finished', confidence: extractive ? 0.41 : 0.91, low_confidence: extractive, provider: model.provider, tokens: extractive ? { input: 0, output: 0 } : { input: 612, output: 74 },
    citations: cited.map(({ hit: it, number }) => ({ number, url: it.url, title: it.title, heading_path: it.heading_path, snippet: it.text.slice(0, 90) })),
    ...(/book/i.test(body.question) && !body.earlier.some(({ cta }) => cta === BOOK.id) && { cta: BOOK }),
    ...(/offer/i.test(body.question) && { cta: { id: id('cta', 2), label: 'Get our tips by mail', kind: 'capture_email', target: '' }, form: FORM }),
    stages: { admit: 0.3, retrieve: 212, embed: 180, index_search: 29, assemble_prompt: 0.5, model_first_byte: extractive ? 0 : 580, model_stream: extractive ? 0 : 890, first_token: extractive ? 214 : 794, total: extractive ? 216 : 1684 },
  });
  return events;
}

/** What the playground was asked, by world. */
export const asked = new WeakMap();

/** Answers what is about the playground; undefined for other routes, true when it has answered by itself. */
export async function playground(world, request, response, url, body) {
  const path = url.pathname.replace(/^\/v1\/agents\/[^/]+\//, '');
  if (request.method !== 'POST' || !path.startsWith('playground')) return undefined;
  asked.set(world, [...(asked.get(world) ?? []), { path, body }]);
  if (path === 'playground/feedback') return { data: {} };
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let gone = false;
  response.on('close', () => { gone = true; });
  for (const event of script(body)) {
    if (gone) return true;
    // Cut in the middle of an event, as networks do.
    const bytes = Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
    response.write(bytes.subarray(0, bytes.length >> 1));
    response.write(bytes.subarray(bytes.length >> 1));
    await new Promise((resolve) => setTimeout(resolve, world.pace ?? STEP_MS));
  }
  response.end();
  return true;
}
