// widget.js: the classic script on the customer's page. It owns the one global, asks the API whether it may
// show itself here, draws the bubble, and loads the rest when a visitor comes near it. Every byte here is paid
// for by pages whose visitors never chat.

import { post } from "./api";
import type { Failure, Host, RulesModule, Ui, UiModule } from "./contract";
import { createLauncher, make, openLabel, pickLanguage, type Launcher, type PageTheme } from "./launcher";
import { createStore } from "./storage";
import type { InitResponse, WidgetConfig } from "./wire";

/** The script's data attributes, and what `init` takes; schemas/frontdesk.d.ts describes them. */
interface Options {
  agentId: string;
  api?: string;
  language?: string;
  position?: string;
  primaryColor?: string;
  greeting?: string;
  layout?: string;
  target?: string;
  theme?: "auto" | "light" | "dark";
  reveal?: string;
  consent?: string;
  consentText?: string;
  privacy?: string;
}
type Handler = (detail: unknown) => void;
type Entry = Iterable<unknown> & { r?: Handler; j?: Handler };
type Global = { (...command: unknown[]): Promise<unknown>; q?: Entry[]; s?: HTMLScriptElement | null; m?: (() => unknown) | undefined };

const DAY_MS = 24 * 3600_000;

const script = document.currentScript as HTMLScriptElement | null;
const own = script?.src || location.href;
let handlers: [event: string, handler: Handler][] = [];
let traits = {};

const emit = (event: string, detail: object) => {
  // In a task of its own: the page's mistake is the page's to see, and not ours to die of.
  for (const [name, handler] of handlers) if (name === event) queueMicrotask(() => handler(detail));
};

const fail = (problem: Failure) => {
  problem.code ??= "unavailable";
  console.warn("Frontdesk: " + problem.message);
  emit("error", problem);
  return problem;
};
const misused = (message: string) => fail({ code: "invalid", message });

const start = (options: Options) => {
  const { agentId: agent, api = new URL(own).origin, reveal } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const store = createStore(agent);
  let element: HTMLElement | undefined;
  let loading: Promise<Ui> | undefined;
  let loads = 0;
  let allow!: () => void;

  const init = async (turnstile?: string): Promise<InitResponse> => {
    const { token, visitor_pass, open, saved_at } = store.read();
    const reply = await post(api + "/v1/widget/init", { agent_id: agent, page_url: location.href, token, visitor_pass, turnstile }, signal);
    const { data } = (await reply.json()) as { data: InitResponse };
    const now = Date.now();
    store.write({ token: data.token, visitor_pass: data.visitor_pass!, saved_at: now, open: open && now - saved_at! < DAY_MS });
    return data;
  };

  const language = (other?: string) => pickLanguage([options.language, document.documentElement.lang, other, navigator.language]);
  /** The page's wishes go before the agent's; `words` make it a bar that says them, whatever it is otherwise. */
  const draw = (config: WidgetConfig, words?: string): Launcher => {
    const { primaryColor, position, layout, theme: scheme, greeting, target } = options;
    const theme: PageTheme = config.theme;
    Object.assign(theme, position && { position }, layout && { layout }, scheme && { scheme }, words && { layout: "bar" }, primaryColor && { accent: primaryColor, message: primaryColor });
    config.welcome = words || greeting || config.welcome;
    element?.remove();
    const parts = createLauncher(config, language(config.language), theme.layout === "inline" && document.querySelector(target!));
    element = parts.element;
    // A new body has taken the old one's place, and an inline widget with it.
    frontdesk.m = () => document.querySelector(target!)?.append(element!);
    return parts;
  };
  /** A bar that says something; a click on it is the visitor's answer. */
  const say = (words: string) => {
    const { launcher, frame } = draw({ theme: {} } as WidgetConfig, words);
    if (options.privacy) {
      const link = make("a", frame);
      link.href = link.textContent = options.privacy;
    }
    return launcher;
  };

  const begin = async (): Promise<Host> => {
    // A page that is prepared and perhaps never seen asks for nothing.
    if ((document as { prerendering?: boolean }).prerendering) await new Promise((resolve) => document.addEventListener("prerenderingchange", resolve));
    // What is stored was stored with consent.
    if (options.consent === "required" && !store.read().token) {
      const launcher = say(options.consentText || openLabel(language()) + ": OK?");
      await new Promise<unknown>((resolve) => (launcher.onclick = allow = resolve as () => void));
      element!.remove();
    }
    const session = await init().catch((problem: Failure) => {
      // Who visits can do something about it, later.
      if (/^(plan|too)_/.test(problem.code)) say(problem.message);
      throw fail({ ...problem, message: `${agent} on ${location.origin}: ` + problem.message });
    });
    const { config } = session;
    const parts = draw(config);
    const { launcher, frame } = parts;
    const host: Host = {
      ...parts,
      session,
      api,
      signal,
      store,
      traits,
      async renew(turnstile) {
        host.session = await init(turnstile);
      },
      post,
      emit,
    };
    // Near enough to fetch the module; what fails here is tried again, and told, on the click.
    const near = () => quiet(load(host));
    launcher.onpointerenter = launcher.onfocus = near;
    launcher.onclick = () => use((ui) => ui.toggle());
    emit("ready", { conversation_id: session.conversation_id });
    if (store.read().open || "inline page".includes((config.theme as PageTheme).layout!)) near();
    if (reveal) frame.style.visibility = "hidden";
    // Nobody waits for them: without rules there is a chat all the same.
    if (reveal || config.rules?.[0])
      import(new URL(RULES_FILE, own).href).then(
        ({ watch }: RulesModule) => signal.aborted || watch(host, (rule) => use((ui) => ui.act(rule)), near),
        () => (frame.style.visibility = ""),
      );
    return host;
  };

  const load = (host: Host): Promise<Ui> =>
    // A module that failed to load stays failed under its address, so another try needs another address.
    (loading ??= import(new URL(`${UI_FILE}-${host.lang}.js?${loads++}`, own).href).then(
      (module: UiModule) => {
        signal.throwIfAborted();
        return module.mount(host);
      },
      (error) => {
        loading = undefined;
        throw error;
      },
    ));

  const use = (action: (ui: Ui) => unknown) =>
    quiet(
      ready.then(load).then(action).catch((error) => {
        throw fail(error);
      }),
    );

  // Consent that was withdrawn in another tab is withdrawn.
  addEventListener("storage", ({ key, newValue }) => newValue || key !== "frontdesk:" + agent || frontdesk("consent"), { signal });
  // Frames of the same origin may steer it, and hear what it says.
  addEventListener(
    "message",
    ({ data, origin, source }) => {
      const { frontdesk: name, value } = data ?? {};
      if (name && origin === location.origin) frontdesk(name, value, (detail: unknown) => (source as Window).postMessage({ event: value, detail }, origin));
    },
    { signal },
  );

  const ready = quiet(begin());
  return { options, ready, use, allow: () => allow?.(), store, end() {
    ending.abort();
    element?.remove();
    frontdesk.m = undefined;
  } };
};

