// One question with its answer, its sources, and what went wrong with it.

import { Label, t } from "../labels";
import { renderMarkdown, webUrl } from "../markdown";
import type { Failure } from "../contract";
import type { Turn } from "../state";
import type { Citation } from "../wire";
import { button, h, morph } from "./dom";

export interface TurnContext {
  lang: string;
  agent: string;
  retry(turn: Turn): void;
  /** The server's own words, where the visitor reads their language. */
  explain(problem: Partial<Failure> | undefined): string;
}

export interface TurnView {
  readonly element: HTMLElement;
  readonly answer: HTMLElement;
  /** Draws the turn; `last` when nothing was said after it. */
  draw(last: boolean): void;
}

export const sourceLabel = ({ number, title, url }: Citation) => {
  const note = webUrl(url) ? t(Label.NewTab) : place(url);
  return `${t(Label.Source)} ${number}: ${title}${note && ` (${note})`}`;
};

/** Host and path; the path alone for the site that the visitor is on; the page of a file. */
const place = (url: string): string => {
  if (!webUrl(url)) {
    const page = /#page=(\d+)/.exec(url);
    return page ? t(Label.Page, page[1]) : "";
  }
  try {
    const { hostname, pathname } = new URL(url);
    const path = decodeURI(pathname);
    return hostname === location.hostname ? path : hostname.replace(/^www\./, "") + path.replace(/\/$/, "");
  } catch {
    return url;
  }
};

const sourceList = (citations: Citation[]): Node[] => {
  const rows = citations.map((source) => {
    const { url } = source;
    const inside = [
      h("i", { class: "hidden" }, t(Label.Source) + " "),
      h("b", {}, `${source.number}`),
      h("span", { class: "title", dir: "auto" }, source.title || place(url)),
      h("span", { class: "place", dir: webUrl(url) ? "ltr" : "auto" }, place(url)),
    ];
    if (!webUrl(url)) return h("li", {}, h("div", { class: "source" }, ...inside));
    const newTab = h("i", { class: "hidden" }, ` (${t(Label.NewTab)})`);
    const link = h("a", { class: "source", href: url, target: "_blank", rel: "noopener nofollow" }, ...inside, newTab);
    link.dataset["source"] = `${source.number}`;
    return h("li", {}, link);
  });
  return rows.length ? [h("ol", { class: "sources", "aria-live": "off", "aria-label": t(Label.Sources) }, ...rows)] : [];
};

export const createTurn = (turn: Turn, context: TurnContext): TurnView => {
  const question = h("p", { class: "question", dir: "auto" });
  // Streaming text inside the log would be read out piece by piece; the whole answer is announced when it is there.
  const answer = h("div", { class: "answer", "aria-live": "off" });
  const dots = h("div", { class: "dots", role: "img", "aria-label": t(Label.Thinking) }, h("i"), h("i"), h("i"));
  const foot = h("div", { class: "foot" });
  const said = (who: string) => h("span", { class: "hidden" }, who + ": ");
  const own = turn.by === undefined;
  const element = h("div", { class: "turn" }, own && said(t(Label.You)), own && question);
  const speaker = turn.by ? h("b", { class: "by", dir: "auto" }, turn.by) : said(context.agent);

  return {
    element,
    answer,
    draw(last) {
      const { phase, citations } = turn;
      if (question.textContent !== turn.text) question.textContent = turn.text;
      question.title = new Date(turn.at).toLocaleString(context.lang);
      element.dataset["phase"] = phase;
      element.dataset["turn"] = turn.id;
      const running = phase === "running" || phase === "sending";
      if (turn.answer) {
        const sources = running ? undefined : new Map(citations.map((source) => [source.number, source]));
        morph(answer, renderMarkdown(turn.answer, { partial: phase !== "done", sources, label: (source) => sourceLabel(source) }));
      }
      const notice: (Node | string)[] = [];
      if (phase === "stopped") notice.push(h("span", {}, t(Label.Stopped)));
      if (phase === "failed") {
        notice.push(h("span", { class: "problem", dir: "auto" }, context.explain(turn.problem)));
        if (last && turn.problem?.code !== "agent_unpublished") notice.push(button("pill", t(Label.Retry), () => context.retry(turn)));
      }
      foot.replaceChildren(...(running ? [] : sourceList(citations)), ...(notice.length ? [h("div", { class: "notice" }, ...notice)] : []));
      const parts = [running && !turn.answer && dots, turn.answer && speaker, turn.answer && answer, foot.childNodes.length > 0 && foot];
      // Nodes that are in place already must not be moved: that would restart the dots and drop a selection.
      const wanted = [...[...element.childNodes].slice(0, own ? 2 : 0), ...parts.filter((part): part is HTMLElement => !!part)];
      for (const node of [...element.childNodes]) if (!wanted.includes(node)) node.remove();
      wanted.forEach((node, index) => element.childNodes[index] === node || element.insertBefore(node, element.childNodes[index] ?? null));
    },
  };
};
