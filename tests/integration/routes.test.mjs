// The route walk. Every operation of the OpenAPI document, which is generated from the table that dispatches
// requests, as: nobody, each role, a member of another workspace with our ids, API keys with and without the scope.
// Who may is written down here a second time, by hand: an operation without an expectation fails the walk.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Client, request } from "../../scripts/client.mjs";
import { root } from "../../scripts/tools.mjs";
import { createMember, createSession, newId, start, steady, tenant } from "./harness.mjs";

const { paths } = JSON.parse(readFileSync(join(root, "schemas/openapi.json"), "utf8"));
const OPERATIONS = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    scope: operation["x-permission"],
    security: operation.security.map((one) => Object.keys(one)[0]),
    writes: method !== "get",
  })),
);

const ROLES = ["viewer", "editor", "admin", "owner"];
/** Scopes that no key may have. */
const MEMBERS_ALONE = ["members:write", "keys:write", "billing:write", "workspace:own"];

/**
 * Expectations.
 * `by`: who may call. A role means that role and those above it, with `scope` for API keys.
 * `body`: one that is read as what it should be; it fails for its content, or does no harm.
 * `ok`: statuses of those who may. 400, 404, 409, 410 and 422 are told after who is asking was settled.
 * `harm`: it deletes or replaces; those who may call it with ids of nothing, and strangers with ours.
 * `stranger`: what a member of another workspace gets for our ids, if not 404: "own", because no id is sent.
 */
const front = { by: "front" };
const anyone = (body, ok = [200, 400, 401, 404, 409, 410]) => ({ by: "anyone", body, ok });
const account = (body, ok, more) => ({ by: "account", body, ok, ...more });
const member = (by, scope, more = {}) => ({ by, scope, ...more });
const look = (by, scope, more) => member(by, scope, { ok: [200], ...more });
const change = (by, scope, body, ok, more) => member(by, scope, { body, ok, ...more });
const harm = (by, scope, body, more) => member(by, scope, { body, ok: [404], harm: true, ...more });
const NOTHING = [400, 404, 409, 410, 422];
const TOKEN = { token: "0".repeat(64) };
const PASSWORD = { password: "not-the-password" };
const CURATED = { pattern: "Where are you?", answer: "At the quay." };

const TOOL = { name: "order_status", description: "Looks an order up.", schema: { type: "object" }, url: "https://hooks.example.com/" };

const RULE = { name: "Greets", when: { kind: "exit_intent" }, action: { kind: "open_with_message", message: "Questions?" } };
const CTA = { name: "Demo", label: "Book a demo", kind: "demo", target: "https://example.test/demo" };
const EXPERIMENT = {
  name: "Welcome",
  kind: "persona",
  variants: [{ name: "As it is", weight: 1 }, { name: "Warm", weight: 1, patch: { welcome: "Good to see you!" } }],
};

