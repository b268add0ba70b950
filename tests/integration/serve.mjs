// The product in a process of its own, for tests that kill it: prints one line of JSON when it is ready.
// Arguments: JSON of startPlatform's options.
import { startPlatform } from "../../scripts/platform.mjs";

const options = JSON.parse(process.argv[2]);
const platform = await startPlatform(options);
console.log(JSON.stringify({ ready: platform.url }));
setInterval(() => {}, 1 << 30);
