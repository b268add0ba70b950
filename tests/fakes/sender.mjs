// Somebody's server that tells us what happened. It signs as docs/WEBHOOKS.md says, written from the description and not
// from the product.
import { createHmac } from "node:crypto";
import { request } from "../../scripts/client.mjs";

/** Headers of a body in one of the two formats; `at`: Unix milliseconds. */
export function signed(text, secret, { format = "own", id, at = Date.now() } = {}) {
  const time = String(Math.floor(at / 1_000));
  if (format === "own") return { "x-frontdesk-signature": `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${text}`).digest("hex")}` };
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": `v1,${createHmac("sha256", key).update(`${id}.${time}.${text}`).digest("base64")}` };
}

/** Posts a body; what it was answered with. */
export async function tell(url, body, secret, options = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = { "content-type": "application/json", ...(secret && signed(text, secret, options)), ...options.headers };
  const response = await request(url, { method: "POST", headers, body: text });
  const { data, error } = await response.json();
  return { status: response.status, ...data, error };
}
