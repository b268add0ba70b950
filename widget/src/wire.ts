// Generated from crates/protocol by `npm run schemas`; do not edit.

export type AgentId = string;
export type ConversationId = string;
export type VisitorId = string;
export type TurnId = string;
export type Position = "bottom_right" | "bottom_left";
export type Scheme = "auto" | "light" | "dark";
export type Provider = "extractive" | "openai_compatible" | "workers_ai";
export type Code =
  | "invalid"
  | "malformed"
  | "sign_in_required"
  | "bad_credentials"
  | "token_invalid"
  | "token_mismatch"
  | "origin_not_allowed"
  | "forbidden"
  | "not_found"
  | "agent_not_found"
  | "method_not_allowed"
  | "conflict"
  | "turn_running"
  | "too_large"
  | "upgrade_required"
  | "too_many_requests"
  | "address_refused"
  | "interrupted"
  | "model_failed"
  | "unavailable"
  | "internal"
  | "unknown";

export type ClientFrame =
  | { type: "message"; id: string; text: string; page_url?: string | null }
  | { type: "stop" };

export type ServerFrame =
  | { type: "hello"; conversation_id: ConversationId; last: number }
  | { type: "turn_started"; n: number; turn_id: TurnId; message_id: string; text: string; at_ms: number }
  | { type: "delta"; n: number; turn_id: TurnId; text: string }
  | {
      type: "turn_finished";
      n: number;
      turn_id: TurnId;
      message_id: string;
      citations: Citation[];
      confidence: number;
      low_confidence: boolean;
      provider: Provider;
      tokens: Tokens;
      stages: Stages;
      stopped?: boolean;
    }
  | { type: "turn_failed"; n: number; turn_id: TurnId; message_id: string; code: Code; message: string }
  | { type: "refused"; message_id?: string | null; code: Code; message: string };

export interface Citation {
  number: number;
  url: string;
  title: string;
  heading_path?: string[];
  snippet: string;
}

export interface Tokens {
  input?: number;
  output?: number;
}

export interface Stages {
  admit?: number;
  retrieve?: number;
  embed?: number;
  index_search?: number;
  assemble_prompt?: number;
  model_first_byte?: number;
  model_stream?: number;
  first_token?: number;
  total?: number;
}

export interface Theme {
  accent?: string;
  position?: Position;
  scheme?: Scheme;
}

export interface WidgetConfig {
  agent_name: string;
  workspace_name: string;
  welcome: string;
  quick_prompts: string[];
  language: string;
  theme: Theme;
}

export interface InitRequest {
  agent_id: AgentId;
  page_url: string;
  token?: string | null;
}

export interface InitResponse {
  conversation_id: ConversationId;
  visitor_id: VisitorId;
  token: string;
  token_expires_at_ms: number;
  resumed: boolean;
  config: WidgetConfig;
}

export interface MessageRequest {
  id: string;
  text: string;
  page_url?: string | null;
}

export interface Problem {
  code: Code;
  message: string;
  field?: string | null;
}

export interface ErrorBody {
  error: Problem;
}