const EXPECTED = {
  WidgetInit: front,
  WidgetSocket: front,
  WidgetMessage: front,
  WidgetFrames: front,
  // Who may is in lounge.test.mjs: it speaks WebSocket.
  Lounge: front,
  WidgetEvents: front,
  WidgetLead: front,
  Health: front,
  Bootstrap: { by: "operator", body: {} },
  Drill: { by: "operator" },
  RotateSecrets: { by: "operator" },
  BackupPlan: { by: "operator" },
  BackupRows: { by: "operator" },
  BackupParts: { by: "operator" },
  BackupFiles: { by: "operator" },
  BackupFile: { by: "operator" },
  BeginRestore: { by: "operator", body: {} },
  RestoreRows: { by: "operator" },
  RestoreFile: { by: "operator" },
  FinishRestore: { by: "operator", body: {} },
  Catalogue: { by: "operator" },
  PutCatalogueEntry: { by: "operator", body: {} },
  DeleteCatalogueEntry: { by: "operator" },

  AuthOptions: anyone(undefined, [200]),
  Register: anyone({ name: "", email: "nobody", password: "x" }, [400]),
  Login: anyone({ email: "nobody", password: "x" }, [400]),
  LoginSecondFactor: anyone({ challenge: "0".repeat(64), code: "000000" }, [400, 401, 410]),
  GoogleStart: anyone(undefined, [302, 303, 404]),
  GoogleCallback: anyone(undefined, [302, 303, 400, 404, 410]),
  VerifyEmail: anyone(TOKEN, [410]),
  ConfirmEmailChange: anyone(TOKEN, [410]),
  ForgotPassword: anyone({ email: "nobody@example.test" }, [200]),
  ResetPassword: anyone({ ...TOKEN, password: "a-good-long-password" }, [410]),
  InvitationPreview: anyone(TOKEN, [410]),
  AcceptInvitation: anyone({ ...TOKEN, name: "N", password: "a-good-long-password" }, [410]),
  Outbox: anyone(undefined, [200, 404]),

  Logout: account(undefined, [200]),
  Me: account(undefined, [200]),
  ResendVerification: account(undefined, [200, 409]),
  UpdateAccount: account({ name: "" }, [400]),
  ChangePassword: account({ current: "wrong", new: "a-good-long-password" }, [400]),
  ChangeEmail: account({ email: "new@example.test", ...PASSWORD }, [400]),
  BeginTotp: account(PASSWORD, [400]),
  ConfirmTotp: account({ code: "000000" }, NOTHING),
  DisableTotp: account(PASSWORD, NOTHING),
  RenewRecoveryCodes: account(PASSWORD, NOTHING),
  Sessions: account(undefined, [200]),
  RevokeSession: account(undefined, [404], { ids: { session: "unknown" } }),
  RevokeOtherSessions: account(undefined, [200]),
  DeleteAccount: account(PASSWORD, [400]),
  Workspaces: account(undefined, [200]),
  CreateWorkspace: account({ name: "" }, [400]),
  SelectWorkspace: account(undefined, [404], { ids: { workspace: "unknown" } }),
  LeaveWorkspace: account(undefined, [404], { ids: { workspace: "unknown" } }),

  WorkspaceSettings: look("viewer", "workspace:read", { stranger: "own" }),
  RetentionPreview: look("viewer", "workspace:read", { query: "?days=7", stranger: "own" }),
  UpdateWorkspace: change("admin", "workspace:write", { name: "" }, [400], { stranger: "own" }),
  DeleteWorkspace: change("owner", "workspace:own", { name: "not its name", ...PASSWORD }, [400], { stranger: "own" }),
  TransferOwnership: change("owner", "workspace:own", ({ user }) => ({ user_id: user, ...PASSWORD }), [400]),
  Members: look("viewer", "members:read", { stranger: "own" }),
  UpdateMember: change("admin", "members:write", { role: "viewer" }, [200]),
  RemoveMember: harm("admin", "members:write"),
  Invitations: look("viewer", "members:read", { stranger: "own" }),
  Invite: change("admin", "members:write", { email: "nobody", role: "viewer" }, [400], { stranger: "own" }),
  ResendInvitation: harm("admin", "members:write"),
  RevokeInvitation: harm("admin", "members:write"),
  ApiKeys: look("admin", "keys:write", { stranger: "own" }),
  CreateApiKey: change("admin", "keys:write", { name: "", scopes: [] }, [400], { stranger: "own" }),
  RotateApiKey: harm("admin", "keys:write", { overlap_hours: 1 }),
  RevokeApiKey: harm("admin", "keys:write"),
  AuditLog: look("admin", "audit:read", { stranger: "own" }),
  AuditExport: look("admin", "audit:read", { stranger: "own" }),

  ClaimConversation: change("editor", "conversations:write", undefined, [200, 409]),
  ReplyConversation: change("editor", "conversations:write", { text: "" }, [400]),
  TypingConversation: change("editor", "conversations:write", undefined, [200, 409]),
  HandBackConversation: change("editor", "conversations:write", undefined, [200, 409]),
  ResolveConversation: harm("editor", "conversations:write"),
  NoteConversation: change("editor", "conversations:write", { text: "" }, [400]),
  MailTranscript: change("editor", "conversations:write", { to: "nobody" }, [400]),
  Usage: look("viewer", "workspace:read", { stranger: "own" }),
  SetUsageLimits: change("admin", "workspace:write", { messages: 0 }, [400], { stranger: "own" }),
  Models: look("viewer", "agents:read", { stranger: "own" }),
  Agents: look("viewer", "agents:read", { stranger: "own" }),
  CreateAgent: change("editor", "agents:write", { name: "" }, [400], { stranger: "own" }),
  Agent: look("viewer", "agents:read"),
  UpdateAgent: change("editor", "agents:write", {}, [200]),
  DeleteAgent: harm("editor", "agents:write"),
  DuplicateAgent: harm("editor", "agents:write"),
  SaveDraft: change("editor", "agents:write", ({ draft }) => ({ revision: 999_999, draft: { ...draft, allowed_origins: [] } }), [409]),
  PublishAgent: change("editor", "agents:write", { revision: 999_999 }, [400, 409]),
  UnpublishAgent: harm("editor", "agents:write"),
  SetTurnstile: change("editor", "agents:write", { site_key: "", secret: "" }, [400]),
  RemoveTurnstile: harm("editor", "agents:write"),
  RollbackAgent: change("editor", "agents:write", { version: 999_999 }, [400, 404]),
  AgentVersions: look("viewer", "agents:read"),
  AgentVersion: look("viewer", "agents:read"),
  AgentDiff: look("viewer", "agents:read", { query: "?from=1", ok: [200, 400] }),
  Playground: change("viewer", "agents:read", { question: "" }, [400]),
  SearchAgent: change("viewer", "agents:read", { question: "" }, [400]),
  PlaygroundFeedback: change("viewer", "agents:read", ({ turn }) => ({ run_id: turn, rating: "good", question: "q", answer: "a" }), [200]),
  AgentOverview: look("viewer", "conversations:read"),

  Sources: look("viewer", "knowledge:read"),
  CreateSource: change("editor", "knowledge:write", { url: "http://127.0.0.1/" }, [400, 422]),
  Source: look("viewer", "knowledge:read"),
  UpdateSource: change("editor", "knowledge:write", { title: "x".repeat(10_000) }, [400], { strangersBody: { title: "Ours" } }),
  DeleteSource: harm("editor", "knowledge:write"),
  ReindexSource: harm("editor", "knowledge:write"),
  RetrySource: harm("editor", "knowledge:write"),
  SourceAccess: look("viewer", "knowledge:read"),
  SetSourceAccess: change("editor", "knowledge:write", { kind: "basic", username: "", password: "x" }, [400, 422], { strangersBody: { kind: "basic", username: "u", password: "p" } }),
  RemoveSourceAccess: harm("editor", "knowledge:write"),
  RefreshSource: change("editor", "knowledge:write", { url: "https://elsewhere.example/" }, [409, 422]),
  CreateSourceHook: harm("editor", "knowledge:write"),
  DeleteSourceHook: harm("editor", "knowledge:write"),
  HookRefresh: anyone({ url: "https://elsewhere.example/" }, [404]),
  SourceHistory: look("viewer", "knowledge:read", { query: "?url=https%3A%2F%2Felsewhere.example%2F" }),
  TagDocument: change("editor", "knowledge:write", { tags: ["x".repeat(41)] }, [400, 404]),
  SourceContent: look("viewer", "knowledge:read", { ok: [200, 404] }),
  SourcePages: look("viewer", "knowledge:read"),
  SourceDocuments: look("viewer", "knowledge:read"),
  SourceFiles: look("viewer", "knowledge:read"),
  UploadFile: harm("editor", "knowledge:write", undefined, { query: "?name=a.txt" }),
  RetryFile: harm("editor", "knowledge:write"),
  DownloadFile: look("viewer", "knowledge:read", { ok: [200, 404] }),
  DeleteFile: harm("editor", "knowledge:write"),
  Document: look("viewer", "knowledge:read", { ok: [200, 404] }),
  CuratedAnswers: look("viewer", "knowledge:read"),
  CreateCuratedAnswer: change("editor", "knowledge:write", { ...CURATED, pattern: "" }, [400], { strangersBody: CURATED }),
  OrderCuratedAnswers: change("editor", "knowledge:write", () => ({ ids: [newId("cur")] }), NOTHING),
  TryCuratedAnswers: change("viewer", "knowledge:read", { question: "Where are you?" }, [200]),
  UpdateCuratedAnswer: harm("editor", "knowledge:write", CURATED),
  DeleteCuratedAnswer: harm("editor", "knowledge:write"),
  CuratedProposals: look("viewer", "knowledge:read"),
  ApproveCuratedProposal: harm("editor", "knowledge:write", {}),
  DismissCuratedProposal: harm("editor", "knowledge:write"),
  RestoreCuratedProposal: harm("editor", "knowledge:write"),

  Tools: look("viewer", "agents:read", { stranger: "own" }),
  CreateTool: change("editor", "agents:write", { content: { ...TOOL, name: "" } }, [400], { stranger: "own" }),
  ToolCatalogue: look("viewer", "agents:read", { stranger: "own" }),
  EnableTool: change("editor", "agents:write", { entry: "check_stock", url: "http://127.0.0.1/" }, [422], { stranger: "own" }),
  Tool: look("viewer", "agents:read"),
  UpdateTool: harm("editor", "agents:write", { content: TOOL }),
  DeleteTool: harm("editor", "agents:write"),
  TryTool: harm("editor", "agents:write", { arguments: {} }),
  ToolRuns: look("viewer", "agents:read"),
  Approvals: look("viewer", "conversations:read", { stranger: "own" }),
  Approve: harm("editor", "conversations:write"),
  Decline: harm("editor", "conversations:write", { reason: "" }),

  Gaps: look("viewer", "conversations:read"),
  GapCounts: look("viewer", "conversations:read"),
  UpdateGap: harm("editor", "knowledge:write", { status: "ignored" }),
  AnswerGap: harm("editor", "knowledge:write", CURATED),

  Rules: look("viewer", "agents:read"),
  CreateRule: change("editor", "agents:write", { ...RULE, name: "" }, [400], { strangersBody: RULE }),
  OrderRules: change("editor", "agents:write", () => ({ ids: [newId("rul")] }), [409]),
  TryRules: change("viewer", "agents:read", { page_url: "https://example.test/" }, [200]),
  UpdateRule: harm("editor", "agents:write", { revision: 1, content: RULE }),
  DeleteRule: harm("editor", "agents:write"),
  CtaRules: look("viewer", "agents:read"),
  CreateCtaRule: change("editor", "agents:write", { ...CTA, name: "" }, [400], { strangersBody: CTA }),
  OrderCtaRules: change("editor", "agents:write", () => ({ ids: [newId("cta")] }), [409]),
  UpdateCtaRule: harm("editor", "agents:write", { revision: 1, content: CTA }),
  DeleteCtaRule: harm("editor", "agents:write"),
  Experiments: look("viewer", "agents:read"),
  CreateExperiment: change("editor", "agents:write", { ...EXPERIMENT, name: "" }, [400], { strangersBody: EXPERIMENT }),
  Experiment: look("viewer", "agents:read"),
  UpdateExperiment: harm("editor", "agents:write", { revision: 1, content: EXPERIMENT }),
  DeleteExperiment: harm("editor", "agents:write"),
  StartExperiment: harm("editor", "agents:write"),
  StopExperiment: harm("editor", "agents:write"),
  ApplyExperiment: harm("editor", "agents:write", () => ({ variant_id: newId("var") })),

  WhoAmI: { by: "known", ok: [200] },
  Hooks: look("admin", "webhooks:read", { stranger: "own" }),
  // With what people wrote, so a key needs the scope for that, too.
  Subscribe: change("admin", "webhooks:write", { target_url: "http://127.0.0.1/", event: "lead.captured" }, [422], { also: "leads:read", stranger: "own" }),
  Unsubscribe: harm("admin", "webhooks:write"),
  HookSamples: look("admin", "webhooks:read", { query: "?event=conversation.started", also: "conversations:read", stranger: "own" }),
  Webhooks: look("admin", "webhooks:read", { stranger: "own" }),
  CreateWebhook: change("admin", "webhooks:write", { url: "http://127.0.0.1/" }, [422], { stranger: "own" }),
  Webhook: look("admin", "webhooks:read"),
  UpdateWebhook: change("admin", "webhooks:write", { url: "http://127.0.0.1/" }, [422]),
  DeleteWebhook: harm("admin", "webhooks:write"),
  RotateWebhook: change("admin", "webhooks:write", { overlap_hours: 999 }, [400]),
  TestWebhook: change("admin", "webhooks:write", undefined, [409]),
  ReplayWebhook: change("admin", "webhooks:write", { since: 1 }, [409]),
  Deliveries: look("admin", "webhooks:read"),
  Delivery: look("admin", "webhooks:read", { ok: [404] }),
  ReplayDelivery: change("admin", "webhooks:write", undefined, [409]),

  Jobs: look("admin", "operations:read", { stranger: "own" }),
  JobCounts: look("admin", "operations:read", { stranger: "own" }),
  RetryJobs: change("admin", "operations:write", { jobs: [] }, [400], { stranger: "own" }),
  OperationsLog: look("admin", "operations:read", { stranger: "own" }),
  HealthChecks: look("admin", "operations:read", { stranger: "own" }),
  // Theirs is not the operator's workspace: they see none, and fire none.
  Alerts: look("admin", "operations:read", { stranger: "own" }),
  FireAlert: change("admin", "operations:write", undefined, [200, 429]),
  // The walk itself reports more than a stranger may.
  ReportError: anyone({ id: "x", reason: "" }, [400, 429]),
  // From customers' sites; no cookie is asked about.
  ReportWidget: { ...anyone({ id: "no id", reason: "" }, [400, 429]), anywhere: true },
  TakeIncoming: anyone({ id: "walk", type: "contact.upsert", data: { email: "walk@person.test" } }, [401, 404]),
  IncomingEndpoints: look("admin", "webhooks:read", { stranger: "own" }),
  CreateIncoming: change("admin", "webhooks:write", { name: "" }, [400], { stranger: "own" }),
  UpdateIncoming: change("admin", "webhooks:write", { name: "" }, [400]),
  DeleteIncoming: harm("admin", "webhooks:write"),
  RotateIncoming: change("admin", "webhooks:write", { overlap_hours: 999 }, [400]),
  Integrations: look("admin", "integrations:read", { stranger: "own" }),
  ConnectIntegration: change("admin", "integrations:write", { kind: "slack" }, [400], { stranger: "own" }),
  Integration: look("admin", "integrations:read"),
  UpdateIntegration: change("admin", "integrations:write", { settings: {}, enabled: true, events: ["source.eaten"] }, [400]),
  VerifyIntegration: harm("admin", "integrations:write"),
  IntegrationFields: look("admin", "integrations:read", { ok: [404] }),
  DisconnectIntegration: harm("admin", "integrations:write"),
  AuthorizeHubspot: change("admin", "integrations:write", undefined, [409], { stranger: "own" }),
  HubspotCallback: change("admin", "integrations:write", undefined, [302], { stranger: "own" }),

  Leads: look("viewer", "leads:read", { stranger: "own" }),
  ExportLeads: look("viewer", "leads:read", { stranger: "own" }),
  ChangeLeads: change("editor", "leads:write", { changes: [] }, [400], { stranger: "own" }),
  FollowUp: look("viewer", "leads:read", { stranger: "own" }),
  SetFollowUp: change("editor", "leads:write", { subject: "", text: "" }, [400], { stranger: "own" }),
  Lead: look("viewer", "leads:read"),
  CreateLead: change("editor", "leads:write", ({ agent }) => ({ agent_id: agent, email: "nobody" }), [400], { stranger: "own" }),
  UpdateLead: change("editor", "leads:write", { phone: "12" }, [400]),
  NoteLead: change("editor", "leads:write", { text: "" }, [400]),
  MailLead: change("editor", "leads:write", { id: "mail-of-the-walk", subject: "", text: "" }, [400, 409]),
  Contacts: look("viewer", "leads:read", { stranger: "own" }),
  Contact: look("viewer", "leads:read"),
  MergeContact: harm("editor", "leads:write", () => ({ other: newId("con") })),
  // With what the person wrote, so a key needs the scope for that, too.
  ExportPerson: change("viewer", "leads:read", undefined, [200], { also: "conversations:read" }),
  PersonExports: look("viewer", "leads:read"),
  PersonExportFile: look("viewer", "leads:read", { ok: [404], also: "conversations:read" }),
  ErasePerson: harm("admin", "leads:erase"),
  Erasures: look("viewer", "leads:read", { stranger: "own" }),
  Receipts: look("admin", "audit:read", { stranger: "own" }),

  Conversations: look("viewer", "conversations:read"),
  SearchConversations: look("viewer", "conversations:read", { query: "?q=tandem", stranger: "own" }),
  Inbox: look("viewer", "conversations:read", { stranger: "own" }),
  Conversation: look("viewer", "conversations:read"),
  Templates: look("viewer", "conversations:read", { stranger: "own" }),
  CreateTemplate: change("editor", "conversations:write", { name: "", text: "x" }, [400], { stranger: "own" }),
  UpdateTemplate: harm("editor", "conversations:write", { name: "Hello", text: "Hi" }),
  DeleteTemplate: harm("editor", "conversations:write"),
};

