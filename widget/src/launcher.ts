// The bubble or bar at the page's edge: all that a visitor sees, and a page pays for, until somebody wants to talk.

import { luminance, parse, textOn } from "./color";
import type { Host } from "./contract";
import css from "./launcher.css";
import type { Theme, WidgetConfig } from "./wire";

/** The agent's theme, with the layouts that a page alone can choose. */
export type PageTheme = Omit<Theme, "layout"> & { layout?: string };
type Shown = Pick<WidgetConfig, "welcome" | "agent_name" | "avatar_url"> & { theme: PageTheme };

/** The first of the wanted languages that has labels. */
export const pickLanguage = (wanted: (string | undefined)[]): string =>
  wanted.map((tag) => tag?.slice(0, 2).toLowerCase()).find((lang) => lang && LANGUAGES.includes(lang)) ?? "en";

/** What the closed launcher is called. */
export const openLabel = (lang: string): string => OPEN_LABELS[lang] ?? "Chat";

export type Launcher = Pick<Host, "lang" | "frame" | "launcher" | "adopt" | "colours"> & { element: HTMLElement };

export const make = <K extends keyof HTMLElementTagNameMap>(tag: K, into: Node): HTMLElementTagNameMap[K] => into.appendChild(document.createElement(tag));

/** Not into <body> by itself: single-page frameworks replace the body's content, and the conversation has to stay. */
export const createLauncher = ({ theme, welcome, agent_name, avatar_url }: Shown, lang: string, place?: Node | false | null): Launcher => {
  const element = make("frontdesk-widget" as "div", place || document.documentElement);
  const root = element.attachShadow({ mode: "open" });
  const adopt = (text: string) => {
    // Not subject to a page's style-src, as a <style> element would be.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets.push(sheet);
  };

  const { layout = "bubble", position = "bottom_right", scheme = "auto", radius = 12, font = "system" } = theme;
  const accent = parse(theme.accent);
  // One sheet with the theme in it: a style attribute would be one more thing to make.
  adopt(css + `.frame{--accent:rgb(${accent});--on-accent:${textOn(accent)};--r:${radius}px;color-scheme:${scheme.replace("auto", "light dark")};font-family:${font === "serif" ? "Georgia," : font + ",system-ui,sans-"}serif}`);
  element.className = layout;
  const frame = make("div", root);
  frame.className = `frame ${layout} ${position.replace(/[_-]/, " ")}`;
  frame.lang = lang;
  frame.dir = "ar he".includes(lang) ? "rtl" : "ltr";

  const launcher = make("button", frame);
  launcher.className = "launcher";
  launcher.ariaLabel = openLabel(lang);
  const disc = make("i", launcher);
  if (layout === "bar") {
    const words = make("span", launcher);
    words.textContent = welcome || agent_name;
    words.dir = "auto";
    // Whoever speaks to their computer says what they see.
    launcher.ariaLabel += ": " + words.textContent;
  }
  if (avatar_url?.startsWith("https:")) {
    const picture = make("img", disc);
    picture.alt = "";
    picture.referrerPolicy = "no-referrer";
    // Gone, or forbidden by the page's policy: the glyph is behind it.
    picture.onerror = () => picture.remove();
    picture.src = avatar_url!;
  }
  return { element, lang, frame, launcher, adopt, colours: { parse, luminance, textOn } };
};
