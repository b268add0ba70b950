// The lazily loaded module: puts conversation and views together behind the `Ui` contract.

import type { Connect, Failure, Host, Ui } from "./contract";
import { converse, type Conversation } from "./conversation";
import { createReport } from "./events";
import { Label, t } from "./labels";
import { link } from "./markdown";
import { transport } from "./transport";
import { applyColours } from "./view/accent";
import { ctaCard } from "./view/cards";
import { createComposer } from "./view/composer";
import { h } from "./view/dom";
import { createLog, paragraphs } from "./view/log";
import { createPopover } from "./view/popover";
import css from "./view/style.css";
import { createWindow } from "./view/window";
import type { Cta } from "./wire";

/** A person who reads along is told this often that the visitor writes. */
const TYPING_MS = 3000;

export const mount = (host: Host, line: Connect = transport): Ui => {
  const { config } = host.session;
  const { store } = host;
  let conversation: Conversation | undefined;
  host.adopt(css);
  applyColours(host, config.theme);
  const report = createReport(host);
  /** The window is a part of the page, or all of it, and always open. */
  const embedded = /inline|page/.test(config.theme.layout!);

  // Most of the server's sentences are English; readers of other languages get ours, which say less but are
  // understood. Why a question was refused is said in the language it was asked in.
  const explain = (problem: Partial<Failure> | undefined, otherwise: Label) =>
    problem?.code === "agent_unpublished" ? t(Label.Ended) : ((host.lang === "en" || /^(too_many|plan)_/.test(problem?.code!)) && problem?.message) || t(otherwise);

  let ended = false;
  let typed = 0;
  const ask = (text: string) => {
    // Nobody will take it; it stays where it can be copied.
    if (ended) return void composer.giveBack(text);
    log.toEnd();
    return connect().ask(text);
  };
  /** Asked by a button that goes away, and focus must not go with it. */
  const askHere = (text: string) => {
    ask(text);
    refocus();
  };
  const refocus = () => composer.field.focus();
  const composer = createComposer(ask, () => conversation?.stop(), () => {
    const now = Date.now();
    if (now - typed < TYPING_MS || !/waiting|human/.test(conversation?.state.standing!)) return;
    typed = now;
    conversation!.send({ type: "typing" });
  });
  const follow = (cta: Cta) => {
    report("cta_clicked", cta.id);
    if (cta.kind === "capture_email" && config.lead_form) form();
  };
  const log = createLog(host, {
    agent: config.agent_name,
    retry: ({ text }) => askHere(text),
    explain: (problem) => explain(problem, Label.Failed),
    follow,
    send: (frame) => connect().send(frame),
  }, askHere, () => connect(), refocus);
  if (config.badge) composer.element.append(link(".notice", host.api, config.badge));
  const body = h("div.body", {}, log.element, composer.element);
  const dismiss = createPopover(body, (anchor) => {
    const id = anchor.closest<HTMLElement>("[data-turn]")?.dataset["turn"];
    return conversation?.turns.find((turn) => turn.id === id)?.citations.find(({ number }) => `${number}` === anchor.dataset["source"]);
  });
  const window = createWindow(host, embedded, composer.field, body, dismiss, () => ui.close());

  const refreshComposer = () => composer.busy(!!conversation?.open());

  const connect = (): Conversation =>
    (conversation ??= converse(host, {
      changed(turn, news) {
        log.changed(turn, news);
        refreshComposer();
      },
      typing: (name) => log.typing(name),
      finished(turn) {
        log.announce(turn);
        if (turn.cta) report("cta_shown", turn.cta.id);
        if (!window.shown) window.unread();
      },
      link(link, problem) {
        window.link(link, /connecting|offline/.test(link) ? t(Label.Connecting) : "");
        if (link !== "closed") return;
        ended = true;
        composer.end();
        if (problem) log.notice(explain(problem, Label.Ended));
      },
      refused(text, problem) {
        composer.giveBack(text);
        refreshComposer();
        log.changed();
        if (problem.code !== "unknown") log.notice(explain(problem, Label.NotAccepted));
      },
    }, line));

  /** What our own code throws is not the page's to see: the visitor reads an id of it, by which the installation knows where
   *  it was, and the conversation goes on. */
  const id = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16).padStart(8, "0")).join("");
  let told = false;
  const broken = (event: Event) => {
    const { error, reason = error } = event as ErrorEvent & PromiseRejectionEvent;
    const place: string | undefined = reason?.stack?.split(import.meta.url)[1];
    if (!place) return;
    event.preventDefault();
    log.notice(t(Label.Broken, id.slice(0, 8)));
    if (told) return;
    told = true;
    navigator.sendBeacon?.(host.api + "/v1/widget/reports", JSON.stringify({ id, reason: reason.name + import.meta.url + place }));
    host.emit("error", { code: "internal", message: reason.message, id });
  };
  for (const type of ["error", "unhandledrejection"]) addEventListener(type, broken, { signal: host.signal });

  /** What the visitor sees of experiments, told once a visit. */
  const expose = () => {
    const { done = [] } = store.read();
    const seen = (config.variants ?? []).map(({ variant_id }) => variant_id).filter((id) => !done.includes(id));
    for (const id of seen) report("exposed", id);
    if (seen[0]) store.write({ done: [...done, ...seen] });
  };

  /** Shows the form that captures a lead. */
  const form = () => {
    if (!config.lead_form) throw { code: "invalid", message: "add lead fields in the dashboard" };
    connect().lead = { type: "lead_form" };
    log.changed();
    // After the drawing: it was asked for, so that is where one goes on.
    requestAnimationFrame(() => host.frame.querySelector<HTMLElement>(".row [name]")?.focus());
  };

  const ui: Ui = {
    open(focus, what) {
      if (what === "lead") form();
      if (!window.shown) {
        window.show(focus);
        connect();
        log.changed();
        store.write({ open: true });
        if (focus) report("opened");
        expose();
        host.emit("open", {});
      } else if (focus) window.show(true);
    },
    close() {
      if (!window.shown || embedded) return;
      dismiss();
      window.hide();
      store.write({ open: false });
      host.emit("close", {});
    },
    ready: connect,
    toggle: () => (window.shown ? ui.close() : ui.open(true)),
    send(text) {
      ui.open(false);
      text = ("" + text).trim();
      return text ? ask(text) : undefined;
    },
    act({ id, action }) {
      report("rule_fired", id);
      if (action.kind === "quick_prompts") log.prompts(action.prompts);
      else if (action.kind === "show_cta") {
        log.offer(ctaCard(action.cta, follow));
        report("cta_shown", action.cta.id);
      } else log.offer(paragraphs(action.message));
      // A phone's window would cover what the visitor is reading.
      if (!window.phone) return ui.open(false);
      expose();
      window.unread();
    },
  };
  // A phone's window covers the page, which is what the visitor wanted to see when following a link.
  if (embedded || (store.read().open && !window.phone)) ui.open(false);
  else store.write({ open: false });
  return ui;
};
