// What outlives a page: enough to ask the server for the same conversation, and when rules fired; nothing that was
// said. docs/PRIVACY.md lists it.

/** One record per agent. All of it is written after consent only, so that it exists is consent. */
export interface Saved {
  token?: string;
  /** By what the server knows the visitor again. */
  visitor_pass?: string;
  /** Local time of the token's arrival; the local clock is compared with itself only. */
  saved_at?: number;
  open?: boolean | undefined;
  /** The visit: its number, the parameters of its first address, when it was last seen, and the rules and
   *  variants that had their turn in it. */
  visits?: number;
  landing?: string;
  seen_at?: number;
  done?: string[];
  /** What the visitor said no to, of leads. */
  declined?: string[];
  /** When a rule fired last. */
  fired_at?: number;
}

export interface Store {
  /** Another tab may have written meanwhile; what is newest counts. */
  read(): Saved;
  write(change: Saved): void;
  clear(): void;
}

export const createStore = (agent: string): Store => {
  const key = "frontdesk:" + agent;
  let memory: Saved = {};
  // Browsers that block storage throw at the property already; memory is what remains.
  const attempt = (action: () => void) => {
    try {
      action();
    } catch {
      // Blocked, full, or not ours.
    }
  };
  const read = () => {
    attempt(() => (memory = JSON.parse(localStorage.getItem(key)!) ?? memory));
    return memory;
  };
  return {
    read,
    write(change) {
      memory = { ...read(), ...change };
      attempt(() => localStorage.setItem(key, JSON.stringify(memory)));
    },
    clear() {
      memory = {};
      attempt(() => localStorage.removeItem(key));
    },
  };
};
