// Builds the widget: widget.js (the loader, a classic script) and ui-<hash>-<language>.js (ES modules, one of
// which the loader imports), and refuses to build more bytes than PRODUCT.md allows. Beside them the dashboard's
// preview, which is no part of what a visitor loads.
//
//   node widget/build.mjs [outdir]

import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import * as esbuild from "esbuild";
import { minify as shrink } from "terser";

const here = dirname(fileURLToPath(import.meta.url));

/** Bytes after brotli, as PRODUCT.md has them. */
export const BUDGET = { loaderBr: 3072, totalBr: 15_360 };

/** Rules for `_headers`, the file in which the platform reads what to send with assets. */
export const HEADERS = [
  "/widget.js\n  Cache-Control: public, max-age=300, stale-while-revalidate=86400\n  Access-Control-Allow-Origin: *\n  X-Content-Type-Options: nosniff",
  "/ui-*\n  Cache-Control: public, max-age=31536000, immutable\n  Access-Control-Allow-Origin: *\n  X-Content-Type-Options: nosniff",
  "/widget/*\n  Cache-Control: no-cache\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src https: data:; frame-ancestors 'self'",
];

const brotli = (text) =>
  brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text) } }).length;

/** Style sheets become strings: they go into constructable sheets, which a strict CSP allows. */
const cssAsText = (minify) => ({
  name: "css-as-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await esbuild.transform(source, { loader: "css", minify, target: ["chrome101", "safari16.4", "firefox101"] });
      return { contents: `export default ${JSON.stringify(code.trim())}`, loader: "js" };
    });
  },
});

/** Properties of our own that neither wire, browser, page nor storage knows, and what they are called in all modules. The
 *  short names are a table and not the minifier's choice, so that a change to one module leaves the others as they are. */
const OWN = Object.fromEntries("act:L adopt:te after:X agent:M allow:re announce:O ask:c busy:l by:y changed:d colours:H draw:Q element:p emit:g end:$ explain:J fallback:U field:I finished:e follow:B frame:S giveBack:i hide:F known:le launcher:s lead:x live:N lose:h luminance:q moved:bb near:ta news:on notice:W offer:m partial:G phone:j post:f problem:to ready:a refused:E renew:se retry:t sender:_ session:v show:u shown:R state:V stop:o store:D textOn:st toEnd:C traits:b turns:r typing:k unread:n use:w write:Y".split(" ").map((pair) => pair.split(":")));
/** Some of them are names of something in a browser, too (`changed`, `stop`), which nothing here ever asks for. */
const properties = { builtins: true, regex: new RegExp(`^(${Object.keys(OWN).join("|")})$`), keep_quoted: true };
const names = () => ({ vars: {}, props: { props: Object.fromEntries(Object.entries(OWN).map(([name, short]) => ["$" + name, short])) } });
/** What came out smallest after brotli; browsers run what these take to be safe. */
const COMPRESS = { passes: 3, keep_fargs: false, unsafe_arrows: true, unsafe: true, sequences: false, reduce_funcs: false };
/** Custom properties of the style sheets, in the same way. */
const VARIABLES = "on-accent accent-light accent-dark accent on-message message muted line soft bad ink height top edge bg fg".split(" ");
const variable = new RegExp(`--(${VARIABLES.join("|")})(?![\\w-])`, "g");

/** An explicit compile hint (https://v8.dev/blog/explicit-compile-hints): nearly every function of the loader runs at
 *  once, so a browser that knows it compiles them where it parses, beside the page's main thread. */
const EAGER = "//# allFunctionsCalledOnLoad";

const bundle = async (entry, format, minify, define = {}, preamble = "") => {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(here, "src", entry)],
    bundle: true,
    write: false,
    format,
    minifySyntax: minify,
    // What has constructable style sheets (2023) has all of ES2022.
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    define,
    external: ["./ui-*"],
    plugins: [cssAsText(minify)],
  });
  const [{ text }] = outputFiles;
  if (!minify) return text;
  const { code } = await shrink(text, { module: format === "esm", ecma: 2022, compress: COMPRESS, mangle: { properties: { ...properties } }, nameCache: names(), format: { ecma: 2022, preamble } });
  // A directive for sloppy code, which none of this is: the compiler has checked it.
  return code.replace('"use strict";', "").replace(variable, (_, name) => "--" + String.fromCharCode(97 + VARIABLES.indexOf(name)));
};

