// The window around log and composer: header, focus, keys, and what is different on a phone.

import { Label, t } from "../labels";
import type { Host, Link } from "../contract";
import { button, h, icon } from "./dom";

/** Reconnecting is mostly over before anyone could read about it. */
const QUIET_MS = 600;
/** The same as in style.css and loader.ts. */
const PHONE = "(max-width:480px),(max-height:480px)";

export interface WindowView {
  readonly shown: boolean;
  /** It covers the page. */
  readonly phone: boolean;
  link(link: Link, words: string): void;
  show(focus: boolean): void;
  hide(): void;
  /** Something came while the window was closed. */
  unread(): void;
}

export const createWindow = ({ launcher, frame, session, signal }: Host, embedded: boolean, field: HTMLElement, body: HTMLElement, dismiss: () => boolean, close: () => void): WindowView => {
  const { agent_name, workspace_name, theme } = session.config;
  const openLabel = launcher.ariaLabel!;
  const idle = workspace_name === agent_name ? "" : workspace_name;
  const picture = launcher.querySelector("img")?.cloneNode() as HTMLImageElement | undefined;
  if (picture) picture.onerror = () => picture.remove();
  const state = h("div.state", { role: "status" }, idle);
  const element = h(
    "div.window",
    { role: embedded ? "region" : "dialog", ariaLabel: agent_name, tabIndex: -1, hidden: true },
    h(
      "div.head",
      {},
      h("div.face", { ariaHidden: "true" }, [...agent_name.trim()][0], picture),
      h("div.who", {}, h("div.name", { dir: "auto" }, agent_name), state),
      !embedded && button("plain", t(Label.Close), close, icon("M6 6l12 12M18 6 6 18")),
    ),
    body,
  );
  frame.append(element);
  const dot = h("span.unread", { role: "img", ariaLabel: t(Label.NewMessages) });
  const phone = matchMedia(PHONE);
  const covers = () => phone.matches && !embedded;
  const focused = () => (element.getRootNode() as ShadowRoot).activeElement;
  let timer = 0;

  element.onkeydown = (event) => {
    const { key, shiftKey } = event;
    // Keys typed into the chat are no shortcuts of the page.
    event.stopPropagation();
    if (key === "Escape" && !event.isComposing && !dismiss() && !embedded) close();
    // Phones: the window is the page, so focus stays in it.
    if (key !== "Tab" || !covers()) return;
    const stops = [...element.querySelectorAll<HTMLElement>("a,:enabled,[tabindex='0']")].filter((stop) => stop.getClientRects()[0]);
    const active = focused();
    const [first, last] = [stops[0], stops.at(-1)];
    if (shiftKey ? active === first || active === element : active === last) {
      event.preventDefault();
      (shiftKey ? last : first)?.focus();
    }
  };
  element.onkeyup = element.onkeypress = (event) => event.stopPropagation();

  const on = (target: EventTarget | null, type: string, heard: () => void) => {
    target?.addEventListener(type, heard, { signal });
    heard();
  };
  // An on-screen keyboard shrinks what is visible, not what is laid out.
  const fit = () => {
    const view = visualViewport;
    if (!view || view.scale > 1.01) return;
    frame.style.setProperty("--height", view.height + "px");
    frame.style.setProperty("--top", view.offsetTop + "px");
  };
  on(visualViewport, "resize", fit);
  on(visualViewport, "scroll", fit);
  on(phone, "change", () => (element.ariaModal = covers() ? "true" : null));
  const dark = matchMedia("(prefers-color-scheme: dark)");
  on(dark, "change", () => frame.classList.toggle("dark", theme.scheme === "dark" || (theme.scheme !== "light" && dark.matches)));

  const mark = (open: boolean) => {
    launcher.ariaExpanded = `${open}`;
    launcher.ariaLabel = open ? t(Label.Close) : openLabel;
  };
  mark(false);
  /** What waits for the page's end waits no longer. */
  const reveal = () => (frame.style.visibility = "");

  return {
    get shown() {
      return !element.hidden;
    },
    get phone() {
      return covers();
    },
    link(link, words) {
      clearTimeout(timer);
      const set = () => {
        state.textContent = words || idle;
        state.dataset["link"] = link;
      };
      if (/connecting/.test(link)) timer = setTimeout(set, QUIET_MS);
      else set();
    },
    show(focus) {
      element.hidden = false;
      dot.remove();
      reveal();
      fit();
      mark(true);
      // On a phone the keyboard would cover the welcome and the prompts before they were read.
      if (focus) (covers() ? element : field).focus({ preventScroll: true });
    },
    hide() {
      const inside = element.contains(focused());
      element.hidden = true;
      mark(false);
      if (inside) launcher.focus({ preventScroll: true });
    },
    unread() {
      reveal();
      launcher.append(dot);
      launcher.ariaLabel = `${openLabel} (${t(Label.NewMessages)})`;
    },
  };
};
