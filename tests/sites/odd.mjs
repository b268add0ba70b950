// A server whose pages are odd in the ways that real ones are, for crawler tests. No dependencies.
//
//   const odd = await startOdd();   // { url, hits, close() }
//
// hits: paths that were asked for, in order. An address that does not exist is answered with 200, as many sites do.

import http from 'node:http';

const HTML = 'text/html; charset=utf-8';
const page = (title, body, { head = '', lang = ' lang="en"' } = {}) =>
  `<!doctype html><html${lang}><head><title>${title}</title>${head}</head><body><main><h1>${title}</h1>${body}</main></body></html>\n`;

/** Bytes of a text in an encoding that Node reads but does not write. */
const tables = new Map();
export function encode(text, label) {
  if (!tables.has(label)) {
    const decoder = new TextDecoder(label);
    const table = new Map();
    for (let first = 0x80; first < 0x100; first += 1) {
      const one = decoder.decode(Uint8Array.of(first));
      if (one.length === 1 && one !== '�') table.set(one, [first]);
      else for (let second = 0x40; second < 0x100; second += 1) {
        const two = decoder.decode(Uint8Array.of(first, second));
        if (two.length === 1 && two !== '�' && !table.has(two)) table.set(two, [first, second]);
      }
    }
    tables.set(label, table);
  }
  const table = tables.get(label);
  return Buffer.from([...text].flatMap((letter) => (letter < '\x80' ? [letter.charCodeAt(0)] : table.get(letter))));
}

const JAPANESE = '営業時間は毎日午前九時から午後五時までです。月曜日は定休日です。修理の受付は四時半までとなります。';
const CHINESE = '我们每天上午九点到下午五点营业，星期一休息。维修服务的最后受理时间是下午四点半，请提前打电话预约。';
const HEBREW = 'אנחנו פתוחים בכל יום מתשע בבוקר ועד חמש אחר הצהריים, וביום שני החנות סגורה לרגל מנוחה שבועית.';
const ARABIC = 'نحن نفتح أبوابنا كل يوم من التاسعة صباحا حتى الخامسة مساء، ويوم الاثنين هو يوم العطلة الأسبوعية.';
const FRENCH = 'Le café est ouvert tous les jours sauf le lundi, de neuf heures à dix-sept heures, même pendant les congés d’été.';

/** Texts, how they are written, what the page and the server say about it. */
export const CHARSETS = {
  '/charset/shift-jis': { text: JAPANESE, label: 'shift_jis', meta: '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">', type: 'text/html' },
  '/charset/shift-jis-as-latin1': { text: JAPANESE, label: 'shift_jis', meta: '<meta charset="Shift_JIS">', type: 'text/html; charset=ISO-8859-1' },
  '/charset/euc-jp': { text: JAPANESE, label: 'euc-jp', meta: '', type: 'text/html; charset=EUC-JP' },
  '/charset/euc-jp-as-utf8': { text: JAPANESE, label: 'euc-jp', meta: '<meta charset="utf-8">', type: 'text/html' },
  '/charset/gbk': { text: CHINESE, label: 'gbk', meta: '<meta charset=gb2312>', type: 'text/html' },
  '/charset/gbk-undeclared': { text: CHINESE, label: 'gbk', meta: '', type: 'text/html' },
  '/charset/hebrew': { text: HEBREW, label: 'windows-1255', meta: '', type: 'text/html; charset=windows-1255' },
  '/charset/hebrew-undeclared': { text: HEBREW, label: 'windows-1255', meta: '', type: 'text/html' },
  '/charset/arabic-as-utf8': { text: ARABIC, label: 'windows-1256', meta: '', type: HTML },
  '/charset/latin1': { text: FRENCH, label: 'windows-1252', meta: '', type: 'text/html; charset=ISO-8859-1' },
  '/charset/utf8-as-latin1': { text: FRENCH, label: 'utf-8', meta: '<meta charset=iso-8859-1>', type: 'text/html; charset=ISO-8859-1' },
  '/charset/late': { text: FRENCH, label: 'windows-1252', meta: `<!-- ${'x'.repeat(9_000)} --><meta charset=windows-1252>`, type: 'text/html' },
  '/charset/mark': { text: FRENCH, label: 'utf-8', mark: true, meta: '', type: 'text/html; charset=windows-1252' },
};

