// rules-*.js: what the widget does of its own accord. Loaded only where an agent has rules, or a page wants the bar
// to appear near its end. One look a second at the clock and the address, and the visitor's own movements.

import type { Host, RulesModule } from "./contract";
import type { WidgetRule } from "./wire";

/** A visit ends when no page of the site was seen for this long. */
const VISIT_MS = 30 * 60_000;
/** No visitor is spoken to more often. */
const BETWEEN_MS = 5 * 60_000;
/** How near the top the pointer leaves, and how much of the page reveals the bar. */
const EDGE_PX = 10;
const REVEAL = 0.9;

/** Whether the address fits a pattern with `*`: its query only where the pattern has one, with or without a last slash. */
const fits = (pattern: string) =>
  new RegExp("^" + pattern.replace(/[^*\w/]/g, "\\$&").replace(/\*/g, ".*").replace(/\/?$/, "/?$")).test(location.pathname + (pattern.includes("?") ? location.search : ""));

export const watch: RulesModule["watch"] = (host: Host, fire, near) => {
  const { signal, store, frame, session } = host;
  const { rules = [] } = session.config;
  const now = Date.now();
  const { seen_at = 0, visits = 0 } = store.read();
  const begins = now - seen_at > VISIT_MS;
  store.write({ seen_at: now, ...(begins && { visits: visits + 1, done: [] }), ...((begins || /[?&]utm_/.test(location.search)) && { landing: location.search }) });

  let page = location.href;
  let entered = now;
  let moved = now;
  let leaving = false;

  const seen = () => (scrollY + innerHeight) / document.documentElement.scrollHeight;
  const since = (at: number) => (Date.now() - at) / 1000;
  const holds = ({ when }: WidgetRule): boolean => {
    const { kind } = when;
    if (kind === "exit_intent") return leaving;
    if (kind === "idle") return since(moved) >= when.seconds;
    if (kind === "time") return since(entered) >= when.seconds;
    // A page that is still filling is all seen without anyone having read it.
    if (kind === "scroll") return scrollY > 0 && seen() * 100 >= when.percent;
    if (kind === "returning") return store.read().visits! >= when.visits;
    return kind === "page" || kind === "utm" && (["source", "medium", "campaign"] as const).every((name) => !when[name] || new URLSearchParams(store.read().landing).get("utm_" + name) === when[name]);
  };
  const look = () => {
    const { done = [], fired_at = 0, open } = store.read();
    if (open || Date.now() - fired_at < BETWEEN_MS) return;
    const rule = rules.find((rule) => !done.includes(rule.id) && (!rule.page?.[0] || rule.page.some(fits)) && holds(rule));
    if (!rule) return;
    store.write({ done: [...done, rule.id], fired_at: Date.now() });
    fire(rule);
  };

  const on = (types: string, heard: (event: MouseEvent) => unknown) => {
    for (const type of types.split(" ")) addEventListener(type, heard as (event: Event) => void, { signal, passive: true, capture: true });
  };
  on("mousemove mouseout", ({ clientY }) => {
    leaving = clientY < EDGE_PX;
    if (leaving) look();
    leaving = false;
  });
  on("mousemove keydown pointerdown touchmove", () => (moved = Date.now()));
  on("scroll", () => {
    moved = Date.now();
    look();
    reveal();
  });

  // The visit goes on for as long as a page is looked at.
  on("visibilitychange", () => document.hidden && store.write({ seen_at: Date.now() }));

  const { style } = frame;
  const reveal = () => {
    if (!style.visibility || seen() < REVEAL) return;
    style.visibility = "";
    // Who has come this far may well ask: the first question must not wait for a handshake.
    near().then((ui) => ui.ready(), () => {});
  };
  const tick = () => {
    if (location.href !== page) {
      page = location.href;
      entered = Date.now();
    }
    look();
    reveal();
  };
  const clock = setInterval(tick, 1000);
  signal.addEventListener("abort", () => clearInterval(clock));
  tick();
};
