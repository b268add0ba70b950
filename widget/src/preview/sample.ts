// The conversation that the preview shows, and the line that plays it: frames as the server would send them.

import type { Connect, Ears } from "../contract";
import type { Citation, ServerFrame } from "../wire";
import words from "./samples.json";

interface Words {
  question: string;
  answer: string;
  title: string;
  file: string;
  snippet: string;
  note: string;
}
type Numbered<T> = T extends { n: number } ? Omit<T, "n"> : never;

/** Pause between two pieces of an answer, about that of a model. */
const PACE_MS = 60;

export class Sample {
  private readonly frames: ServerFrame[] = [];
  private readonly words: Words;
  private ears: Ears | undefined;
  private running: { turn_id: string; message_id: string; timer: number } | undefined;

  constructor(language: string) {
    this.words = (words as Record<string, Words>)[language] ?? words.en;
    const { question, answer } = this.words;
    this.begin("sample-0", question);
    this.publish({ type: "delta", turn_id: "sample-0", text: answer });
    this.finish(this.sources());
  }

  /** To give to `mount`: each line replays what was said so far. */
  readonly line: Connect = ({ signal }, ears) => {
    // The conversation is not put together before this has returned.
    queueMicrotask(() => {
      if (signal.aborted) return;
      this.ears = ears;
      ears.link("open");
      ears.frame({ type: "hello", conversation_id: "cnv_sample", last: this.frames.length });
      for (const frame of this.frames) ears.frame(frame);
    });
    return {
      fallback: false,
      send: (frame) => {
        if (frame.type === "message") this.reply(frame.id, frame.text);
        else if (frame.type === "stop") this.finish([], true);
        return true;
      },
      post: async () => {},
      lose() {},
      stop() {},
    };
  };

  private reply(message_id: string, text: string): void {
    if (this.running) return;
    const turn_id = message_id;
    const pieces = this.words.note.match(/.{1,6}/gsu) ?? [];
    // After the sender has noted that the message is under way, as with a server.
    const next = () => {
      const { running } = this;
      const piece = pieces.shift();
      if (!running) return;
      if (piece === undefined) return this.finish([]);
      this.publish({ type: "delta", turn_id, text: piece });
      running.timer = setTimeout(next, PACE_MS);
    };
    queueMicrotask(() => {
      this.begin(message_id, text);
      this.running!.timer = setTimeout(next, PACE_MS * 8);
    });
  }

  private sources(): Citation[] {
    const { title, file, snippet } = this.words;
    return [
      { number: 1, url: "https://www.example.com/", title, snippet },
      { number: 2, url: "file:///sample.pdf#page=3", title: file, snippet },
    ];
  }

  private begin(message_id: string, text: string): void {
    this.running = { turn_id: message_id, message_id, timer: 0 };
    this.publish({ type: "turn_started", turn_id: message_id, message_id, text, at_ms: Date.now() });
  }

  private finish(citations: Citation[], stopped = false): void {
    const { running } = this;
    if (!running) return;
    clearTimeout(running.timer);
    this.running = undefined;
    const { turn_id, message_id } = running;
    this.publish({ type: "turn_finished", turn_id, message_id, citations, confidence: 1, low_confidence: false, provider: "extractive", stages: {}, tokens: {}, stopped });
  }

  private publish(frame: Numbered<ServerFrame>): void {
    const numbered = { ...frame, n: this.frames.length + 1 } as ServerFrame;
    this.frames.push(numbered);
    this.ears?.frame(numbered);
  }
}
