// HubSpot as far as it is used: OAuth (date-based version, and v1 for clients of before), account information, contacts,
// properties and owners, with its errors and limits.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

const PROPERTIES = [
  ["email", "Email"], ["firstname", "First Name"], ["lastname", "Last Name"], ["phone", "Phone Number"], ["website", "Website URL"],
  ["message", "Message"], ["company", "Company Name"], ["hubspot_owner_id", "Contact owner"],
].map(([name, label]) => ({ name, label, type: "string", fieldType: "text", groupName: "contactinformation", description: "", options: [], displayOrder: -1, calculated: false, externalOptions: false, hasUniqueValue: name === "email", hidden: false, formField: true, modificationMetadata: { archivable: true, readOnlyDefinition: true, readOnlyValue: false } }));
PROPERTIES.push({ ...PROPERTIES[0], name: "hs_object_id", label: "Record ID", hasUniqueValue: true, modificationMetadata: { archivable: false, readOnlyDefinition: true, readOnlyValue: true } });

const SCOPES = ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.owners.read"];

/**
 * Starts it. `expire()` ends every access token given out; `limit(times, policy)` answers so many calls with 429; `down`
 * cuts connections; `ownersPerPage` makes pages small.
 */
export async function startHubspot({ clientId = "hubspot-client", clientSecret = "hubspot-client-secret-of-the-suite", port = 0 } = {}) {
  const [codes, access, refresh] = [new Map(), new Map(), new Map()];
  const hubspot = { clientId, clientSecret, contacts: new Map(), calls: [], refusals: [], revoked: [], issued: [], refreshes: 0, limits: [], ownersPerPage: 2, expiresIn: 1_800, portalId: 62_515 };
  hubspot.owners = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov"].map((name, at) => ({ id: String(41_000 + at), email: `${name.split(" ")[0].toLowerCase()}@crm.example`, firstName: name.split(" ")[0], lastName: name.split(" ")[1], userId: 900 + at, createdAt: "2024-01-01T00:00:00.000Z", updatedAt: "2024-01-01T00:00:00.000Z", archived: false, type: "PERSON", teams: [] }));
  hubspot.expire = () => access.clear();
  hubspot.limit = (times, policy = "TEN_SECONDLY_ROLLING") => (hubspot.limits = Array(times).fill(policy));
  const token = (kind) => {
    const made = `${kind}-${randomBytes(18).toString("base64url")}`;
    hubspot.issued.push(made);
    return made;
  };
  const wrong = (status, category, message, more = {}) => ({ status, body: { status: "error", message, correlationId: randomBytes(8).toString("hex"), category, ...more } });
  // RFC 6749 beside the fields of before.
  const oauthWrong = (status, error, code, message) => ({ status, body: { error, error_description: message, status: code, message } });
  const isExpired = (header) => !access.has(header?.replace(/^Bearer /, ""));

  function grant(given) {
    if (given.client_id !== clientId || given.client_secret !== clientSecret) return oauthWrong(400, "invalid_client", "BAD_CLIENT_ID", "missing or invalid client id or secret");
    let of = given.refresh_token;
    if (given.grant_type === "authorization_code") {
      const asked = codes.get(given.code);
      codes.delete(given.code);
      if (!asked) return oauthWrong(400, "invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code");
      if (asked.redirect_uri !== given.redirect_uri) return oauthWrong(400, "invalid_grant", "MISMATCH_REDIRECT_URI_AUTH_CODE", "redirect URI does not match");
      of = token("refresh");
      refresh.set(of, asked.scope.split(" "));
    } else if (given.grant_type === "refresh_token") {
      if (!refresh.has(of)) return oauthWrong(400, "invalid_grant", "BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked");
      hubspot.refreshes += 1;
    } else {
      return oauthWrong(400, "unsupported_grant_type", "BAD_GRANT_TYPE", `unknown grant type ${given.grant_type}`);
    }
    const made = token("access");
    access.set(made, refresh.get(of));
    return { status: 200, body: { token_type: "bearer", access_token: made, refresh_token: of, expires_in: hubspot.expiresIn, hub_id: hubspot.portalId, scopes: refresh.get(of) } };
  }

  function upsert(body) {
    if (!Array.isArray(body?.inputs) || body.inputs.length === 0 || body.inputs.length > 100) return wrong(400, "VALIDATION_ERROR", "Invalid input JSON: inputs must hold 1 to 100 objects");
    const [results, errors] = [[], []];
    for (const { idProperty, id, properties } of body.inputs) {
      if (idProperty !== "email") return wrong(400, "VALIDATION_ERROR", `Property ${idProperty} is not a unique property of contacts`);
      const unknown = Object.keys(properties ?? {}).find((name) => !PROPERTIES.some((one) => one.name === name));
      if (unknown) return wrong(400, "VALIDATION_ERROR", `Property values were not valid: [{"isValid":false,"message":"Property \\"${unknown}\\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"${unknown}"}]`);
      if (Object.values(properties).some((value) => typeof value !== "string")) return wrong(400, "VALIDATION_ERROR", "Invalid input JSON: properties are text");
      if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(id)) {
        errors.push({ status: "error", category: "VALIDATION_ERROR", message: `Email address ${id} is invalid`, context: { ids: [id] }, links: {}, errors: [] });
        continue;
      }
      const key = id.toLowerCase();
      const known = hubspot.contacts.get(key);
      const now = new Date().toISOString();
      const contact = { id: known?.id ?? String(1_000 + hubspot.contacts.size), properties: { ...known?.properties, ...properties }, createdAt: known?.createdAt ?? now, updatedAt: now, archived: false };
      hubspot.contacts.set(key, contact);
      results.push({ ...contact, new: !known });
    }
    const now = new Date().toISOString();
    return { status: errors.length ? 207 : 200, body: { status: "COMPLETE", results, ...(errors.length && { numErrors: errors.length, errors }), startedAt: now, completedAt: now } };
  }

  function answer(request, url, text) {
    const form = () => (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ? Object.fromEntries(new URLSearchParams(text)) : {});
    const path = url.pathname.replace(/\/$/, "");
    if (request.method === "POST" && ["/oauth/2026-03/token", "/oauth/v1/token"].includes(path)) return grant(form());
    if (request.method === "POST" && path === "/oauth/2026-03/token/revoke") {
      const given = form();
      if (given.client_id !== clientId || given.client_secret !== clientSecret) return oauthWrong(400, "invalid_client", "BAD_CLIENT_ID", "missing or invalid client id or secret");
      if (refresh.delete(given.token)) {
        hubspot.revoked.push(given.token);
        access.clear();
      }
      return { status: 200, body: {} };
    }
    if (isExpired(request.headers.authorization)) return wrong(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired 5 second(s) ago.");
    const policyName = hubspot.limits.shift();
    if (policyName) {
      const headers = { "x-hubspot-ratelimit-max": "100", "x-hubspot-ratelimit-remaining": "0", "x-hubspot-ratelimit-interval-milliseconds": "10000" };
      return { ...wrong(429, "RATE_LIMITS", "You have reached your ten_secondly_rolling limit.", { errorType: "RATE_LIMIT", policyName }), headers };
    }
    if (request.method === "GET" && path === "/account-info/v3/details") return { status: 200, body: { portalId: hubspot.portalId, accountType: "STANDARD", timeZone: "Europe/Berlin", companyCurrency: "EUR", additionalCurrencies: [], utcOffset: "+01:00", utcOffsetMilliseconds: 3_600_000, uiDomain: "app.hubspot.com", dataHostingLocation: "eu1" } };
    if (request.method === "GET" && path === "/crm/v3/properties/contacts") return { status: 200, body: { results: PROPERTIES } };
    if (request.method === "GET" && path === "/crm/v3/owners") {
      const limit = Number(url.searchParams.get("limit") ?? 100);
      if (!(limit >= 1 && limit <= 500)) return wrong(400, "VALIDATION_ERROR", "limit is out of range");
      const from = Number(url.searchParams.get("after") ?? 0);
      const to = from + Math.min(limit, hubspot.ownersPerPage);
      const next = to < hubspot.owners.length && { paging: { next: { after: String(to), link: `${hubspot.url}${path}?after=${to}` } } };
      return { status: 200, body: { results: hubspot.owners.slice(from, to), ...next } };
    }
    if (request.method === "POST" && path === "/crm/v3/objects/contacts/batch/upsert") {
      const body = request.headers["content-type"]?.startsWith("application/json") ? JSON.parse(text) : undefined;
      return upsert(body);
    }
    return wrong(404, "OBJECT_NOT_FOUND", `No API at ${path}`);
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, hubspot.url);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (hubspot.down) return request.socket.destroy();
    if (url.pathname === "/oauth/authorize") {
      const asked = Object.fromEntries(url.searchParams);
      const bad = asked.client_id !== clientId || !SCOPES.every((scope) => asked.scope?.split(" ").includes(scope)) || !asked.redirect_uri;
      if (bad) return response.writeHead(400).end("Authorization failed: check client_id, scope and redirect_uri");
      const back = new URL(asked.redirect_uri);
      if (hubspot.denies) {
        back.searchParams.set("error", "access_denied");
      } else {
        const code = randomBytes(16).toString("hex");
        codes.set(code, asked);
        back.searchParams.set("code", code);
      }
      if (asked.state) back.searchParams.set("state", asked.state);
      return response.writeHead(302, { location: back.href }).end();
    }
    const text = Buffer.concat(chunks).toString();
    const { status, body, headers } = answer(request, url, text);
    hubspot.calls.push({ method: request.method, path: url.pathname, search: url.search, status });
    if (status >= 400) hubspot.refusals.push(body.category ?? body.error);
    response.writeHead(status, { "content-type": "application/json;charset=utf-8", ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  hubspot.url = `http://127.0.0.1:${server.address().port}`;
  hubspot.close = () => new Promise((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  return hubspot;
}
