// npm run rotate -- https://frontdesk.example: everything that is stored sealed is sealed with the newest key. The operator's
// token is the variable BOOTSTRAP_TOKEN. Before it: the new key as SEALING_KEY, the old one in SEALING_KEYS_OLD.
import { request } from "./client.mjs";

const [url] = process.argv.slice(2);
const token = process.env.BOOTSTRAP_TOKEN;
if (!url || !token) {
  console.error("Give the installation's address, and its token as BOOTSTRAP_TOKEN: BOOTSTRAP_TOKEN=… npm run rotate -- https://frontdesk.example");
  process.exit(1);
}
for (let total = 0; ; ) {
  const response = await request(`${new URL(url).origin}/v1/secrets/rotate`, { method: "POST", headers: { authorization: `Bearer ${token}` } });
  const { data, error } = await response.json();
  if (!response.ok) {
    console.error(`Refused with ${response.status}: ${error?.message}`);
    process.exit(1);
  }
  total += data.resealed;
  if (!data.finished) continue;
  console.log(`${total} values are sealed with the newest key.`);
  if (data.unreadable) {
    console.error(`${data.unreadable} can be opened with none of the keys: add the key they were sealed with to SEALING_KEYS_OLD and run it again.`);
    process.exit(1);
  }
  console.log("SEALING_KEYS_OLD can be removed.");
  break;
}
