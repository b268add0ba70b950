// Puts the functions of a WebAssembly module in an order in which gzip finds more of them again: its window is 32 KB, and
// what the compiler made of one generic function many times over stands together. The code itself is not changed.
import { readFileSync, writeFileSync } from "node:fs";
import { run, tools } from "./tools.mjs";

/** Bytes of a sequence that two functions may share, and how many of the rarest sequences stand for a function. */
const SEQUENCE = 4;
const SIGNS = 320;
/** What the functions before the last one still count. */
const MEMORY = 0.7;

/** What a module can import, as far as ours do: functions, and the kind of an exception. */
const FUNCTION = 0;
const TAG = 4;

/** Reads numbers as WebAssembly writes them (LEB128). */
class Reader {
  constructor(bytes, at = 0) {
    Object.assign(this, { bytes, at });
  }
  number() {
    for (let value = 0, shift = 1; ; shift *= 128) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }
  skip() {
    const length = this.number();
    this.at += length;
  }
}

function number(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

/** The functions' code, how many functions are imported, and everything but the names. */
function takeApart(module) {
  const reader = new Reader(module, 8);
  const parts = [module.subarray(0, 8)];
  let imported = 0;
  let bodies = [];
  while (reader.at < module.length) {
    const from = reader.at;
    const section = module[reader.at++];
    const length = reader.number();
    const end = reader.at + length;
    if (section === 2) {
      for (let left = reader.number(); left > 0; left -= 1) {
        reader.skip();
        reader.skip();
        const kind = module[reader.at++];
        if (kind !== FUNCTION && kind !== TAG) throw new Error(`the module imports something of kind ${kind}: teach scripts/pack.mjs to read it`);
        if (kind === TAG) reader.at += 1;
        reader.number();
        imported += kind === FUNCTION ? 1 : 0;
      }
    }
    if (section === 10) {
      bodies = Array.from({ length: reader.number() }, () => {
        const size = reader.number();
        reader.at += size;
        return module.subarray(reader.at - size, reader.at);
      });
    }
    const names = section === 0 && module.toString("latin1", reader.at + 1, reader.at + 5) === "name";
    if (!names) parts.push(module.subarray(from, end));
    reader.at = end;
  }
  return { imported, bodies, parts };
}

/** The least values of many hashes over all sequences of a function: two functions share as many as they are alike. */
function signs(bodies) {
  const all = new Uint32Array(bodies.length * SIGNS).fill(0xffffffff);
  const salts = Array.from({ length: SIGNS }, (_, n) => Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(n + 7, 0x85ebca6b));
  bodies.forEach((body, place) => {
    const own = all.subarray(place * SIGNS, (place + 1) * SIGNS);
    const seen = new Set();
    for (let at = 0; at === 0 || at + SEQUENCE <= body.length; at += 1) {
      let hash = 0x811c9dc5;
      for (let n = at; n < at + SEQUENCE; n += 1) hash = Math.imul(hash ^ (body[n] ?? 0), 0x01000193);
      hash ^= hash >>> 15;
      if (seen.has(hash)) continue;
      seen.add(hash);
      for (let n = 0; n < SIGNS; n += 1) {
        let value = Math.imul(hash ^ salts[n], 0x2c1b3c6d);
        value = Math.imul(value ^ (value >>> 12), 0x297a2d39) >>> 0;
        if (value < own[n]) own[n] = value;
      }
    }
  });
  return all;
}

/** From the largest function on, each time the one that is most alike to those before it. */
function order(bodies) {
  const all = signs(bodies);
  const alike = new Float64Array(bodies.length);
  const left = new Set(bodies.keys());
  const ordered = [];
  let last = bodies.reduce((most, body, place) => (body.length > bodies[most].length ? place : most), 0);
  while (left.delete(last)) {
    ordered.push(last);
    let best = last;
    let most = -1;
    for (const place of left) {
      let same = 0;
      for (let n = 0; n < SIGNS; n += 1) if (all[place * SIGNS + n] === all[last * SIGNS + n]) same += 1;
      alike[place] = alike[place] * MEMORY + same;
      if (alike[place] > most) [best, most] = [place, alike[place]];
    }
    last = best;
  }
  return ordered;
}

/** Orders the functions of a module and takes its names away (a panic says its file and line by itself). */
export function pack(file) {
  const { imported, bodies, parts } = takeApart(readFileSync(file));
  const places = new Array(bodies.length);
  order(bodies).forEach((place, n) => (places[place] = n));
  // The optimiser orders by name, so the names say the order.
  const named = places.flatMap((place, at) => [...number(imported + at), 6, ...Buffer.from(String(place).padStart(6, "0"))]);
  const functions = [...number(bodies.length), ...named];
  const section = [4, ...Buffer.from("name"), 1, ...number(functions.length), ...functions];
  writeFileSync(file, Buffer.concat([...parts, Buffer.from([0, ...number(section.length), ...section])]));
  run(tools.wasmOpt, [file, "--reorder-functions-by-name", "--strip-debug", "--strip-producers", "--strip-target-features", "-o", file]);
}
