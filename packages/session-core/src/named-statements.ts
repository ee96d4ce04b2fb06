import type { NativeHandle } from "./native-binding.ts";
import type { PreparedReply } from "./prepared-reply.ts";
import type { SqlText } from "./sql-text.ts";

/** A prepared statement that has a name. */
export interface NamedStatement {
  readonly text: SqlText;
  readonly handle: NativeHandle;
  readonly reply: PreparedReply;
}

/** The prepared statements of a session that have a name. They own their handles. */
export interface NamedStatements {
  get(name: string): NamedStatement | undefined;
  add(name: string, statement: NamedStatement): void;
  /** Forgets a statement. */
  drop(name: string): void;
  /** Notes what is there now; the function that is returned brings it back, as often as it is called. */
  checkpoint(): () => void;
  /** Lets all of them go. */
  close(): void;
}

class Statements implements NamedStatements {
  #byName = new Map<string, NamedStatement>();
  /** Those that a checkpoint brings back. */
  #kept: ReadonlyMap<string, NamedStatement> = new Map();

  get(name: string): NamedStatement | undefined {
    return this.#byName.get(name);
  }

  add(name: string, statement: NamedStatement): void {
    this.#byName.set(name, statement);
  }

  drop(name: string): void {
    const dropped = this.#byName.get(name);
    this.#byName.delete(name);
    if (dropped !== undefined && this.#kept.get(name) !== dropped) dropped.handle.close();
  }

  checkpoint(): () => void {
    const kept = new Map(this.#byName);
    this.#kept = kept;
    return () => {
      for (const name of this.#byName.keys()) this.drop(name);
      this.#byName = new Map(kept);
    };
  }

  close(): void {
    for (const { handle } of [...this.#byName.values(), ...this.#kept.values()]) handle.close();
    this.#byName.clear();
  }
}

/** Makes an empty set. */
export function namedStatements(): NamedStatements {
  return new Statements();
}