let product, other, guest, people, ids, draft, keys, ours;
before(async () => {
  product = await start();
  other = await tenant(product, "other@example.test");
  people = Object.fromEntries(await Promise.all(ROLES.map(async (role) => [role, await createMember(product, product.workspace, role)])));
  guest = await createMember(product, product.workspace, null);
  ids = await furnish();
  draft = (await product.client.get(`/v1/agents/${product.agent}`)).draft;
  keys = await issue();
  ours = await state();
});
after(() => product?.stop());

/** One thing of ours of every kind that a path can name. */
async function furnish() {
  const database = product.relations;
  const made = { agent: product.agent, workspace: product.workspace, version: "1", turn: newId("trn"), source: newId("src"), file: newId("fil"), document: newId("doc"), token: "hook_of_nobody", curated: newId("cur"), proposal: newId("prp"), conversation: newId("cnv"), invitation: newId("inv"), key: newId("key"), tool: newId("tol"), hook: newId("ept"), approval: newId("apr"), template: newId("tpl"), integration: newId("itg"), gap: newId("gap"), rule: newId("rul"), cta: newId("cta"), experiment: newId("exp"), endpoint: newId("ept"), delivery: newId("evt"), incoming: newId("inc"), alert: "first_token", lead: newId("led"), contact: newId("con"), export: newId("pex") };
  const subject = await createMember(product, product.workspace, "viewer", { name: "The subject" });
  made.user = subject.user;
  made.session = (await database.prepare("SELECT id FROM sessions WHERE user_id = ?1").bind(subject.user).first()).id;
  const insert = (sql, ...binds) => database.prepare(sql).bind(product.workspace, ...binds);
  const { agent } = made;
  await database.batch([
    insert("INSERT INTO sources (id, workspace_id, agent_id, kind, url, title, content, state, created_at) VALUES (?2, ?1, ?3, 'text', '', 'Ours', 'Words', 'indexed', 1)", made.source, agent),
    insert("INSERT INTO documents (id, workspace_id, agent_id, source_id, run_id, url, title, content_hash, passages, fetched_at) VALUES (?2, ?1, ?3, ?4, ?5, 'https://ours.test/', 'Ours', 'h', 1, 1)", made.document, agent, made.source, newId("run")),
    insert("INSERT INTO files (id, workspace_id, agent_id, source_id, name, kind, bytes, state, created_at) VALUES (?2, ?1, ?3, ?4, 'ours.txt', 'text', 4, 'indexed', 1)", made.file, agent, made.source),
    insert("INSERT INTO curated_answers (id, workspace_id, agent_id, content, priority, created_at, edited_at) VALUES (?2, ?1, ?3, ?4, 1, 1, 1)", made.curated, agent, JSON.stringify(CURATED)),
    insert("INSERT INTO curated_proposals (id, workspace_id, agent_id, document_id, question, answer, found_at) VALUES (?2, ?1, ?3, ?4, 'Ours?', 'Ours is the quay.', 1)", made.proposal, agent, made.document),
    insert("INSERT INTO gaps (id, workspace_id, agent_id, question, terms, status_at, first_at, last_at) VALUES (?2, ?1, ?3, 'Ours?', 'ours', 1, 1, 1)", made.gap, agent),
    insert("INSERT INTO tools (id, workspace_id, name, content, created_at, edited_at) VALUES (?2, ?1, ?3, ?4, 1, 1)", made.tool, TOOL.name, JSON.stringify(TOOL)),
    insert("INSERT INTO approvals (id, workspace_id, agent_id, conversation_id, turn_id, tool_id, tool_title, tool_edited_at, call_key, arguments, method, url, body, language, state, asked_at, expires_at) VALUES (?2, ?1, ?3, ?4, ?5, ?6, 'Ours', 1, 'key', '{}', 'POST', 'https://hooks.example.com/', '{}', 'en', 'waiting', 1, 9e15)", made.approval, agent, made.conversation, made.turn, made.tool),
    insert("INSERT INTO templates (id, workspace_id, name, text, created_at, edited_at) VALUES (?2, ?1, 'Ours', 'Hi', 1, 1)", made.template),
    insert("INSERT INTO rules (id, workspace_id, agent_id, content, priority, created_at, edited_at) VALUES (?2, ?1, ?3, ?4, 1, 1, 1)", made.rule, agent, JSON.stringify(RULE)),
    insert("INSERT INTO ctas (id, workspace_id, agent_id, content, priority, created_at, edited_at) VALUES (?2, ?1, ?3, ?4, 1, 1, 1)", made.cta, agent, JSON.stringify(CTA)),
    insert("INSERT INTO experiments (id, workspace_id, agent_id, kind, content, created_at, edited_at) VALUES (?2, ?1, ?3, 'persona', ?4, 1, 1)", made.experiment, agent, JSON.stringify({ name: "Welcome", goal: "any", variants: EXPERIMENT.variants.map((variant) => ({ ...variant, id: newId("var"), patch: variant.patch ?? {} })) })),
    insert("INSERT INTO webhook_endpoints (id, workspace_id, url, description, event_filter, agent_filter, secrets, enabled, disabled_reason, created_at, edited_at) VALUES (?2, ?1, 'https://ours.test/', '', '[]', '[]', '[]', 0, 'member', 1, 1)", made.endpoint),
    insert("INSERT INTO webhook_endpoints (id, workspace_id, url, description, event_filter, agent_filter, secrets, enabled, created_at, edited_at, kind, made_by) VALUES (?2, ?1, 'https://ours.test/hook', '', '[\"lead.captured\"]', '[]', '[]', 1, 1, 1, 'hook', 'Ours')", made.hook),
    insert("INSERT INTO incoming_endpoints (id, workspace_id, channel, name, secrets, enabled, created_at, edited_at) VALUES (?2, ?1, 'generic', 'Ours', '[]', 1, 1, 1)", made.incoming),
    insert("INSERT INTO integrations (id, workspace_id, kind, name, settings, created_at, edited_at) VALUES (?2, ?1, 'slack', 'Ours', '{}', 1, 1)", made.integration),
    insert("INSERT INTO conversations (id, workspace_id, agent_id, visitor_id, state, first_question, started_at, last_at) VALUES (?2, ?1, ?3, ?4, 'active', 'Ours?', 1, 1)", made.conversation, agent, newId("vis")),
    insert("INSERT INTO contacts (id, workspace_id, name, email, created_at, updated_at) VALUES (?2, ?1, 'Ours', 'ours@person.test', 1, 1)", made.contact),
    insert("INSERT INTO person_exports (id, workspace_id, contact_id, by_name, requested_at, done_at, expires_at) VALUES (?2, ?1, ?3, 'Ours', 1, 1, 2)", made.export, made.contact),
    insert("INSERT INTO leads (id, workspace_id, agent_id, conversation_id, contact_id, name, source, created_at, updated_at) VALUES (?2, ?1, ?3, ?4, ?5, 'Ours', 'form', 1, 1)", made.lead, agent, made.conversation, made.contact),
    insert("INSERT INTO invitations (id, workspace_id, email, role, token_digest, invited_by, created_at, expires_at) VALUES (?2, ?1, 'invited@example.test', 'viewer', 'digest', 'Owner', 1, ?3)", made.invitation, Date.now() + 1e9),
    insert("INSERT INTO api_keys (id, workspace_id, name, prefix, secret_digest, scopes, rate_limit, created_by, created_at) VALUES (?2, ?1, 'Ours', 'fd_live_0000', 'digest', '[]', 1, 'Owner', 1)", made.key),
  ]);
  const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
  await bucket.put(`files/${product.workspace}/${made.source}/${made.file}`, "ours");
  return made;
}

