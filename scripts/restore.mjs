// npm run restore -- --url https://frontdesk.example --from FOLDER: a backup into an empty installation of the same release
// with the same keys. Cut off anywhere, the same command goes on. The operator's token is the variable BOOTSTRAP_TOKEN.
// Ends with a receipt: everything was read back and is what the backup holds.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FORMAT, Installation, RELATIONS, Stop, Tables, contents, each, given, known, run, sha256 } from "./installation.mjs";

await run(async () => {
  const { url, path: folder, token } = given("restore", "--from");
  const text = await readFile(join(folder, "manifest.json"), "utf8").catch(() => undefined);
  if (!text) throw new Stop(`${folder} holds no manifest.json: it is no backup, or one that was cut off.`);
  const manifest = JSON.parse(text);
  if (manifest.format !== FORMAT) throw new Stop(`This backup has format ${manifest.format}; this release reads ${FORMAT}.`);
  const installation = new Installation({ url, token });
  const begun = Date.now();

  // Before anything is written: the backup is whole.
  const held = new Tables();
  for await (const page of contents(folder, manifest)) held.add(page.part, page.table, page.columns, page.rows);
  const tables = held.ended();
  for (const file of manifest.files) await content(file);
  if (known(tables, manifest.files) !== manifest.digest) throw new Stop("The backup is damaged: its manifest does not fit what it holds. Take another one.");

  const asked = { backup: manifest.digest, migrations: manifest.plan.migrations, keys: manifest.keys };
  const { data: before } = await installation.json("POST", "/v1/restore", asked);
  if (before.pages) console.log(`Going on behind page ${before.pages}.`);

  for await (const page of contents(folder, manifest)) {
    if (page.part === RELATIONS && page.number > before.pages) await send(page);
  }
  const there = new Map((await installation.files()).map(({ key, bytes, etag }) => [key, `${bytes} ${etag}`]));
  await each(manifest.files, async (file) => {
    if (there.get(file.key) === `${file.bytes} ${file.etag}`) return;
    await installation.ask("PUT", `/v1/restore/file?backup=${manifest.digest}&key=${encodeURIComponent(file.key)}`, { body: await content(file) });
  });
  for await (const page of contents(folder, manifest)) {
    if (page.part !== RELATIONS && page.number > before.pages) await send(page);
  }

  const differences = await compared();
  if (differences.length && !process.argv.includes("--anyway")) {
    throw new Stop(`What is here now is not what the backup holds:\n${differences.join("\n")}\nTo open the installation as it is, run it again with --anyway.`);
  }
  // Objects wake, indexes and edges are made from what was restored.
  for (let after = ""; ; ) {
    const { data } = await installation.json("POST", "/v1/restore/finish", { ...asked, after });
    if (!data.next && !data.untold) break;
    if (data.next) after = data.next;
    else await new Promise((done) => setTimeout(done, 500));
  }
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  console.log(`Restored ${manifest.digest}`);
  console.log(`taken from ${manifest.url} between ${manifest.begun_at} and ${manifest.ended_at}`);
  for (const table of tables) console.log(`${String(table.rows).padStart(9)}  ${table.name}`);
  console.log(`${rows} rows and ${manifest.files.length} files of ${bytes} bytes are here and were read back${differences.length ? `, with ${differences.length} differences` : ": every checksum agrees"}; ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
  for (const difference of differences) console.log(difference);

  async function content({ file, sha256: checksum }) {
    const bytes = await readFile(join(folder, file)).catch(() => undefined);
    if (!bytes || sha256(bytes) !== checksum) throw new Stop(`The backup is damaged: ${file} is not as it was written. Take another one.`);
    return bytes;
  }

  async function send({ number, part, table, columns, rows }) {
    const body = JSON.stringify({ table, columns, rows });
    await installation.ask("POST", `/v1/restore/rows?backup=${manifest.digest}&part=${part}&page=${number}&sha256=${sha256(body)}`, { body });
    console.log(`${number} of ${manifest.pages.length} pages`);
  }

  /** Everything read back: where it is not what the backup holds. */
  async function compared() {
    const now = new Tables();
    for (const part of [RELATIONS, ...(await installation.parts())]) {
      for await (const { page } of installation.pages(part)) now.add(part, page.table, page.columns, page.rows);
    }
    const here = new Map(now.ended().map((table) => [table.name, table]));
    const wrong = [];
    for (const { name, rows, digest } of tables) {
      if (here.get(name)?.digest !== digest) wrong.push(`${name}: ${rows} rows in the backup, ${here.get(name)?.rows ?? 0} here`);
      here.delete(name);
    }
    for (const { name, rows } of here.values()) wrong.push(`${name}: no rows in the backup, ${rows} here`);
    const files = new Map((await installation.files()).map(({ key, bytes, etag }) => [key, `${bytes} ${etag}`]));
    for (const { key, bytes, etag } of manifest.files) {
      if (files.get(key) !== `${bytes} ${etag}`) wrong.push(`the file ${key} is not here as it was`);
      files.delete(key);
    }
    for (const key of files.keys()) wrong.push(`the file ${key} is not in the backup`);
    return wrong;
  }
});
