// npm run setup: creates the Vectorize indexes that wrangler.toml binds, with their metadata indexes, through
// Cloudflare's REST API. What exists stays as it is; an index of other dimensions than the model's is refused.
//
// CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN (permission "Vectorize Edit") name the account.
// EMBEDDING_DIMENSIONS says how many dimensions a model has that is not in the list below.
import { pathToFileURL } from "node:url";
import { configuration } from "./platform.mjs";
import { say } from "./tools.mjs";

/** What queries filter by; an index knows a property only of vectors that came after it was told to. */
const METADATA = [{ propertyName: "model", indexType: "string" }];
const MOST_DIMENSIONS = 1536;
const DIMENSIONS = {
  "@cf/baai/bge-m3": 1024,
  "@cf/baai/bge-large-en-v1.5": 1024,
  "@cf/baai/bge-base-en-v1.5": 768,
  "@cf/baai/bge-small-en-v1.5": 384,
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
};

/** How many numbers a model makes of a text. */
export function dimensionsOf(model, given) {
  const found = given ? Number(given) : DIMENSIONS[model.slice(model.indexOf(":") + 1)];
  if (!Number.isInteger(found) || found < 1) throw new Error(`How many dimensions ${model} has is not known here. Say it: EMBEDDING_DIMENSIONS=768 npm run setup`);
  if (found > MOST_DIMENSIONS) throw new Error(`${model} has ${found} dimensions; Vectorize takes at most ${MOST_DIMENSIONS}. Choose another EMBEDDING_MODEL.`);
  return found;
}

/** The indexes that a configuration binds, each with the dimensions it has to have. */
export function indexesOf(config, given) {
  const model = config.vars?.EMBEDDING_MODEL;
  const bound = (config.vectorize ?? []).filter(({ binding }) => /^VECTORS(_\d+)?$/.test(binding));
  if (!model || !bound.length) return [];
  const dimensions = dimensionsOf(model, given);
  const own = bound.some(({ binding }) => binding === `VECTORS_${dimensions}`);
  // Beside an index for this model alone, VECTORS is that of the model before.
  return bound
    .filter(({ binding }) => !(own && binding === "VECTORS"))
    .map(({ binding, index_name: name }) => ({ name, dimensions: Number(/_(\d+)$/.exec(binding)?.[1] ?? dimensions) }));
}

/** Makes sure that an index is there as it has to be; says what was done. */
export async function setupIndex({ name, dimensions, account, token, base = "https://api.cloudflare.com/client/v4" }) {
  const root = `${base}/accounts/${account}/vectorize/v2/indexes`;
  const call = async (method, path, body) => {
    const response = await fetch(root + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    const json = await response.json().catch(() => ({}));
    if (response.ok) return json;
    const [error] = json.errors ?? [];
    return { failed: error?.code ?? response.status, message: `${method} ${path || "/"}: ${response.status} ${error?.message ?? response.statusText}` };
  };
  const done = (reply) => {
    if (reply.failed) throw new Error(reply.failed === 10000 ? `Cloudflare does not accept the token. It needs the permission "Vectorize Edit" of account ${account}.` : `Cloudflare refused. ${reply.message}`);
    return reply.result;
  };

  const did = [];
  let known = await call("GET", `/${name}`);
  if (known.failed === 3000 || known.failed === 404) {
    const made = await call("POST", "", { name, description: "Frontdesk: passages", config: { dimensions, metric: "cosine" } });
    // Somebody else may have been faster: code 3002, a duplicate name.
    if (made.failed !== 3002) {
      done(made);
      did.push(`created ${name}: ${dimensions} dimensions, cosine`);
    }
    known = await call("GET", `/${name}`);
  }
  const { config } = done(known);
  if (config.dimensions !== dimensions) {
    throw new Error(
      `The index ${name} has ${config.dimensions} dimensions, the embedding model has ${dimensions}; an index cannot be changed. Bind another one beside it (binding = "VECTORS_${dimensions}", index_name = "${name}-${dimensions}") in both wrangler.toml and run this again: Frontdesk moves over by itself. Or go back to the model before.`,
    );
  }
  if (config.metric !== "cosine") throw new Error(`The index ${name} measures ${config.metric}; it has to be cosine. Choose another index_name in both wrangler.toml and run this again.`);
  const there = new Map((done(await call("GET", `/${name}/metadata_index/list`)).metadataIndexes ?? []).map((index) => [index.propertyName, index.indexType.toLowerCase()]));
  for (const index of METADATA) {
    const type = there.get(index.propertyName);
    if (type === index.indexType) continue;
    if (type) throw new Error(`The index ${name} has a metadata index "${index.propertyName}" of type ${type}; it has to be ${index.indexType}. Delete it (wrangler vectorize delete-metadata-index ${name} --property-name=${index.propertyName}) and run this again.`);
    done(await call("POST", `/${name}/metadata_index/create`, index));
    did.push(`created the metadata index ${index.propertyName} of ${name}`);
  }
  return did;
}

async function main() {
  const { front, back } = configuration();
  const given = process.env.EMBEDDING_DIMENSIONS;
  const [indexes, others] = [indexesOf(front, given), indexesOf(back, given)];
  if (JSON.stringify(indexes) !== JSON.stringify(others) || front.vars?.EMBEDDING_MODEL !== back.vars?.EMBEDDING_MODEL) {
    throw new Error("wrangler.toml and crates/back/wrangler.toml name different embedding models or indexes. Make them the same.");
  }
  if (!indexes.length) return say("no index is needed: EMBEDDING_MODEL or the binding VECTORS is not set in wrangler.toml");
  const [account, token] = [process.env.CLOUDFLARE_ACCOUNT_ID, process.env.CLOUDFLARE_API_TOKEN];
  if (!account || !token) throw new Error("Set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN.");
  for (const index of indexes) {
    const did = await setupIndex({ ...index, account, token });
    for (const line of did) say(line);
    if (!did.length) say(`${index.name} is there as it has to be`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main().catch((error) => {
    console.error(`\n${error.message}\n`);
    process.exitCode = 1;
  });
}