/** For each scope a key with it alone, and one with all others. */
async function issue() {
  const scopes = [...new Set(OPERATIONS.map(({ scope }) => scope).filter(Boolean))].filter((scope) => !MEMBERS_ALONE.includes(scope));
  const make = async (name, scopes) => (await product.client.call("POST", "/v1/api-keys", { name, scopes, rate_limit: 600 })).secret;
  const found = { all: await make("all", scopes), only: {}, both: {}, without: {} };
  for (const scope of scopes) {
    found.only[scope] = await make(`only ${scope}`, [scope]);
    found.without[scope] = await make(`without ${scope}`, scopes.filter((one) => one !== scope));
  }
  for (const { also, scope } of OPERATIONS.map(({ id, scope }) => ({ ...EXPECTED[id], scope })).filter(({ also }) => also)) {
    found.both[`${scope} ${also}`] = await make(`${scope} and ${also}`, [scope, also]);
  }
  return found;
}

/** All rows and files of our workspace, without when it was last looked at. */
async function state() {
  const database = product.relations;
  const { results } = await database.prepare("SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) p WHERE p.name = 'workspace_id')").all();
  const found = {};
  for (const { name } of results.filter(({ name }) => !["users", "sessions", "api_keys"].includes(name))) {
    found[name] = (await database.prepare(`SELECT * FROM ${name} WHERE workspace_id = ?1 ORDER BY rowid`).bind(product.workspace).all()).results;
  }
  found.workspaces = (await database.prepare("SELECT * FROM workspaces WHERE id = ?1").bind(product.workspace).all()).results;
  found.api_keys = (await database.prepare("SELECT id, revoked_at, rotated_to, expires_at FROM api_keys WHERE workspace_id = ?1 ORDER BY rowid").bind(product.workspace).all()).results;
  const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
  found.objects = (await bucket.list()).objects.map(({ key, etag }) => [key, etag]).filter(([key]) => key.includes(product.workspace));
  found.edge = await (await product.miniflare.getKVNamespace("AGENTS", product.front)).get(`agent/${product.agent}`);
  return found;
}

