// Between what the visitor does and what the server says: sends each message until it is confirmed, one turn at
// a time, and tells the view and the page what happened.

import type { Connect, Failure, Host, Line, Link } from "./contract";
import { Thread, type Turn } from "./state";
import type { ClientFrame, ServerFrame } from "./wire";

export interface View {
  /** Something about these turns is to be drawn; `news` when it was not there before this page was. */
  changed(turn: Turn | undefined, news: boolean): void;
  finished(turn: Turn): void;
  link(link: Link, problem?: Failure): void;
  /** A person is writing. */
  typing(name: string): void;
  /** The message was not taken: its text goes back to where it was written. */
  refused(text: string, problem: Failure): void;
}

/** A message that a healthy socket does not confirm for this long went nowhere. */
const UNCONFIRMED_MS = 15_000;
/** A replay that does not reach its announced end holds up no message for longer. */
const REPLAY_MS = 3000;

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36).padStart(2, "0")).join("");

export class Conversation {
  readonly thread = new Thread();
  private readonly transport: Line;
  /** Messages that were sent on the present socket. */
  private readonly sent = new Set<string>();
  private stopping = "";
  private unconfirmed = 0;
  private replay = 0;

  constructor(
    private readonly host: Host,
    private readonly view: View,
    Connect: Connect,
  ) {
    this.transport = new Connect(host, {
      after: () => this.thread.after,
      frame: (frame) => this.frame(frame),
      link: (link, problem) => {
        view.link(link, problem);
        if (problem) host.emit("error", problem);
      },
      ready: () => {
        this.sent.clear();
        this.pump();
        clearTimeout(this.replay);
        this.replay = setTimeout(() => this.pump(true), REPLAY_MS);
      },
      moved: () => {
        this.thread.begin();
        view.changed(undefined, false);
      },
    });
  }

  /** Whether a running answer can be stopped: there is no way to say so without a socket. */
  get stoppable(): boolean {
    return !this.transport.fallback;
  }

  ask(text: string): void {
    const turn = this.thread.say(newId(), text);
    this.host.emit("message", { id: turn.id, text });
    this.view.changed(turn, true);
    this.pump();
  }

  rate(stars: number): void {
    this.transport.send({ type: "rate", stars });
  }

  stop(): void {
    const turn = this.thread.open;
    if (!turn) return;
    if (turn.phase === "sending" && !this.sent.has(turn.id)) {
      this.thread.drop(turn);
      this.view.refused(turn.text, { code: "unknown", message: "" });
    } else if (turn.phase === "sending" || !this.transport.send({ type: "stop" })) this.stopping = turn.id;
  }

  destroy(): void {
    clearTimeout(this.unconfirmed);
    clearTimeout(this.replay);
    this.transport.stop();
  }

  /** Sends what waits, if it may go now. */
  private pump(force = false): void {
    const { thread, transport } = this;
    const turn = thread.open;
    if (!turn) return;
    const message: ClientFrame = { type: "message", id: turn.id, text: turn.text, page_url: location.href, page_language: document.documentElement.lang };
    // The same request goes on with a turn that was cut off: the server knows it by its id.
    if (transport.fallback) return void transport.post(message);
    if (turn.phase === "running" || this.sent.has(turn.id)) return;
    // A replay may bring the confirmation, or a running turn that has to end first.
    if (!(thread.known || force) || !transport.send(message)) return;
    this.sent.add(turn.id);
    clearTimeout(this.unconfirmed);
    this.unconfirmed = setTimeout(() => turn.phase === "sending" && this.sent.has(turn.id) && transport.lose(), UNCONFIRMED_MS);
  }

  /** The agent was taken offline: asking again cannot help until the page is loaded anew. */
  private withdrawn(problem: Failure | undefined): void {
    if (problem?.code !== "agent_unpublished") return;
    this.transport.stop();
    this.view.link("closed");
  }

  private frame(frame: ServerFrame): void {
    const { host, view, thread } = this;
    const change = thread.apply(frame);
    if (!change) {
      if (frame.type === "hello") view.changed(undefined, false);
      return;
    }
    if (change.type === "reset") {
      view.changed(undefined, false);
      return this.transport.lose();
    }
    if (change.type === "state") return view.changed(undefined, false);
    if (change.type === "typing") return view.typing(change.name);
    if (change.type === "refused") {
      const problem: Failure = { code: change.code, message: change.message };
      // Nothing to stop, an unknown frame: nobody but the page's developer can do something about it.
      if (change.turn) view.refused(change.turn.text, problem);
      host.emit("error", problem);
      this.withdrawn(problem);
      return this.pump();
    }
    const { turn, old, type } = change;
    view.changed(turn, !old);
    if (type === "started" && this.stopping === turn.id && this.transport.send({ type: "stop" })) this.stopping = "";
    if (type === "said" && !old) view.finished(turn);
    if (type === "finished" || type === "failed") {
      if (!old) {
        if (type === "finished") {
          const { id, text, answer, citations, phase } = turn;
          host.emit("answer", { id, question: text, text: answer, citations, stopped: phase === "stopped" });
        } else host.emit("error", { ...turn.problem, id: turn.id });
        view.finished(turn);
        this.withdrawn(turn.problem);
      }
    }
    this.pump();
  }
}
