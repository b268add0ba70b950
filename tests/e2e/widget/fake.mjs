// A server that speaks the widget's wire (crates/protocol/src/{frame,widget}.rs) and can be told to misbehave.
// The widget is developed and tested against it; nothing here is used by the product.
//
//   node tests/e2e/widget/fake.mjs        builds the widget and serves a page to try it on
//
// What a question contains decides what happens: see answers.mjs.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HEADERS, buildWidget } from "../../../widget/build.mjs";
import { SAMPLES, answerTo } from "./answers.mjs";
import { page } from "./pages.mjs";
import { accept } from "./socket.mjs";

const id = (prefix) => `${prefix}_${[...randomBytes(26)].map((byte) => "0123456789abcdefghjkmnpqrstvwxyz"[byte & 31]).join("")}`;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const AGENT = "agt_01j0000000000000000000000a";

export const CONFIG = {
  agent_name: "Ada",
  workspace_name: "Harbour Lane Veterinary",
  welcome: "Hello! Ask me about opening hours, prices or how to book a visit.",
  quick_prompts: ["When are you open?", "What does a vaccination cost?", "How do I book?"],
  language: "en",
  theme: { accent: "#0f6b5c", position: "bottom_right", scheme: "auto" },
};

const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

export async function startFake({ outdir, config = {}, pace = 25 }) {
  const built = await buildWidget({ outdir });
  /** What tests set: `noSockets`, `initError`, `unpublished`, `provider`, `closeWith`, `config`, `expire`,
   *  `turnstile` ({ key, solution }: a challenge that every conversation has to solve), `citations` (what no server
   *  sends: our own code throws). */
  const control = {};
  const conversations = new Map();
  const log = {};
  /** As it was at the beginning, except for its conversations. */
  const reset = () => {
    for (const name of Object.keys(control)) delete control[name];
    Object.assign(control, { config: structuredClone({ ...CONFIG, ...config }), pace });
    Object.assign(log, { inits: [], messages: [], frames: [], events: [], leads: [], reports: [], looks: [], sockets: 0, stops: 0, posts: 0, pings: 0 });
  };
  reset();
  const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "authorization, content-type", "access-control-max-age": "600" };
  const reply = (response, status, body) => {
    response.writeHead(status, { "content-type": "application/json", ...cors });
    response.end(JSON.stringify(body));
  };
  const refuse = (response, status, code, message) => reply(response, status, { error: { code, message } });
  const read = async (request) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    return JSON.parse(text);
  };
  /** Tokens are `<conversation>.<serial>`; a new one for each init. */
  const conversationOf = (token) => conversations.get((token ?? "").split(".")[0]);

  const publish = (conversation, frame) => {
    const stored = { ...frame, n: ++conversation.last };
    conversation.frames.push(stored);
    for (const listener of [...conversation.listeners]) listener(stored);
  };

  /** Waits for so many beats of the pace, which a test may change meanwhile: at Infinity an answer stands still. */
  const rest = async (running, beats) => {
    for (const begun = Date.now(); !running.stop && Date.now() - begun < control.pace * beats; ) await sleep(Math.min(control.pace, 10));
  };

  const turn = async (conversation, message) => {
    const turn_id = id("trn");
    const message_id = message.id;
    const text = message.text.trim();
    const running = (conversation.running = { message_id, stop: false });
    publish(conversation, { type: "turn_started", turn_id, message_id, text, at_ms: Date.now() });
    const { pieces, citations, mark } = answerTo(text);
    const fail = mark === "fail" && !conversation.failed;
    await rest(running, mark === "think" ? 60 : 6);
    let stopped = false;
    for (const [index, piece] of pieces.entries()) {
      if (running.stop) {
        stopped = true;
        break;
      }
      if (control.unpublished || (fail && index === 6)) break;
      publish(conversation, { type: "delta", turn_id, text: piece });
      if (mark === "cut" && index === 5 && !conversation.cut) {
        conversation.cut = true;
        for (const line of conversation.lines) line.cut();
      }
      await rest(running, mark === "slow" ? 4 : 1);
    }
    conversation.running = undefined;
    if (control.unpublished) {
      publish(conversation, { type: "turn_failed", turn_id, message_id, code: "agent_unpublished", message: "This assistant is not available any more." });
    } else if (fail) {
      conversation.failed = true;
      publish(conversation, { type: "turn_failed", turn_id, message_id, code: "interrupted", message: "The answer was cut off. Ask again, please." });
    } else {
      const zero = { admit: 0, retrieve: 0, embed: 0, index_search: 0, assemble_prompt: 0, model_first_byte: 0, model_stream: 0, first_token: 0, total: 0 };
      publish(conversation, { type: "turn_finished", turn_id, message_id, citations: stopped ? [] : control.citations === undefined ? citations : control.citations, confidence: 0.9, low_confidence: false, provider: control.provider ?? "extractive", tokens: { input: 0, output: 0 }, stages: zero, stopped, ...(control.cta && { cta: control.cta }) });
    }
  };

  /** Accepts a message; returns a refusal, or nothing. */
  const take = (conversation, message) => {
    log.messages.push(message);
    if (conversation.ids.has(message.id)) return;
    if (/refuse me/.test(message.text) && !control.forgiving) return { code: "too_many_requests", message: "Too many questions at once. Wait a minute, then send it again." };
    if (conversation.running) return { code: "turn_running", message: "An answer is still running. Wait for it, or stop it." };
    conversation.ids.add(message.id);
    // While a person has it, nothing is answered; tests say what the person does.
    if (conversation.human || /talk to a person/i.test(message.text)) {
      conversation.human = true;
      publish(conversation, { type: "message", id: id("msg"), from: "visitor", text: message.text, at_ms: Date.now(), message_id: message.id });
      return;
    }
    void turn(conversation, message);
  };

  /** Does what a frame says that is no message. */
  const act = (conversation, frame) => {
    if (/^(feedback|typing|lead_confirm)$/.test(frame.type)) log.frames.push(frame);
    else if (frame.type === "rate") publish(conversation, { type: "state", standing: "resolved", offered: false, rating: frame.stars });
    else if (frame.type === "stop") {
      log.stops++;
      if (conversation.running) conversation.running.stop = true;
    }
  };
  const hello = ({ id, last }) => ({ type: "hello", conversation_id: id, last });

  const init = async (request, response) => {
    const body = await read(request);
    log.inits.push(body);
    if (control.initError) return refuse(response, ...control.initError);
    if (body.agent_id !== AGENT) return refuse(response, 404, "agent_not_found", "There is no published agent of that name.");
    let conversation = conversationOf(body.token);
    const resumed = !!conversation;
    if (!conversation) {
      conversation = { id: id("cnv"), frames: [], last: 0, listeners: new Set(), lines: new Set(), ids: new Set() };
      conversations.set(conversation.id, conversation);
    }
    const { turnstile } = control;
    if (turnstile && body.turnstile !== undefined && !conversation.challenged) {
      conversation.challenged = body.turnstile === turnstile.solution;
      if (!conversation.challenged) return refuse(response, 403, "challenge_required", "We could not confirm that you are a person. Please load the page again and try once more.");
    }
    const asked = turnstile && !conversation.challenged ? { turnstile: turnstile.key } : {};
    const data = { conversation_id: conversation.id, visitor_id: id("vis"), visitor_pass: body.visitor_pass ?? id("pass"), token: `${conversation.id}.${randomBytes(6).toString("hex")}`, token_expires_at_ms: Date.now() + 3600_000, resumed, config: { ...control.config, ...asked } };
    reply(response, 200, { data });
  };

  const messages = async (request, response) => {
    const conversation = conversationOf(request.headers.authorization?.slice(7));
    if (!conversation) return refuse(response, 401, "token_invalid", "The token is not valid.");
    const after = +new URL(request.url, "http://x").searchParams.get("after");
    const event = (frame) => `id: ${frame.n ?? after}\r\ndata: ${JSON.stringify(frame)}\r\n\r\n`;
    // What there is, of all turns and of what happened between them; the stream ends at once.
    const look = () => {
      response.writeHead(200, { "content-type": "text/event-stream", ...cors });
      response.end([hello(conversation), ...conversation.frames.filter(({ n }) => n > after)].map(event).join(""));
    };
    if (request.method === "GET") {
      log.looks.push(after);
      return look();
    }
    const message = await read(request);
    if (message.type !== "message") {
      act(conversation, message);
      return look();
    }
    log.posts++;
    const refused = take(conversation, message);
    if (refused) return refuse(response, 429, refused.code, refused.message);
    const mine = conversation.frames.find(({ type, message_id }) => type === "turn_started" && message_id === message.id)?.turn_id;
    if (!mine) return look();
    response.writeHead(200, { "content-type": "text/event-stream", ...cors });
    const send = (frame) => {
      // Split in odd places, as networks do.
      const text = event(frame);
      response.write(text.slice(0, 17));
      response.write(text.slice(17));
      if (control.cutPosts && frame.n === control.cutPosts) {
        control.cutPosts = 0;
        conversation.listeners.delete(send);
        response.destroy();
      } else if (frame.turn_id === mine && /^turn_fi|^turn_fa/.test(frame.type)) {
        conversation.listeners.delete(send);
        response.end();
      }
    };
    for (const frame of conversation.frames) if (frame.n > after && (after || frame.turn_id === mine)) send(frame);
    if (conversation.running?.message_id !== message.id) response.end();
    else if (!response.destroyed) conversation.listeners.add(send);
  };

  const product = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    if (request.method === "OPTIONS") return response.writeHead(204, cors).end();
    if (pathname === "/v1/widget/init") return init(request, response);
    if (pathname === "/v1/widget/messages") return messages(request, response);
    if (pathname === "/v1/widget/events") {
      const { token, events } = await read(request);
      if (!conversationOf(token)) return refuse(response, 401, "token_invalid", "This token is not good.");
      log.events.push(...events.map((event) => ({ ...event, conversation: conversationOf(token).id })));
      return reply(response, 202, { data: { stored: events.length } });
    }
    if (pathname === "/v1/widget/reports") {
      log.reports.push(await read(request));
      return reply(response, 200, { data: { ok: true } });
    }
    if (pathname === "/v1/widget/leads") {
      if (!conversationOf(request.headers.authorization?.slice(7))) return refuse(response, 401, "token_invalid", "This token is not good.");
      const lead = await read(request);
      log.leads.push(lead);
      if (/nowhere/.test(lead.fields.email)) return reply(response, 422, { error: { code: "invalid", message: "Look at the fields.", fields: { email: "No mail reaches this address." } } });
      return reply(response, 201, { data: { lead_id: id("led") } });
    }
    if (/^\/(widget|ui-[\w-]+)\.js$/.test(pathname)) {
      response.writeHead(200, { "content-type": "text/javascript; charset=utf-8", ...cors });
      return response.end(await readFile(join(outdir, pathname)));
    }
    // The dashboard's page, as far as the preview needs one: a frame around it, under the policy of the assets.
    if (pathname === "/app/editor") {
      response.writeHead(200, { "content-type": "text/html" });
      return response.end(`<!doctype html><title>Editor</title><script>window.heard=[];addEventListener("message",({data,origin,source})=>heard.push({data,origin,framed:source===frames[0]}))</script>
        <iframe title="Preview" src="/widget/preview.html" style="border:0;width:700px;height:760px"></iframe>`);
    }
    if (/^\/widget\/preview\.(html|js)$/.test(pathname)) {
      const [, ...rules] = HEADERS.find((rule) => rule.startsWith("/widget/*")).split(/\n */);
      const headers = Object.fromEntries(rules.map((rule) => rule.split(/: (.*)/)));
      response.writeHead(200, { "content-type": pathname.endsWith("js") ? "text/javascript" : "text/html; charset=utf-8", ...headers });
      return response.end(await readFile(join(outdir, pathname)));
    }
    response.writeHead(404).end();
  });

  product.on("upgrade", (request, socket) => {
    const [protocol, token] = (request.headers["sec-websocket-protocol"] ?? "").split(/, */);
    const conversation = conversationOf(token);
    if (control.noSockets || !conversation || protocol !== "frontdesk.v1") return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    log.sockets++;
    const after = +new URL(request.url, "http://x").searchParams.get("after");
    const send = (frame) => {
      line.send(JSON.stringify(frame));
      if (control.duplicate) line.send(JSON.stringify(frame));
    };
    const line = accept(request, socket, protocol, {
      text(text) {
        if (text === "ping") {
          log.pings++;
          return line.send("pong");
        }
        const frame = JSON.parse(text);
        if (frame.type !== "message") return act(conversation, frame);
        // The message arrives, and the confirmation does not.
        if (/lose me/.test(frame.text) && !conversation.lost) {
          conversation.lost = true;
          log.messages.push(frame);
          return line.cut();
        }
        const refused = take(conversation, frame);
        if (refused) line.send(JSON.stringify({ type: "refused", message_id: frame.id, ...refused }));
      },
      gone() {
        conversation.listeners.delete(send);
        conversation.lines.delete(line);
      },
    });
    if (control.turnstile && !conversation.challenged) return line.close(4401, "challenge_required");
    if (control.closeWith) return line.close(control.closeWith.shift?.() ?? control.closeWith, "");
    line.send(JSON.stringify(hello(conversation)));
    for (const frame of conversation.frames) if (frame.n > after) send(frame);
    conversation.listeners.add(send);
    conversation.lines.add(line);
  });

  const productPort = await listen(product);
  const origin = `http://127.0.0.1:${productPort}`;
  const site = createServer((request, response) => {
    const address = new URL(request.url, "http://x");
    const { html, headers } = page(address, origin, AGENT);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers });
    response.end(html);
  });
  const sitePort = await listen(site);

  return {
    built,
    origin,
    /** Another origin than the product's, as in life. */
    site: `http://localhost:${sitePort}`,
    control,
    /** A frame of the newest conversation, as its server would send it: numbered ones are kept. */
    tell(frame) {
      const conversation = [...conversations.values()].at(-1);
      if (frame.type === "message") frame = { id: id("msg"), at_ms: Date.now(), ...frame };
      if (frame.type === "state") conversation.human = frame.standing === "human" || frame.standing === "waiting";
      if (frame.type !== "typing") return publish(conversation, frame);
      for (const listener of conversation.listeners) listener(frame);
    },
    log,
    reset,
    /** What the newest conversation's pages told, in the order in which it happened: batches may overtake each other. */
    told: () => log.events.filter(({ conversation }) => conversation === [...conversations.keys()].at(-1)).sort((a, b) => a.at_ms - b.at_ms),
    conversations,
    cutAll: () => conversations.forEach(({ lines }) => lines.forEach((line) => line.cut())),
    async close() {
      for (const server of [product, site]) {
        server.closeAllConnections();
        server.close();
      }
      conversations.forEach(({ lines }) => lines.forEach((line) => line.cut()));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await startFake({ outdir: fileURLToPath(new URL("../../../target/widget", import.meta.url)) });
  console.log(`${fake.site}/\nTry: ${Object.keys(SAMPLES).join(", ")}; query: ?css=hostile ?csp=strict ?lang=ar ?scheme=dark`);
}