const known = (name) => ids[name] ?? assert.fail(`the walk knows no id for {${name}}`);
const unknown = (name) => (name === "version" ? "999999" : newId(known(name).split("_")[0]));
const pathOf = (operation, value) => operation.path.replace(/\{(\w+)\}/g, (_, name) => value(name)) + (EXPECTED[operation.id].query ?? "");
const given = (body) => (typeof body === "function" ? body({ ...ids, draft }) : body);
const bodyOf = (operation) => given(EXPECTED[operation.id].body);

/** One call, and what it was answered with. A server error is nobody's answer. */
async function call(client, { id, method }, path, body, headers = {}) {
  const response = await request(client.product + path, {
    method,
    redirect: "manual",
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...(client.cookie && { cookie: client.cookie }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.status < 500, `${id}: ${response.status} ${text}`);
  const json = (response.headers.get("content-type") ?? "").startsWith("application/json") ? JSON.parse(text) : {};
  return { status: response.status, code: json.error?.code, text };
}
const nobody = () => new Client(product.url);
const withKey = (secret) => ({ authorization: `Bearer ${secret}` });
const are = (answer, status, code, who) => assert.deepEqual([answer.status, answer.code], [status, code], `${who}: ${answer.text.slice(0, 300)}`);
const passes = (answer, ok, who) => assert.ok(ok.includes(answer.status), `${who}: ${answer.status}, not ${ok}: ${answer.text.slice(0, 300)}`);

describe("the table of expectations", () => {
  test("has every operation, and no other", () => {
    assert.deepEqual(Object.keys(EXPECTED).sort(), OPERATIONS.map(({ id }) => id).sort());
    assert.equal(new Set(OPERATIONS.map(({ id }) => id)).size, OPERATIONS.length);
  });

  test("agrees with the document on who is asked for what", () => {
    const security = { front: null, operator: ["operator"], anyone: [], account: ["member"], known: ["member", "key"] };
    for (const operation of OPERATIONS) {
      const expected = EXPECTED[operation.id];
      if (expected.by === "front") continue;
      assert.deepEqual(operation.security, security[expected.by] ?? ["member", "key"], operation.id);
      assert.equal(operation.scope, expected.scope, operation.id);
      if (!(expected.by in security)) assert.ok(ROLES.includes(expected.by), operation.id);
    }
  });

  test("asks the least role for nothing that another one is refused", () => {
    const least = {};
    for (const { by, scope } of Object.values(EXPECTED).filter(({ scope }) => scope)) {
      least[scope] ??= by;
      assert.equal(least[scope], by, scope);
    }
  });
});

for (const operation of OPERATIONS.filter(({ id }) => EXPECTED[id] && EXPECTED[id].by !== "front")) {
  const expected = EXPECTED[operation.id];
  const { by, scope } = expected;
  describe(`${operation.id} (${operation.method} ${operation.path})`, () => {
    if (by === "anyone") {
      test("is for anyone", async () => passes(await call(nobody(), operation, pathOf(operation, known), bodyOf(operation)), expected.ok, "nobody"));
      if (expected.anywhere) {
        test("is taken from any site", async () => passes(await call(people.owner.client, operation, pathOf(operation, known), bodyOf(operation), { origin: "https://evil.test", "sec-fetch-site": "cross-site" }), expected.ok, "another site"));
      } else if (operation.writes) {
        test("is refused where another site sends it", async () => {
          for (const headers of [{ origin: "https://evil.test" }, { "sec-fetch-site": "cross-site" }]) are(await call(people.owner.client, operation, pathOf(operation, known), bodyOf(operation), headers), 403, "forbidden", "another site");
        });
      }
      return;
    }
    if (by === "operator") {
      test("is nobody's business", async () => {
        const path = pathOf(operation, () => "panic");
        are(await call(nobody(), operation, path, bodyOf(operation)), 404, "not_found", "nobody");
        for (const role of ROLES) are(await call(people[role].client, operation, path, bodyOf(operation)), 404, "not_found", role);
        for (const secret of [keys.all, "wrong", product.secrets.ROOT_KEY]) are(await call(nobody(), operation, path, bodyOf(operation), withKey(secret)), 404, "not_found", "a key");
      });
      return;
    }

    test("is refused to nobody, to forged cookies and keys, and to other sites", async () => {
      const path = pathOf(operation, known);
      const ask = (headers) => call(nobody(), operation, path, bodyOf(operation), headers);
      are(await ask({}), 401, "sign_in_required", "nobody");
      for (const cookie of ["__Host-frontdesk=", `__Host-frontdesk=${"0".repeat(64)}`, `frontdesk=${people.owner.client.cookie.split("=")[1]}`]) are(await ask({ cookie }), 401, "sign_in_required", cookie);
      for (const secret of ["fd_live_", `fd_live_${"0".repeat(43)}`, product.secrets.BOOTSTRAP_TOKEN]) are(await ask({ ...withKey(secret), "x-workspace-id": product.workspace, "x-user-id": people.owner.user }), 401, "sign_in_required", "a forged key");
      if (operation.writes) are(await call(people.owner.client, operation, path, bodyOf(operation), { origin: "https://evil.test" }), 403, "forbidden", "another site");
    });

    if (by === "known") {
      test("is for members and any key, who are told of themselves alone", async () => {
        for (const role of ROLES) passes(await call(people[role].client, operation, operation.path), expected.ok, role);
        are(await call(guest.client, operation, operation.path), 403, "forbidden", "a guest");
        for (const secret of Object.values(keys.only)) passes(await call(nobody(), operation, operation.path, undefined, withKey(secret)), expected.ok, "a key");
        assert.ok(!(await call(other.client, operation, operation.path)).text.includes(product.workspace));
      });
      return;
    }

    if (by === "account") {
      test("is for whoever is signed in, with or without a workspace, and for no key", async () => {
        const harmless = (name) => (expected.ids?.[name] ? unknown(name) : known(name));
        for (const [who, role] of [["a viewer", "viewer"], ["somebody without a workspace", null]]) {
          // Somebody of their own: some of these end sessions.
          const { client } = await createMember(product, product.workspace, role);
          passes(await call(client, operation, pathOf(operation, harmless), bodyOf(operation)), expected.ok, who);
        }
        are(await call(nobody(), operation, pathOf(operation, known), bodyOf(operation), withKey(keys.all)), 401, "sign_in_required", "a key");
      });
      if (expected.ids) {
        test("knows nothing of ours elsewhere", async () => are(await call(other.client, operation, pathOf(operation, known), bodyOf(operation)), 404, "not_found", "a stranger"));
      }
      return;
    }

    const own = expected.harm ? unknown : known;
    for (const role of ROLES) {
      const may = ROLES.indexOf(role) >= ROLES.indexOf(by);
      test(`is ${may ? "for" : "refused to"} ${role}s`, async () => {
        const answer = await call(people[role].client, operation, pathOf(operation, may ? own : known), bodyOf(operation));
        if (may) passes(answer, expected.ok, role);
        else are(answer, 403, "forbidden", role);
      });
    }

    test("is refused to those who belong to no workspace", async () => are(await call(guest.client, operation, pathOf(operation, known), bodyOf(operation)), 403, "forbidden", "a guest"));

    test("knows nothing of ours for a member of another workspace", async () => {
      const body = expected.strangersBody ?? bodyOf(operation);
      const answer = await call(other.client, operation, pathOf(operation, known), body);
      if (expected.stranger === "own") {
        passes(answer, expected.ok, "a stranger");
        for (const id of [product.workspace, product.agent, people.owner.user, people.owner.email, "invited@example.test"]) assert.ok(!answer.text.includes(id), `${id} was told`);
      } else {
        are(answer, 404, "not_found", "a stranger");
        // Nor whether there is one.
        if (/\{\w+\}/.test(operation.path)) assert.equal((await call(other.client, operation, pathOf(operation, unknown), body)).text, answer.text);
      }
    });

    test("is for keys that have the scope, and for no others", async () => {
      const ask = (secret, value) => call(nobody(), operation, pathOf(operation, value), bodyOf(operation), withKey(secret));
      if (MEMBERS_ALONE.includes(scope)) {
        are(await ask(keys.all, known), 403, "scope_missing", "a key with every scope");
        return;
      }
      are(await ask(keys.without[scope], known), 403, "scope_missing", "a key without the scope");
      if (expected.also) {
        are(await ask(keys.only[scope], known), 403, "scope_missing", "a key with one of two scopes");
        are(await ask(keys.without[expected.also], known), 403, "scope_missing", "a key without the second scope");
      }
      passes(await ask(expected.also ? keys.both[`${scope} ${expected.also}`] : keys.only[scope], own), expected.ok, "a key with the scope");
    });
  });
}

describe("beside the routes", () => {
  /** Gives the back Worker a message as a queue would. */
  async function bell(queue, message) {
    const worker = await product.miniflare.getWorker(product.back);
    return worker.queue(queue, [{ id: newId("msg"), timestamp: new Date(), attempts: 1, body: JSON.stringify(message) }]);
  }

  test("what strangers and those who may not tried changed nothing of ours", async () => {
    // Feedback and exports with their receipts are what those who may left behind; people who are asked about their own account came later.
    const quiet = ({ audit_log, playground_feedback, receipts, person_exports, objects, events, mails, members, ...rest }) => ({ ...rest, objects: objects.filter(([key]) => !key.startsWith("exports/")), members: members.slice(0, ours.members.length) });
    assert.deepEqual(quiet(await state()), quiet(ours));
  });

  test("a bell of another workspace over our ids changes nothing of ours, nor of theirs", async () => {
    const before = await steady("what the routes rang for to be done", state);
    const [mine, theirs] = [product.workspace, other.workspace];
    const { source, agent, conversation } = ids;
    for (const [queue, message] of [
      ["frontdesk-crawl", { bell: "crawl", workspace_id: theirs, source_id: source, run_id: newId("run") }],
      ["frontdesk-turns", { bell: "turns", workspace_id: theirs, agent_id: agent, conversation_id: conversation }],
      ["frontdesk-turns", { bell: "turns", workspace_id: mine, agent_id: other.agent, conversation_id: conversation }],
      ["frontdesk-jobs", { bell: "read", workspace_id: theirs, source_id: source }],
      ["frontdesk-jobs", { bell: "edge", workspace_id: theirs, agent_id: agent }],
      ["frontdesk-jobs", { bell: "edge", workspace_id: newId("ws"), agent_id: agent }],
    ]) {
      const { outcome } = await bell(queue, message);
      assert.equal(outcome, "ok", JSON.stringify(message));
      assert.deepEqual(await state(), before, JSON.stringify(message));
    }
    const edge = await product.miniflare.getKVNamespace("AGENTS", product.front);
    assert.equal(JSON.parse(await edge.get(`agent/${agent}`)).workspace_id, mine);
    assert.deepEqual(await other.client.get(`/v1/agents/${other.agent}/sources`), []);
    assert.deepEqual(await other.client.get(`/v1/agents/${other.agent}/conversations`), []);
  });

  test("what is no bell of ours is put away without harm", async () => {
    const before = await steady("what the routes rang for to be done", state);
    for (const body of ["", "{", "null", '{"bell":"dance"}', '{"bell":"read"}', `{"bell":"read","workspace_id":"../${product.workspace}","source_id":"${ids.source}"}`]) {
      const worker = await product.miniflare.getWorker(product.back);
      const { outcome } = await worker.queue("frontdesk-jobs", [{ id: newId("msg"), timestamp: new Date(), attempts: 1, body }]);
      assert.equal(outcome, "ok", body);
    }
    assert.deepEqual(await state(), before);
  });

  test("the key of a file is made of the server's ids, whatever it is called and whoever it says it is for", async () => {
    const { id: source } = await product.client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "files", title: "Uploads" });
    const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
    const listed = async () => (await bucket.list({ prefix: "files/" })).objects.map(({ key }) => key);
    const before = await listed();
    const names = [`../../${other.workspace}/${source}/a.txt`, `files/${other.workspace}/x.txt`, "a/b\\c.txt", `${other.workspace}.txt`];
    for (const name of names) {
      const response = await request(`${product.url}/v1/sources/${source}/files?name=${encodeURIComponent(name)}&workspace_id=${other.workspace}`, {
        method: "POST",
        headers: { cookie: people.editor.client.cookie, "content-type": "text/plain", "x-workspace-id": other.workspace },
        body: "Words of a file.",
      });
      assert.ok([200, 400, 422].includes(response.status), `${name}: ${response.status} ${await response.text()}`);
    }
    const made = (await listed()).filter((key) => !before.includes(key));
    assert.ok(made.length > 0, "no file was kept");
    for (const key of made) assert.match(key, new RegExp(`^files/${product.workspace}/${source}/fil_[0-9a-z]{26}$`));
  });

  test("a session counts for the workspaces of its user alone", async () => {
    // A session that says it looks at a workspace of others, as no route can make one.
    const client = await createSession(product, people.owner.user, other.workspace);
    are(await call(client, { id: "Agents", method: "GET" }, "/v1/agents"), 403, "forbidden", "a session elsewhere");
    assert.equal((await client.get("/v1/auth/me")).workspace, undefined);
  });
});
