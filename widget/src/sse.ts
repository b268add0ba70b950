// One turn as `text/event-stream`, read with fetch because EventSource can neither post nor send a token.

import type { ServerFrame } from "./wire";

/** Calls `on` for every event's data. Throws when the stream breaks. */
export const readEvents = async (response: Response, on: (frame: ServerFrame) => void): Promise<void> => {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    // A carriage return may be the first half of a line end whose second half is still under way.
    const blocks = rest.replace(/\r\n/g, "\n").split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const data = block
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trimStart())
        .join("\n");
      if (data) on(JSON.parse(data) as ServerFrame);
    }
  }
};
