import { AsyncLocalStorage } from "node:async_hooks";
import type { ExecutionPolicy } from "./execution-policy.ts";
import type { PointName } from "./interceptors.ts";
import type { ExecutionLabel } from "./label.ts";

/** What holds for work and for everything it calls, across `await`. */
export interface Ambient {
  readonly label?: ExecutionLabel;
  /** What to tell of queries, innermost first. */
  readonly policies: readonly ExecutionPolicy[];
  /** The points whose interceptor this work is part of, outermost first. */
  readonly serving: readonly PointName[];
}

/** Carries an {@link Ambient}. */
export interface AmbientScope {
  current(): Ambient;
  /** Runs a function with other members; what is left out stays. */
  with<T>(change: Partial<Ambient>, fn: () => T): T;
}

const nothing: Ambient = { policies: [], serving: [] };

/** Makes the scope of a tree of hooks. */
export function createAmbientScope(): AmbientScope {
  const storage = new AsyncLocalStorage<Ambient>();
  const current = (): Ambient => storage.getStore() ?? nothing;
  return { current, with: (change, fn) => storage.run({ ...current(), ...change }, fn) };
}
