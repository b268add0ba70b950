// The part of Markdown that answers use, straight to DOM nodes: paragraphs, breaks, bold, italic, code, lists,
// quotes, tables, links, headings as bold lines. Anything else, HTML first of all, is shown as the text it is.

import type { Citation } from "./wire";
import { Label, t } from "./labels";
import { h } from "./view/dom";

export interface Context {
  /** The text ends where it was cut, now or for good: marks without their other half are not shown. */
  partial: boolean;
  /** Sources by number; undefined while the answer streams and the sources are not known yet. */
  sources: Citation[] | undefined;
}

const FENCE = /^ *```/;
const HEADING = /^ *#{1,6} +(.*?)[ #]*$/;
const ITEM = /^( *)([-*+•]|\d{1,9}[.)]) +(.*)$/;
const RULE = /^ *([-*_])( *\1){2,} *$/;
const DASHES = /^ *\|?( *:?-+:? *\|)+( *:?-+:? *)?$/;
const QUOTE = /^ *> ?/;
/** What ends a paragraph. An ordered list does so from 1 only: a line may well begin with "2024. ". */
const INTERRUPTS = /^ *(```|#{1,6} |>|[-*+•] |1[.)] )/;
/** Deep nesting is never meant, and costs stack. */
const DEEPEST = 5;

