// The product in a process of its own, for tests that kill it: prints its log, and one line of JSON when it is ready.
// Arguments: JSON of startPlatform's options; `echo` rings every crawl's bell again and again, and those of runs that
// are over, as a queue that delivers twice, late and out of order; `minuteMs` runs what is scheduled for every minute so often
// (else never): a bell that was killed with the process is rung by that alone.
import { startPlatform } from "../../scripts/platform.mjs";

const { echo = false, minuteMs, ...options } = JSON.parse(process.argv[2]);
const platform = await startPlatform({ ...options, onLog: (text) => process.stdout.write(text) });
console.log(JSON.stringify({ ready: platform.url }));
if (minuteMs) {
  const back = await platform.miniflare.getWorker(platform.back);
  setInterval(() => back.scheduled({ cron: "* * * * *" }).catch(() => {}), minuteMs);
}
if (echo) await ring();
else setInterval(() => {}, 1 << 30);

async function ring() {
  const [queue, database] = [await platform.miniflare.getQueueProducer("CRAWL_BELL", platform.back), platform.relations];
  const heard = new Map();
  for (let round = 0; ; round += 1) {
    const { results } = await database.prepare("SELECT workspace_id, id, run_id FROM sources WHERE run_id IS NOT NULL").all();
    for (const { workspace_id, id, run_id } of results) heard.set(run_id, JSON.stringify({ bell: "crawl", workspace_id, source_id: id, run_id }));
    const bells = [...heard.values()];
    for (const bell of round % 2 ? bells : bells.reverse()) await Promise.all([1, 2].map(() => queue.send(bell, { contentType: "text" })));
    await new Promise((done) => setTimeout(done, 150));
  }
}
