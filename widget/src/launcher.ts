// The bubble in the corner: all that a visitor sees, and a page pays for, until somebody wants to talk.

import { parse, textOn } from "./color";
import css from "./launcher.css";
import type { Theme } from "./wire";

/** The first of the wanted languages that has labels. */
export const pickLanguage = (...wanted: (string | undefined)[]): string => {
  for (const tag of wanted) {
    const lang = tag?.slice(0, 2).toLowerCase();
    if (lang && /^..(-|$)/.test(tag!) && LANGUAGES.includes(lang)) return lang;
  }
  return "en";
};

export interface Launcher {
  host: HTMLElement;
  frame: HTMLElement;
  button: HTMLButtonElement;
  adopt(css: string): void;
}

export const createLauncher = (theme: Theme, lang: string): Launcher => {
  const host = document.createElement("frontdesk-widget");
  const root = host.attachShadow({ mode: "open" });
  const adopt = (text: string) => {
    // Not subject to a page's style-src, as a <style> element would be.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  };
  adopt(css);

  const frame = document.createElement("div");
  frame.className = theme.position === "bottom_left" ? "frame left" : "frame";
  frame.lang = lang;
  frame.dir = /ar|he/.test(lang) ? "rtl" : "ltr";
  frame.dataset.scheme = theme.scheme ?? "auto";
  const accent = parse(theme.accent);
  frame.style.setProperty("--accent", `rgb(${accent})`);
  frame.style.setProperty("--on-accent", textOn(accent));

  const button = document.createElement("button");
  button.className = "launcher";
  button.ariaLabel = OPEN_LABELS[lang] ?? "Chat";
  button.ariaHasPopup = "dialog";
  button.ariaExpanded = "false";
  const make = (name: string) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const svg = make("svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const path = make("path");
  path.setAttribute("d", "M21 11.6a8.4 8.4 0 0 1-12.2 7.5L3.5 20.5l1.4-4.9A8.4 8.4 0 1 1 21 11.6Z");
  svg.append(path);
  button.append(svg);
  frame.append(button);
  root.append(frame);
  // Not into <body>: single-page frameworks replace the body's content, and the conversation has to stay.
  document.documentElement.append(host);
  return { host, frame, button, adopt };
};
