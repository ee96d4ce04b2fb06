import { type ExecutionScope, scopeKey } from "@deltafuse/telemetry/execution-scope";
import type { ExecutionPolicy } from "./execution-policy.ts";
import type { PointName } from "./interceptors.ts";
import type { ExecutionLabel } from "./label.ts";

/** What hooks keep in the execution scope of their telemetry. */
interface Kept {
  /** What to tell of queries, innermost first. */
  readonly policies: readonly ExecutionPolicy[];
  /** The points whose interceptor this work is part of, outermost first. */
  readonly serving: readonly PointName[];
}

/** What holds for work and for everything it calls, across `await`. */
export interface Ambient extends Kept {
  readonly label?: ExecutionLabel;
}

/** Reads and changes the {@link Ambient}; the label is that of the execution scope. */
export interface AmbientScope {
  current(): Ambient;
  /** Runs a function with other members; what is left out stays. */
  with<T>(change: Partial<Kept>, fn: () => T): T;
}

const nothing: Kept = Object.freeze({ policies: [], serving: [] });

/** Makes the scope of a tree of hooks: what one tree is in the middle of says nothing of another tree. */
export function createAmbientScope(scope: ExecutionScope): AmbientScope {
  const key = scopeKey("hooks", nothing);
  return {
    current() {
      const { label: name, tags } = scope.current();
      const kept = scope.value(key);
      return name === undefined ? kept : { ...kept, label: { name, tags } };
    },
    with: (change, fn) => scope.withValue(key, { ...scope.value(key), ...change }, fn),
  };
}
