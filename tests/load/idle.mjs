// Visitors who opened the chat and say nothing: raw sockets in a process of their own, as many as asked for, each in a
// conversation and at an address of its own (RFC 2544 keeps 198.18.0.0/15 for such). They come in portions, so that the
// first are asleep before the last are there: an object that is awake holds its database open. Prints one line when all
// are open, and ends when its input does.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";

const { url, agent, origin, count, at_once: atOnce } = JSON.parse(process.argv[2]);
const { hostname: host, port, origin: base } = new URL(url);

/** Sockets that are opened before those are given time to fall asleep, which takes ten seconds, and how long all may take. */
const PORTION = 500;
const REST_MS = 11_000;
const DEADLINE = Date.now() + 900_000;

const address = (n) => `198.18.${n >> 8}.${n & 255}`;

/** The token of a new conversation; where nobody issues any, a name of its own. */
async function token(n) {
  if (!agent) return `idle${n}`;
  const response = await fetch(`${base}/v1/widget/init`, { method: "POST", headers: { "content-type": "text/plain", origin, "cf-connecting-ip": address(n) }, body: JSON.stringify({ agent_id: agent, page_url: `${origin}/` }) });
  if (!response.ok) throw new Error(`init answered ${response.status}`);
  return (await response.json()).data.token;
}

/** A handshake by hand (RFC 6455, section 4.1): without the extension that browsers offer and the product declines. */
function open(pass, n) {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host);
    const fail = setTimeout(() => reject(new Error(`socket ${n} did not open in time`)), DEADLINE - Date.now());
    socket.once("error", reject);
    socket.once("data", (head) => {
      clearTimeout(fail);
      if (!head.toString("latin1").startsWith("HTTP/1.1 101")) return reject(new Error(head.toString("latin1").split("\r\n")[0]));
      socket.on("data", () => {});
      socket.on("close", () => fell());
      resolve(socket);
    });
    socket.write(`GET /v1/widget/ws?after=0 HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Protocol: frontdesk.v1, ${pass}\r\nOrigin: ${origin}\r\nCF-Connecting-IP: ${address(n)}\r\n\r\n`);
  });
}

let opened = 0;
let fallen = 0;
const fell = () => (fallen += 1);
async function worker(most) {
  while (opened < most) {
    const n = (opened += 1);
    await open(await token(n), n);
  }
}
while (opened < count) {
  if (opened) await new Promise((rested) => setTimeout(rested, REST_MS));
  const most = Math.min(count, opened + PORTION);
  await Promise.all(Array.from({ length: atOnce }, () => worker(most)));
}
console.log(JSON.stringify({ open: opened - fallen }));
process.stdin.on("data", () => console.log(JSON.stringify({ open: opened - fallen })));
process.stdin.on("end", () => process.exit(0));
