// Slack's incoming webhooks: what they take, what they refuse and in which words, by
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and the limits of Block Kit.
import { createServer } from "node:http";

const refuse = (status, text, headers = {}) => ({ status, text, headers });
const isText = (text, most, kinds = ["plain_text", "mrkdwn"]) => kinds.includes(text?.type) && typeof text.text === "string" && text.text.length > 0 && text.text.length <= most;

/** What a block lacks, as Slack would refuse it; nothing where it is well. */
function wrongBlock(block) {
  switch (block?.type) {
    case "header":
      return !isText(block.text, 150, ["plain_text"]);
    case "section": {
      const fields = block.fields;
      if (!block.text && !fields) return true;
      if (block.text && !isText(block.text, 3_000)) return true;
      return fields !== undefined && !(Array.isArray(fields) && fields.length >= 1 && fields.length <= 10 && fields.every((field) => isText(field, 2_000)));
    }
    case "context":
      return !(Array.isArray(block.elements) && block.elements.length >= 1 && block.elements.length <= 10 && block.elements.every((one) => one.type === "image" || isText(one, 3_000)));
    case "divider":
      return false;
    default:
      return true;
  }
}

/** Text as a channel shows it: what stands between < and > means something, and only three entities are known. */
export function shown(text) {
  if (/&(?!amp;|lt;|gt;)/.test(text)) throw new Error(`a bare &: ${text}`);
  const links = [];
  const read = text.replace(/<([^<>]*)>/g, (_, inside) => {
    if (/^[!@#]/.test(inside)) links.push({ mention: inside });
    else links.push({ url: inside.split("|")[0], label: inside.split("|")[1] });
    return inside.split("|").at(-1);
  });
  return { text: read.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&"), links };
}

/**
 * Starts it. `hook` is a webhook's address; `state` is what the channel behind it is in: "active", "archived", "removed",
 * "prohibited", "deleted", "limited" (429 with Retry-After), "broken" (500), "down" (no answer).
 */
export async function startSlack({ port = 0 } = {}) {
  const slack = { messages: [], refusals: [], state: "active", retryAfter: 1, path: "/services/T0000FAKE/B0000FAKE/s3cretTokenOfTheChannel", onMessage: () => undefined };
  const answer = (request, body) => {
    if (request.method !== "POST") return refuse(405, "method_not_allowed");
    if (request.url !== slack.path) return refuse(403, "invalid_token");
    if (slack.state === "removed") return refuse(404, "no_service");
    if (slack.state === "archived") return refuse(410, "channel_is_archived");
    if (slack.state === "deleted") return refuse(404, "channel_not_found");
    if (slack.state === "prohibited") return refuse(403, "action_prohibited");
    if (slack.state === "limited") return refuse(429, "rate_limited", { "retry-after": String(slack.retryAfter) });
    if (slack.state === "broken") return refuse(500, "rollup_error");
    let payload;
    const type = request.headers["content-type"] ?? "";
    try {
      payload = JSON.parse(type.startsWith("application/json") ? body : new URLSearchParams(body).get("payload"));
    } catch {
      return refuse(400, "invalid_payload");
    }
    if (payload === null || typeof payload !== "object" || Array.isArray(payload)) return refuse(400, "invalid_payload");
    const { text, blocks, attachments } = payload;
    if (!text && !blocks?.length && !attachments?.length) return refuse(400, "no_text");
    if (text !== undefined && (typeof text !== "string" || text.length > 40_000)) return refuse(400, "invalid_payload");
    if (blocks !== undefined && (!Array.isArray(blocks) || blocks.length > 50 || blocks.some(wrongBlock))) return refuse(400, "invalid_blocks");
    slack.messages.push(payload);
    slack.onMessage(payload);
    return { status: 200, text: "ok", headers: {} };
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (slack.state === "down") return request.socket.destroy();
    const { status, text, headers } = answer(request, Buffer.concat(chunks).toString());
    if (status !== 200) slack.refusals.push(text);
    response.writeHead(status, { "content-type": "text/html", ...headers });
    response.end(text);
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  slack.url = `http://127.0.0.1:${server.address().port}`;
  slack.hook = slack.url + slack.path;
  slack.secret = slack.path.split("/").at(-1);
  slack.close = () => new Promise((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  return slack;
}
