// The world of the fake: a veterinary practice whose receptionist has been at work for some weeks.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** An id as `protocol` accepts it: prefix, then 26 characters of Crockford's base 32. */
export function id(prefix, number) {
  let tail = '';
  for (let rest = number; tail.length < 26; rest = Math.floor(rest / 32)) tail = ALPHABET[rest % 32] + tail;
  return `${prefix}_${tail}`;
}

export const SITE = 'https://www.larkspurvets.example';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const ME = {
  user_id: id('usr', 1), name: 'Maren Holt', email: 'maren@larkspurvets.example',
  email_verified: true, totp_enabled: false, has_password: true,
  workspace: { id: id('ws', 1), name: 'Larkspur Vets', role: 'owner' },
  workspaces: [{ id: id('ws', 1), name: 'Larkspur Vets', role: 'owner' }],
};
export const PASSWORD = 'correct horse battery';

const agent = (number, name, origins) => ({
  id: id('agt', number), name, language: 'en', allowed_origins: origins, published_version: 3, changed: false,
  created_at: Date.now() - 40 * 24 * HOUR,
});
export const AGENTS = [
  agent(1, 'Larkspur front desk', [SITE]),
  agent(2, 'Larkspur pet shop', []),
];

const TOPICS = ['vaccinations', 'dental-care', 'opening-hours', 'prices', 'emergency', 'team', 'puppies', 'kittens', 'rabbits', 'insurance', 'travel', 'microchips', 'surgery', 'nutrition', 'senior-pets', 'parking'];
const title = (topic) => topic.replace(/-/g, ' ').replace(/^./, (c) => c.toUpperCase());

/** The pages of the big source with the state each ends in. */
export function crawledPages() {
  const now = Date.now();
  const page = (path, state, more = {}) => ({ url: SITE + path, state, passages: state === 'indexed' ? 3 + (path.length % 7) : 0, depth: path.split('/').length - 1, fetched_at: now - 3 * HOUR, http_status: state === 'skipped' ? undefined : 200, ...more });
  const pages = [page('/', 'indexed', { title: 'Larkspur Vets: small animal care in Harwell', language: 'en' })];
  for (const topic of TOPICS) pages.push(page(`/${topic}`, 'indexed', { title: title(topic), language: 'en', document_id: id('doc', pages.length) }));
  for (const topic of TOPICS.slice(0, 9)) pages.push(page(`/es/${topic}`, 'indexed', { title: `${title(topic)} (español)`, language: 'es' }));
  pages.push(page('/he/opening-hours', 'indexed', { title: 'שעות הפתיחה של המרפאה', language: 'he' }));
  pages.push(page('/prices?utm_source=mail', 'duplicate', { title: 'Prices', reason: 'Same content as /prices' }));
  pages.push(page('/price-list', 'redirected', { reason: 'Leads to /prices', http_status: 301 }));
  pages.push(page('/brochure.pdf', 'skipped', { reason: 'Not an HTML page (application/pdf)' }));
  pages.push(page('/staff/rota', 'skipped', { reason: 'robots.txt forbids it' }));
  pages.push(page('/staff/handbook', 'skipped', { reason: 'robots.txt forbids it' }));
  pages.push(page('/blog/summer-picnic', 'failed', { reason: 'The page does not exist', http_status: 404 }));
  pages.push(page('/gallery', 'failed', { reason: 'No answer within 15 seconds; it was tried 3 times', http_status: undefined }));
  pages.push(page('/booking/calendar-of-the-practice-with-a-very-long-address-that-has-to-wrap-somewhere', 'failed', { reason: 'The server answered with an error', http_status: 503 }));
  return pages;
}

export function documents() {
  return TOPICS.map((topic, i) => ({
    id: id('doc', i + 1), url: `${SITE}/${topic}`, title: title(topic), language: 'en', passages: 3 + (topic.length % 7),
    text: `${title(topic)}\n\nLarkspur Vets has looked after small animals in Harwell since 1998.\n\nAppointments are from 8:30 to 18:30 on weekdays and from 9:00 to 12:00 on Saturdays. Outside these hours our emergency line answers.`,
  }));
}

