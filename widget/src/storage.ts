// What outlives a page: enough to ask the server for the same conversation, and nothing that was said.

export interface Saved {
  token: string;
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
  // Browsers that block storage throw at the property already; memory is what remains.
  return {
    read() {
      try {
        memory = (JSON.parse(localStorage.getItem(key)!) as Saved | null) ?? memory;
      } catch {
        // Blocked, or not ours.
      }
      return memory && Date.now() - memory.saved_at < KEPT_MS ? memory : undefined;
    },
    write(saved) {
      memory = saved;
      try {
        localStorage.setItem(key, JSON.stringify(saved));
      } catch {
        // Blocked or full.
      }
    },
  };
};