const INLINE =
  /(`+)([^`]|[^`][^]*?[^`])\1(?!`)|\*\*(?=\S)([^]*?\S)\*\*(?!\*)|\*(?=[^\s*])([^*]*[^\s*])\*|\[([^[\]\n]+)\]\( *<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>? *\)| ?\[(\d{1,3})\]|(\bhttps?:\/\/[^\s<>*`|[\]\x80-\uffff]+)|\\([!-/:-@[-`{-~])|(\n)/g;

/** Whether a source can be opened: a page can, an uploaded file and a text cannot. */
export const webUrl = (url: string): boolean => /^https?:\/\/\S/i.test(url);

/** Host and path of a page; the page of a file. */
export const place = (url: string): string => {
  const [, page] = /#page=(\d+)/.exec(url) ?? [];
  return webUrl(url) ? url.replace(/^\w+:\/\/(www\.)?|\/?([?#].*)?$/g, "") : page ? t(Label.Page, page) : "";
};

export const link = (className: string, href: string, ...children: (Node | string)[]): HTMLElement =>
  h("a" + className, { href, target: "_blank", rel: "noopener nofollow" }, ...children);

const inline = (text: string, context: Context, depth = 0): (Node | string)[] => {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, , code, bold, italic, label, target, number, bare, escaped] = match;
    const inner = (part: string) => (depth < DEEPEST ? inline(part, context, depth + 1) : [part]);
    // The next match cannot begin in what a bare link leaves over; it is text again.
    const url = bare?.replace(/[.,;:!?'"»”)\]]+$/, "");
    nodes.push(
      text.slice(end, match.index),
      code
        ? h("code", {}, code)
        : bold
          ? h("strong", {}, ...inner(bold))
          : italic
            ? h("em", {}, ...inner(italic))
            : label
              ? // The web, mail and telephone may be followed, never a script.
                webUrl(target!) || /^(mailto|tel):\S/i.test(target!)
                ? link("", target!, ...inner(label))
                : whole
              : number
                ? citation(+number, whole, context)
                : url
                  ? link("", url, url)
                  : escaped || h("br"),
      url ? whole.slice(url.length) : "",
    );
    end = match.index + whole.length;
  }
  return [...nodes, text.slice(end)].filter(Boolean);
};

const citation = (number: number, written: string, { sources }: Context): Node | string => {
  const source = sources?.find((source) => source.number === number);
  if (sources && !source) return written;
  const mark = h("sup.cite", {}, `${number}`);
  if (source) {
    // An uploaded file has no address to go to; its passage is shown all the same.
    const { url } = source;
    const web = webUrl(url);
    const anchor = web ? link("", url, `${number}`) : h("button", { type: "button" }, `${number}`);
    const note = web ? t(Label.NewTab) : place(url);
    anchor.ariaLabel = `${t(Label.Source)} ${number}: ${source.title}${note && ` (${note})`}`;
    anchor.dataset["source"] = `${number}`;
    mark.replaceChildren(anchor);
  }
  return mark;
};

const row = (line: string, tag: string, context: Context) =>
  h("tr", {}, ...line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => h(tag, {}, ...inline(cell.trim(), context))));

const indent = (line = "") => line.search(/\S|$/);

const blocks = (lines: string[], context: Context, depth = 0): Node[] => {
  const nodes: Node[] = [];
  // Each outermost block finds its own direction; inner ones follow, or the outer one would not count their text.
  const auto = depth ? {} : { dir: "auto" };
  let at = 0;
  /** The lines from here on that pass the test, which may look at `at`. */
  const take = (test: (line: string) => unknown): string[] => {
    const from = at;
    while (at < lines.length && test(lines[at]!)) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const fence = FENCE.test(line);
    const heading = HEADING.exec(line);
    const item = depth < DEEPEST && ITEM.exec(line);
    if (!line.trim()) at++;
    else if (fence) {
      at++;
      const code = take((next) => !FENCE.test(next));
      at++;
      nodes.push(h("pre", { tabIndex: 0, dir: "ltr" }, h("code", {}, code.join("\n"))));
    } else if (heading) {
      at++;
      nodes.push(h("p", auto, h("strong", {}, ...inline(heading[1]!, context))));
    } else if (RULE.test(line)) {
      at++;
      nodes.push(h("hr"));
    } else if (depth < DEEPEST && QUOTE.test(line)) {
      nodes.push(h("blockquote", auto, ...blocks(take((next) => QUOTE.test(next)).map((next) => next.replace(QUOTE, "")), context, depth + 1)));
    } else if (line.includes("|") && DASHES.test(lines[at + 1] ?? "")) {
      at += 2;
      const body = take((next) => next.includes("|")).map((next) => row(next, "td", context));
      nodes.push(h("div.wide", { tabIndex: 0 }, h("table", { dir: "auto" }, h("thead", {}, row(line, "th", context)), h("tbody", {}, ...body))));
    } else if (item) {
      const base = item[1]!.length + 1;
      const ordered = parseInt(item[2]!);
      const list = h(ordered >= 0 ? "ol" : "ul", ordered >= 0 ? { start: ordered, ...auto } : auto);
      let next: RegExpExecArray | null;
      while ((next = ITEM.exec(lines[at] ?? "")) && next[1]!.length <= base && /\d/.test(next[2]!) === ordered >= 0) {
        const margin = next[1]!.length + next[2]!.length + 1;
        at++;
        // A blank line goes on only with text that is indented into the item.
        const rest = take((line) => (line.trim() ? indent(line) > base || !(ITEM.test(line) || INTERRUPTS.test(line)) : indent(lines[at + 1]) > base));
        const children = blocks([next[3]!, ...rest.map((line) => line.slice(Math.min(indent(line), margin)))], context, depth + 1);
        const [first] = children;
        // A lone paragraph in an item needs no paragraph's margins.
        if (first instanceof HTMLParagraphElement) children.splice(0, 1, ...first.childNodes);
        list.append(h("li", {}, ...children));
        const here = at;
        take((line) => !line.trim());
        if (!ITEM.test(lines[at] ?? "")) at = here;
      }
      nodes.push(list);
    } else {
      at++;
      const rest = take((next) => next.trim() && !INTERRUPTS.test(next));
      nodes.push(h("p", auto, ...inline([line, ...rest].map((part) => part.trim()).join("\n"), context)));
    }
  }
  return nodes;
};

/** Text that still grows, without the marks whose other half is under way, so that they do not flash. */
const settle = (text: string): string => {
  text = text.replace(/(\[[^\]\n]{0,80}|\[[^\]\n]*\]\([^)\s]*|[*`]+)$/, "").trimEnd();
  return text.slice(text.lastIndexOf("\n\n") + 1).split("**").length % 2 ? text : text + "**";
};

export const renderMarkdown = (text: string, context: Context): HTMLElement =>
  h("div", {}, ...blocks((context.partial ? settle(text) : text).replace(/\t/g, "    ").split(/\r\n?|\n/), context));
