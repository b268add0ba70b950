// From which score on a passage counts: what every threshold does to questions that the paragraphs answer, and to the
// same questions where the paragraph that answers is left out. Two passages are few: an answer from fewer is marked.
import { readFileSync } from "node:fs";

const SOURCES = 6;
const STEPS = [0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8];

/**
 * One row for each threshold: the share of questions whose passage is among the sources, and the shares of answerable
 * and of unanswerable ones that are marked as unsure.
 * @param {string} scores  file of `{ question: [[paragraph, score], …] }`, best first
 * @param {string} queries file of lines `{ id, gold }`
 */
export function curve(scores, queries) {
  const found = JSON.parse(readFileSync(scores, "utf8"));
  const gold = readFileSync(queries, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return STEPS.map((threshold) => {
    let [kept, unsure, refused] = [0, 0, 0];
    for (const { id, gold: answer } of gold) {
      const counts = (named) => named.filter(([, score]) => score >= threshold).slice(0, SOURCES);
      const all = counts(found[id] ?? []);
      if (all.some(([name]) => name === answer)) kept += 1;
      if (all.length < 2) unsure += 1;
      if (counts((found[id] ?? []).filter(([name]) => name !== answer)).length < 2) refused += 1;
    }
    const share = (count) => Number((count / gold.length).toFixed(3));
    return { threshold, kept: share(kept), unsure: share(unsure), refused: share(refused) };
  });
}
