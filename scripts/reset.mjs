// npm run reset: forgets everything `npm start` stored.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { root, say } from "./tools.mjs";

rmSync(join(root, "target/state"), { recursive: true, force: true });
rmSync(join(root, "target/local.json"), { force: true });
say("the local state is gone; npm start begins anew");
