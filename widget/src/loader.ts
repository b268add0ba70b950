// widget.js: the classic script on the customer's page. It owns the one global, asks the API whether it may
// show itself here, draws the bubble, and loads the rest when a visitor comes near it. Every byte here is paid
// for by pages whose visitors never chat.

import { failure, post } from "./api";
import type { Failure, Host, Ui, UiModule } from "./contract";
import { createLauncher, pickLanguage } from "./launcher";
import { createStore } from "./storage";
import type { InitRequest, InitResponse } from "./wire";

interface Options {
  agentId: string;
  api?: string;
  lang?: string;
}
type Handler = (detail: unknown) => void;
type Global = { (...command: unknown[]): void; q?: ArrayLike<unknown>[]; v?: number };
type Action = (ui: Ui) => void;

/** Renew somewhat before the server's 60 minutes are over. */
const FRESH_MS = 55 * 60_000;
/** Pause before `init` is tried again when the network, not the answer, was the problem; each is four times the last. */
const PAUSE_MS = 1500;
const TRIES = 3;

const warn = (text: string) => console.warn("Frontdesk: " + text);
const script = document.currentScript as HTMLScriptElement | null;
const own = script?.src || location.href;
const scope = window as unknown as { frontdesk?: Global };
const handlers: Record<string, Set<Handler>> = {};
/** What was asked for before the launcher was there. */
const early: Action[] = [];

const emit = (event: string, detail: object) =>
  handlers[event]?.forEach((handler) => {
    try {
      handler(detail);
    } catch (error) {
      // The page's mistake is the page's to see, and not ours to die of.
      reportError(error);
    }
  });

const fail = (problem: Failure, words: string) => {
  warn(`${words} (${problem.code})`);
  emit("error", problem);
};

const start = ({ agentId: agent, api = new URL(own).origin, lang }: Options) => {
  const store = createStore(agent);
  const address = api + "/v1/widget/init";
  let { token, open, saved_at = 0 } = store.read() ?? {};
  let gone = false;
  let host: Host | undefined;
  let element: HTMLElement | undefined;
  let loading: Promise<Ui> | undefined;
  let loads = 0;

  const remember = () => store.write({ token: token!, saved_at, open: !!open });

  const init = async (): Promise<InitResponse> => {
    const request: InitRequest = { agent_id: agent, page_url: location.href };
    // Another tab may have renewed the token meanwhile; what is newest counts.
    token = store.read()?.token ?? token;
    if (token) request.token = token;
    const reply = await post(address, request).catch((problem: Failure) => {
      if (!/^token/.test(problem.code)) throw problem;
      delete request.token;
      return post(address, request);
    });
    const { data } = (await reply.json()) as { data: InitResponse };
    token = data.token;
    saved_at = Date.now();
    return data;
  };

  const begin = async (tries = 1): Promise<void> => {
    let session: InitResponse;
    try {
      session = await init();
    } catch (error) {
      const problem = error as Failure;
      const { code } = problem;
      if (gone) return;
      if (tries < TRIES && /^(unavailable|internal)$/.test(code)) return void setTimeout(begin, PAUSE_MS * 4 ** tries, tries + 1);
      return fail(
        problem,
        "chat not shown: " +
          (code === "origin_not_allowed"
            ? `add ${location.origin} to the websites of agent ${agent} in the dashboard`
            : code === "agent_not_found"
              ? `no published agent "${agent}"; check its id and publish it in the dashboard`
              : problem.message),
      );
    }
    if (gone) return;
    const { config } = session;
    const parts = createLauncher(config, pickLanguage(lang, document.documentElement.lang, config.language, navigator.language));
    const { launcher } = parts;
    element = parts.element;
    host = {
      ...parts,
      session,
      api,
      async renew() {
        host!.session = await init();
        remember();
      },
      stale: () => Date.now() - saved_at > FRESH_MS,
      post,
      remember(now) {
        open = now;
        remember();
      },
      emit,
    };
    remember();
    // Near enough to fetch the module; what fails here is tried again, and told, on the click.
    launcher.onpointerenter = launcher.onfocus = () => void load().catch(() => {});
    launcher.onclick = () => use((ui) => ui.toggle());
    emit("ready", { conversation_id: session.conversation_id });
    early.splice(0).forEach(use);
    // A phone's window covers the page, which is what the visitor wanted to see when following a link.
    if (open && !matchMedia("(max-width:480px),(max-height:480px)").matches) use((ui) => ui.open(false));
  };

  const load = (): Promise<Ui> =>
    // A module that failed to load stays failed under its address, so another try needs another address.
    (loading ??= import(new URL(`${UI_FILE}-${host!.lang}.js?${loads++ || ""}`, own).href).then(
      (module: UiModule) => module.mount(host!),
      (error) => {
        loading = undefined;
        throw error;
      },
    ));

  const use = (action: Action) => {
    if (!host) return void early.push(action);
    const { launcher } = host;
    launcher.ariaBusy = "true";
    load()
      .then((ui) => gone || action(ui))
      .catch((error) => fail(failure("unavailable", "" + error), "chat not loaded; the next click tries again. " + error))
      .finally(() => (launcher.ariaBusy = null));
  };

  const idle = () => (window.requestIdleCallback ?? setTimeout)(() => begin());
  if (document.readyState === "complete") idle();
  else addEventListener("load", idle, { once: true });

  return {
    use,
    destroy() {
      gone = true;
      element?.remove();
      loading?.then((ui) => ui.destroy());
    },
  };
};

let widget: ReturnType<typeof start> | undefined;
const use = (action: Action) => (widget ? widget.use(action) : void early.push(action));

const commands: Record<string, (first: never, second: never) => void> = {
  init(options: Options) {
    if (widget) return warn("a page has one widget; the second is ignored");
    if (!options?.agentId) return warn('init needs { agentId: "agt_…" }');
    widget = start(options);
  },
  open: () => use((ui) => ui.open(true)),
  close: () => use((ui) => ui.close()),
  send: (text: string) => use((ui) => ui.send("" + text)),
  on: (event: string, handler: Handler) => (handlers[event] ??= new Set()).add(handler),
  off: (event: string, handler: Handler) => handlers[event]?.delete(handler),
  destroy() {
    widget?.destroy();
    widget = undefined;
    early.splice(0);
  },
};

const frontdesk: Global = (...[name, first, second]) => {
  const command = commands[name as string];
  if (command) command(first as never, second as never);
  else warn(`no command "${name}"`);
};

const stub = scope.frontdesk;
if (stub?.v) {
  warn("the script is here twice; the second is ignored");
} else {
  frontdesk.v = 1;
  scope.frontdesk = frontdesk;
  if (script?.dataset["agentId"]) frontdesk("init", script.dataset);
  for (const command of stub?.q ?? []) frontdesk(...Array.from(command));
}