const QUESTIONS = [
  'What does a first vaccination for a puppy cost, and do I need an appointment?',
  'Are you open on Saturday afternoon?',
  'My rabbit has not eaten since yesterday, what should I do?',
  'Do you treat ferrets?',
  'מה שעות הפתיחה שלכם ביום שישי?',
  'Where can I park with a trailer?',
  'Is the dental check included in the health plan?',
  'Can I pay in instalments?',
];

export function conversationSummaries() {
  const now = Date.now();
  return Array.from({ length: 46 }, (_, i) => ({
    id: id('cnv', i + 1), agent_id: id('agt', 1), visitor_id: id('vis', i + 1), state: i === 0 ? 'active' : ['resolved', 'abandoned', 'resolved', 'escalated'][i % 4],
    first_question: QUESTIONS[i % QUESTIONS.length], page_url: i % 3 ? `${SITE}/prices` : null, turns: i === 0 ? 5 : 1 + (i % 4),
    low_confidence: i % 4 === 3 ? 1 : 0, started_at: now - (4 + i * 53) * MINUTE - 4 * MINUTE, last_at: now - (2 + i * 53) * MINUTE,
  }));
}

const citation = (number, topic, heading, snippet) => ({ number, url: `${SITE}/${topic}#${heading.toLowerCase().replace(/\W+/g, '-')}`, title: title(topic), heading_path: [title(topic), heading], snippet });
const stages = (first, stream) => ({ admit: 0.4, retrieve: 231, embed: 198, index_search: 31, assemble_prompt: 0.6, model_first_byte: first, model_stream: stream, first_token: 233 + first, total: 233 + first + stream });

/** The transcript of a conversation; the first shows every kind of turn. */
export function transcript(summary) {
  const base = { citations: [], confidence: 0.91, low_confidence: false, provider: 'openai_compatible', tokens: { input: 1284, output: 96 }, page_url: summary.page_url };
  const turns = [
    { ...base, state: 'finished', question: summary.first_question, answer: 'A first vaccination for a puppy is £58 and includes a health check [1]. The second one, four weeks later, is £42 [1].\n\nYes, please book: vaccinations are given by appointment, Monday to Saturday [2].', citations: [citation(1, 'prices', 'Vaccinations', 'Primary course, first visit: £58. Second visit after four weeks: £42. Both include a health check by a vet.'), citation(2, 'vaccinations', 'Appointments', 'Vaccinations are given by appointment from Monday to Saturday. Bring the vaccination card of the breeder.')], stages: stages(612, 960) },
    { ...base, state: 'finished', question: 'And for a ferret?', answer: 'The site does not say what a vaccination for a ferret costs. Rabbits and cats are on the price list [1].', citations: [citation(1, 'prices', 'Other animals', 'Rabbit, combined vaccine: £64. Cat, primary course: £61.')], confidence: 0.34, low_confidence: true, provider: 'extractive', tokens: { input: 0, output: 0 }, stages: { ...stages(0, 0), embed: 0, retrieve: 12.4, index_search: 9.8, first_token: 14, total: 16.2 } },
    { ...base, state: 'failed', question: 'Can I see Dr Okafor on Friday?', answer: '', failure: { code: 'model_failed', message: 'The model stopped answering after 60 seconds. The visitor was asked to try again.' }, stages: { ...stages(0, 0), total: 60_231 }, tokens: { input: 0, output: 0 } },
    { ...base, state: 'stopped', question: 'Tell me everything about insurance', answer: 'We work with all major insurers and file claims directly with', citations: [], confidence: 0.77, stages: stages(540, 310), feedback: { good: false, reason: 'I wanted prices.', at: summary.last_at } },
    { ...base, state: 'finished', question: 'מה שעות הפתיחה ביום שישי?', answer: 'ביום שישי המרפאה פתוחה מ־8:30 עד 18:30 [1].', citations: [{ ...citation(1, 'opening-hours', 'Weekdays', 'שעות הפתיחה בימי חול: 8:30 עד 18:30'), title: 'שעות הפתיחה' }], stages: stages(580, 400) },
  ];
  return {
    summary,
    turns: turns.slice(0, summary.turns).map((turn, i) => ({ ...turn, id: id('trn', summary.last_at % 1e6 + i), asked_at: summary.started_at + i * 50_000, finished_at: summary.started_at + i * 50_000 + turn.stages.total })),
  };
}
