// preview.js: the dashboard's picture of an agent while it is edited. Launcher and window are the widget's own
// (the window from the same ui-*.js that visitors load); only the line to the server is a sample.
//
// The parent, of the same origin, tells what to show:
//   { type: "frontdesk-preview", config: WidgetConfig, open: boolean, scheme?: "light" | "dark", reveal?: boolean }
// and is told { type: "frontdesk-preview-ready" } once it can. `scheme` is the visitor's, as a page would report it;
// with `reveal` the page is long, and the launcher appears near its end, as with `data-reveal`.

import type { Host, RulesModule, Ui, UiModule } from "../contract";
import { createLauncher, pickLanguage } from "../launcher";
import type { WidgetConfig } from "../wire";
import pageCss from "./page.css";
import { Sample } from "./sample";
import shownCss from "./shown.css";

interface Told {
  type: "frontdesk-preview";
  config: WidgetConfig;
  open: boolean;
  scheme?: "light" | "dark";
  reveal?: boolean;
}

/** What is on show. */
interface Shown {
  element: HTMLElement;
  ending: AbortController;
}

const modules = new Map<string, Promise<UiModule>>();
/** What was said in each language, for as long as the page lasts. */
const samples = new Map<string, Sample>();
let shown: Shown | undefined;
let open = false;
/** What the parent said last about `open`: what was done here meanwhile stands until it says something else. */
let told: boolean | undefined;
let newest = 0;
/** The end of the long page was near once. */
let revealed = false;

const sheet = new CSSStyleSheet();
sheet.replaceSync(pageCss);
document.adoptedStyleSheets = [sheet];
const systemDark = matchMedia("(prefers-color-scheme: dark)");

const load = (lang: string): Promise<UiModule> => {
  let module = modules.get(lang);
  if (!module) modules.set(lang, (module = import(new URL(`../${UI_FILE}-${lang}.js`, import.meta.url).href) as Promise<UiModule>));
  return module;
};

/** What a reader would miss if it were lost: place in the log, what is typed, focus. */
const keep = () => {
  const root = shown?.element.shadowRoot;
  const log = root?.querySelector<HTMLElement>(".log");
  const field = root?.querySelector("textarea");
  const focused = root?.activeElement;
  const focus = focused && (["textarea", ".launcher"] as const).find((selector) => focused.matches(selector));
  // At the end the log follows what is added; elsewhere it stays where it is.
  const top = log && log.scrollHeight - log.scrollTop - log.clientHeight > 2 ? log.scrollTop : undefined;
  return { top, text: field?.value, from: field?.selectionStart, to: field?.selectionEnd, focus };
};

const restore = (element: HTMLElement, { top, text, from, to, focus }: ReturnType<typeof keep>) => {
  const root = element.shadowRoot!;
  const field = root.querySelector("textarea");
  if (field && text) {
    field.value = text;
    field.dispatchEvent(new Event("input"));
    field.setSelectionRange(from ?? 0, to ?? 0);
  }
  if (focus) root.querySelector<HTMLElement>(focus)?.focus({ preventScroll: true });
  const log = root.querySelector<HTMLElement>(".log");
  // The log draws in the next animation frame, and this right after it: nothing is painted in between.
  if (log && top !== undefined) {
    requestAnimationFrame(() => {
      log.scrollTop = top;
      log.dispatchEvent(new Event("scroll"));
    });
  }
};

const show = async ({ config, open: wanted, scheme, reveal = false }: Told) => {
  const turn = ++newest;
  const lang = pickLanguage([config.language]);
  const [{ mount }, rules] = await Promise.all([load(lang), reveal && (import(new URL(`../${RULES_FILE}`, import.meta.url).href) as Promise<RulesModule>)]);
  if (turn !== newest) return;
  if (told !== wanted) open = told = wanted;
  const visitor = scheme ?? (systemDark.matches ? "dark" : "light");
  const fixed = config.theme.scheme;
  const theme = { ...config.theme, scheme: fixed === "light" || fixed === "dark" ? fixed : visitor };
  const { classList } = document.documentElement;
  classList.toggle("dark", visitor === "dark");
  classList.toggle("long", reveal);
  if (!reveal) revealed = false;

  const kept = keep();
  const before = shown;
  let sample = samples.get(lang);
  if (!sample) samples.set(lang, (sample = new Sample(lang)));
  const { element, ...parts } = createLauncher({ ...config, theme }, lang);
  const ending = new AbortController();
  const host: Host = {
    ...parts,
    api: "",
    signal: ending.signal,
    traits: {},
    session: { config: { ...config, theme }, conversation_id: "cnv_sample", visitor_id: "vis_sample", token: "", token_expires_at_ms: 0, resumed: true },
    // What a visitor's browser would keep, for as long as it is shown.
    store: {
      read: () => ({ open, saved_at: Date.now() }),
      write(change) {
        open = change.open ?? open;
      },
      clear() {},
    },
    renew: async () => {},
    post: () => Promise.reject({ code: "unavailable", message: "" }),
    emit() {},
  };
  // A visitor's phone begins with the window shut, and says so to the store; here it is as wide as the frame.
  const opened = open;
  const ui: Ui = mount(host, sample.line);
  host.adopt(shownCss);
  host.launcher.onclick = () => ui.toggle();
  shown = { element, ending };
  if (opened) ui.open(false);
  // In the same task as what replaces it, so that nothing flickers.
  before?.ending.abort();
  before?.element.remove();
  restore(element, kept);
  if (!rules || revealed) return;
  parts.frame.style.visibility = "hidden";
  rules.watch(host, () => {}, async () => {
    revealed = true;
    return ui;
  });
};

addEventListener("message", ({ data, origin, source }: MessageEvent<Told>) => {
  if (origin !== location.origin || source !== parent || data?.type !== "frontdesk-preview") return;
  void show(data);
});
parent.postMessage({ type: "frontdesk-preview-ready" }, location.origin);
