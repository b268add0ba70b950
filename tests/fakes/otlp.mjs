// A stand-in for an OpenTelemetry collector: OTLP/HTTP, JSON encoding (opentelemetry-proto, trace/v1/trace.proto and
// "JSON Protobuf Encoding" of the protocol's specification). What a collector would refuse is refused with 400 and kept
// in `refused`; spans that pass are in `spans`, each with its resource's attributes.
import { createServer } from "node:http";

const hex = (length) => (value) => new RegExp(`^[0-9a-f]{${length}}$`).test(value) && !/^0+$/.test(value);
const traceId = hex(32);
const spanId = hex(16);
const nanos = (value) => typeof value === "string" && /^[1-9][0-9]{18}$/.test(value);

/** `AnyValue` of common/v1/common.proto: exactly one of its kinds; 64-bit numbers are strings. */
function read({ key, value, ...rest }) {
  if (typeof key !== "string" || !key || Object.keys(rest).length) throw new Error("an attribute is a key and a value");
  const kinds = Object.entries(value ?? {});
  if (kinds.length !== 1) throw new Error(`${key}: a value is of one kind`);
  const [[kind, content]] = kinds;
  const fits = { stringValue: (v) => typeof v === "string", intValue: (v) => /^-?\d+$/.test(v) && typeof v === "string", doubleValue: (v) => typeof v === "number", boolValue: (v) => typeof v === "boolean" }[kind];
  if (!fits?.(content)) throw new Error(`${key}: ${kind} does not hold ${JSON.stringify(content)}`);
  return [key, kind === "intValue" ? Number(content) : content];
}

const KNOWN = new Set(["traceId", "spanId", "parentSpanId", "traceState", "flags", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes", "events", "links", "status", "droppedAttributesCount", "droppedEventsCount", "droppedLinksCount"]);

function check(span) {
  for (const field of Object.keys(span)) if (!KNOWN.has(field)) throw new Error(`a span has no field ${field}`);
  if (!traceId(span.traceId)) throw new Error("traceId is 16 bytes in hexadecimal, not all zero");
  if (!spanId(span.spanId)) throw new Error("spanId is 8 bytes in hexadecimal, not all zero");
  if (span.parentSpanId !== undefined && !spanId(span.parentSpanId)) throw new Error("parentSpanId is 8 bytes in hexadecimal");
  if (typeof span.name !== "string" || !span.name) throw new Error("a span has a name");
  if (!Number.isInteger(span.kind) || span.kind < 0 || span.kind > 5) throw new Error("kind is an integer of the enumeration");
  if (!nanos(span.startTimeUnixNano) || !nanos(span.endTimeUnixNano)) throw new Error("times are nanoseconds as strings");
  if (BigInt(span.endTimeUnixNano) < BigInt(span.startTimeUnixNano)) throw new Error("a span ends after it began");
  if (span.status && ![0, 1, 2].includes(span.status.code)) throw new Error("status.code is 0, 1 or 2");
}

export async function startOtlp({ header } = {}) {
  const spans = [];
  const refused = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const refuse = (status, message) => {
      refused.push(message);
      answer(status, { code: 3, message });
    };
    if (request.method !== "POST" || request.url !== "/v1/traces") return refuse(404, `${request.method} ${request.url}`);
    if (header && request.headers[header[0]] !== header[1]) return refuse(401, "not authorised");
    if (request.headers["content-type"] !== "application/json") return refuse(415, "unsupported content type");
    try {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
      for (const { resource, scopeSpans } of resourceSpans) {
        const attributes = Object.fromEntries(resource.attributes.map(read));
        if (!attributes["service.name"]) throw new Error("a resource names its service");
        for (const { scope, spans: told } of scopeSpans) {
          if (typeof scope.name !== "string") throw new Error("a scope has a name");
          for (const span of told) {
            check(span);
            spans.push({ ...span, attributes: Object.fromEntries((span.attributes ?? []).map(read)), resource: attributes });
          }
        }
      }
    } catch (error) {
      return refuse(400, error.message);
    }
    answer(200, {});
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}`, spans, refused, close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
}
