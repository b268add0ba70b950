// The window around log and composer: header, focus, keys, and what is different on a phone.

import { Label, t } from "../labels";
import type { Host, Link } from "../contract";
import { button, h, icon } from "./dom";

/** Reconnecting is mostly over before anyone could read about it. */
const QUIET_MS = 600;
/** The same as in style.css and loader.ts. */
const PHONE = "(max-width:480px),(max-height:480px)";

export interface WindowView {
  readonly element: HTMLElement;
  readonly shown: boolean;
  link(link: Link, words: string): void;
  show(focus: boolean): void;
  hide(): void;
  /** An answer came while the window was closed. */
  unread(): void;
  destroy(): void;
}

export const createWindow = (host: Host, field: HTMLElement, parts: HTMLElement[], dismiss: () => boolean, close: () => void): WindowView => {
  const { launcher, frame } = host;
  const { agent_name, workspace_name, theme } = host.session.config;
  const openLabel = launcher.getAttribute("aria-label")!;
  const idle = workspace_name === agent_name ? "" : workspace_name;
  const picture = launcher.querySelector("img")?.cloneNode() as HTMLImageElement | undefined;
  if (picture) picture.onerror = () => picture.remove();
  const state = h("div", { class: "state", role: "status" }, idle);
  const element = h(
    "div",
    { class: "window", role: "dialog", "aria-label": agent_name, tabindex: "-1", id: "window" },
    h(
      "div",
      { class: "head" },
      h("div", { class: "face", "aria-hidden": "true" }, [...agent_name.trim()][0], picture),
      h("div", { class: "who" }, h("div", { class: "name", dir: "auto" }, agent_name), state),
      button("plain", t(Label.Close), close, icon("M6 6l12 12M18 6 6 18")),
    ),
    ...parts,
  );
  element.hidden = true;
  frame.append(element);
  const dot = h("span", { class: "unread", role: "img", "aria-label": t(Label.NewMessages) });
  const phone = matchMedia(PHONE);
  const listening = new AbortController();
  let timer = 0;

  /** Phones: the window is the page, so focus stays in it. */
  const trap = (event: KeyboardEvent) => {
    const stops = [...element.querySelectorAll<HTMLElement>("button,a[href],textarea,[tabindex='0']")].filter(
      (stop) => stop.getClientRects().length > 0 && !(stop as HTMLButtonElement).disabled,
    );
    const active = (element.getRootNode() as ShadowRoot).activeElement;
    const [first, last] = [stops[0], stops.at(-1)];
    if (event.shiftKey ? active === first || active === element : active === last) {
      event.preventDefault();
      (event.shiftKey ? last : first)?.focus();
    }
  };
  element.addEventListener("keydown", (event) => {
    // Keys typed into the chat are no shortcuts of the page.
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing && !dismiss()) close();
    if (event.key === "Tab" && phone.matches) trap(event);
  });
  for (const type of ["keyup", "keypress"]) element.addEventListener(type, (event) => event.stopPropagation());

  // An on-screen keyboard shrinks what is visible, not what is laid out.
  const fit = () => {
    const view = visualViewport;
    if (!view || view.scale > 1.01) return;
    frame.style.setProperty("--height", view.height + "px");
    frame.style.setProperty("--top", view.offsetTop + "px");
  };
  visualViewport?.addEventListener("resize", fit, { signal: listening.signal });
  visualViewport?.addEventListener("scroll", fit, { signal: listening.signal });
  const modal = () => {
    if (phone.matches) element.setAttribute("aria-modal", "true");
    else element.removeAttribute("aria-modal");
  };
  phone.addEventListener("change", modal, { signal: listening.signal });
  modal();

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => frame.classList.toggle("dark", theme.scheme === "dark" || (theme.scheme !== "light" && dark.matches));
  dark.addEventListener("change", paint, { signal: listening.signal });
  paint();

  const mark = (open: boolean) => {
    launcher.setAttribute("aria-expanded", `${open}`);
    launcher.setAttribute("aria-label", open ? t(Label.Close) : openLabel);
  };

  return {
    element,
    get shown() {
      return !element.hidden;
    },
    link(link, words) {
      clearTimeout(timer);
      const set = () => {
        state.textContent = words || idle;
        state.dataset["link"] = link;
      };
      if (link === "connecting" || link === "reconnecting") timer = setTimeout(set, QUIET_MS);
      else set();
    },
    show(focus) {
      element.hidden = false;
      dot.remove();
      fit();
      mark(true);
      // On a phone the keyboard would cover the welcome and the prompts before they were read.
      if (focus) (phone.matches ? element : field).focus({ preventScroll: true });
    },
    hide() {
      const inside = element.contains((element.getRootNode() as ShadowRoot).activeElement);
      element.hidden = true;
      mark(false);
      if (inside) launcher.focus({ preventScroll: true });
    },
    unread() {
      launcher.append(dot);
      launcher.setAttribute("aria-label", `${openLabel} (${t(Label.NewMessages)})`);
    },
    destroy() {
      clearTimeout(timer);
      listening.abort();
      element.remove();
    },
  };
};
