// What is left of somebody where the product keeps things: D1, the databases of objects, R2.
import { texts } from "./secrets.mjs";

/** Where below a folder one of the words is. */
export function traces(path, words) {
  const found = [];
  for (const [where, text] of texts(path)) {
    const lower = text.toLowerCase();
    for (const word of words) if (lower.includes(word)) found.push(`${where}: ${word}`);
  }
  return found;
}
