// The passage behind a footnote, beside it: on hover and on focus, gone with Escape, and the pointer may move
// onto it (WCAG 2.2, 1.4.13): it touches the footnote.

import type { Citation } from "../wire";
import { h } from "./dom";

/** Returns a function that hides what is shown, and says whether something was. */
export const createPopover = (within: HTMLElement, find: (anchor: HTMLElement) => Citation | undefined): (() => boolean) => {
  const element = h("div.popover", { role: "tooltip", id: "passage", hidden: true });
  within.append(element);
  let anchor: HTMLElement | null = null;

  const hide = () => {
    const shown = !element.hidden;
    element.hidden = true;
    anchor?.removeAttribute("aria-describedby");
    anchor = null;
    return shown;
  };
  const show = ({ target }: Event) => {
    const next = (target as HTMLElement).closest<HTMLElement>("[data-source]");
    if (element.contains(target as Node) || (next && next === anchor)) return;
    hide();
    const source = next && find(next);
    if (!source || !source.snippet) return;
    anchor = next;
    element.replaceChildren(h("b", { dir: "auto" }, source.heading_path?.at(-1) ?? source.title), h("span", { dir: "auto" }, source.snippet));
    element.hidden = false;
    next.setAttribute("aria-describedby", "passage");
    const from = within.getBoundingClientRect().top;
    const { top, bottom } = next.getBoundingClientRect();
    const above = top - from - element.offsetHeight;
    element.style.top = (above > 8 ? above : bottom - from) + "px";
  };
  within.onpointerover = (event) => {
    if (event.pointerType === "mouse") show(event);
  };
  within.onclick = show;
  within.addEventListener("focusin", show);
  within.onpointerleave = hide;
  within.addEventListener("scroll", hide, true);
  return hide;
};
