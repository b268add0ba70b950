// A stand-in for youtube.com as its own player meets it: the page of a video (with the key of the interface, or the
// question for consent), `POST /youtubei/v1/player`, and tracks of captions at `/api/timedtext`. Like the real one it
// answers a wrong key with 400, a client it does not know with a bad request, and a track without its signature with
// an empty body.
import { createServer } from "node:http";

const KEY = "AIzaSyFake_key-1";

/** `videos`: id → { title, description, tracks: [{ language, asr, lines: [[seconds, html]] }], status, reason }. */
export async function startYouTube(videos, { consent = false } = {}) {
  const youtube = { requests: [], consent, down: 0 };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, "http://x");
    youtube.requests.push({ path: url.pathname, cookie: request.headers.cookie });
    const send = (status, type, body) => response.writeHead(status, { "content-type": type }).end(body);
    if (youtube.down) return send(youtube.down, "text/html", "<html>Sorry…</html>");
    if (request.method === "GET" && url.pathname === "/watch") {
      if (youtube.consent && !/CONSENT=YES\+cb\.2026/.test(request.headers.cookie ?? "")) {
        return send(200, "text/html", '<form action="https://consent.youtube.com/s" method="POST"><input type="hidden" name="v" value="cb.20260101-07-p0.en+FX"></form>');
      }
      return send(200, "text/html", `<html><script>ytcfg.set({"EXPERIMENT_FLAGS":{},"INNERTUBE_API_KEY":"${KEY}","INNERTUBE_API_VERSION":"v1"});</script></html>`);
    }
    if (request.method === "POST" && url.pathname === "/youtubei/v1/player") {
      const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
      const error = (code, message, status) => send(code, "application/json", JSON.stringify({ error: { code, message, status } }));
      if (url.searchParams.get("key") !== KEY) return error(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT");
      if (!body.context?.client?.clientName || !body.context.client.clientVersion || !body.videoId) return error(400, "Request contains an invalid argument.", "INVALID_ARGUMENT");
      const video = videos[body.videoId];
      if (!video) return send(200, "application/json", JSON.stringify({ playabilityStatus: { status: "ERROR", reason: "This video is unavailable" } }));
      const tracks = (video.tracks ?? []).map(({ language, asr }, at) => ({
        baseUrl: `https://www.youtube.com/api/timedtext?v=${body.videoId}&ei=x&n=${at}&signature=ok&lang=${language}&fmt=srv3`,
        name: { runs: [{ text: language }] },
        vssId: `${asr ? "a" : ""}.${language}`,
        languageCode: language,
        ...(asr && { kind: "asr" }),
        isTranslatable: true,
      }));
      return send(200, "application/json", JSON.stringify({
        playabilityStatus: { status: video.status ?? "OK", ...(video.reason && { reason: video.reason }) },
        videoDetails: { videoId: body.videoId, title: video.title, lengthSeconds: "700", shortDescription: video.description ?? "" },
        ...(tracks.length && { captions: { playerCaptionsTracklistRenderer: { captionTracks: tracks, audioTracks: [], translationLanguages: [] } } }),
      }));
    }
    if (request.method === "GET" && url.pathname === "/api/timedtext") {
      const track = videos[url.searchParams.get("v")]?.tracks?.[Number(url.searchParams.get("n"))];
      if (!track || url.searchParams.get("signature") !== "ok") return send(200, "text/html", "");
      const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
      const lines = track.lines.map(([start, text]) => `<text start="${start}" dur="2.5">${escape(text.replace(/'/g, "&#39;"))}</text>`);
      return send(200, "text/xml; charset=UTF-8", `<?xml version="1.0" encoding="utf-8" ?><transcript>${lines.join("")}</transcript>`);
    }
    send(404, "text/html", "<html>404</html>");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  youtube.url = `http://127.0.0.1:${server.address().port}`;
  youtube.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return youtube;
}
