// What the loader hands to the lazily loaded UI, and gets back. The two are separate bundles, so whatever the
// loader already has (fetch, storage, colours) is passed along and never bundled twice.

import type { ClientFrame, Code, InitResponse, ServerFrame } from "./wire";

export type EventName = "ready" | "open" | "close" | "message" | "answer" | "error";

/** A refused request, or one that never arrived (code `unavailable`). */
export interface Failure {
  code: Code;
  message: string;
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
  /** Exchanges the token for a new one. Throws a `Failure`. */
  renew(): Promise<void>;
  /** Whether the token should be exchanged before it is used. */
  stale(): boolean;
  post(url: string, body: object, options?: { token?: string; signal?: AbortSignal }): Promise<Response>;
  adopt(css: string): void;
  /** Remembers over page changes that the window is open. */
  remember(open: boolean): void;
  emit(event: EventName, detail: object): void;
}

export interface Ui {
  /** Opens the window; `focus` is false where the visitor did not ask for it. */
  open(focus: boolean): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  destroy(): void;
}

export type Link = "connecting" | "open" | "reconnecting" | "offline" | "closed";

/** What a line tells the conversation. */
export interface Ears {
  /** Number of the newest frame that was applied. */
  after(): number;
  frame(frame: ServerFrame): void;
  link(link: Link, problem?: Failure): void;
  /** A socket is open, or server-sent events take its place: what is unconfirmed can be sent again. */
  ready(): void;
  /** `renew` led to another conversation. */
  moved(): void;
}

/** A line to the conversation: `Transport`, and in the dashboard's preview a sample. */
export interface Line {
  /** No socket gets through here; messages go as HTTP requests. */
  readonly fallback: boolean;
  /** Sends over the socket; false when there is none. */
  send(frame: ClientFrame): boolean;
  /** One message as an HTTP request that streams its turn; resolves when the stream has ended. */
  post(frame: ClientFrame & { type: "message" }): Promise<void>;
  /** Gives up a socket that seems to be dead and tries another. */
  lose(): void;
  /** Ends for good. */
  stop(): void;
}

export type Connect = new (host: Host, ears: Ears) => Line;

/** What the UI module exports. */
export interface UiModule {
  mount(host: Host, connect?: Connect): Ui;
}
