import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { TableChange } from "./native-session.ts";

/** What the handles that see the same tables and frames have in common; a lease is at home alone. */
export interface SessionHome {
  /** Takes the hooks of a handle in, whose changes all hear from now on. Returns what takes them out. */
  enter(hooks: HookEmitter): () => void;
  /** Hears of the changes of every handle. */
  follow(listener: (change: TableChange) => void): void;
}

class Home implements SessionHome {
  readonly #handles = new Set<HookEmitter>();
  readonly #listeners: ((change: TableChange) => void)[] = [];

  enter(hooks: HookEmitter): () => void {
    this.#handles.add(hooks);
    for (const listener of this.#listeners) hooks.on(["table.registered", "table.dropped"], listener);
    return () => this.#handles.delete(hooks);
  }

  follow(listener: (change: TableChange) => void): void {
    this.#listeners.push(listener);
    for (const hooks of this.#handles) hooks.on(["table.registered", "table.dropped"], listener);
  }
}

/** Makes the home of a session that was built natively, or of a lease. */
export function sessionHome(): SessionHome {
  return new Home();
}
