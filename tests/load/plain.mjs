// What the product is measured against: a Worker of the same shape as a sensible person writes it by hand in an
// afternoon. Edge → one object per conversation; words from one object's full-text index; embedding, vector index and
// model beside it; tokens as frames, which are stored. No guards, no citations, no coalescing, no resuming, no
// settlement, no archive.
import { DurableObject } from "cloudflare:workers";

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export class Words extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE VIRTUAL TABLE IF NOT EXISTS passages USING fts5(title, body)");
    if (state.storage.sql.exec("SELECT count(*) AS n FROM passages").one().n) return;
    for (let n = 0; n < 60; n += 1) state.storage.sql.exec("INSERT INTO passages VALUES (?, ?)", `Page ${n}`, `${env.PROSE} ${n}`);
  }

  search(question) {
    const terms = question.toLowerCase().match(/[a-z]{3,}/g) ?? [];
    const query = terms.map((term) => `"${term}"`).join(" OR ");
    return this.ctx.storage.sql.exec("SELECT title, body FROM passages WHERE passages MATCH ? ORDER BY bm25(passages) LIMIT 6", query).toArray();
  }
}

export class Conversation extends DurableObject {
  constructor(state, env) {
    super(state, env);
    const { sql } = state.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS turns (id TEXT PRIMARY KEY, question TEXT, answer TEXT)");
    sql.exec("CREATE TABLE IF NOT EXISTS frames (n INTEGER PRIMARY KEY, body TEXT)");
    this.n = sql.exec("SELECT coalesce(max(n), 0) AS n FROM frames").one().n;
  }

  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(socket, text) {
    const { id, text: question } = JSON.parse(text);
    const history = this.ctx.storage.sql.exec("SELECT question, answer FROM turns ORDER BY rowid DESC LIMIT 6").toArray();
    const words = sleep(Number(this.env.HOP_MS)).then(() => this.env.WORDS.getByName("all").search(question));
    const post = (path, body) => fetch(`${this.env.BASE}/v1${path}`, { method: "POST", headers: { "content-type": "application/json", authorization: "Bearer bench" }, body: JSON.stringify(body) });
    const meaning = post("/embeddings", { model: "embedding", input: [question] })
      .then((response) => response.json())
      .then(({ data }) => this.env.VECTORS.query(data[0].embedding, { topK: 20, returnMetadata: "all" }));
    const [passages] = await Promise.all([words, meaning]);
    const messages = [
      { role: "system", content: `Answer from these passages:\n${passages.map(({ title, body }) => `${title}: ${body}`).join("\n")}` },
      ...history.reverse().flatMap((turn) => [{ role: "user", content: turn.question }, { role: "assistant", content: turn.answer }]),
      { role: "user", content: question },
    ];
    const response = await post("/chat/completions", { model: "chat", stream: true, messages });
    let rest = "";
    let answer = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
        const piece = JSON.parse(line.slice(6)).choices[0]?.delta.content;
        if (!piece) continue;
        answer += piece;
        this.send(socket, { type: "delta", turn_id: id, text: piece });
      }
    }
    this.ctx.storage.sql.exec("INSERT INTO turns VALUES (?, ?, ?)", id, question, answer);
    this.send(socket, { type: "turn_finished", turn_id: id, message_id: id, provider: "openai_compatible" });
  }

  send(socket, frame) {
    const body = JSON.stringify({ ...frame, n: (this.n += 1) });
    this.ctx.storage.sql.exec("INSERT INTO frames VALUES (?, ?)", this.n, body);
    socket.send(body);
  }

  webSocketClose(socket) {
    socket.close();
  }
}

export default {
  async fetch(request, env) {
    const [protocol, conversation] = request.headers.get("sec-websocket-protocol").split(", ");
    const { webSocket } = await env.CONVERSATION.getByName(conversation).fetch("https://object/", { headers: { upgrade: "websocket" } });
    return new Response(null, { status: 101, webSocket, headers: { "sec-websocket-protocol": protocol } });
  },
};
