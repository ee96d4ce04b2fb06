import type { Subscription, SubscriptionOptions } from "./hooks.ts";
import { duplicateName } from "./errors.ts";

/** The listeners or the interceptors of one `Hooks` object, in the order of their registration. */
export class Subscriptions<T extends { readonly name: string }> {
  readonly #kind: "listener" | "interceptor";
  /** Replaced at every change, so that who walks it sees it as it was when he began. */
  #members: readonly T[] = [];
  /** Made at the first member: most objects, those of queries, never have one. */
  #ends: Set<() => void> | undefined;
  #unnamed = 0;

  constructor(kind: "listener" | "interceptor") {
    this.#kind = kind;
  }

  get members(): readonly T[] {
    return this.#members;
  }

  /** Adds a member. Throws `HOOKS.DUPLICATE_NAME`. */
  add({ name: given, signal }: SubscriptionOptions, make: (name: string, unsubscribe: () => void) => T): Subscription {
    const name = this.#checkedName(given);
    const unsubscribe = (): void => {
      this.#members = this.#members.filter((other) => other !== member);
      this.#ends?.delete(unsubscribe);
      signal?.removeEventListener("abort", unsubscribe);
    };
    const member = make(name, unsubscribe);
    if (signal?.aborted !== true) {
      this.#members = [...this.#members, member];
      this.#ends ??= new Set();
      this.#ends.add(unsubscribe);
      signal?.addEventListener("abort", unsubscribe, { once: true });
    }
    return { name, unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  clear(): void {
    for (const end of this.#ends ?? []) end();
  }

  #checkedName(name: string | undefined): string {
    if (name === undefined) {
      this.#unnamed += 1;
      return `${this.#kind}-${this.#unnamed}`;
    }
    if (this.#members.some((member) => member.name === name)) throw duplicateName(this.#kind, name);
    return name;
  }
}
