// Generated from crates/protocol by `npm run schemas`; do not edit.

/**
 * One configured receptionist.
 */
export type AgentId = string;
/**
 * What a visitor's client sends.
 */
export type ClientFrame =
  | {
      /**
       * Chosen by the client: 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`.
       */
      id: string;
      /**
       * The language that page declares (`lang` of its `html`), a BCP 47 tag.
       */
      page_language?: string | null;
      /**
       * The page the visitor is on.
       */
      page_url?: string | null;
      text: string;
      type: "message";
    }
  | {
      type: "stop";
    }
  | {
      type: "handover";
    }
  | {
      type: "typing";
    }
  | {
      stars: number;
      type: "rate";
    }
  | {
      accept: boolean;
      id: string;
      type: "lead_confirm";
    }
  | {
      good: boolean;
      /**
       * The visitor's own words, at most 1,000 characters are kept.
       */
      reason?: string | null;
      turn_id: TurnId;
      type: "feedback";
    };
/**
 * A question with its answer.
 */
export type TurnId = string;
/**
 * Stable error codes; the wire form is snake_case.
 */
export type Code =
  | ("method_not_allowed" | "too_large" | "too_many_requests" | "internal")
  | "invalid"
  | "malformed"
  | "sign_in_required"
  | "bad_credentials"
  | "token_invalid"
  | "token_mismatch"
  | "origin_not_allowed"
  | "challenge_required"
  | "forbidden"
  | "not_found"
  | "agent_not_found"
  | "link_invalid"
  | "scope_missing"
  | "agent_unpublished"
  | "idempotency_key_reused"
  | "conflict"
  | "turn_running"
  | "upgrade_required"
  | "plan_limit_reached"
  | "address_refused"
  | "interrupted"
  | "model_failed"
  | "unavailable"
  | "unknown";
/**
 * One thread on one channel.
 */
export type ConversationId = string;
/**
 * A call to action.
 */
export type CtaId = string;
export type CtaKind = ("buy" | "demo" | "signup" | "book" | "link") | "capture_email";
/**
 * What happened in the page.
 */
export type WidgetEventKind = "cta_clicked" | "rule_fired" | "cta_shown" | "exposed" | "opened";
/**
 * A comparison of variants of an agent.
 */
export type ExperimentId = string;
/**
 * Families are named, never fetched: a page that has Inter or Geist shows it, others their system's font.
 */
export type Font = "system" | "inter" | "geist" | "serif";
export type LeadFieldKind = "text" | "email" | "phone" | "long_text" | "choice";
/**
 * What happens when a rule fires.
 */
export type WidgetAction =
  | {
      kind: "open_with_message";
      message: string;
    }
  | {
      cta: Cta;
      kind: "show_cta";
    }
  | {
      kind: "quick_prompts";
      prompts: string[];
    };
/**
 * Something the widget does of its own accord.
 */
export type RuleId = string;
/**
 * What a visitor does when a rule fires. All of them are watched in the page.
 */
export type RuleWhen =
  | {
      kind: "exit_intent";
    }
  | {
      kind: "idle";
      seconds: number;
    }
  | {
      kind: "scroll";
      percent: number;
    }
  | {
      kind: "time";
      seconds: number;
    }
  | {
      kind: "returning";
      visits: number;
    }
  | {
      campaign?: string | null;
      kind: "utm";
      medium?: string | null;
      source?: string | null;
    }
  | {
      kind: "page";
    };
/**
 * One variant of an experiment.
 */
export type VariantId = string;
/**
 * Who talks.
 */
export type VisitorId = string;
/**
 * What a closed widget looks like.
 */
export type Layout = "bubble" | "bar";
/**
 * Why the form is shown.
 */
export type LeadFormReason = "intent" | "nobody_there";
/**
 * Captured interest.
 */
export type LeadId = string;
/**
 * One utterance outside of turns.
 */
export type MessageId = string;
export type Position = "bottom_right" | "bottom_left" | "top_right" | "top_left" | "bottom_center";
/**
 * Who wrote the answer.
 */
export type Provider = ("anthropic" | "workers_ai") | "extractive" | "openai_compatible" | "curated";
export type Scheme = "auto" | "light" | "dark";
/**
 * What the conversation sends.
 */
