import { AsyncLocalStorage } from "node:async_hooks";
import type { QueryId, RunId, SessionId } from "@deltafuse/config/brand";
import { blindCast } from "@deltafuse/config/casts";
import type { TraceContext } from "./trace-context.ts";

/** What holds for work and for everything it calls. */
export interface ExecutionContext {
  readonly sessionId?: SessionId | undefined;
  readonly runId?: RunId | undefined;
  /** Application that commits to Delta tables; see `startRun`. */
  readonly appId?: string | undefined;
  readonly queryId?: QueryId | undefined;
  /** Name of the work. */
  readonly label?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** The operation the work is part of. */
  readonly trace?: TraceContext | undefined;
  /** Whether nothing is recorded. */
  readonly suppressed: boolean;
}

/** What is to hold besides. */
export type ExecutionChange = { readonly [Name in keyof ExecutionContext]?: ExecutionContext[Name] | undefined };

/** Under what a layer keeps a value of its own in the scope; made by {@link scopeKey}. */
export interface ScopeKey<T> {
  readonly id: symbol;
  /** What holds where nothing was set. */
  readonly none: T;
}

/** Carries an {@link ExecutionContext} along with work: through `await`, timers and callbacks. */
export interface ExecutionScope {
  /** What holds here. */
  current(): ExecutionContext;
  /** Runs a function with other members: what is left out stays, tags merge with the new ones winning. */
  with<T>(change: ExecutionChange, fn: () => T): T;
  /** What a layer keeps here. */
  value<V>(key: ScopeKey<V>): V;
  /** Runs a function with another value of a layer. */
  withValue<V, T>(key: ScopeKey<V>, value: V, fn: () => T): T;
  /**
   * Takes what holds here, for work that is called from elsewhere later: an iterator whose rows are pulled after the
   * function that made it has returned.
   *
   * @example
   * const here = scope.capture();
   * return { next: () => here(() => source.next()) };
   */
  capture(): <T>(fn: () => T) => T;
}

interface Held {
  readonly context: ExecutionContext;
  readonly values: ReadonlyMap<symbol, unknown>;
}

const outside: Held = {
  context: Object.freeze({ tags: Object.freeze({}), suppressed: false }),
  values: new Map(),
};

function changed(context: ExecutionContext, { tags, ...change }: ExecutionChange): ExecutionContext {
  const stated = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.freeze({
    ...context,
    ...Object.fromEntries(stated),
    tags: tags === undefined ? context.tags : Object.freeze({ ...context.tags, ...tags }),
  });
}

class LocalScope implements ExecutionScope {
  readonly #storage = new AsyncLocalStorage<Held>();

  current(): ExecutionContext {
    return this.#held().context;
  }

  with<T>(change: ExecutionChange, fn: () => T): T {
    const { context, values } = this.#held();
    return this.#storage.run({ context: changed(context, change), values }, fn);
  }

  value<V>(key: ScopeKey<V>): V {
    const { values } = this.#held();
    return values.has(key.id) ? blindCast<V, "it was set under the key">(values.get(key.id)) : key.none;
  }

  withValue<V, T>(key: ScopeKey<V>, value: V, fn: () => T): T {
    const { context, values } = this.#held();
    return this.#storage.run({ context, values: new Map(values).set(key.id, value) }, fn);
  }

  capture(): <T>(fn: () => T) => T {
    const held = this.#held();
    // A scope that was never entered costs nothing; the first entering makes every promise of the process dearer.
    return (fn) => (this.#held() === held ? fn() : this.#storage.run(held, fn));
  }

  #held(): Held {
    return this.#storage.getStore() ?? outside;
  }
}

/**
 * Makes a key. Two keys are never the same, also when they are described alike.
 *
 * @example
 * const depth = scopeKey("depth", 0);
 * const scope = createExecutionScope();
 * scope.withValue(depth, 1, () => scope.value(depth)); // 1
 */
export function scopeKey<T>(description: string, none: T): ScopeKey<T> {
  return Object.freeze({ id: Symbol(description), none });
}

/**
 * Makes a scope of its own: what is set in it is seen through it alone.
 *
 * @example
 * const scope = createExecutionScope();
 * scope.with({ label: "nightly" }, () => scope.current().label); // "nightly"
 */
export function createExecutionScope(): ExecutionScope {
  return new LocalScope();
}
