// Types of the widget's global for pages that are written in TypeScript:
//   /// <reference path="frontdesk.d.ts" />
// tests/e2e/widget/types.test.mjs checks them against the widget's own.

/** The script's data attributes (`data-primary-color`, …), and what `init` takes. */
interface FrontdeskOptions {
  /** The public agent id, `agt_…`. */
  agentId: string;
  /** Origin of the API, if it is not the script's own. */
  api?: string;
  /** Language of the labels: en es fr de pt ja ar zh he. Else the page's, the agent's, the browser's. */
  language?: string;
  position?: "bottom-right" | "bottom-left" | "top-right" | "top-left" | "bottom-center";
  /** `#rrggbb`; text on it is black or white, whichever can be read. */
  primaryColor?: string;
  /** Instead of the agent's welcome. */
  greeting?: string;
  /** `inline` fills the element `target`, `page` the whole page; both are always open. */
  layout?: "bubble" | "bar" | "inline" | "page";
  /** A selector, for `inline`. */
  target?: string;
  theme?: "auto" | "light" | "dark";
  /** `scroll`: shown from nine tenths of the page on. */
  reveal?: "scroll";
  /** `required`: nothing is asked or stored before consent. */
  consent?: "required";
  /** What the notice says, in the page's language. */
  consentText?: string;
  /** Address of the page's privacy notice, shown under the question for consent. */
  privacy?: string;
}

interface FrontdeskCitation {
  number: number;
  title: string;
  url: string;
  snippet: string;
  heading_path?: string[];
}

interface FrontdeskEvents {
  /** The bubble is there. */
  ready: { conversation_id: string };
  open: Record<string, never>;
  close: Record<string, never>;
  /** The visitor said something. */
  message: { id: string; text: string };
  /** Once per whole answer, never for history. */
  answer: { id: string; question: string; text: string; citations: FrontdeskCitation[]; stopped: boolean };
  /** A lead was captured. */
  lead: { lead_id: string };
  /** Not shown, refused, failed, closed. Of an exception of the widget's own (`internal`) the id is that of its report. */
  error: { code: string; message: string; id?: string };
}

/** Every command answers with a promise; it is rejected with `{ code, message }`, which says what to do. */
interface Frontdesk {
  (command: "init", options: FrontdeskOptions): Promise<{ conversation_id: string }>;
  /** `lead` opens the form that captures a lead. */
  (command: "open", what?: "lead"): Promise<void>;
  (command: "close"): Promise<void>;
  /** Asks, and opens the window; the message's id. */
  (command: "send", text: string): Promise<string | undefined>;
  /** Fills in the lead form, by the keys of its fields. Sent only when the visitor sends the form. */
  (command: "identify", fields: Record<string, string>): Promise<void>;
  <Name extends keyof FrontdeskEvents>(command: "on" | "off", event: Name, handler: (detail: FrontdeskEvents[Name]) => void): Promise<void>;
  /** Withdrawal closes the chat, erases what is stored, and stops. */
  (command: "consent", given: boolean): Promise<void>;
  (command: "destroy"): Promise<void>;
}

declare var frontdesk: Frontdesk;
interface Window {
  frontdesk: Frontdesk;
}