/** What fails is told in the console and as an event; who does not look at the promise misses nothing. */
const quiet = <T>(result: Promise<T>): Promise<T> => {
  result.catch(() => {});
  return result;
};

let widget: ReturnType<typeof start> | undefined;
const started = () => {
  if (!widget) throw misused("init comes first");
  return widget;
};
const use = (action: (ui: Ui) => unknown) => started().use(action);
const end = () => {
  widget?.end();
  widget = undefined;
};

const commands: Record<string, (first: never, second: never) => unknown> = {
  async init(options: Options) {
    if (widget) throw misused("a page has one widget; the second is ignored");
    if (!options?.agentId) throw misused("init needs an agentId");
    widget = start(options);
    return { conversation_id: (await widget.ready).session.conversation_id };
  },
  open: (what?: string) => use((ui) => ui.open(true, what)),
  close: () => use((ui) => ui.close()),
  send: (text: string) => use((ui) => ui.send(text)),
  identify: (known: object) => void Object.assign(traits, known),
  on: (...pair: [string, Handler]) => void handlers.push(pair),
  off(event: string, handler: Handler) {
    handlers = handlers.filter(([name, other]) => name !== event || other !== handler);
  },
  consent(given: boolean) {
    const { options, store, allow } = started();
    if (given) {
      // Perhaps before anybody was asked: a page that is prepared asks nothing yet.
      options.consent = "";
      return allow();
    }
    end();
    store.clear();
    widget = start({ ...options, consent: "required" });
  },
  destroy() {
    end();
    handlers = [];
    traits = {};
  },
};

const run = async (name: string, first: never, second: never) => {
  const command = commands[name];
  if (!command) throw misused(`no command "${name}"; there are ` + Object.keys(commands));
  return command(first, second);
};
const frontdesk: Global = (...command) => quiet(run(...(command as [string, never, never])));

const scope = window as unknown as { frontdesk?: Global };
const stub = scope.frontdesk;
if (stub && "s" in stub) {
  // Frameworks that put a new body in place run its scripts again; the old one is gone then.
  if (!stub.s || stub.s.isConnected) misused("a page has one widget; the second is ignored");
  else stub.m?.();
} else {
  frontdesk.s = script;
  scope.frontdesk = frontdesk;
  if (script?.dataset["agentId"]) frontdesk("init", { ...script.dataset });
  for (const entry of stub?.q ?? []) frontdesk(...entry).then(entry.r, entry.j);
}