const TWINS = '<link rel="alternate" hreflang="en" href="/en/"><link rel="alternate" hreflang="de" href="/de/"><link rel="canonical" href="/en/">';

const PAGES = {
  '/': [page('An odd website', [
    '/news?page=1', '/item?id=7', '/based/', '/canon/copy', '/circle/a', '/chain/1', '/vain', '/en/', '/moved', '/slow-move', '/quiet', '/header', '/dead',
    '/shadow', '/inert', '/broken', '/shop', '/app', '/calendar/2026/1', ...Object.keys(CHARSETS),
  ].map((path) => `<a href="${path}">${path}</a> `).join('') + '<p>Every page of this website is odd in its own way, and all of them are shown by browsers.</p><a rel="nofollow" href="/not-followed">no</a> <a href="/#top">top</a>')],

  // One page has one address; a number tells pages apart.
  '/news?page=1': [page('News, first page', '<p>The lighthouse was painted green in March.</p><a href="?page=2&utm_source=here">2</a> <a href="/news?gclid=1&page=2">again</a> <a href="?page=3&PHPSESSID=0a1b2c">3</a>')],
  '/news?page=2': [page('News, second page', '<p>The pier was closed to bicycles in April.</p>')],
  '/news?page=3': [page('News, third page', '<p>The ferry had engine trouble in May.</p>')],
  '/item?id=7': [page('Item seven', '<p>Item seven is a brass bell for handlebars.</p><a href="/item?id=8&size=2">8</a> <a href="/item?size=2&id=8">8 again</a>')],
  '/item?id=8&size=2': [page('Item eight', '<p>Item eight is a leather saddle for long tours.</p>')],

  '/based/': [page('Based elsewhere', '<p>Links on this page are relative to another folder.</p><a href="guide">guide</a>', { head: '<base href="/docs/">' })],
  '/docs/guide': [page('The guide', '<p>The guide explains how the gears are adjusted.</p>')],

  '/canon/copy': [page('The original', '<p>A chain wears out after three thousand kilometres.</p>', { head: '<link rel="canonical" href="original?utm_source=x">' })],
  '/canon/original': [page('The original', '<p>A chain wears out after three thousand kilometres.</p>')],
  '/circle/a': [page('A circle', '<p>Spokes are tightened in a circle, one after the other.</p>', { head: '<link rel="canonical" href="b">' })],
  '/circle/b': [page('B circle', '<p>Spokes are tightened in a circle, one after the other, twice.</p>', { head: '<link rel="canonical" href="/circle/a">' })],
  '/chain/1': [page('Link one', '<p>First link of a chain of addresses.</p>', { head: '<link rel="canonical" href="/chain/2">' })],
  '/chain/2': [page('Link two', '<p>Second link of a chain of addresses.</p>', { head: '<link rel="canonical" href="/chain/3">' })],
  '/chain/3': [page('Link three', '<p>Third and last link of a chain of addresses.</p>')],
  '/vain': [page('In vain', '<p>This page names an address that was taken down last year.</p>', { head: '<link rel="canonical" href="/taken-down">' })],
  '/taken-down': ['', { status: 410 }],

  '/en/': [page('Welcome', '<p>We repair bicycles while you wait at the harbour.</p>', { head: TWINS })],
  '/de/': [page('Willkommen', '<p>Wir reparieren Fahrräder am Hafen, während Sie warten.</p>', { head: TWINS, lang: '' })],

  '/moved': [page('Moved', '<p>You are being sent on.</p>', { head: '<meta http-equiv="refresh" content="0; url=arrived">' })],
  '/arrived': [page('Arrived', '<p>The workshop has moved to the old fish hall.</p>')],
  '/slow-move': [page('Slide show', '<p>The first of our pictures shows the quay at dawn.</p>', { head: '<meta http-equiv="refresh" content="20;url=/second-slide">' })],
  '/second-slide': [page('Second slide', '<p>The second of our pictures shows the quay at dusk.</p>')],

  '/quiet': [page('Quiet', '<p>Follow nothing from here.</p><a href="/only-from-quiet">x</a>', { head: '<meta name="robots" content="nofollow">' })],
  '/header': [page('Header', '<p>The password of the vault is written here.</p><a href="/from-header">x</a>'), { headers: { 'x-robots-tag': 'otherbot: nofollow, FrontdeskBot: noindex' } }],
  '/from-header': [page('From the header', '<p>This page is linked from one that is not indexed.</p>')],

  '/shadow': [page('Shadow', '<x-card><template shadowrootmode="open"><style>p{}</style><p>The drawbridge is raised at noon.</p><slot></slot></template><p>It takes nine minutes.</p></x-card>')],
  '/inert': [page('Inert', '<p>Only this is shown.</p><template><p>The placeholder says lorem and ipsum.</p></template>')],
  '/broken': ['<title>Broken</title><body><main><h1>Broken<table>Prices<td>Tube<td>9 pounds<tr><td>Tyre<td>25 pounds</table><span><p>Paid in cash<p>or by card</span> <a href=/arrived>One <a href="/second-slide">two</a></a><div><b>never closed'],
  '/shop': [page('Shop', `<p>Sorted in every way there is.</p>${['name', 'price', 'new'].flatMap((sort) => Array.from({ length: 15 }, (_, n) => `<a href="/shop?sort=${sort}&brand=${n}">${sort} ${n}</a>`)).join(' ')}`)],

  '/app': [`<!doctype html><html lang="en"><title>App</title><div id="root"></div><a href="#/about">About</a><a href="#!/prices">Prices</a><a href="#plain">plain</a><script src="/app.js"></script>`],
};

