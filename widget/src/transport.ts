// Keeps a line to the conversation: a WebSocket with heartbeat and backoff, and server-sent events where no
// socket gets through. What a frame means is not its business.

import type { ChallengeModule, Connect, Failure, Host, Line } from "./contract";
import { readEvents } from "./sse";
import type { ClientFrame, Code, ServerFrame } from "./wire";

const BEAT_MS = 25_000;
const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** How late words of a person may come without a socket. */
const LONGEST_UNSEEN_MS = 5_000;
/** Codes after which asking again cannot help. */
const FINAL = /^(origin_not|agent_|token_mis|forb|chal)/;

/** Renew somewhat before the server's 60 minutes are over. */
const FRESH_MS = 55 * 60_000;

/** Whether the token should be exchanged before it is used. */
export const stale = ({ store, session }: Host): unknown => session.config.turnstile || Date.now() - store.read().saved_at! > FRESH_MS;

export const transport: Connect = (host, ears) => {
  const { signal } = host;
  let socket: WebSocket | undefined;
  let posting: AbortController | undefined;
  let looking = false;
  let greeted = false;
  let attempts = 0;
  /** Sockets in a row that never opened. */
  let unopened = 0;
  /** The page's content security policy forbids our socket; every further try would only be reported to it. */
  let forbidden = false;
  let busy = false;
  let ended = false;
  let paused = false;
  let renewal = false;
  let since = 0;
  let retry = 0;
  let beat = 0;
  let deadline = 0;

  const forget = () => {
    greeted = false;
    clearTimeout(retry);
    clearTimeout(deadline);
    clearInterval(beat);
  };
  /** `close` waits for the other side, which may be gone; so nobody waits for `close`. */
  const drop = () => {
    const old = socket;
    socket = undefined;
    old?.close();
    return old;
  };
  const expect = () => {
    clearTimeout(deadline);
    deadline = setTimeout(lose, PATIENCE_MS);
  };
  const ping = () => {
    socket?.send("ping");
    expect();
  };
  const stop = () => {
    ended = true;
    posting?.abort();
    forget();
    drop();
  };
  const end = (problem: Failure) => {
    stop();
    ears.link("closed", problem);
  };
  const later = (now?: boolean) => {
    // Only a line that held for a while proves that the trouble is over.
    if (greeted && performance.now() - since > 5000) attempts = 0;
    forget();
    if (ended || paused) return;
    if (!navigator.onLine) ears.link("offline");
    else if (!line.fallback) ears.link(since || unopened > 1 ? "reconnecting" : "connecting");
    const pause = Math.min(line.fallback ? LONGEST_UNSEEN_MS : LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts++ * (0.75 + Math.random() / 2));
    retry = setTimeout(() => {
      // Without sockets it is this clock that looks, upon which what was cut off is sent again.
      if (line.fallback) void line.post();
      void connect();
    }, now ? 0 : pause);
  };
  /** A socket that did not even open. */
  const refused = () => {
    if (++unopened > 2 || forbidden) {
      // The API answered in between (see `connect`), so it is sockets that are not let through.
      line.fallback = true;
      ears.link("open");
    }
    // At once where there is something else to try: `init` at the second, no socket from the third on.
    later(forbidden || unopened >> 1 === 1);
  };
  const lose = () => {
    const before = greeted;
    if (drop() && !before) refused();
    else later();
  };
  /** Something changed for the better, perhaps: look at once instead of at the next pause's end. */
  const poke = () => {
    if (greeted) return ping();
    attempts = 0;
    drop();
    later(true);
  };
  const renew = async () => {
    const before = host.session.conversation_id;
    if (host.session.config.turnstile) await ((await import(TURNSTILE_FILE)) as ChallengeModule).default(host);
    else await host.renew();
    renewal = false;
    if (host.session.conversation_id !== before) ears.moved();
  };
  const welcome = (hello: ServerFrame) => {
    greeted = true;
    line.fallback = false;
    unopened = 0;
    since = performance.now();
    // The socket replays what the request was about to stream; two readers would skip each other's frames.
    posting?.abort();
    beat = setInterval(ping, BEAT_MS);
    ears.link("open");
    ears.frame(hello);
  };
  const connect = async () => {
    if (ended || paused || socket || busy || forbidden) return;
    busy = true;
    try {
      // A browser does not tell why a handshake failed; the answer to `init` does.
      if (renewal || stale(host) || unopened === 2) await renew();
    } catch (error) {
      if (FINAL.test((error as Failure).code)) end(error as Failure);
      else later();
      return;
    } finally {
      busy = false;
    }
    if (ended || paused) return;
    let mine: WebSocket;
    try {
      mine = socket = new WebSocket(`${host.api.replace(/^http/, "ws")}/v1/widget/ws?after=${ears.after()}`, ["frontdesk.v1", host.session.token]);
    } catch {
      // Some browsers throw where a content security policy forbids the address.
      return refused();
    }
    let opened = false;
    expect();
    mine.onopen = () => {
      opened = true;
    };
    mine.onmessage = ({ data }) => {
      if (socket !== mine) return;
      clearTimeout(deadline);
      if (data === "pong") return;
      let frame: ServerFrame;
      try {
        frame = JSON.parse(data as string) as ServerFrame;
      } catch {
        return lose();
      }
      if (frame.type === "hello") welcome(frame);
      else ears.frame(frame);
    };
    mine.onclose = ({ code, reason }) => {
      if (socket !== mine) return;
      socket = undefined;
      if (code === 4403 || code === 4404) return end({ code: (code === 4404 ? "agent_not_found" : "forbidden") as Code, message: reason });
      if (code === 4401) renewal = true;
      if (!opened) return refused();
      later(code === 4401 && !attempts);
    };
  };

  const request = async (frame: ClientFrame | undefined, signal: AbortSignal) => {
    if (stale(host) || renewal) await renew();
    return host.post(`${host.api}/v1/widget/messages?after=${ears.after()}`, frame, signal, host.session.token);
  };

  const line: Line & { fallback: boolean } = {
    fallback: false,
    send(frame) {
      if (greeted) socket!.send(JSON.stringify(frame));
      else if (!line.fallback) return false;
      else if (frame.type === "message") void line.post(frame);
      // What it led to is seen by looking, or by the stream of a turn: two readers would skip each other's frames.
      else request(frame, signal).then(() => line.post(), ({ code, message }) => ears.frame({ type: "refused", code, message }));
      return true;
    },
    async post(frame) {
      // Looking for what happened between turns gives way to a message.
      if (ended || (posting && !(looking && frame))) return;
      posting?.abort();
      looking = !frame;
      const mine = (posting = new AbortController());
      const { signal } = mine;
      try {
        const response = await request(frame, signal);
        ears.link("open");
        if (frame) attempts = 0;
        await readEvents(response, (event) => signal.aborted || ears.frame(event));
      } catch (error) {
        if (signal.aborted) return;
        const { code, message } = error as Failure;
        if (code === "token_invalid") renewal = true;
        else if (FINAL.test(code)) end(error as Failure);
        else if (!code || /^inter/.test(code)) ears.link("reconnecting");
        else if (frame) ears.frame({ type: "refused", message_id: frame.id, code, message });
      } finally {
        if (posting === mine) posting = undefined;
        // The clock of `later` asks again for a turn that was cut off, and gives sockets another chance.
        if (!signal.aborted) later();
      }
    },
    lose,
    stop,
  };

  const on = (target: EventTarget, type: string, heard: (event: never) => unknown) => target.addEventListener(type, heard as EventListener, { signal });
  on(window, "online", poke);
  on(window, "offline", lose);
  on(document, "visibilitychange", () => document.hidden || poke());
  // Chromium says nothing at the socket itself when a policy blocks it.
  on(document, "securitypolicyviolation", ({ blockedURI, disposition }: SecurityPolicyViolationEvent) => {
    // A policy may only want to be told.
    if (greeted || disposition === "report" || !blockedURI.startsWith(host.api.replace(/^http/, "ws"))) return;
    forbidden = true;
    drop();
    refused();
  });
  // An open socket would keep the page out of the back-forward cache.
  on(window, "pagehide", () => {
    paused = true;
    forget();
    drop();
  });
  on(window, "pageshow", () => {
    if (!paused) return;
    paused = false;
    poke();
  });
  // Not by `on`: what ends with the signal is gone before its event.
  signal.addEventListener("abort", stop);
  ears.link("connecting");
  void connect();
  return line;
};
