// The conversation as this page knows it: a fold over the server's numbered frames, plus what the visitor said
// that the server has not confirmed yet. No DOM and no network in here.

import type { Citation, Code, ServerFrame } from "./wire";

/** Who the conversation is with. */
export type State = Pick<ServerFrame & { type: "state" }, "standing" | "name" | "offered" | "rating">;

export type Phase =
  /** Said here, not yet confirmed by the server. */
  | "sending"
  /** The server answers; `answer` grows. */
  | "running"
  | "done"
  | "stopped"
  | "failed";

export interface Turn {
  /** The message's id; the same on every attempt to send it. */
  readonly id: string;
  text: string;
  phase: Phase;
  answer: string;
  citations: Citation[];
  problem?: { code: Code; message: string };
  at: number;
  /** Nothing was asked: a person said it, or (without a name) the product itself. */
  by?: string;
}

/** What a frame did, for the view and the page's event handlers. */
export type Change =
  | { type: "started" | "grown" | "finished" | "failed" | "said"; turn: Turn; old: boolean }
  | { type: "state" }
  | { type: "typing"; name: string }
  | { type: "refused"; turn: Turn | undefined; code: Code; message: string }
  /** The socket was opened for numbers that are not valid any more; it has to be opened again. */
  | { type: "reset" };

export class Thread {
  turns: Turn[] = [];
  state: State = { standing: "bot" };
  /** Number of the newest frame that was applied. */
  last = 0;
  /** Frames up to here were there before this page was: they are history, not news. */
  private history = 0;
  /** Number of the newest frame when this socket opened. */
  private target = 0;
  private greeted = false;
  private readonly byTurn = new Map<string, Turn>();

  /** The turn that has not come to an end, if there is one. */
  get open(): Turn | undefined {
    return this.turns.find((turn) => turn.phase === "running") ?? this.turns.find((turn) => turn.phase === "sending");
  }

  /** Whether the server has told all it had to tell when this socket opened. */
  get known(): boolean {
    return this.greeted && this.last >= this.target;
  }

  /** Number to ask the server to go on after. */
  get after(): number {
    return this.greeted ? this.last : 0;
  }

  /** What was confirmed comes before words that were not. */
  private settle(turn: Turn): void {
    this.drop(turn);
    const pending = this.turns.findIndex(({ phase }) => phase === "sending");
    this.turns.splice(pending < 0 ? this.turns.length : pending, 0, turn);
  }

  say(id: string, text: string): Turn {
    const turn: Turn = { id, text, phase: "sending", answer: "", citations: [], at: Date.now() };
    this.turns.push(turn);
    return turn;
  }

  drop(turn: Turn): void {
    this.turns = this.turns.filter((other) => other !== turn);
  }

  /** Another conversation begins: what is shown stays, but a half answer of the old one will never be whole. */
  begin(): void {
    for (const turn of this.turns) {
      if (turn.phase !== "running") continue;
      turn.phase = "failed";
      turn.problem = { code: "interrupted", message: "" };
    }
    this.rewind();
  }

  /** The server is about to tell everything from its first frame on; turns that are known keep their place. */
  private rewind(): void {
    this.byTurn.clear();
    this.last = this.history = this.target = 0;
    this.state = { standing: "bot" };
    this.greeted = false;
  }

  apply(frame: ServerFrame): Change | undefined {
    if (frame.type === "hello") {
      const first = !this.greeted;
      // The server knows less than this page does: its numbers start again, and so do ours.
      if (!first && frame.last < this.last) {
        this.begin();
        return { type: "reset" };
      }
      if (first) {
        this.rewind();
        this.history = frame.last;
      }
      this.greeted = true;
      this.target = frame.last;
      return;
    }
    if (frame.type === "refused") {
      const turn = this.turns.find(({ id, phase }) => id === frame.message_id && phase === "sending");
      if (turn) this.drop(turn);
      return { type: "refused", turn, code: frame.code, message: frame.message };
    }
    if (frame.type === "typing") return frame;
    // A frame of a newer release has no number we could trust.
    if (!(frame.n > this.last)) return;
    this.last = frame.n;
    const old = frame.n <= this.history;
    if (frame.type === "turn_started") {
      let turn = this.turns.find(({ id }) => id === frame.message_id);
      turn ??= this.say(frame.message_id, frame.text);
      this.settle(turn);
      turn.text = frame.text;
      turn.answer = "";
      turn.phase = "running";
      turn.at = frame.at_ms;
      this.byTurn.set(frame.turn_id, turn);
      return { type: "started", turn, old };
    }
    if (frame.type === "state") {
      this.state = frame;
      return { type: "state" };
    }
    if (frame.type === "message") {
      const mine = frame.from === "visitor";
      const id = mine ? frame.message_id! : frame.id;
      const turn = this.turns.find((turn) => turn.id === id) ?? this.say(id, mine ? frame.text : "");
      this.settle(turn);
      turn.phase = "done";
      turn.at = frame.at_ms;
      if (!mine) [turn.answer, turn.by] = [frame.text, frame.name ?? ""];
      return { type: mine ? "started" : "said", turn, old };
    }
    const turn = this.byTurn.get(frame.turn_id);
    if (!turn) return;
    if (frame.type === "delta") {
      turn.answer += frame.text;
      return { type: "grown", turn, old };
    }
    if (frame.type === "turn_finished") {
      turn.phase = frame.stopped ? "stopped" : "done";
      turn.citations = frame.citations;
      return { type: "finished", turn, old };
    }
    if (frame.type !== "turn_failed") return;
    turn.phase = "failed";
    turn.problem = frame;
    return { type: "failed", turn, old };
  }
}