const MISSING = (path) => page('Nothing here', `<p>There is nothing at ${path}. It may have been taken down, or the address was mistyped. Begin again from our front page.</p>`);

export async function startOdd({ host = '127.0.0.1' } = {}) {
  const hits = [];
  const server = http.createServer((request, response) => {
    hits.push(request.url);
    const send = (status, type, body, headers = {}) => response.writeHead(status, { 'content-type': type, ...headers }).end(body);
    if (request.url === '/robots.txt' || request.url === '/sitemap.xml') return send(404, 'text/plain', '');
    const charset = CHARSETS[request.url];
    if (charset) {
      const html = page(request.url, `<p>${charset.text}</p>`, { head: charset.meta, lang: '' });
      const bytes = charset.label === 'utf-8' ? Buffer.from((charset.mark ? '\ufeff' : '') + html) : encode(html, charset.label);
      return send(200, charset.type, bytes);
    }
    const month = /^\/calendar\/(\d+)\/(\d+)$/.exec(request.url);
    if (month) {
      const months = Array.from({ length: 40 }, (_, n) => `<a href="/calendar/${Number(month[1]) + n}/${month[2]}">then</a>`).join(' ');
      return send(200, HTML, page(`Calendar ${request.url}`, `<p>Nothing happens in month ${month[2]} of ${month[1]}.</p>${months}`));
    }
    if (request.url.startsWith('/shop?')) return send(200, HTML, page(`Shop ${request.url}`, `<p>Bells, lamps and locks, in the order of ${request.url}.</p>`));
    const known = PAGES[request.url];
    if (!known) return send(200, HTML, MISSING(request.url));
    const [body, { status = 200, headers } = {}] = known;
    return send(status, HTML, body, headers);
  });
  await new Promise((ready) => server.listen(0, host, ready));
  return {
    url: `http://${host}:${server.address().port}`,
    hits,
    close: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
  };
}
