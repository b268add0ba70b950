// What the loader hands to the lazily loaded UI, and gets back. The two are separate bundles, so whatever the
// loader already has (fetch, storage, colours) is passed along and never bundled twice.

import type { Store } from "./storage";
import type { ClientFrame, Code, InitResponse, ServerFrame, WidgetRule } from "./wire";

export type EventName = "ready" | "open" | "close" | "message" | "answer" | "lead" | "error";

/** A refused request, or one that never arrived (without a code, or `unavailable`). */
export interface Failure {
  code: Code;
  message: string;
  /** What is wrong with each field of a form. */
  fields?: Record<string, string>;
}

export interface Host {
  /** The newest answer of `/v1/widget/init`; `renew` replaces it. */
  session: InitResponse;
  /** Where the API lives, without a slash at the end. */
  readonly api: string;
  /** Language of the labels: one of the nine. */
  readonly lang: string;
  /** Element in the shadow root that carries the theme's variables; the window goes into it. */
  readonly frame: HTMLElement;
  readonly launcher: HTMLButtonElement;
  /** Aborted at the end: listeners, requests and timers go with it. */
  readonly signal: AbortSignal;
  readonly store: Store;
  /** What the page has told about the visitor, by keys of the lead form's fields. */
  readonly traits: Record<string, string>;
  /** Exchanges the token for a new one, with the token of a challenge where one was solved. Throws a `Failure`. */
  renew(turnstile?: string): Promise<void>;
  post(url: string, body: object | undefined, signal: AbortSignal, token?: string): Promise<Response>;
  adopt(css: string): void;
  readonly colours: typeof import("./color");
  emit(event: EventName, detail: object): void;
}

export interface Ui {
  /** Opens the window; `focus` is false where the visitor did not ask for it; `what` may be `lead`, for its form. */
  open(focus: boolean, what?: string): void;
  close(): void;
  toggle(): void;
  /** Asks; returns the message's id. */
  send(text: string): string | undefined;
  /** Does what a rule says. */
  act(rule: WidgetRule): void;
  /** Opens the line before anybody writes. */
  ready(): void;
}

export type Link = "connecting" | "open" | "reconnecting" | "offline" | "closed";

/** What a line tells the conversation. */
export interface Ears {
  /** Number of the newest frame that was applied. */
  after(): number;
  frame(frame: ServerFrame): void;
  link(link: Link, problem?: Failure): void;
  /** `renew` led to another conversation. */
  moved(): void;
}

/** A line to the conversation: `transport`, and in the dashboard's preview a sample. */
export interface Line {
  /** No socket gets through here; messages go as HTTP requests. */
  readonly fallback: boolean;
  /** Sends; false when there is no connection. */
  send(frame: ClientFrame): boolean;
  /** One message as an HTTP request that streams its turn, or a look, which begins with a `hello`, at what happened
   *  between turns; resolves when the stream has ended. */
  post(frame?: ClientFrame & { type: "message" }): Promise<void>;
  /** Gives up a socket that seems to be dead and tries another. */
  lose(): void;
  /** Ends for good. */
  stop(): void;
}

export type Connect = (host: Host, ears: Ears) => Line;

/** What the UI module exports. */
export interface UiModule {
  mount(host: Host, connect?: Connect): Ui;
}

/** What the module of rules exports: it watches until the host's end. */
export interface RulesModule {
  watch(host: Host, fire: (rule: WidgetRule) => void, near: () => Promise<Ui>): void;
}

/** What the module of challenges exports: it has one solved and renews the session with it. Throws a `Failure`. */
export interface ChallengeModule {
  default(host: Host): Promise<void>;
}
