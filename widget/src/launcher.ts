// The bubble or bar at the page's edge: all that a visitor sees, and a page pays for, until somebody wants to talk.

import { parse, textOn } from "./color";
import type { Host } from "./contract";
import css from "./launcher.css";
import type { WidgetConfig } from "./wire";

/** The first of the wanted languages that has labels. */
export const pickLanguage = (...wanted: (string | undefined)[]): string => {
  for (const tag of wanted) {
    const lang = tag?.slice(0, 2).toLowerCase();
    if (lang && /^..(-|$)/.test(tag!) && LANGUAGES.includes(lang)) return lang;
  }
  return "en";
};

export type Launcher = Pick<Host, "lang" | "frame" | "launcher" | "adopt"> & { element: HTMLElement };

const make = <K extends keyof HTMLElementTagNameMap>(tag: K, into: Node): HTMLElementTagNameMap[K] => into.appendChild(document.createElement(tag));

export const createLauncher = ({ theme, welcome, agent_name, avatar_url }: WidgetConfig, lang: string): Launcher => {
  // Not into <body>: single-page frameworks replace the body's content, and the conversation has to stay.
  const element = make("frontdesk-widget" as "div", document.documentElement);
  const root = element.attachShadow({ mode: "open" });
  const adopt = (text: string) => {
    // Not subject to a page's style-src, as a <style> element would be.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  };
  adopt(css);

  const { layout, position = "bottom_right", scheme = "auto", radius = 12, font = "system" } = theme;
  const frame = make("div", root);
  frame.className = `frame ${layout} ${position.replace("_", " ")}`;
  frame.lang = lang;
  frame.dir = /ar|he/.test(lang) ? "rtl" : "ltr";
  const accent = parse(theme.accent);
  frame.style.cssText = `--accent:rgb(${accent});--on-accent:${textOn(accent)};--r:${radius}px;color-scheme:${scheme.replace("auto", "light dark")};font-family:${font === "serif" ? "Georgia," : font + ",system-ui,sans-"}serif`;

  const launcher = make("button", frame);
  launcher.className = "launcher";
  launcher.ariaLabel = OPEN_LABELS[lang] ?? "Chat";
  launcher.ariaHasPopup = "dialog";
  launcher.ariaExpanded = "false";
  const disc = make("i", launcher);
  if (layout === "bar") {
    const words = make("span", launcher);
    words.textContent = welcome || agent_name;
    words.dir = "auto";
    // Whoever speaks to their computer says what they see.
    launcher.ariaLabel += ": " + words.textContent;
  }
  if (/^https:/.test(avatar_url!)) {
    const picture = make("img", disc);
    picture.alt = "";
    picture.referrerPolicy = "no-referrer";
    // Gone, or forbidden by the page's policy: the glyph is behind it.
    picture.onerror = () => picture.remove();
    picture.src = avatar_url!;
  }
  return { element, lang, frame, launcher, adopt };
};
