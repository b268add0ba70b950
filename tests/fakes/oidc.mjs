// An OpenID Connect provider as Google is one: discovery, JWKS, authorization code with PKCE (S256 alone), a token
// endpoint that takes a code once, from its own client, for its own redirect address, and ID tokens signed RS256.
import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function newKey(kid) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" } };
}

function sign(claims, { kid, privateKey }, header = {}) {
  const data = `${base64url({ alg: "RS256", kid, typ: "JWT", ...header })}.${base64url(claims)}`;
  return `${data}.${createSign("RSA-SHA256").update(data).sign(privateKey).toString("base64url")}`;
}

/**
 * `person`: who signs in there: { sub, email, email_verified, name }. `forge(claims, keys)` returns what is handed
 * out instead of the honest token; `discovery` overrides fields of the document.
 */
export async function startOidc({ clientId = "client.test", clientSecret = "client-secret", redirectUri } = {}) {
  const keys = { honest: newKey("key-1"), other: newKey("key-2"), stranger: newKey("key-1") };
  const codes = new Map();
  const provider = { person: { sub: "1", email: "g@example.test", email_verified: true, name: "G" }, clientId, clientSecret, redirectUri, exchanges: [], refusals: [], sign, keys };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, provider.url);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const send = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const refuse = (error, description) => {
      provider.refusals.push(`${error}: ${description}`);
      send(400, { error, error_description: description });
    };
    if (url.pathname === "/.well-known/openid-configuration") {
      return send(200, {
        issuer: provider.url,
        authorization_endpoint: `${provider.url}/authorize`,
        token_endpoint: `${provider.url}/token`,
        jwks_uri: `${provider.url}/keys`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        code_challenge_methods_supported: ["S256"],
        ...provider.discovery,
      });
    }
    if (url.pathname === "/keys") return send(200, { keys: [keys.other.jwk, keys.honest.jwk, { kty: "EC", kid: "ec", crv: "P-256", x: "AA", y: "AA" }] });
    if (url.pathname === "/authorize" && request.method === "GET") {
      const asked = Object.fromEntries(url.searchParams);
      if (asked.client_id !== clientId) return refuse("invalid_client", "The OAuth client was not found.");
      if (provider.redirectUri && asked.redirect_uri !== provider.redirectUri) return refuse("redirect_uri_mismatch", asked.redirect_uri);
      if (asked.response_type !== "code") return refuse("unsupported_response_type", asked.response_type);
      if (!asked.scope?.split(" ").includes("openid")) return refuse("invalid_scope", asked.scope);
      if (asked.code_challenge_method !== "S256" || !/^[\w-]{43}$/.test(asked.code_challenge ?? "")) return refuse("invalid_request", "PKCE with S256 is required");
      if (!asked.state || !asked.nonce) return refuse("invalid_request", "state and nonce are required");
      const back = new URL(asked.redirect_uri);
      back.searchParams.set("state", asked.state);
      if (provider.denies) {
        back.searchParams.set("error", "access_denied");
      } else {
        const code = `4/${randomBytes(24).toString("base64url")}`;
        codes.set(code, { ...asked, person: provider.person });
        back.searchParams.set("code", code);
        back.searchParams.set("scope", asked.scope);
      }
      response.writeHead(302, { location: back.href });
      return response.end();
    }
    if (url.pathname === "/token" && request.method === "POST") {
      if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return refuse("invalid_request", "the body has to be a form");
      const given = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      if (given.client_id !== clientId || given.client_secret !== clientSecret) return refuse("invalid_client", "The client secret is invalid.");
      if (given.grant_type !== "authorization_code") return refuse("unsupported_grant_type", given.grant_type);
      const asked = codes.get(given.code);
      codes.delete(given.code);
      if (!asked) return refuse("invalid_grant", "Malformed or used auth code.");
      if (asked.redirect_uri !== given.redirect_uri) return refuse("redirect_uri_mismatch", given.redirect_uri);
      const verifier = given.code_verifier ?? "";
      if (!/^[\w.~-]{43,128}$/.test(verifier)) return refuse("invalid_grant", "Missing code verifier.");
      if (createHash("sha256").update(verifier).digest("base64url") !== asked.code_challenge) return refuse("invalid_grant", "Invalid code verifier.");
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: provider.url, azp: clientId, aud: clientId, iat: now, exp: now + 3600, nonce: asked.nonce, ...asked.person };
      provider.exchanges.push({ asked, given });
      const id_token = provider.forge ? provider.forge(claims, keys) : sign(claims, keys.honest);
      return send(200, { access_token: randomBytes(16).toString("hex"), expires_in: 3599, scope: asked.scope, token_type: "Bearer", id_token });
    }
    send(404, { error: "not_found" });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  provider.url = `http://127.0.0.1:${server.address().port}`;
  provider.close = () => new Promise((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  return provider;
}
