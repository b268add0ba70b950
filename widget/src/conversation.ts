// The conversation as this page knows it: a fold over the server's numbered frames, plus what the visitor said that
// the server has not confirmed yet. Sends each message until it is confirmed, one turn at a time, and tells the view
// and the page what happened. No DOM in here.

import type { Connect, Failure, Host, Link } from "./contract";
import type { Citation, ClientFrame, Cta, ServerFrame } from "./wire";

/** Who the conversation is with. */
export type State = Pick<ServerFrame & { type: "state" }, "standing" | "offered" | "rating" | "position">;

/** The newest word about the visitor as a lead: the form, what was proposed, or that it is kept. */
export type Lead = (ServerFrame & { type: "lead_proposed" }) | { type: "lead_form" | "lead_captured"; n?: number };

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
  /** The server's id of the turn. */
  key?: string;
  text: string;
  phase: Phase;
  answer: string;
  citations: Citation[];
  cta?: Cta | null | undefined;
  problem?: Partial<Failure>;
  at: number;
  /** Nothing was asked: a person said it, or (without a name) the product itself. */
  by?: string;
}

export interface View {
  /** Something about these turns is to be drawn; `news` when it was not there before this page was. */
  changed(turn?: Turn, news?: boolean): void;
  finished(turn: Turn): void;
  link(link: Link, problem?: Failure): void;
  /** A person is writing. */
  typing(name: string): void;
  /** The message was not taken: its text goes back to where it was written. */
  refused(text: string, problem: Failure): void;
}

export interface Conversation {
  turns: Turn[];
  state: State;
  lead: Lead | undefined;
  /** The turn that has not come to an end, if there is one. */
  open(): Turn | undefined;
  /** Whether the server has told all it had to tell when this socket opened. */
  known(): boolean;
  ask(text: string): string;
  send(frame: ClientFrame): boolean;
  stop(): void;
}

/** A message that a healthy socket does not confirm for this long went nowhere. */
const UNCONFIRMED_MS = 15_000;
/** A replay that does not reach its announced end holds up no message for longer. */
const REPLAY_MS = 3000;

const ofLead = (frame: ServerFrame): frame is ServerFrame & { type: `lead_${string}` } => /^lead/.test(frame.type);

export const newId = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");

