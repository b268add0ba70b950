// The visitor's HTTP. Bodies go as text/plain, so that `init` needs no CORS preflight.

import type { ErrorBody } from "./wire";

/** Sends a request; without a body it asks. A refusal is thrown as a `Failure`; what has no code never arrived, or came back from nobody of
 *  ours. */
export const post = async (url: string, body: object | undefined, signal: AbortSignal, token?: string): Promise<Response> => {
  const response = await fetch(url, {
    method: body ? "POST" : "GET",
    body: JSON.stringify(body),
    credentials: "omit",
    signal,
    headers: token ? { authorization: "Bearer " + token } : {},
  });
  if (!response.ok) throw ((await response.json()) as ErrorBody).error;
  return response;
};
