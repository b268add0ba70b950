// Demo customer site "Harbour Lane Cycles": a dependency-free server for the
// pages in ./harbour-lane/pages (front matter + inner HTML of the main content).
//
//   import { startSite } from './serve.mjs';
//   const site = await startSite({ snippet: '<script src=... async></script>' });
//   site.url, site.port, site.hits, site.setPhase(1), await site.close()
//
//   node tests/sites/serve.mjs --port 8788 --snippet '<script ...></script>' [--phase 1] [--host 0.0.0.0]

import http from 'node:http';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { createHash } from 'node:crypto';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), 'harbour-lane');
const esc = (s) => String(s).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

/** Reads every page file. Each page: {path,title,description,lang,dir,updated,canonical?,sitemap,blog,slow,phase?,body}. */
export function loadPages(root = ROOT) {
  const dir = path.join(root, 'pages');
  return fs.readdirSync(dir).filter((f) => f.endsWith('.html')).sort().map((file) => {
    const m = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(fs.readFileSync(path.join(dir, file), 'utf8'));
    if (!m) throw new Error(`no front matter: ${file}`);
    const fm = {};
    for (const line of m[1].split('\n')) {
      const i = line.indexOf(':');
      if (i > 0) fm[line.slice(0, i).trim()] = line.slice(i + 1).trim();
    }
    if (!fm.path || !fm.title) throw new Error(`path or title missing: ${file}`);
    return {
      file, path: fm.path, title: fm.title, description: fm.description || '', lang: fm.lang || 'en',
      dir: fm.dir || 'ltr', updated: fm.updated || '2025-01-01', canonical: fm.canonical,
      sitemap: fm.sitemap !== 'no', blog: fm.blog === 'yes', slow: fm.slow === 'yes',
      phase: fm.phase === undefined ? undefined : Number(fm.phase), body: m[2].trim(),
    };
  });
}

/** The same page, byte for byte, at a second address, without a canonical link. */
export const DUPLICATES = { '/services/puncture-repair/': '/services/punctures/' };
export const REDIRECTS = { '/old-prices': '/prices/', '/index.html': '/' };

