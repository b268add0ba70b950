// The list of messages: welcome, prompts, turns, and the cards below them; draws once per animation frame and scrolls
// only a reader who is at the end already.

import type { Host } from "../contract";
import type { Conversation, Lead, Turn } from "../conversation";
import { Label, t } from "../labels";
import { leadCard } from "./cards";
import { button, h, icon, redraw } from "./dom";
import { createTurn, type TurnContext, type TurnView } from "./turn";

const NEAR_PX = 48;

export interface LogView {
  readonly element: HTMLElement;
  changed(turn?: Turn, news?: boolean): void;
  /** Puts a notice below the last message until the next change. */
  notice(text: string): void;
  /** Somebody writes; said for as long as it is true, as far as we know. */
  typing(name: string): void;
  announce(turn: Turn): void;
  /** The agent speaks up by itself: words, an offer, or other prompts. */
  offer(...nodes: Node[]): void;
  prompts(prompts: string[]): void;
  toEnd(): void;
}

export const paragraphs = (text: string): HTMLElement => h("div.answer", {}, ...text.split(/\n+/).map((line) => h("p", { dir: "auto" }, line)));

export const createLog = (host: Host, context: TurnContext, ask: (text: string) => void, getConversation: () => Conversation, refocus: () => void): LogView => {
  const { welcome, quick_prompts } = host.session.config;
  const { signal } = host;
  const views = new Map<Turn, TurnView>();
  const dirty = new Set<Turn>();
  const quick = h("div.prompts");
  const problem = h("div.notice problem", { dir: "auto" });
  const turns = h("div");
  const own = h("div");
  const extra = h("div.offers");
  const lead = h("div");
  const writing = h("div.notice", { dir: "auto" });
  const list = h("div.log", { role: "log", ariaLive: "off", ariaLabel: context.agent, tabIndex: 0 }, paragraphs(welcome), quick, turns, own, writing, extra, lead, problem);
  const status = h("div.hidden", { role: "status" });
  let written = 0;
  let scheduled = false;
  let stick = true;
  let fresh = false;

  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
  const toEnd = () => {
    list.scrollTop = list.scrollHeight;
    stick = more.hidden = true;
  };
  const more = button("more", t(Label.NewMessages), toEnd, icon("M12 5v14M6 13l6 6 6-6"), t(Label.NewMessages));
  more.hidden = true;
  list.onscroll = () => {
    stick = atEnd();
    more.hidden ||= stick;
  };
  // The window may be opened, turned or shrunk by a keyboard while the reader is at the end.
  new ResizeObserver(() => stick && toEnd()).observe(list);

  const prompts = (texts: string[]) => quick.replaceChildren(...texts.map((text) => button("pill", text, () => ask(text))));
  prompts(quick_prompts);

  const draw = () => {
    scheduled = false;
    if (signal.aborted) return;
    const conversation = getConversation();
    const { state } = conversation;
    const focused = (list.getRootNode() as ShadowRoot).activeElement;
    for (const [turn, view] of views) {
      if (conversation.turns.includes(turn)) continue;
      view.element.remove();
      views.delete(turn);
    }
    const end = conversation.turns.at(-1);
    conversation.turns.forEach((turn, index) => {
      let view = views.get(turn);
      if (!view) views.set(turn, (view = createTurn(turn, context)));
      // Whether a failed turn may be retried depends on what came after it.
      if (dirty.has(turn) || !view.element.isConnected || turn.phase === "failed") view.draw(turn === end);
      const at = turns.children[index];
      if (at !== view.element) turns.insertBefore(view.element, at ?? null);
    });
    dirty.clear();
    const { standing, offered, rating, position } = state;
    redraw(extra, [standing, offered, rating, position].join(), () =>
      standing === "resolved"
        ? [h("span", {}, t(Label.Rate)), ...[1, 2, 3, 4, 5].map((stars) => {
            const star = button("pill star", `${stars} / 5`, () => conversation.send({ type: "rate", stars }), stars <= (rating ?? 0) ? "★" : "☆");
            star.ariaPressed = `${stars === rating}`;
            return star;
          })]
        : [!!position && h("span", {}, t(Label.Queue, `${position}`)), offered && button("pill", t(Label.Person), () => ask(t(Label.Person)))]);
    const card = conversation.lead;
    // A form that may be half filled in is not taken away by a question.
    if (card?.type !== "lead_proposed" || !lead.querySelector("form")) redraw(lead, card ? card.type + ("id" in card && card.id) : "", () => [card && leadCard(host, card, conversation, (next?: Lead) => {
      if (!next) host.store.write({ declined: [...(host.store.read().declined ?? []), "id" in card ? card.id : card.type] });
      conversation.lead = next;
      schedule();
    })]);
    // What was used has gone: back to where one writes.
    if (focused && !focused.isConnected) refocus();
    quick.hidden = !conversation.known() || !!end;
    // History is not news: the log speaks up only after it is all there.
    list.ariaLive = conversation.known() ? "polite" : "off";
    if (stick) list.scrollTop = list.scrollHeight;
    else if (fresh) more.hidden = atEnd();
    fresh = false;
  };

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    // A hidden page gets no animation frames.
    if (document.hidden) setTimeout(draw, 100);
    else requestAnimationFrame(draw);
  };

  return {
    element: h("div.middle", {}, list, more, status),
    changed(turn, news) {
      for (const each of turn ? [turn] : getConversation().turns) dirty.add(each);
      fresh ||= !!news;
      problem.textContent = "";
      // The same answer twice is announced twice.
      if (turn?.phase === "sending") status.textContent = "";
      schedule();
    },
    notice(text) {
      problem.textContent = text;
      toEnd();
    },
    typing(name) {
      writing.textContent = t(Label.Writing, name);
      if (stick) toEnd();
      clearTimeout(written);
      written = setTimeout(() => (writing.textContent = ""), 6000);
    },
    announce(turn) {
      if (turn.by) writing.textContent = "";
      schedule();
      // After the drawing, so that what is read out is what is shown, without marks and footnotes.
      setTimeout(() => {
        const copy = views.get(turn)?.answer.cloneNode(true) as HTMLElement | undefined;
        copy?.querySelectorAll("sup").forEach((note) => note.remove());
        if (copy && turn.phase !== "failed") status.textContent = `${turn.by || context.agent}: ${copy.textContent}`;
      }, 150);
    },
    offer(...nodes) {
      own.replaceChildren(...nodes);
      toEnd();
    },
    prompts,
    toEnd,
  };
};
