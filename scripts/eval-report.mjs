// The figures of an evaluation, their floors, what they are compared with, and how both are told.
import { say } from "./tools.mjs";

const SYSTEMS = ["BM25", "dense", "fused"];

export class Report {
  /** By name: `value`, and `at_least` or `at_most` where there is a floor or a ceiling. */
  figures = {};
  /** By set, system and measure: what others reach. */
  #beside = {};
  #notRun = [];
  #curves = {};

  figure(name, value, atLeast, atMost) {
    this.figures[name] = { value, ...(atLeast !== undefined && { at_least: atLeast }), ...(atMost !== undefined && { at_most: atMost }) };
  }

  /** What a system reaches on a set. */
  beside(set, system, measures) {
    (this.#beside[set] ??= {})[system] = measures;
    for (const [measure, value] of Object.entries(measures)) this.figure(`${set}.${system.toLowerCase()}.${measure}`, value);
  }

  /** What every threshold of confidence does; see eval-confidence.mjs. */
  curve(mode, rows) {
    this.#curves[mode] = rows;
  }

  /** Runs a part; one that fails is told, and the others go on. */
  async attempt(part, work) {
    try {
      await work();
    } catch (error) {
      this.#notRun.push(`${part}: ${error.message.split("\n")[0]}`);
      say(`not run: ${this.#notRun.at(-1)}`);
    }
  }

  table() {
    const line = (mark, name, value, wanted, others) => `${mark} ${name.padEnd(42)} ${value.padStart(8)}   ${wanted.padEnd(9)} ${others.map((other) => other.padStart(8)).join(" ")}`.trimEnd();
    const rows = this.#rows().map(({ good, name, value, wanted, others }) => line(good ? " " : "!", name, value, wanted, others));
    const below = this.#rows().filter(({ good }) => !good).length;
    return [
      "",
      line(" ", "figure", "ours", "wanted", SYSTEMS),
      ...rows,
      "",
      below ? `${below} below what is wanted (marked with !).` : "Nothing is below what is wanted.",
      ...this.#notRun.map((part) => `Not run: ${part}`),
    ].join("\n");
  }

  markdown() {
    const rows = this.#rows().map(({ good, name, value, wanted, others }) => `| ${name} | ${good ? value : `**${value}** (below)`} | ${[wanted, ...others].join(" | ")} |`);
    return `# Evaluation

Written by \`npm run eval\`, which runs production code over real data that is not in this repository
(\`FRONTDESK_EVAL\` names its folder); its own scorers give the figures.

| figure | ours | wanted | ${SYSTEMS.join(" | ")} |
|---|---:|---:|${"---:|".repeat(SYSTEMS.length)}
${rows.join("\n")}
${this.#notRun.map((part) => `\nNot run: ${part}\n`).join("")}
- \`squad\`, \`xquad\`: our index by words alone, natively. \`squad_hybrid\`: words and meaning through the running
  product, with vectors of all-MiniLM-L6-v2 in place of Workers AI; its legs are our words and those vectors alone.
- BM25: Snowball stems (none for Chinese), English without stop words, k1 1.2, b 0.75. dense: exact cosine of the same
  vectors over whole paragraphs. fused: reciprocal rank fusion of the two, 1 / (60 + rank). An empty field was not measured.
- \`langid\`: macro accuracy over nine languages, nothing known beforehand, "unsure" counted as wrong. The time is of the
  native build. The weight is that of the table of letter sequences (\`crates/domain/src/language/table.bin\`); the code
  around it is a few kilobytes more.
- \`crawl\`: a documentation site served locally, from the moment it is added until every page is searchable.
${this.#confidence()}`;
  }

  #confidence() {
    const table = ([mode, rows]) => `\n${mode}:\n\n| threshold | passage among the sources | answerable marked unsure | unanswerable marked unsure |\n|---:|---:|---:|---:|\n${rows.map(({ threshold, kept, unsure, refused }) => `| ${threshold} | ${kept} | ${unsure} | ${refused} |`).join("\n")}\n`;
    const curves = Object.entries(this.#curves).map(table);
    if (!curves.length) return "";
    return `\n## From which score a passage counts\n\nQuestions of SQuAD as they are, and with the paragraph that answers them left out of what was found; an answer from fewer than two\npassages is marked as unsure. \`docs/DESIGN.md\` says what was chosen.\n${curves.join("")}`;
  }

  #rows() {
    return Object.entries(this.figures)
      .filter(([name]) => !SYSTEMS.some((system) => name.includes(`.${system.toLowerCase()}.`)))
      .map(([name, { value, at_least, at_most }]) => {
        const at = name.lastIndexOf(".");
        const beside = this.#beside[name.slice(0, at).replace("_hybrid", "")] ?? {};
        return {
          name,
          value: String(value),
          good: (at_least === undefined || value >= at_least) && (at_most === undefined || value <= at_most),
          wanted: at_least !== undefined ? `≥ ${at_least}` : at_most !== undefined ? `≤ ${at_most}` : "",
          others: SYSTEMS.map((system) => String(beside[system]?.[name.slice(at + 1)] ?? "")),
        };
      });
  }
}
