// The lazily loaded module: puts conversation and views together behind the `Ui` contract.

import type { Connect, Failure, Host, Ui } from "./contract";
import { Conversation } from "./conversation";
import { Label, t } from "./labels";
import { Transport } from "./transport";
import { applyColours } from "./view/accent";
import css from "./view/style.css";
import { createComposer } from "./view/composer";
import { h } from "./view/dom";
import { createLog } from "./view/log";
import { createPopover } from "./view/popover";
import { createWindow } from "./view/window";

export const mount = (host: Host, line: Connect = Transport): Ui => {
  const { config } = host.session;
  let conversation: Conversation | undefined;
  host.adopt(css);
  applyColours(host.frame, config.theme);

  // Most of the server's sentences are English; readers of other languages get ours, which say less but are
  // understood. Why a question was refused is said in the language it was asked in.
  const explain = (problem: Partial<Failure> | undefined, otherwise: Label) =>
    problem?.code === "agent_unpublished" ? t(Label.Ended) : ((host.lang === "en" || /^(too_many|plan)_/.test(problem?.code!)) && problem?.message) || t(otherwise);

  let ended = false;
  const ask = (text: string) => {
    // Nobody will take it; it stays where it can be copied.
    if (ended) return composer.giveBack(text);
    log.toEnd();
    connect().ask(text);
  };
  const composer = createComposer(host.lang, ask, () => conversation?.stop());
  const context = {
    lang: host.lang,
    agent: config.agent_name,
    retry: (turn: { text: string }) => {
      ask(turn.text);
      composer.field.focus();
    },
    explain: (problem: Partial<Failure> | undefined) => explain(problem, Label.Failed),
  };
  const log = createLog(context, config.welcome, config.quick_prompts, (text) => {
    ask(text);
    // The prompts go away, and focus must not go with them.
    composer.field.focus();
  }, () => connect());
  const body = h("div", { class: "body" }, log.element, composer.element);
  const dismiss = createPopover(body, (anchor) => {
    const id = anchor.closest<HTMLElement>("[data-turn]")?.dataset["turn"];
    const turn = conversation?.thread.turns.find((each) => each.id === id);
    return turn?.citations.find(({ number }) => `${number}` === anchor.dataset["source"]);
  });
  const window = createWindow(host, composer.field, [body], dismiss, () => ui.close());

  const refreshComposer = () => composer.busy(!!conversation?.thread.open, conversation?.stoppable ?? true);

  const connect = (): Conversation =>
    (conversation ??= new Conversation(host, {
      changed(turn, news) {
        log.changed(turn, news);
        refreshComposer();
      },
      typing: (name) => log.typing(name),
      finished(turn) {
        log.announce(turn);
        if (!window.shown) window.unread();
      },
      link(link, problem) {
        const words = { connecting: t(Label.Connecting), open: "", reconnecting: t(Label.Reconnecting), offline: t(Label.Offline), closed: "" };
        window.link(link, words[link]);
        if (link !== "closed") return;
        ended = true;
        composer.end();
        if (problem) log.notice(explain(problem, Label.Ended));
      },
      refused(text, problem) {
        composer.giveBack(text);
        refreshComposer();
        log.changed(undefined, false);
        if (problem.code !== "unknown") log.notice(explain(problem, Label.NotAccepted));
      },
    }, line));

  const ui: Ui = {
    open(focus) {
      if (!window.shown) {
        window.show(focus);
        connect();
        log.changed(undefined, false);
        host.remember(true);
        host.emit("open", {});
      } else if (focus) window.show(true);
    },
    close() {
      if (!window.shown) return;
      dismiss();
      window.hide();
      host.remember(false);
      host.emit("close", {});
    },
    toggle: () => (window.shown ? ui.close() : ui.open(true)),
    send(text) {
      ui.open(false);
      if (text.trim()) ask(text.trim());
    },
    destroy() {
      conversation?.destroy();
      window.destroy();
    },
  };
  return ui;
};
