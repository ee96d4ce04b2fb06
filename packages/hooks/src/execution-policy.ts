import { type DurationInput, parseDuration } from "@deltafuse/config/duration";
import type { Diagnostics } from "@deltafuse/config/resolve";
import type { HookEmitter } from "./emitter.ts";
import { invalidPolicy } from "./errors.ts";

/** Which applications of the planner's rules are told: none, those that changed the plan, all. */
export type OptimizerTraceLevel = Diagnostics["capture"]["optimizerTrace"];

/** What to tell of queries beyond their events; changes neither plans nor results. */
export interface ExecutionPolicy {
  readonly capture?: {
    /** Texts of the logical plan in `plan.compiled`; they come with the query, which is not planned again. Default false. */
    readonly plans?: boolean;
    /** `plan.explained` with the text of EXPLAIN before a query runs; the query is planned once more for it. Default false. */
    readonly explain?: boolean;
    /**
     * `plan.rule` for the applications of the planner's rules: those that `changed` the plan, or `all`; the query is planned
     * once more for it. Default `off`.
     */
    readonly optimizerTrace?: OptimizerTraceLevel;
  };
  /** `query.slow` after a query that took at least this long: milliseconds or `"1s500ms"`. Null (default) = never. */
  readonly slowQuery?: DurationInput | null;
  /** `query.batch` at every n-th batch; 0 (default) = never. */
  readonly batchSample?: number;
}

/** An {@link ExecutionPolicy} with all its members. */
export interface ResolvedExecutionPolicy {
  readonly plans: boolean;
  readonly explain: boolean;
  readonly optimizerTrace: OptimizerTraceLevel;
  /** Null = never. */
  readonly slowQueryMs: number | null;
  readonly batchSample: number;
}

const silent: ResolvedExecutionPolicy = Object.freeze({
  plans: false,
  explain: false,
  optimizerTrace: "off",
  slowQueryMs: null,
  batchSample: 0,
});
const members: readonly string[] = ["capture", "slowQuery", "batchSample"];
const captures: readonly string[] = ["plans", "explain", "optimizerTrace"];
const traceLevels: readonly string[] = ["off", "changed", "all"];

function checked(policy: ExecutionPolicy): ExecutionPolicy {
  const { capture = {}, batchSample = 0 } = policy;
  const unknown = Object.keys(policy).find((name) => !members.includes(name));
  if (unknown !== undefined) throw invalidPolicy(unknown, "there is no such member");
  const uncaptured = Object.keys(capture).find((name) => !captures.includes(name));
  if (uncaptured !== undefined) throw invalidPolicy(`capture.${uncaptured}`, "there is no such capture");
  for (const name of ["plans", "explain"] as const)
    if (typeof (capture[name] ?? false) !== "boolean") throw invalidPolicy(`capture.${name}`, "it is not a boolean");
  if (!traceLevels.includes(capture.optimizerTrace ?? "off")) {
    throw invalidPolicy("capture.optimizerTrace", `it is none of ${traceLevels.join(", ")}`);
  }
  if (!Number.isSafeInteger(batchSample) || batchSample < 0) {
    throw invalidPolicy("batchSample", "it is not a whole number from 0 on");
  }
  return policy;
}

/**
 * Resolves policies member by member: the first that has the member decides, the rest is default.
 *
 * Throws `HOOKS.INVALID_POLICY {path, reason}`, `CONFIG.INVALID_DURATION`.
 *
 * @example
 * resolveExecutionPolicy({ slowQuery: "1s" }, { slowQuery: null, batchSample: 10 });
 * // { plans: false, explain: false, optimizerTrace: "off", slowQueryMs: 1000, batchSample: 10 }
 */
export function resolveExecutionPolicy(...layers: readonly (ExecutionPolicy | undefined)[]): ResolvedExecutionPolicy {
  if (layers.every((layer) => layer === undefined)) return silent;
  const policies = layers.filter((layer) => layer !== undefined).map(checked);
  const first = <T>(read: (policy: ExecutionPolicy) => T | undefined): T | undefined =>
    policies.map(read).find((value) => value !== undefined);
  const slowQuery = first((policy) => policy.slowQuery) ?? null;
  return Object.freeze({
    plans: first((policy) => policy.capture?.plans) ?? silent.plans,
    explain: first((policy) => policy.capture?.explain) ?? silent.explain,
    optimizerTrace: first((policy) => policy.capture?.optimizerTrace) ?? silent.optimizerTrace,
    slowQueryMs: slowQuery === null ? null : parseDuration(slowQuery),
    batchSample: first((policy) => policy.batchSample) ?? silent.batchSample,
  });
}

/**
 * Runs a function under a policy: it holds for the queries that begin inside, across `await`, below the policy of a call.
 *
 * Throws as {@link resolveExecutionPolicy}.
 *
 * @example
 * await withExecutionPolicy(session.hooks, { slowQuery: "500ms" }, () => report(session));
 */
export function withExecutionPolicy<T>(hooks: Pick<HookEmitter, "ambient">, policy: ExecutionPolicy, fn: () => T): T {
  const { ambient } = hooks;
  resolveExecutionPolicy(policy);
  return ambient.with({ policies: [policy, ...ambient.current().policies] }, fn);
}