export type ServerFrame =
  | {
      conversation_id: ConversationId;
      last: number;
      type: "hello";
    }
  | {
      at_ms: number;
      message_id: string;
      n: number;
      text: string;
      turn_id: TurnId;
      type: "turn_started";
    }
  | {
      n: number;
      text: string;
      turn_id: TurnId;
      type: "delta";
    }
  | {
      citations: Citation[];
      /**
       * 0 to 1: how well the passages carry the answer.
       */
      confidence: number;
      /**
       * What the visitor is invited to do now.
       */
      cta?: Cta | null;
      /**
       * Fewer than two passages passed the threshold, or none carried the answer.
       */
      low_confidence: boolean;
      message_id: string;
      n: number;
      provider: Provider;
      stages: Stages;
      /**
       * The visitor stopped it.
       */
      stopped?: boolean;
      tokens: Tokens;
      turn_id: TurnId;
      type: "turn_finished";
    }
  | {
      code: Code;
      message: string;
      message_id: string;
      n: number;
      turn_id: TurnId;
      type: "turn_failed";
    }
  | {
      at_ms: number;
      from: Speaker;
      id: MessageId;
      /**
       * The visitor's own id of it.
       */
      message_id?: string | null;
      n: number;
      /**
       * The member's name.
       */
      name?: string | null;
      text: string;
      type: "message";
    }
  | {
      n: number;
      /**
       * The member's name.
       */
      name?: string | null;
      /**
       * A person is offered: the visitor may answer with `handover`.
       */
      offered?: boolean;
      /**
       * Waiting: the place among those who wait, from 1; absent while it is not known.
       */
      position?: number | null;
      /**
       * What the visitor has rated it.
       */
      rating?: number | null;
      standing: Standing;
      type: "state";
      /**
       * Waiting: a person comes before this time, or the visitor is asked for a way to reach them.
       */
      until_ms?: number | null;
    }
  | {
      n: number;
      reason: LeadFormReason;
      type: "lead_form";
    }
  | {
      fields: {
        [k: string]: string;
      };
      id: string;
      n: number;
      type: "lead_proposed";
    }
  | {
      lead_id: LeadId;
      n: number;
      type: "lead_captured";
    }
  | {
      name: string;
      type: "typing";
    }
  | {
      code: Code;
      message: string;
      message_id?: string | null;
      type: "refused";
    };
/**
 * Who said something that is no answer of the agent.
 */
export type Speaker = ("visitor" | "member") | "system" | "note";
/**
 * Who a conversation is with. Which may follow which is decided in `domain::handover`.
 */
export type Standing = "bot" | "waiting" | "human" | "resolved" | "abandoned";

/**
 * One numbered source of an answer.
 */
export interface Citation {
  /**
   * Headings above the passage, outermost first.
   */
  heading_path?: string[];
  /**
   * The number in the text, as in `[1]`.
   */
  number: number;
  /**
   * The start of the passage, plain text.
   */
  snippet: string;
  title: string;
  /**
   * The page, with the fragment of the heading where there is one.
   */
  url: string;
}
/**
 * A call to action, as a card.
 */
export interface Cta {
  id: CtaId;
  kind: CtaKind;
  label: string;
  /**
   * Where it leads, an `https` address; empty for `capture_email`.
   */
  target?: string;
}
/**
 * The body of every failed request.
 */
export interface ErrorBody {
  error: Problem;
}
/**
 * An error as it is sent: `{ "error": { code, message, field? } }`.
 */
export interface Problem {
  code: Code;
  /**
   * The field of the request that is wrong.
   */
  field?: string | null;
  /**
   * What is wrong with each field of a form, by its key.
   */
  fields?: {
    [k: string]: string;
  };
  /**
   * What happened and what to do next, for a person.
   */
  message: string;
  /**
   * Seconds until it is worth trying again; also the header `Retry-After`.
   */
  retry_after?: number | null;
}
export interface EventsAccepted {
  /**
   * How many are stored now, those included that were already.
   */
  stored: number;
}
/**
 * `POST /v1/widget/events`, as `application/json` or `text/plain`: `sendBeacon` has no headers, so the token is
 * part of the body. What is answered with 202 is stored.
 */
export interface EventsRequest {
  /**
   * At most 50.
   */
  events: WidgetEvent[];
  token: string;
}
export interface WidgetEvent {
  /**
   * Unix time in milliseconds.
   */
  at_ms: number;
  /**
   * Chosen by the client, 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`: sent twice, it happened once.
   */
  id: string;
  kind: WidgetEventKind;
  page_url?: string;
  /**
   * The id of what it happened to.
   */
  subject?: string;
}
/**
 * `POST /v1/widget/init`
 */
export interface InitRequest {
  agent_id: AgentId;
  page_url: string;
  /**
   * The previous token, if there is one: the conversation goes on when it is under 24 hours old and of
   * the same agent and origin; otherwise a new one begins.
   */
  token?: string | null;
  /**
   * The token of a solved challenge, where `config.turnstile` asked for one; good once.
   */
  turnstile?: string | null;
  /**
   * `visitor_pass` of an earlier init: a new conversation is the same visitor's.
   */
  visitor_pass?: string | null;
}
export interface InitResponse {
  config: WidgetConfig;
  conversation_id: ConversationId;
  /**
   * The conversation of the previous token goes on.
   */
  resumed: boolean;
  /**
   * Sent as `Authorization: Bearer …`, or as the second WebSocket subprotocol; never in an address.
   */
  token: string;
  /**
   * Unix time in milliseconds.
   */
  token_expires_at_ms: number;
  visitor_id: VisitorId;
  /**
   * By what this browser is known again, for as long as it keeps it; good for this agent alone.
   */
  visitor_pass?: string;
}
/**
 * What the widget shows; the public part of the agent.
 */