const UI = {
  en: { skip: 'Skip to content', nav: ['Home', 'Services', 'Hire', 'Prices', 'This week', 'Blog', 'FAQ', 'Hours', 'Find us', 'Contact'], also: 'You may also like', here: 'You are here', nl: 'News from the net loft', nlp: 'One letter a month, written by a human, read by 2,300 riders.', mail: 'E-mail address', go: 'Sign up', cookie: 'We use cookies to remember your basket and to count visits. By clicking OK you agree to our cookie policy.', ok: 'OK', more: 'Read the privacy notice' },
  es: { skip: 'Ir al contenido', nav: ['Inicio', 'Servicios', 'Alquiler', 'Precios', 'Esta semana', 'Blog', 'Preguntas', 'Horario', 'Cómo llegar', 'Contacto'], also: 'También le puede interesar', here: 'Está aquí', nl: 'Noticias del almacén de redes', nlp: 'Una carta al mes, leída por 2300 ciclistas.', mail: 'Correo electrónico', go: 'Suscribirse', cookie: 'Usamos cookies para recordar su cesta y contar visitas.', ok: 'OK', more: 'Aviso de privacidad' },
  de: { skip: 'Zum Inhalt', nav: ['Start', 'Leistungen', 'Verleih', 'Preise', 'Diese Woche', 'Blog', 'Fragen', 'Zeiten', 'Anfahrt', 'Kontakt'], also: 'Das könnte Sie auch interessieren', here: 'Sie sind hier', nl: 'Neues vom Netzboden', nlp: 'Ein Brief im Monat, gelesen von 2300 Radlern.', mail: 'E-Mail-Adresse', go: 'Anmelden', cookie: 'Wir verwenden Cookies, um Ihren Warenkorb zu merken und Besuche zu zählen.', ok: 'OK', more: 'Datenschutzhinweis' },
  zh: { skip: '跳到正文', nav: ['首页', '服务', '租车', '价格', '本周', '博客', '问答', '营业时间', '交通', '联系'], also: '相关页面', here: '当前位置', nl: '渔网仓库通讯', nlp: '每月一封信，已有2300位骑友订阅。', mail: '电子邮箱', go: '订阅', cookie: '我们使用 Cookie 来记住购物篮并统计访问量。', ok: 'OK', more: '隐私声明' },
  he: { skip: 'דלגו לתוכן', nav: ['בית', 'שירותים', 'השכרה', 'מחירים', 'השבוע', 'בלוג', 'שאלות', 'שעות', 'הגעה', 'צור קשר'], also: 'אולי יעניין אתכם', here: 'אתם כאן', nl: 'חדשות מהמחסן', nlp: 'מכתב אחד בחודש, 2300 קוראים.', mail: 'כתובת דואר אלקטרוני', go: 'הרשמה', cookie: 'אנו משתמשים בעוגיות כדי לזכור את הסל ולספור ביקורים.', ok: 'OK', more: 'הודעת פרטיות' },
};
const NAV = ['/', '/services/', '/rentals/', '/prices/', '/this-week/', '/blog/', '/faq/', '/opening-hours/', '/find-us/', '/contact/'];
const LANGS = [['/', 'en', 'English'], ['/es/', 'es', 'Español'], ['/de/', 'de', 'Deutsch'], ['/zh/', 'zh-CN', '中文'], ['/he/', 'he', 'עברית']];
const FOOT = [
  ['Workshop', [['/services/puncture-repair/', 'Puncture repair'], ['/classes/', 'Evening classes'], ['/used-bikes/', 'Used bikes'], ['/spares/', 'Spares counter'], ['/companies-and-schools/', 'Companies and schools'], ['/files/price-list.pdf', 'Price list (PDF)']]],
  ['Visit', [['/guided-rides/', 'Guided rides'], ['/travel-with-bike/', 'Travelling with a bike'], ['/waiting-corner/', 'Waiting corner'], ['/accessibility/', 'Accessibility'], ['/gift-cards/?utm_source=footer&amp;utm_medium=link', 'Gift cards'], ['/delivery/', 'Delivery']]],
  ['House rules', [['/booking-policy/', 'Booking and cancellation'], ['/warranty/', 'Warranty'], ['/terms/', 'Terms'], ['/privacy/', 'Privacy'], ['/careers/', 'Careers'], ['/about/', 'About'], ['/team/', 'Team'], ['/staff/', 'Staff']]],
];

function shortTitle(p) { return p.title.split(' | ')[0]; }

