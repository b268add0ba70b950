// One question with its answer, its sources, what follows from it, and what went wrong with it.

import type { Failure } from "../contract";
import type { Turn } from "../conversation";
import { Label, t } from "../labels";
import { link, place, renderMarkdown, webUrl } from "../markdown";
import type { Citation, ClientFrame } from "../wire";
import { ctaCard, type Follow } from "./cards";
import { button, h, icon, morph, redraw } from "./dom";

export interface TurnContext {
  agent: string;
  retry(turn: Turn): void;
  /** The server's own words, where the visitor reads their language. */
  explain(problem: Partial<Failure> | undefined): string;
  follow: Follow;
  send(frame: ClientFrame): boolean;
}

export interface TurnView {
  readonly element: HTMLElement;
  readonly answer: HTMLElement;
  /** Draws the turn; `last` when nothing was said after it. */
  draw(last: boolean): void;
}

const hidden = (text: string) => h("span.hidden", {}, text);

const sourceList = (citations: Citation[]): HTMLElement | false =>
  !!citations[0] &&
  h("ol.sources", { ariaLive: "off", ariaLabel: t(Label.Source) }, ...citations.map(({ url, title, number }) => {
    const web = webUrl(url);
    const inside = [
      h("b", {}, `${number}`),
      h("span.title", { dir: "auto" }, title || place(url)),
      h("span.place", { dir: web ? "ltr" : "auto" }, place(url)),
    ];
    const source = web ? link(".source", url, ...inside, hidden(` (${t(Label.NewTab)})`)) : h("div.source", {}, ...inside);
    if (web) source.dataset["source"] = `${number}`;
    return h("li", {}, source);
  }));

/** Two thumbs; the lower one asks for the reason. */
const judge = (turn_id: string, send: (frame: ClientFrame) => boolean): HTMLElement => {
  const say = (good: boolean, more?: { reason: string }) => send({ type: "feedback", turn_id, good, ...more });
  const reason = h("input", { ariaLabel: t(Label.Reason), placeholder: t(Label.Reason), dir: "auto", hidden: true }) as HTMLInputElement;
  const form = h("form.judge", {
    onsubmit(event: Event) {
      event.preventDefault();
      if (reason.value.trim() && say(false, { reason: reason.value.trim() })) {
        // The keyboard stays where it was used.
        thumbs[1]!.focus();
        reason.replaceWith(h("span", { role: "status" }, t(Label.Thanks)));
      }
    },
  });
  const thumbs = [true, false].map((good) => {
    // Named by the sign, which every screen reader says in its language; drawn, for not every machine has it.
    const thumb = button("plain", good ? "👍" : "👎", () => {
      if (!say(good)) return;
      for (const each of thumbs) each.ariaPressed = `${each === thumb}`;
      reason.hidden = good;
      if (!good) reason.focus();
    }, icon("M7 21V11H3v10h15l3-12h-7V6q0-3-3-3l-4 8"));
    thumb.ariaPressed = "false";
    return thumb;
  });
  form.append(...thumbs, reason);
  return form;
};

export const createTurn = (turn: Turn, context: TurnContext): TurnView => {
  const own = turn.by === undefined;
  const question = h("p.question", { dir: "auto" });
  // Streaming text inside the log would be read out piece by piece; the whole answer is announced when it is there.
  const answer = h("div.answer", { ariaLive: "off" });
  const dots = h("div.dots notice", {}, t(Label.Writing, context.agent));
  const foot = h("div");
  const speaker = turn.by ? h("b.by", { dir: "auto" }, turn.by) : hidden(context.agent + ": ");
  const element = h("div.turn", {}, own && hidden(t(Label.You) + ": "), own && question, speaker, answer, dots, foot);

  return {
    element,
    answer,
    draw(last) {
      const { phase, citations, problem, cta, key, text } = turn;
      if (question.textContent !== text) question.textContent = text;
      Object.assign(element.dataset, { phase, turn: turn.id });
      const running = phase === "running" || phase === "sending";
      answer.hidden = speaker.hidden = !turn.answer;
      // Nobody writes before the question is there, or while a person has the conversation.
      dots.hidden = phase !== "running" || !!turn.answer;
      morph(answer, renderMarkdown(turn.answer, { partial: phase !== "done", sources: running ? undefined : citations }));
      const failed = phase === "failed";
      redraw(foot, phase + (failed && last), () => running ? [] : [
        sourceList(citations),
        failed && h("div.notice", {}, h("span.problem", { dir: "auto" }, context.explain(problem)),
          last && problem?.code !== "agent_unpublished" && button("pill", t(Label.Retry), () => context.retry(turn))),
        !failed && own && !!key && judge(key, context.send),
        cta && ctaCard(cta, context.follow),
      ]);
    },
  };
};
