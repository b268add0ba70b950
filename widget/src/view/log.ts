// The list of messages: welcome, prompts, turns; draws once per animation frame and scrolls only a reader who
// is at the end already.

import { Label, t } from "../labels";
import type { Conversation } from "../conversation";
import type { Turn } from "../state";
import { button, h, icon } from "./dom";
import { createTurn, type TurnContext, type TurnView } from "./turn";

const NEAR_PX = 48;

export interface LogView {
  readonly element: HTMLElement;
  changed(turn: Turn | undefined, news: boolean): void;
  /** Puts a notice below the last message until the next change. */
  notice(text: string): void;
  /** Somebody writes; said for as long as it is true, as far as we know. */
  typing(name: string): void;
  announce(turn: Turn): void;
  toEnd(): void;
}

export const createLog = (context: TurnContext, welcome: string, prompts: string[], ask: (text: string) => void, getConversation: () => Conversation): LogView => {
  const views = new Map<Turn, TurnView>();
  const dirty = new Set<Turn>();
  const quick = h("div", { class: "prompts" }, ...prompts.map((text) => {
    const prompt = button("pill", text, () => ask(text));
    prompt.dir = "auto";
    return prompt;
  }));
  const problem = h("div", { class: "notice problem", dir: "auto" });
  const turns = h("div", { class: "turns" });
  const extra = h("div", { class: "offers" });
  const writing = h("div", { class: "notice", dir: "auto" });
  let written = 0;
  const intro = h("div", { class: "answer" }, ...welcome.split(/\n+/).map((line) => h("p", { dir: "auto" }, line)));
  const list = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": t(Label.Conversation), tabindex: "0" }, intro, quick, turns, writing, extra, problem);
  const status = h("div", { class: "hidden", role: "status" });
  let scheduled = false;
  let stick = true;

  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
  const toEnd = () => {
    list.scrollTop = list.scrollHeight;
    stick = true;
    more.hidden = true;
  };
  const more = button("more", t(Label.NewMessages), toEnd, icon("M12 5v14M6 13l6 6 6-6"), t(Label.NewMessages));
  more.hidden = true;
  list.addEventListener("scroll", () => {
    stick = atEnd();
    if (stick) more.hidden = true;
  }, { passive: true });
  // The window may be opened, turned or shrunk by a keyboard while the reader is at the end.
  new ResizeObserver(() => stick && toEnd()).observe(list);

  const draw = () => {
    scheduled = false;
    const { thread } = getConversation();
    for (const [turn, view] of views) {
      if (thread.turns.includes(turn)) continue;
      view.element.remove();
      views.delete(turn);
    }
    const end = thread.turns.at(-1);
    thread.turns.forEach((turn, index) => {
      let view = views.get(turn);
      if (!view) views.set(turn, (view = createTurn(turn, context)));
      // Whether a failed turn may be retried depends on what came after it.
      if (dirty.has(turn) || !view.element.isConnected || turn.phase === "failed") view.draw(turn === end);
      if (turns.children[index] !== view.element) turns.insertBefore(view.element, turns.children[index] ?? null);
    });
    dirty.clear();
    const { standing, offered, rating } = thread.state;
    const stars = () => [1, 2, 3, 4, 5].map((n) => {
      const star = button("pill star", `${n} / 5`, () => getConversation().rate(n), n <= (rating ?? 0) ? "★" : "☆");
      star.setAttribute("aria-pressed", `${n === rating}`);
      return star;
    });
    // Drawn anew only where it is something else: a button must not go away under a finger.
    const look = standing === "resolved" ? `${rating}` : offered ? "offer" : "";
    if (extra.dataset["look"] !== look) {
      extra.dataset["look"] = look;
      extra.replaceChildren(...(standing === "resolved" ? [h("span", {}, t(Label.Rate)), ...stars()] : offered ? [button("pill", t(Label.Person), () => ask(t(Label.Person)))] : []));
    }
    quick.hidden = !thread.known || thread.turns.length > 0;
    // History is not news: the log speaks up only after it is all there.
    list.setAttribute("aria-live", thread.known ? "polite" : "off");
    if (stick) list.scrollTop = list.scrollHeight;
    else if (fresh) more.hidden = atEnd();
    fresh = false;
  };
  let fresh = false;

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    // A hidden page gets no animation frames.
    if (document.hidden) setTimeout(draw, 100);
    else requestAnimationFrame(draw);
  };

  return {
    element: h("div", { class: "middle" }, list, more, status),
    changed(turn, news) {
      if (turn) dirty.add(turn);
      else getConversation().thread.turns.forEach((each) => dirty.add(each));
      if (news) fresh = true;
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
    toEnd,
  };
};