export const converse = (host: Host, view: View, connect: Connect): Conversation => {
  /** Messages that were sent on the present socket. */
  const sent = new Set<string>();
  let stopping = "";
  let unconfirmed = 0;
  let replay = 0;
  /** Number of the newest frame that was applied. */
  let last = 0;
  /** Frames up to here were there before this page was: they are history, not news. */
  let history = 0;
  /** Number of the newest frame when this socket opened. */
  let target = 0;
  let greeted = false;

  const find = (phase: Phase) => self.turns.find((turn) => turn.phase === phase);
  const drop = (turn: Turn) => {
    self.turns = self.turns.filter((other) => other !== turn);
  };
  const say = (id: string, text: string): Turn => {
    const turn: Turn = { id, text, phase: "sending", answer: "", citations: [], at: Date.now() };
    self.turns.push(turn);
    return turn;
  };
  /** A turn that the server confirms, before words that it has not confirmed. */
  const settle = (id: string, text: string, at: number, phase: Phase): Turn => {
    const turn = self.turns.find((turn) => turn.id === id) ?? say(id, text);
    drop(turn);
    const pending = self.turns.findIndex(({ phase }) => phase === "sending");
    self.turns.splice(pending < 0 ? self.turns.length : pending, 0, turn);
    return Object.assign(turn, { text, at, phase, answer: "" });
  };
  /** Another conversation begins, told from its first frame on: what is shown stays, but a half answer of the old one
   *  will never be whole. */
  const begin = () => {
    for (const turn of self.turns) {
      if (turn.phase !== "running") continue;
      turn.phase = "failed";
      turn.problem = { code: "interrupted" };
    }
    last = history = target = 0;
    self.state = { standing: "bot" };
    // A form that was opened here, perhaps before there was a connection, is no frame of a conversation.
    if (self.lead?.n) self.lead = undefined;
    greeted = false;
  };

  /** Sends what waits, if it may go now. */
  const pump = (force?: boolean) => {
    const turn = self.open();
    // A replay may bring the confirmation, or a running turn that has to end first.
    if (!turn || !(self.known() || force)) return;
    const { id, text, phase } = turn;
    const message: ClientFrame = { type: "message", id, text, page_url: location.href, page_language: document.documentElement.lang };
    // Without a socket the same request goes on with a turn that was cut off: the server knows it by its id.
    if ((!line.fallback && (phase === "running" || sent.has(id))) || !line.send(message)) return;
    sent.add(id);
    clearTimeout(unconfirmed);
    unconfirmed = setTimeout(() => turn.phase === "sending" && sent.has(id) && line.lose(), UNCONFIRMED_MS);
  };
  /** The agent was taken offline: asking again cannot help until the page is loaded anew. */
  const withdrawn = (problem?: Partial<Failure>) => {
    if (problem?.code !== "agent_unpublished") return;
    line.stop();
    view.link("closed");
  };
  const fail = (problem: object) => host.emit("error", problem);

  const frame = (frame: ServerFrame): void => {
    const { type } = frame;
    if (type === "hello") {
      // The server knows less than this page does: its numbers start again, and so do ours.
      if (greeted && frame.last < last) {
        begin();
        view.changed();
        return line.lose();
      }
      if (!greeted) {
        begin();
        history = frame.last;
        view.changed();
      }
      greeted = true;
      target = frame.last;
      // What is unconfirmed is sent again.
      sent.clear();
      pump();
      clearTimeout(replay);
      replay = setTimeout(pump, REPLAY_MS, true);
      return;
    }
    if (type === "refused") {
      const turn = self.turns.find(({ id, phase }) => id === frame.message_id && phase === "sending");
      // Nothing to stop, an unknown frame: nobody but the page's developer can do something about it.
      if (turn) {
        drop(turn);
        view.refused(turn.text, frame);
      }
      fail({ code: frame.code, message: frame.message });
      withdrawn(frame);
      return pump();
    }
    if (type === "typing") return view.typing(frame.name);
    // A frame of a newer release has no number we could trust.
    if (!(frame.n > last)) return;
    last = frame.n;
    const news = last > history;
    if (type === "state") {
      self.state = frame;
      view.changed();
    } else if (ofLead(frame)) {
      if (news || !host.store.read().declined?.includes("id" in frame ? frame.id : type)) self.lead = frame;
      if (news && "lead_id" in frame) host.emit("lead", { lead_id: frame.lead_id });
      view.changed(undefined, news);
    } else if (type === "turn_started") {
      const turn = settle(frame.message_id, frame.text, frame.at_ms, "running");
      turn.key = frame.turn_id;
      view.changed(turn, news);
      if (stopping === turn.id && line.send({ type: "stop" })) stopping = "";
    } else if (type === "message") {
      const mine = frame.from === "visitor";
      const turn = settle(mine ? frame.message_id! : frame.id, mine ? frame.text : "", frame.at_ms, "done");
      if (!mine) [turn.answer, turn.by] = [frame.text, frame.name ?? ""];
      view.changed(turn, news);
      if (!mine && news) view.finished(turn);
    } else {
      const turn = self.turns.find(({ key }) => key === frame.turn_id);
      if (!turn) return;
      const { id } = turn;
      if (type === "delta") turn.answer += frame.text;
      else if (type === "turn_finished") {
        turn.phase = frame.stopped ? "stopped" : "done";
        turn.citations = frame.citations;
        turn.cta = frame.cta;
        if (news) host.emit("answer", { id, question: turn.text, text: turn.answer, citations: turn.citations, stopped: !!frame.stopped });
      } else {
        turn.phase = "failed";
        turn.problem = frame;
        if (news) fail({ code: frame.code, message: frame.message, id });
      }
      view.changed(turn, news);
      if (news && type !== "delta") {
        view.finished(turn);
        withdrawn(turn.problem);
      }
    }
    pump();
  };

  const self: Conversation = {
    turns: [],
    state: { standing: "bot" },
    lead: undefined,
    open: () => find("running") ?? find("sending"),
    known: () => greeted && last >= target,
    ask(text) {
      const turn = say(newId(), text);
      host.emit("message", { id: turn.id, text });
      view.changed(turn, true);
      pump();
      return turn.id;
    },
    send: (frame) => line.send(frame),
    stop() {
      const turn = self.open();
      if (!turn) return;
      const { id, phase, text } = turn;
      if (phase === "sending" && !sent.has(id)) {
        drop(turn);
        view.refused(text, { code: "unknown", message: "" });
      } else if (phase === "sending" || !line.send({ type: "stop" })) stopping = id;
    },
  };
  const line = connect(host, {
    after: () => (greeted ? last : 0),
    frame,
    link(link, problem) {
      view.link(link, problem);
      if (problem) fail(problem);
    },
    moved() {
      begin();
      view.changed();
    },
  });
  return self;
};
