// Keeps a line to the conversation: a WebSocket with heartbeat and backoff, and server-sent events where no
// socket gets through. What a frame means is not its business.

import type { Ears, Failure, Host, Line } from "./contract";
import { readEvents } from "./sse";
import type { ClientFrame, ServerFrame } from "./wire";

const BEAT_MS = 25_000;
const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** Codes after which asking again cannot help. */
const FINAL = /^(origin_not_allowed|agent_not_found|agent_unpublished|token_mismatch|forbidden)$/;

export class Transport implements Line {
  fallback = false;
  private socket: WebSocket | undefined;
  private posting: AbortController | undefined;
  private greeted = false;
  private attempts = 0;
  /** Sockets in a row that never opened. */
  private unopened = 0;
  /** The page's content security policy forbids our socket; every further try would only be reported to it. */
  private forbidden = false;
  private busy = false;
  private ended = false;
  private paused = false;
  private renewal = false;
  private since = 0;
  private retry = 0;
  private beat = 0;
  private deadline = 0;
  private readonly listening = new AbortController();

  constructor(
    private readonly host: Host,
    private readonly ears: Ears,
  ) {
    const { signal } = this.listening;
    addEventListener("online", () => this.poke(), { signal });
    addEventListener("offline", () => this.lose(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.poke(), { signal });
    // Chromium says nothing at the socket itself when a policy blocks it.
    document.addEventListener("securitypolicyviolation", ({ blockedURI }) => {
      if (this.greeted || !blockedURI.startsWith(this.host.api.replace(/^http/, "ws"))) return;
      this.forbidden = true;
      this.lose();
    }, { signal });
    // An open socket would keep the page out of the back-forward cache.
    addEventListener("pagehide", () => this.pause(true), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.pause(false), { signal });
    ears.link("connecting");
    void this.connect();
  }

  send(frame: ClientFrame): boolean {
    if (!this.greeted) return false;
    this.socket!.send(JSON.stringify(frame));
    return true;
  }

  lose(): void {
    const { socket, greeted } = this;
    this.socket = undefined;
    // `close` waits for the other side, which may be gone; so nobody waits for `close`.
    socket?.close();
    if (socket && !greeted) this.refused();
    else this.later();
  }

  stop(): void {
    this.ended = true;
    this.listening.abort();
    this.posting?.abort();
    this.forget();
    this.socket?.close();
    this.socket = undefined;
  }

  async post(frame: ClientFrame & { type: "message" }): Promise<void> {
    if (this.posting || this.ended) return;
    const posting = (this.posting = new AbortController());
    const { type: _, ...body } = frame;
    try {
      if (this.host.stale() || this.renewal) await this.renew();
      const { token } = this.host.session;
      const response = await this.host.post(this.host.api + "/v1/widget/messages", body, { token, signal: posting.signal });
      this.ears.link("open");
      this.attempts = 0;
      await readEvents(response, (event) => posting.signal.aborted || this.ears.frame(event));
    } catch (error) {
      if (posting.signal.aborted) return;
      const problem = error as Failure;
      if (problem.code === "token_invalid") this.renewal = true;
      else if (FINAL.test(problem.code)) this.end(problem);
      else if (!problem.code || /^(unavailable|internal|interrupted)$/.test(problem.code)) this.ears.link("reconnecting");
      else this.ears.frame({ type: "refused", message_id: frame.id, code: problem.code, message: problem.message });
    } finally {
      if (this.posting === posting) this.posting = undefined;
      // The clock of `later` asks again for a turn that was cut off, and gives sockets another chance.
      if (!posting.signal.aborted) this.later();
    }
  }

  /** Something changed for the better, perhaps: look at once instead of at the next pause's end. */
  private poke(): void {
    if (this.greeted) return this.ping();
    this.attempts = 0;
    clearTimeout(this.retry);
    void this.connect();
  }

  private pause(paused: boolean): void {
    this.paused = paused;
    if (!paused) return this.poke();
    this.forget();
    this.socket?.close();
    this.socket = undefined;
  }

  private forget(): void {
    this.greeted = false;
    clearTimeout(this.retry);
    clearTimeout(this.deadline);
    clearInterval(this.beat);
  }

  private end(problem: Failure): void {
    this.stop();
    this.ears.link("closed", problem);
  }

  private async renew(): Promise<void> {
    const before = this.host.session.conversation_id;
    await this.host.renew();
    this.renewal = false;
    if (this.host.session.conversation_id !== before) this.ears.moved();
  }

  private async connect(): Promise<void> {
    if (this.ended || this.paused || this.socket || this.busy || this.forbidden) return;
    this.busy = true;
    try {
      // A browser does not tell why a handshake failed; the answer to `init` does.
      if (this.renewal || this.host.stale() || this.unopened === 2) await this.renew();
    } catch (error) {
      if (FINAL.test((error as Failure).code)) this.end(error as Failure);
      else this.later();
      return;
    } finally {
      this.busy = false;
    }
    if (this.ended || this.paused) return;
    const { host } = this;
    const address = `${host.api.replace(/^http/, "ws")}/v1/widget/ws?after=${this.ears.after()}`;
    let socket: WebSocket;
    try {
      socket = new WebSocket(address, ["frontdesk.v1", host.session.token]);
    } catch {
      // Some browsers throw where a content security policy forbids the address.
      return this.refused();
    }
    this.socket = socket;
    let opened = false;
    const current = () => this.socket === socket;
    this.expect();
    socket.onopen = () => {
      opened = true;
    };
    socket.onmessage = ({ data }) => {
      if (!current()) return;
      clearTimeout(this.deadline);
      if (data === "pong") return;
      let frame: ServerFrame;
      try {
        frame = JSON.parse(data as string) as ServerFrame;
      } catch {
        return this.lose();
      }
      if (frame.type === "hello") this.welcome(frame);
      else this.ears.frame(frame);
    };
    socket.onclose = ({ code, reason }) => {
      if (!current()) return;
      this.socket = undefined;
      if (code === 4403 || code === 4404) {
        return this.end({ code: code === 4404 ? "agent_not_found" : "forbidden", message: reason });
      }
      if (code === 4401) this.renewal = true;
      if (!opened) return this.refused();
      this.later(code === 4401 && !this.attempts);
    };
  }

  private welcome(hello: ServerFrame): void {
    this.greeted = true;
    this.fallback = false;
    this.unopened = 0;
    this.since = performance.now();
    // The socket replays what the request was about to stream; two readers would skip each other's frames.
    this.posting?.abort();
    this.beat = setInterval(() => this.ping(), BEAT_MS);
    this.ears.link("open");
    this.ears.frame(hello);
    if (this.greeted) this.ears.ready();
  }

  /** A socket that did not even open. */
  private refused(): void {
    if (++this.unopened > 2 || this.forbidden) {
      // The API answered in between (see `connect`), so it is sockets that are not let through.
      this.fallback = true;
      this.ears.link("open");
      this.ears.ready();
    }
    this.later(this.unopened === 2);
  }

  private ping(): void {
    this.socket?.send("ping");
    this.expect();
  }

  private expect(): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.lose(), PATIENCE_MS);
  }

  private later(now = false): void {
    // Only a line that held for a while proves that the trouble is over.
    if (this.greeted && performance.now() - this.since > 5000) this.attempts = 0;
    this.forget();
    if (this.ended || this.paused) return;
    if (!navigator.onLine) this.ears.link("offline");
    else if (!this.fallback) this.ears.link(this.since || this.unopened > 1 ? "reconnecting" : "connecting");
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.attempts++) * (0.75 + Math.random() / 2);
    this.retry = setTimeout(() => {
      // Without sockets it is this clock that sends again what was cut off.
      if (this.fallback) this.ears.ready();
      void this.connect();
    }, now ? 0 : Math.min(pause, LONGEST_PAUSE_MS));
  }
}
