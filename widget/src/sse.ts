// One turn as `text/event-stream`, read with fetch because EventSource can neither post nor send a token.

import type { ServerFrame } from "./wire";

/** Calls `on` for every event's data, which the server writes in one line each. Throws when the stream breaks. */
export const readEvents = async (response: Response, on: (frame: ServerFrame) => void): Promise<void> => {
  let rest = "";
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.startsWith("data:")) on(JSON.parse(line.slice(5)) as ServerFrame);
  }
};
