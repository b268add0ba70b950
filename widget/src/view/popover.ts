// The passage behind a footnote, beside it: on hover and on focus, gone with Escape, and the pointer may move
// onto it (WCAG 2.2, 1.4.13).

import type { Citation } from "../wire";
import { h } from "./dom";

/** Time to cross the gap between the footnote and the passage. */
const GRACE_MS = 200;

/** Returns a function that hides what is shown, and says whether something was. */
export const createPopover = (within: HTMLElement, find: (anchor: HTMLElement) => Citation | undefined): (() => boolean) => {
  const title = h("b", { dir: "auto" });
  const text = h("span", { dir: "auto" });
  const element = h("div", { class: "popover", role: "tooltip", id: "passage" }, title, text);
  element.hidden = true;
  within.append(element);
  let anchor: HTMLElement | undefined;
  let timer = 0;

  const hide = () => {
    clearTimeout(timer);
    const shown = !element.hidden;
    element.hidden = true;
    anchor?.removeAttribute("aria-describedby");
    anchor = undefined;
    return shown;
  };
  const show = (event: Event) => {
    const target = event.target as HTMLElement;
    if (element.contains(target)) return clearTimeout(timer);
    const next = target.closest<HTMLElement>("[data-source]");
    if (!next) return;
    clearTimeout(timer);
    const source = find(next);
    if (next === anchor || !source?.snippet) return;
    hide();
    anchor = next;
    title.textContent = [...(source.heading_path ?? [])].pop() ?? source.title;
    text.textContent = source.snippet;
    element.hidden = false;
    next.setAttribute("aria-describedby", "passage");
    const box = within.getBoundingClientRect();
    const { top, bottom } = next.getBoundingClientRect();
    const { height } = element.getBoundingClientRect();
    const above = top - box.top - height - 6;
    element.style.setProperty("top", (above > 8 ? above : bottom - box.top + 6) + "px");
  };
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(hide, GRACE_MS);
  };
  within.addEventListener("pointerover", (event) => event.pointerType === "mouse" && show(event));
  within.addEventListener("click", (event) => (event.target as HTMLElement).localName === "button" && show(event));
  within.addEventListener("pointerout", leave);
  within.addEventListener("focusin", (event) => (event.target as HTMLElement).matches(":focus-visible") && show(event));
  within.addEventListener("focusout", leave);
  within.addEventListener("scroll", hide, { capture: true, passive: true });
  return hide;
};