function render(page, { pages, origin, snippet, logo }) {
  const ui = UI[page.lang.slice(0, 2)] || UI.en;
  const current = NAV.filter((n) => n !== '/').find((n) => page.path.startsWith(n)) || (page.path === '/' ? '/' : '');
  const nav = NAV.map((href, i) => `<li><a href="${href}"${href === current ? ' aria-current="page"' : ''}>${esc(ui.nav[i])}</a></li>`).join('');
  const same = pages.filter((p) => p.lang === page.lang && p.sitemap && p.phase === undefined);
  const at = Math.max(0, same.findIndex((p) => p.path === page.path));
  const related = [1, 2, 3, 4].map((k) => same[(at + k) % same.length]).filter((p) => p && p.path !== page.path);
  const uniq = [...new Map(related.map((p) => [p.path, p])).values()];
  const parts = page.path.split('/').filter(Boolean);
  const crumbs = parts.slice(0, -1).map((s, i) => `/${parts.slice(0, i + 1).join('/')}/`)
    .map((href) => pages.find((p) => p.path === href)).filter(Boolean)
    .map((p) => ` › <a href="${p.path}">${esc(shortTitle(p))}</a>`).join('');
  const alternates = LANGS.some(([href]) => href === page.path)
    ? LANGS.map(([href, l]) => `<link rel="alternate" hreflang="${l}" href="${origin}${href}">\n`).join('') : '';
  return `<!doctype html>
<html lang="${page.lang}" dir="${page.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${esc(page.title)}</title>
<meta name="description" content="${esc(page.description)}">
${page.canonical ? `<link rel="canonical" href="${origin}${page.canonical}">\n` : ''}${alternates}<link rel="icon" href="/logo.svg" type="image/svg+xml">
<link rel="stylesheet" href="/site.css">
<script src="/site.js" defer></script>
</head>
<body>
<a class="skip" href="#main">${esc(ui.skip)}</a>
<div class="topline"><div class="wrap"><a href="tel:+441632960417" dir="ltr">01632 960 417</a><a href="mailto:hello@harbourlane.example">hello@harbourlane.example</a><span class="langs">${LANGS.map(([h, l, t]) => `<a href="${h}" lang="${l}" hreflang="${l}">${t}</a>`).join('')}</span></div></div>
<header class="site-head"><div class="wrap">
<a class="brand" href="/">${logo}<span>Harbour Lane Cycles<small>Workshop &amp; hire, Wexcombe quay</small></span></a>
<nav class="site-nav" aria-label="Main"><ul>${nav}</ul></nav>
</div></header>
<div class="band" aria-hidden="true"></div>
<main id="main" class="wrap layout">
<nav class="crumbs" aria-label="${esc(ui.here)}"><a href="/">Harbour Lane Cycles</a>${crumbs}</nav>
<article class="prose">
${page.body}
</article>
<aside class="related" aria-label="${esc(ui.also)}"><h2>${esc(ui.also)}</h2><ul>${uniq.map((p) => `<li><a href="${p.path}">${esc(shortTitle(p))}</a></li>`).join('')}</ul></aside>
</main>
<section class="newsletter" aria-label="${esc(ui.nl)}"><div class="wrap"><div><h2>${esc(ui.nl)}</h2><p>${esc(ui.nlp)}</p></div>
<form action="/newsletter" method="post"><input type="email" name="email" required autocomplete="email" aria-label="${esc(ui.mail)}" placeholder="${esc(ui.mail)}"><button type="submit">${esc(ui.go)}</button></form></div></section>
<footer class="site-foot"><div class="wrap" lang="en" dir="ltr">
<div><h2>Harbour Lane Cycles Ltd</h2><p>14 Harbour Lane<br>Wexcombe WX4 2HL<br><a href="tel:+441632960417">01632 960 417</a></p></div>
${FOOT.map(([h, links]) => `<nav aria-label="${h}"><h2>${h}</h2><ul>${links.map(([href, t]) => `<li><a href="${href}">${t}</a></li>`).join('')}</ul></nav>`).join('\n')}
</div></footer>
<div class="cookies" id="cookies" role="region" aria-label="Cookies" hidden><div class="wrap"><p>${esc(ui.cookie)} <a href="/privacy/#what">${esc(ui.more)}</a></p><button type="button" id="cookies-ok">${esc(ui.ok)}</button></div></div>
${snippet}
</body>
</html>
`;
}

const NOT_FOUND = {
  path: '/404/', title: 'Page not found | Harbour Lane Cycles', description: 'This page does not exist.', lang: 'en', dir: 'ltr', sitemap: false,
  body: '<h1 id="not-found">That page has sailed</h1>\n<p>There is nothing at this address, or there is nothing here any more. Try the <a href="/">home page</a> or the <a href="/faq/">questions and answers</a>, or ring the counter and we will find it for you.</p>',
};

