// The part of Markdown that answers use, straight to DOM nodes: paragraphs, breaks, bold, italic, code, lists,
// quotes, tables, links, headings as bold lines. Anything else, HTML first of all, is shown as the text it is.

import type { Citation } from "./wire";
import { h } from "./view/dom";

export interface Context {
  /** The text ends where it was cut, now or for good: marks without their other half are not shown. */
  partial: boolean;
  /** Sources by number; undefined while the answer streams and the sources are not known yet. */
  sources: Map<number, Citation> | undefined;
  /** Label of a source for a screen reader. */
  label(source: Citation): string;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6} +(.*?)[ #]*$/;
const ITEM = /^( *)([-*+•]|\d{1,9}[.)]) +(.*)$/;
const RULE = /^ {0,3}([-*_])( *\1){2,} *$/;
const DASHES = /^ *\|?( *:?-+:? *\|)+( *:?-+:? *)?$/;
const QUOTE = /^ {0,3}> ?/;
/** What ends a paragraph. An ordered list does so from 1 only: a line may well begin with "2024. ". */
const INTERRUPTS = /^ {0,3}(`{3}|~{3}|#{1,6} |>|[-*+•] |1[.)] )/;
/** Deep nesting is never meant, and costs stack. */
const DEEPEST = 5;

const INLINE =
  /(`+)([^`]|[^`][^]*?[^`])\1(?!`)|\*\*(?=\S)([^]*?\S)\*\*(?!\*)|\*(?=[^\s*])([^*]*[^\s*])\*|\[([^[\]\n]+)\]\( *<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?: +"[^"\n]*")? *\)| ?\[(\d{1,3})\]|(\bhttps?:\/\/[^\s<>*`|[\]\x80-\uffff]+)|\\([!-/:-@[-`{-~])|(\n)/g;

/** Whether a link may be followed: the web, mail and telephone, never a script. */
export const safeUrl = (url: string): string | undefined => (/^(https?:\/\/|mailto:|tel:)[^\s]/i.test(url) ? url : undefined);

/** Whether a source can be opened: a page can, an uploaded file and a text cannot. */
export const webUrl = (url: string): boolean => /^https?:\/\//i.test(url);

const link = (href: string, ...children: (Node | string)[]) =>
  h("a", { href, target: "_blank", rel: "noopener nofollow" }, ...children);

const inline = (text: string, context: Context, depth = 0): (Node | string)[] => {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, , code, bold, italic, label, target, number, bare, escaped] = match;
    const inner = (part: string) => (depth < DEEPEST ? inline(part, context, depth + 1) : [part]);
    let node: Node | string = whole;
    let used = whole.length;
    if (code) node = h("code", {}, code);
    else if (bold) node = h("strong", {}, ...inner(bold));
    else if (italic) node = h("em", {}, ...inner(italic));
    else if (label) {
      const url = safeUrl(target!);
      if (url) node = link(url, ...inner(label));
    } else if (number) node = citation(+number, whole, context);
    else if (bare) {
      const url = bare.replace(/[.,;:!?'"»”)\]]+$/, "");
      used = url.length;
      node = link(url, url);
    } else if (escaped) node = escaped;
    else node = h("br");
    nodes.push(text.slice(end, match.index), node);
    end = match.index + used;
    // What the bare link left over is text again; the next match cannot begin in it.
    if (used < whole.length) {
      nodes.push(whole.slice(used));
      end = match.index + whole.length;
    }
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
};

const citation = (number: number, written: string, { sources, label }: Context): Node | string => {
  if (!sources) return h("sup", { class: "cite" }, `${number}`);
  const source = sources.get(number);
  if (!source) return written;
  // An uploaded file has no address to go to; its passage is shown all the same.
  const anchor = webUrl(source.url) ? link(source.url, `${number}`) : h("button", { type: "button" }, `${number}`);
  anchor.setAttribute("aria-label", label(source));
  anchor.dataset["source"] = `${number}`;
  return h("sup", { class: "cite" }, anchor);
};

const cells = (line: string) => line.trim().replace(/^\||\|$/g, "").split("|");

const table = (head: string, rows: string[], context: Context): Node => {
  const row = (line: string, tag: "th" | "td") =>
    h("tr", {}, ...cells(line).map((cell) => h(tag, {}, ...inline(cell.trim(), context))));
  const body = h("tbody", {}, ...rows.map((line) => row(line, "td")));
  return h("div", { class: "wide", tabindex: "0" }, h("table", { dir: "auto" }, h("thead", {}, row(head, "th")), body));
};

const blocks = (lines: string[], context: Context, depth = 0): Node[] => {
  const nodes: Node[] = [];
  // Each outermost block finds its own direction; inner ones follow, or the outer one would not count their text.
  const auto: Record<string, string> = depth ? {} : { dir: "auto" };
  let at = 0;
  const take = (test: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && test(lines[at]!)) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const fence = FENCE.exec(line)?.[1];
    const heading = HEADING.exec(line)?.[1];
    if (!line.trim()) at++;
    else if (fence) {
      at++;
      const code = take((next) => !next.trimStart().startsWith(fence));
      at++;
      nodes.push(h("pre", { tabindex: "0", dir: "ltr" }, h("code", {}, code.join("\n"))));
    } else if (heading !== undefined) {
      at++;
      nodes.push(h("p", auto, h("strong", {}, ...inline(heading, context))));
    } else if (RULE.test(line)) {
      at++;
      nodes.push(h("hr"));
    } else if (depth < DEEPEST && QUOTE.test(line)) {
      const quoted = take((next) => QUOTE.test(next)).map((next) => next.replace(QUOTE, ""));
      nodes.push(h("blockquote", auto, ...blocks(quoted, context, depth + 1)));
    } else if (line.includes("|") && DASHES.test(lines[at + 1] ?? "")) {
      at += 2;
      nodes.push(table(line, take((next) => next.includes("|")), context));
    } else if (depth < DEEPEST && ITEM.test(line)) {
      const [list, used] = readList(lines, at, context, depth);
      nodes.push(list);
      at = used;
    } else {
      const first = lines[at++]!;
      const rest = take((next) => !!next.trim() && !INTERRUPTS.test(next));
      nodes.push(h("p", auto, ...inline([first, ...rest].map((part) => part.trim()).join("\n"), context)));
    }
  }
  return nodes;
};

const indent = (line: string) => line.length - line.trimStart().length;

/** A list from line `at` on, and the line after it. */
const readList = (lines: string[], at: number, context: Context, depth: number): [Node, number] => {
  const [, { length: base } = "", mark = ""] = ITEM.exec(lines[at]!)!;
  const ordered = /\d/.test(mark);
  const list = ordered ? h("ol", { start: `${parseInt(mark)}` }) : h("ul");
  if (!depth) list.dir = "auto";
  for (;;) {
    const item = ITEM.exec(lines[at] ?? "");
    if (!item || item[1]!.length > base + 1 || /\d/.test(item[2]!) !== ordered) break;
    const content = [item[3]!];
    const margin = item[1]!.length + item[2]!.length + 1;
    for (at++; at < lines.length; at++) {
      const line = lines[at]!;
      if (!line.trim()) {
        // A blank line goes on only with text that is indented into the item.
        if (!(indent(lines[at + 1] ?? "") > base + 1)) break;
        content.push("");
      } else if (indent(line) > base + 1) content.push(line.slice(Math.min(indent(line), margin)));
      else if (ITEM.test(line) || INTERRUPTS.test(line)) break;
      else content.push(line.trim());
    }
    const children = blocks(content, context, depth + 1);
    const [first] = children;
    // A lone paragraph in an item needs no paragraph's margins.
    if (first instanceof HTMLParagraphElement) children.splice(0, 1, ...first.childNodes);
    list.append(h("li", {}, ...children));
    let next = at;
    while (next < lines.length && !lines[next]!.trim()) next++;
    if (ITEM.test(lines[next] ?? "")) at = next;
  }
  return [list, at];
};

/** Text that still grows, without the marks whose other half is under way, so that they do not flash. */
export const settle = (text: string): string => {
  text = text.replace(/(\[[^[\]\n]{0,80}|\[[^[\]\n]*\]\([^)\s]*|[*`]+)$/, "").trimEnd();
  if ((text.match(/^ {0,3}(```|~~~)/gm) ?? []).length % 2) return text;
  const tail = text.slice(text.lastIndexOf("\n\n") + 1);
  for (const mark of ["`", "**"]) if (tail.split(mark).length % 2 === 0) return text + mark;
  return text;
};

export const renderMarkdown = (text: string, context: Context): DocumentFragment => {
  const fragment = document.createDocumentFragment();
  const lines = (context.partial ? settle(text) : text).replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n");
  fragment.append(...blocks(lines, context));
  return fragment;
};
