// npm run backup -- --url https://frontdesk.example --out FOLDER: everything that cannot be made again, while the product
// runs. The operator's token is the variable BOOTSTRAP_TOKEN. A folder without manifest.json is no backup: it was cut off.
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FORMAT, Installation, RELATIONS, Stop, Tables, contents, each, given, known, md5, run, sha256 } from "./installation.mjs";

await run(async () => {
  const { url, path: folder, token } = given("backup", "--out");
  if (existsSync(folder) && (await readdir(folder)).length > 0) throw new Stop(`${folder} is not empty. Name a new folder.`);
  await mkdir(join(folder, "rows"), { recursive: true });
  await mkdir(join(folder, "files"));
  const installation = new Installation({ url, token });
  const begun = Date.now();
  const { data: plan } = await installation.json("GET", "/v1/backup");
  const pages = [];
  const keys = new Set();

  async function take(part) {
    for await (const { bytes, page } of installation.pages(part)) {
      const file = `rows/${String(pages.length + 1).padStart(6, "0")}.json`;
      await writeFile(join(folder, file), bytes);
      pages.push({ file, part, table: page.table, rows: page.rows.length, sha256: sha256(bytes) });
      if (part === RELATIONS) sealed(page).forEach((key) => keys.add(key));
    }
  }

  /** Ids of the keys that a page's values were sealed with: a value begins with it, alone or in JSON. */
  function sealed({ table, columns, rows }) {
    const places = plan.tables.find(({ name }) => name === table).sealed.map((column) => columns.indexOf(column) + 1);
    const texts = rows.flatMap((row) => places.map((place) => row[place] ?? ""));
    return texts.flatMap((text) => [...text.matchAll(/(?:^|"sealed":")([0-9a-f]{8})\./g)].map(([, key]) => key));
  }

  // The relations come before what they lead to: what is on its way from them to an object is in one of both.
  await take(RELATIONS);
  for (const part of await installation.parts()) await take(part);

  const files = [];
  await each(await installation.files(), async ({ key }) => {
    const { status, bytes } = await installation.ask("GET", `/v1/backup/file?key=${encodeURIComponent(key)}`, { accept: [404] });
    // It was deleted meanwhile.
    if (status === 404) return;
    const file = `files/${sha256(key)}`;
    await writeFile(join(folder, file), bytes);
    files.push({ key, file, bytes: bytes.length, etag: md5(bytes), sha256: sha256(bytes) });
  });
  files.sort((a, b) => (a.key < b.key ? -1 : 1));

  const manifest = { format: FORMAT, url, begun_at: new Date(begun).toISOString(), plan, keys: [...keys].sort(), pages, files };
  const [tables, left] = [new Tables(), {}];
  for await (const page of contents(folder, manifest)) {
    tables.add(page.part, page.table, page.columns, page.rows);
    if (page.left) left[page.table] = (left[page.table] ?? 0) + page.left;
  }
  Object.assign(manifest, { tables: tables.ended(), left, ended_at: new Date().toISOString() });
  manifest.digest = known(manifest.tables, files);
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));

  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const removed = Object.values(left).reduce((sum, count) => sum + count, 0);
  console.log(`Backup ${manifest.digest}`);
  console.log(`${rows} rows in ${pages.length} pages, ${files.length} files of ${bytes} bytes, sealed with ${manifest.keys.join(", ") || "no key"}; newest migration ${plan.migrations.at(-1)}; ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
  if (removed) console.log(`${removed} rows belong to something that was deleted meanwhile and are not restored: ${Object.entries(left).map(([table, count]) => `${table} ${count}`).join(", ")}.`);
});
