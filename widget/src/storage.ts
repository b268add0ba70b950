// What outlives a page: enough to ask the server for the same conversation, and nothing that was said.

export interface Saved {
  token: string;
  conversation_id: string;
  /** Local time of the token's arrival; the local clock is compared with itself only. */
  saved_at: number;
  open: boolean;
}

/** The server renews a token for this long. */
const KEPT_MS = 24 * 3600_000;

export interface Store {
  read(): Saved | undefined;
  write(saved: Saved): void;
}

export const createStore = (agent: string): Store => {
  const key = "frontdesk:" + agent;
  let memory: Saved | undefined;
  // Browsers that block storage throw at the property already, so each access is tried anew.
  const areas = [() => localStorage, () => sessionStorage];
  return {
    read() {
      for (const area of areas) {
        try {
          const saved = JSON.parse(area().getItem(key) ?? "null") as Saved | null;
          if (saved) {
            memory = saved;
            break;
          }
        } catch {
          // Blocked, or not ours: the next area may do.
        }
      }
      return memory && Date.now() - memory.saved_at < KEPT_MS ? memory : undefined;
    },
    write(saved) {
      memory = saved;
      for (const area of areas) {
        try {
          return area().setItem(key, JSON.stringify(saved));
        } catch {
          // Blocked or full; memory is what remains.
        }
      }
    },
  };
};
