// turnstile-*.js: the challenge of an agent that answers people only. Loaded only where such an agent is asked for the
// first time, and so is Cloudflare's script, the one thing of third parties that the widget ever loads.

import type { ChallengeModule, Failure, Host } from "./contract";

interface Turnstile {
  render(place: HTMLElement, options: Record<string, unknown>): string;
  remove(id: string): void;
}

const API = "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit";
/** Loaded by this module, or by the page for its own forms. */
const scope = window as unknown as { turnstile?: Turnstile };

let loading: Promise<unknown> | undefined;
const load = () =>
  (loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = API;
    script.onload = resolve;
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject({ code: "unavailable", message: "challenges.cloudflare.com cannot be reached, or the page's content security policy forbids it (script-src, frame-src)." });
    };
    document.head.append(script);
  }));

const solve = async ({ signal, lang, session }: Host): Promise<string> => {
  if (!scope.turnstile) await load();
  signal.throwIfAborted();
  // In the page and not in the shadow root: Cloudflare's script looks for its frame in the document. Nothing is seen of
  // it unless the visitor has to do something.
  const place = document.createElement("div");
  Object.assign(place.style, { position: "fixed", insetInline: "0", bottom: "16px", width: "max-content", maxWidth: "100vw", margin: "0 auto", zIndex: "2147483647" });
  document.documentElement.append(place);
  let id: string | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      const fail = (code?: unknown) => {
        reject({ code: "unavailable", message: `Turnstile: ${code ?? "no answer"}.` });
        // Handled: its own script would throw otherwise.
        return true;
      };
      signal.addEventListener("abort", () => fail("ended"));
      id = scope.turnstile!.render(place, {
        sitekey: session.config.turnstile,
        appearance: "interaction-only",
        language: lang,
        "response-field": false,
        callback: resolve,
        "error-callback": fail,
        "unsupported-callback": () => fail("this browser is not supported"),
      });
    });
  } finally {
    if (id) scope.turnstile?.remove(id);
    place.remove();
  }
};

/** What fails is told to the page; the visitor gets the server's words for it, in their language. */
const challenge: ChallengeModule["default"] = async (host) =>
  host.renew(
    await solve(host).catch((problem: Failure) => {
      host.signal.throwIfAborted();
      console.warn("Frontdesk: " + problem.message);
      host.emit("error", problem);
      return "";
    }),
  );
export default challenge;