/** labels.json as what the bundles take: the closed bubble's label apart, the rest in the order of `Label`. */
const readLabels = async () => {
  const table = JSON.parse(await readFile(join(here, "src/labels.json"), "utf8"));
  const order = /enum Label \{(.*?)\}/s.exec(await readFile(join(here, "src/labels.ts"), "utf8"))[1].match(/\w+/g);
  const words = Object.entries(table).map(([lang, labels]) => {
    const missing = ["Open", ...order].filter((name) => !labels[name] || labels[name].includes("|"));
    if (missing.length) throw new Error(`labels.json: "${lang}" lacks ${missing.join(", ")} (or has a | in it)`);
    return [lang, order.map((name) => labels[name]).join("|")];
  });
  return { open: Object.fromEntries(Object.entries(table).flatMap(([lang, { Open }]) => (Open === table.en.Open ? [] : [[lang, Open]]))), words };
};

/**
 * Writes the loader and one UI module per language into `outdir`. Files of earlier builds stay there, because a
 * cached loader may still ask for them. `ui` is the English module; `totalBr` counts the largest one.
 */
export async function buildWidget({ outdir, minify = true }) {
  const labels = await readLabels();
  const turnstile = await bundle("turnstile.ts", "esm", minify);
  // By its own content: the modules that import it have its name in theirs.
  const challenge = `ui-${createHash("sha256").update(turnstile).digest("hex").slice(0, 6)}.js`;
  const modules = [];
  for (const [lang, words] of labels.words) modules.push([lang, await bundle("ui.ts", "esm", minify, { WORDS: JSON.stringify(words), TURNSTILE_FILE: JSON.stringify(`./${challenge}`) })]);
  const rules = await bundle("rules.ts", "esm", minify);
  const define = (name) => Object.fromEntries(Object.entries({ UI_FILE: name, RULES_FILE: `${name}-rules.js`, OPEN_LABELS: labels.open, LANGUAGES: labels.words.map(([lang]) => lang).join(" ") }).map(([name, value]) => [name, JSON.stringify(value)]));
  // Six digits of a digest move the compressed loader by up to thirty bytes, so of a few digests the best is taken.
  const unnamed = await bundle("loader.ts", "iife", minify, define("ui-000000"), EAGER);
  const content = [rules, ...modules.map(([, module]) => module)].join("\n");
  const candidates = Array.from({ length: 32 }, (_, salt) => createHash("sha256").update(salt + content).digest("hex").slice(0, 6)).map((digest) => {
    const loader = unnamed.replaceAll("ui-000000", "ui-" + digest);
    return { name: "ui-" + digest, loader, loaderBr: brotli(loader) };
  });
  const { name, loader, loaderBr } = candidates.sort((one, other) => one.loaderBr - other.loaderBr)[0];
  const preview = await bundle("preview/preview.ts", "esm", minify, define(name));
  const totalBr = loaderBr + brotli(rules) + Math.max(...modules.map(([, module]) => brotli(module)));
  if (minify && (loaderBr > BUDGET.loaderBr || totalBr > BUDGET.totalBr)) {
    throw new Error(`The widget is over its budget: loader ${loaderBr} of ${BUDGET.loaderBr} bytes, together ${totalBr} of ${BUDGET.totalBr} (brotli).`);
  }
  await mkdir(join(outdir, "widget"), { recursive: true });
  await Promise.all(modules.map(([lang, module]) => writeFile(join(outdir, `${name}-${lang}.js`), module)));
  await writeFile(join(outdir, `${name}-rules.js`), rules);
  await writeFile(join(outdir, challenge), turnstile);
  await writeFile(join(outdir, "widget.js"), loader);
  await writeFile(join(outdir, "widget/preview.js"), preview);
  await copyFile(join(here, "src/preview/preview.html"), join(outdir, "widget/preview.html"));
  return { loader: join(outdir, "widget.js"), ui: join(outdir, `${name}-en.js`), loaderBr, totalBr };
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const outdir = resolve(process.argv[2] ?? join(here, "../target/widget"));
  const built = await buildWidget({ outdir });
  console.log(`${built.loader}\n${built.ui}\nloader ${built.loaderBr} B, together ${built.totalBr} B (brotli)`);
}