/** A tiny but well-formed PDF with one line of text. */
function pdf() {
  const stream = 'BT /F1 18 Tf 60 760 Td (Harbour Lane Cycles - price list 14 September 2026) Tj ET';
  const objs = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let out = '%PDF-1.4\n';
  const at = objs.map((o, i) => { const pos = out.length; out += `${i + 1} 0 obj\n${o}\nendobj\n`; return pos; });
  const xref = out.length;
  out += `xref\n0 ${objs.length + 1}\n0000000000 65535 f \n${at.map((n) => `${String(n).padStart(10, '0')} 00000 n \n`).join('')}`;
  out += `trailer\n<< /Size ${objs.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

/**
 * Starts the demo site.
 * @param {{port?:number,host?:string,snippet?:string|(()=>string),log?:(line:string)=>void,phase?:number,slowMs?:number,origin?:string}} [options]
 *   `origin` fixes the absolute addresses in robots.txt, sitemaps and canonical links; without it the request's Host header is used.
 */
export async function startSite({ port = 0, host = '127.0.0.1', snippet = '', log, phase = 0, slowMs = 2500, origin } = {}) {
  const all = loadPages();
  const logo = fs.readFileSync(path.join(ROOT, 'logo.svg'), 'utf8').trim();
  const file = (name, type) => {
    const body = fs.readFileSync(path.join(ROOT, name));
    return { body, type, updated: '2026-09-01' };
  };
  const STATIC = {
    '/site.css': file('site.css', 'text/css; charset=utf-8'),
    '/site.js': file('site.js', 'text/javascript; charset=utf-8'),
    '/logo.svg': file('logo.svg', 'image/svg+xml; charset=utf-8'),
    '/files/price-list.pdf': { body: pdf(), type: 'application/pdf', updated: '2026-09-14' },
  };
  const hits = [];
  const timers = new Set();
  let url = '';

  const livePages = () => all.filter((p) => p.phase === undefined || (p.phase === 0 ? phase === 0 : phase >= p.phase));
  const baseFor = (req) => {
    if (origin) return origin.replace(/\/$/, '');
    const h = req.headers.host || '';
    return /^[A-Za-z0-9.\-_]+(:\d+)?$|^\[[0-9a-fA-F:]+\](:\d+)?$/.test(h) ? `http://${h}` : url;
  };
  const urlset = (list, base) => `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${list
    .map((p) => `<url><loc>${base}${p.path}</loc><lastmod>${p.updated}</lastmod></url>`).join('\n')}\n</urlset>\n`;
  const newest = (list) => list.map((p) => p.updated).sort().at(-1);

  function resolve(pathname, base) {
    const pages = livePages();
    const listed = pages.filter((p) => p.sitemap);
    if (STATIC[pathname]) return { status: 200, ...STATIC[pathname] };
    if (pathname === '/robots.txt') {
      return { status: 200, type: 'text/plain; charset=utf-8', updated: '2026-01-01', body: `User-agent: *\nDisallow: /staff/\n\nSitemap: ${base}/sitemap.xml\n` };
    }
    const pageList = listed.filter((p) => !p.blog);
    const blogList = listed.filter((p) => p.blog);
    if (pathname === '/sitemap.xml') {
      const item = (name, list) => `<sitemap><loc>${base}/${name}</loc><lastmod>${newest(list)}</lastmod></sitemap>`;
      return { status: 200, type: 'application/xml; charset=utf-8', updated: newest(listed), body: `<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${item('sitemap-pages.xml', pageList)}\n${item('sitemap-blog.xml.gz', blogList)}\n</sitemapindex>\n` };
    }
    if (pathname === '/sitemap-pages.xml') return { status: 200, type: 'application/xml; charset=utf-8', updated: newest(pageList), body: urlset(pageList, base) };
    if (pathname === '/sitemap-blog.xml.gz') return { status: 200, type: 'application/gzip', updated: newest(blogList), body: zlib.gzipSync(urlset(blogList, base)) };
    if (REDIRECTS[pathname]) return { status: 301, location: REDIRECTS[pathname] };
    const want = DUPLICATES[pathname] || pathname;
    const page = pages.find((p) => p.path === want);
    const ctx = () => ({ pages, origin: base, logo, snippet: String((typeof snippet === 'function' ? snippet() : snippet) ?? '') });
    if (page) return { status: 200, type: 'text/html; charset=utf-8', updated: page.updated, body: render(page, ctx()), slow: page.slow, lang: page.lang };
    if (pages.some((p) => p.path === `${pathname}/`) || DUPLICATES[`${pathname}/`]) return { status: 301, location: `${pathname}/` };
    return { status: 404, type: 'text/html; charset=utf-8', body: render(NOT_FOUND, ctx()), lang: 'en' };
  }

  const server = http.createServer((req, res) => {
    const hit = { path: req.url, status: 0, ua: req.headers['user-agent'] || '', t: Date.now(), method: req.method };
    hits.push(hit);
    const send = (status, headers, body) => {
      hit.status = status;
      if (log) log(`${req.method} ${req.url} ${status}`);
      if (res.destroyed) return;
      res.writeHead(status, headers);
      res.end(req.method === 'HEAD' ? undefined : body);
    };
    const text = (status, body, extra = {}) => send(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body), ...extra }, body);

    let pathname; let search;
    try {
      const u = new URL(req.url, 'http://site.invalid');
      pathname = decodeURIComponent(u.pathname);
      search = u.search;
    } catch { return text(400, 'Bad request\n'); }

    if (req.method === 'POST' && pathname === '/newsletter') {
      req.resume();
      return send(303, { location: '/contact/', 'content-length': 0 });
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') { req.resume(); return text(405, 'Method not allowed\n', { allow: 'GET, HEAD' }); }

    const r = resolve(pathname, baseFor(req));
    if (r.location) return text(r.status, `Moved to ${r.location}\n`, { location: r.location + search });
    const body = Buffer.isBuffer(r.body) ? r.body : Buffer.from(r.body);
    const headers = { 'content-type': r.type, 'content-length': body.length, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' };
    if (r.lang) headers['content-language'] = r.lang;
    let fresh = false;
    if (r.status === 200) {
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      const modified = new Date(`${r.updated}T08:00:00Z`);
      headers.etag = etag;
      headers['last-modified'] = modified.toUTCString();
      const inm = req.headers['if-none-match'];
      if (inm !== undefined) fresh = inm.trim() === '*' || inm.split(',').some((v) => v.trim().replace(/^W\//, '') === etag);
      else if (req.headers['if-modified-since']) fresh = modified.getTime() <= Date.parse(req.headers['if-modified-since']);
    }
    const answer = () => {
      if (fresh) {
        const { 'content-length': _l, 'content-type': _t, ...rest } = headers;
        return send(304, rest);
      }
      return send(r.status, headers, body);
    };
    if (!r.slow) return answer();
    const timer = setTimeout(() => { timers.delete(timer); answer(); }, slowMs);
    timers.add(timer);
  });

  await new Promise((ok, fail) => { server.once('error', fail); server.listen(port, host, ok); });
  const actual = server.address().port;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  url = `http://${shown}:${actual}`;

  return {
    url,
    port: actual,
    hits,
    setPhase(n) { phase = Number(n) || 0; },
    close() {
      for (const t of timers) clearTimeout(t);
      timers.clear();
      return new Promise((ok) => { server.close(() => ok()); server.closeAllConnections(); });
    },
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href) {
  const arg = (name, fallback) => {
    const i = process.argv.findIndex((a) => a === `--${name}` || a.startsWith(`--${name}=`));
    if (i < 0) return fallback;
    const a = process.argv[i];
    return a.includes('=') && a.startsWith(`--${name}=`) ? a.slice(name.length + 3) : process.argv[i + 1] ?? fallback;
  };
  const site = await startSite({
    port: Number(arg('port', '8788')), host: arg('host', '127.0.0.1'), snippet: arg('snippet', ''), origin: arg('origin', undefined),
    phase: Number(arg('phase', '0')), log: process.argv.includes('--quiet') ? undefined : (line) => console.log(line),
  });
  console.log(`Harbour Lane Cycles is on ${site.url}`);
  for (const sig of ['SIGINT', 'SIGTERM']) process.on(sig, () => site.close().then(() => process.exit(0)));
}