export interface WidgetConfig {
  agent_name: string;
  /**
   * `https` address of a picture.
   */
  avatar_url?: string | null;
  /**
   * What the window says of who made it, where the plan shows that; a link to this API's own site.
   */
  badge?: string | null;
  language: string;
  /**
   * Absent where the agent has no fields to ask for.
   */
  lead_form?: LeadForm | null;
  quick_prompts: string[];
  /**
   * What the widget does of its own accord, the most important first: those that are switched on and due.
   */
  rules?: WidgetRule[];
  theme: Theme;
  /**
   * The site key of Turnstile, while this conversation lacks a solved challenge: `init` again with its token, or
   * what asks is refused with `challenge_required`.
   */
  turnstile?: string | null;
  /**
   * What this visitor sees of running experiments. Each is reported as `exposed` once it shows.
   */
  variants?: Variant[];
  welcome: string;
  workspace_name: string;
}
/**
 * The form that captures a lead, as the widget shows it.
 */
export interface LeadForm {
  /**
   * What the visitor agrees to; empty: nothing is asked.
   */
  consent?: string;
  fields: LeadField[];
}
/**
 * One field of the form that captures a lead.
 */
export interface LeadField {
  /**
   * a-z, 0-9 and _; unique within the agent.
   */
  key: string;
  kind: LeadFieldKind;
  label: string;
  /**
   * For a choice.
   */
  options?: string[];
  required?: boolean;
}
/**
 * A rule as the widget is told of it: switched on and due now.
 */
export interface WidgetRule {
  action: WidgetAction;
  id: RuleId;
  /**
   * Paths with `*`, compared with path and query of the page; empty: every page.
   */
  page?: string[];
  when: RuleWhen;
}
/**
 * Colours and place of the widget.
 */
export interface Theme {
  /**
   * `#rrggbb`
   */
  accent?: string;
  /**
   * Families are named, never fetched: a page that has Inter or Geist shows it, others their system's font.
   */
  font?: "system" | "inter" | "geist" | "serif";
  /**
   * What a closed widget looks like.
   */
  layout?: "bubble" | "bar";
  /**
   * Background of the visitor's messages, `#rrggbb`; the accent when absent.
   */
  message?: string | null;
  position?: "bottom_right" | "bottom_left" | "top_right" | "top_left" | "bottom_center";
  /**
   * Corner radius in pixels: 4, 8, 12 or 16.
   */
  radius?: number;
  scheme?: "auto" | "light" | "dark";
}
/**
 * Which variant of a running experiment a visitor sees.
 */
export interface Variant {
  experiment_id: ExperimentId;
  variant_id: VariantId;
}
export interface LeadReceipt {
  lead_id: LeadId;
}
/**
 * `POST /v1/widget/leads`: the form, filled in. The same `id` captures one lead, and a conversation has one: a
 * later form changes it.
 */
export interface LeadRequest {
  /**
   * The visitor agreed to the form's text.
   */
  consent?: boolean;
  fields: {
    [k: string]: string;
  };
  /**
   * Chosen by the client: 8 to 64 characters of A-Z, a-z, 0-9, `-` and `_`.
   */
  id: string;
  /**
   * The page the visitor is on.
   */
  page_url?: string | null;
}
/**
 * `POST /v1/widget/messages`: one turn as `text/event-stream`; each event's data is a `ServerFrame` and its
 * id the frame's number. With a number in `after` or `Last-Event-ID` it begins with all there is above that. Any
 * other `ClientFrame` is taken, too, and answered by `hello` and what there is.
 */
export interface MessageRequest {
  id: string;
  /**
   * The language that page declares (`lang` of its `html`), a BCP 47 tag.
   */
  page_language?: string | null;
  page_url?: string | null;
  text: string;
}
/**
 * How long each stage of a turn took, in milliseconds. Zero where the stage did not run.
 */
export interface Stages {
  /**
   * Admission: lock, parsing.
   */
  admit?: number;
  assemble_prompt?: number;
  embed?: number;
  /**
   * From the message's arrival to the first frame with text.
   */
  first_token?: number;
  index_search?: number;
  /**
   * From the request to a model until its first token.
   */
  model_first_byte?: number;
  model_stream?: number;
  /**
   * The one remote join: words, meaning.
   */
  retrieve?: number;
  /**
   * Calls of tools, those of one round side by side.
   */
  tools?: number;
  total?: number;
}
/**
 * Tokens of a model; zero for extractive answers.
 */
export interface Tokens {
  /**
   * The provider did not count them; we did, roughly.
   */
  estimated?: boolean;
  input?: number;
  output?: number;
}
