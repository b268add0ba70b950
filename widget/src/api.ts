// The visitor's HTTP. Bodies go as text/plain, so that `init` needs no CORS preflight.

import type { Failure } from "./contract";
import type { Code, ErrorBody } from "./wire";

export const failure = (code: Code, message: string): Failure => ({ code, message });

/** Sends a request; anything but success is thrown as a `Failure`. */
export const post = async (url: string, body: object, options: { token?: string; signal?: AbortSignal } = {}): Promise<Response> => {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      credentials: "omit",
      ...(options.signal && { signal: options.signal }),
      ...(options.token && { headers: { authorization: "Bearer " + options.token } }),
    });
  } catch {
    throw failure("unavailable", "The service cannot be reached.");
  }
  if (response.ok) return response;
  const refused = (await response.json().catch(() => 0)) as ErrorBody | 0;
  throw (refused && refused.error) || failure("unavailable", "HTTP " + response.status);
};
