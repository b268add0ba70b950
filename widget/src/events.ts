// What happened in the page, told in batches that survive its end.

import { newId } from "./conversation";
import type { Host } from "./contract";
import type { WidgetEvent } from "./wire";

const PAUSE_MS = 5000;
/** The server takes so many at once. */
const MOST = 50;

export type Report = (kind: WidgetEvent["kind"], subject?: string) => void;

export const createReport = ({ api, post, signal, store }: Host): Report => {
  const waiting: WidgetEvent[] = [];
  let timer = 0;
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    if (!waiting[0] || signal.aborted) return;
    const url = api + "/v1/widget/events";
    const batch = { token: store.read().token, events: waiting.splice(0, MOST) };
    // A beacon is refused where too much is under way already.
    if (!navigator.sendBeacon?.(url, JSON.stringify(batch))) post(url, batch, signal).catch(() => {});
  };
  addEventListener("pagehide", flush, { signal });
  document.addEventListener("visibilitychange", flush, { signal });
  return (kind, subject = "") => {
    waiting.push({ id: newId(), kind, subject, page_url: location.href, at_ms: Date.now() });
    timer ||= setTimeout(flush, PAUSE_MS);
  };
};
