// A stand-in for an OpenTelemetry collector: OTLP/HTTP, JSON encoding (opentelemetry-proto, trace/v1/trace.proto and
// metrics/v1/metrics.proto, and "JSON Protobuf Encoding" of the protocol's specification). What a collector would refuse is
// refused with 400 and kept in `refused`; spans that pass are in `spans`, each with its resource's attributes; in `points` is, for
// each export of metrics, the list of its points with their metric's name, unit and kind.
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

const METRIC = new Set(["name", "description", "unit", "metadata", "sum", "gauge", "histogram", "exponentialHistogram", "summary"]);
const POINT = {
  number: new Set(["attributes", "startTimeUnixNano", "timeUnixNano", "asInt", "asDouble", "exemplars", "flags"]),
  histogram: new Set(["attributes", "startTimeUnixNano", "timeUnixNano", "count", "sum", "bucketCounts", "explicitBounds", "exemplars", "flags", "min", "max"]),
};
const whole = (value) => typeof value === "string" && /^\d+$/.test(value);

/** The points of a metric, each judged. */
function measured(metric) {
  for (const field of Object.keys(metric)) if (!METRIC.has(field)) throw new Error(`a metric has no field ${field}`);
  if (typeof metric.name !== "string" || !/^[A-Za-z][\w./-]{0,254}$/.test(metric.name)) throw new Error("a metric has a name");
  const kinds = ["sum", "gauge", "histogram"].filter((kind) => metric[kind]);
  if (kinds.length !== 1) throw new Error(`${metric.name}: a metric has data of one kind`);
  const [kind] = kinds;
  const { aggregationTemporality, isMonotonic, dataPoints } = metric[kind];
  if (kind !== "gauge" && ![1, 2].includes(aggregationTemporality)) throw new Error(`${metric.name}: aggregationTemporality is delta or cumulative`);
  if (kind === "sum" && typeof isMonotonic !== "boolean") throw new Error(`${metric.name}: a sum says whether it only grows`);
  if (!Array.isArray(dataPoints)) throw new Error(`${metric.name}: dataPoints is a list`);
  const identities = new Set();
  return dataPoints.map((point) => {
    for (const field of Object.keys(point)) if (!POINT[kind === "histogram" ? "histogram" : "number"].has(field)) throw new Error(`${metric.name}: a point has no field ${field}`);
    if (!nanos(point.timeUnixNano)) throw new Error(`${metric.name}: times are nanoseconds as strings`);
    if (kind !== "gauge" && (!nanos(point.startTimeUnixNano) || BigInt(point.startTimeUnixNano) > BigInt(point.timeUnixNano))) throw new Error(`${metric.name}: begins before it ends`);
    const attributes = Object.fromEntries((point.attributes ?? []).map(read));
    const identity = JSON.stringify(attributes);
    if (identities.has(identity)) throw new Error(`${metric.name}: two points of one series`);
    identities.add(identity);
    if (kind === "histogram") {
      const { count, sum, bucketCounts, explicitBounds } = point;
      if (!whole(count) || !bucketCounts.every(whole)) throw new Error(`${metric.name}: counts are 64-bit numbers as strings`);
      if (bucketCounts.length !== explicitBounds.length + 1) throw new Error(`${metric.name}: one count more than bounds`);
      if (explicitBounds.some((bound, n) => n > 0 && bound <= explicitBounds[n - 1])) throw new Error(`${metric.name}: bounds rise`);
      if (bucketCounts.reduce((all, one) => all + Number(one), 0) !== Number(count)) throw new Error(`${metric.name}: the counts are not the sum of the buckets`);
      if (typeof sum !== "number") throw new Error(`${metric.name}: a sum is a number`);
    } else if (("asInt" in point) === ("asDouble" in point) || ("asInt" in point && !/^-?\d+$/.test(point.asInt)) || typeof (point.asInt ?? "") !== "string") throw new Error(`${metric.name}: a point has one value`);
    return { ...point, name: metric.name, unit: metric.unit, kind, aggregationTemporality, isMonotonic, attributes };
  });
}

export async function startOtlp({ header } = {}) {
  const spans = [];
  const points = [];
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
    if (request.method !== "POST" || !["/v1/traces", "/v1/metrics"].includes(request.url)) return refuse(404, `${request.method} ${request.url}`);
    if (header && request.headers[header[0]] !== header[1]) return refuse(401, "not authorised");
    if (request.headers["content-type"] !== "application/json") return refuse(415, "unsupported content type");
    try {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      if (request.url === "/v1/metrics") {
        const told = [];
        for (const { resource, scopeMetrics } of body.resourceMetrics) {
          const attributes = Object.fromEntries(resource.attributes.map(read));
          if (!attributes["service.name"]) throw new Error("a resource names its service");
          for (const { scope, metrics } of scopeMetrics) {
            if (typeof scope.name !== "string") throw new Error("a scope has a name");
            told.push(...metrics.flatMap(measured).map((point) => ({ ...point, resource: attributes })));
          }
        }
        points.push(told);
        return answer(200, {});
      }
      const { resourceSpans } = body;
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
  return { url: `http://127.0.0.1:${server.address().port}`, spans, points, refused, close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
}
