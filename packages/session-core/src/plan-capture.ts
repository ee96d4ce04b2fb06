import type { AbortableOptions } from "@deltafuse/config/abort";
import { toErrorPayload } from "@deltafuse/hooks/error-payload";
import type { PlannedFrame } from "./frame-node.ts";
import type { PlannedSite } from "./plan-text.ts";
import type { QueryRun } from "./query-run.ts";
import type { SessionState } from "./session-state.ts";

/** A run whose plan is ready. */
interface CapturedRun {
  readonly state: SessionState;
  readonly run: QueryRun;
}

/** A plan that is ready. */
interface CompiledFrame {
  readonly planned: PlannedFrame;
  readonly fingerprint: string | null;
}

function tracesRules({ policy, hooks }: QueryRun): boolean {
  return policy.optimizerTrace !== "off" && hooks.wants("plan.rule");
}

function explains({ policy, hooks }: QueryRun): boolean {
  return policy.explain && hooks.wants("plan.explained");
}

/** Whether more is told of the plan of a run than that it is ready, and somebody hears it. */
export function captures(run: QueryRun): boolean {
  return tracesRules(run) || explains(run);
}

/**
 * Emits what the rules of the planner did and the text of EXPLAIN, as the policy of the run asks; EXPLAIN itself is neither
 * traced nor explained. The query goes on when that fails.
 */
export async function capturePlan(
  { state, run }: CapturedRun,
  { planned, fingerprint }: CompiledFrame,
  { signal }: AbortableOptions,
): Promise<void> {
  if (planned.statement.statementKind === "explain") return;
  const options = signal === undefined ? {} : { signal };
  try {
    if (tracesRules(run)) await tellRules({ state, planned }, { run, fingerprint }, options);
    if (explains(run)) await tellExplained({ state, planned }, run, options);
  } catch (error) {
    signal?.throwIfAborted();
    const { code, message } = toErrorPayload(error);
    run.hooks.emit("session.warning", { code, message: `The plan could not be captured: ${message}` });
  }
}

async function tellRules(
  site: PlannedSite,
  { run, fingerprint }: { readonly run: QueryRun; readonly fingerprint: string | null },
  options: AbortableOptions,
): Promise<void> {
  const { traceSteps } = await import("./plan-text.ts");
  const told = (changed: boolean): boolean => changed || run.policy.optimizerTrace === "all";
  for (const { durationNs, ...step } of await traceSteps(site, { text: "changed" }, options)) {
    const durationUs = Math.round(durationNs / 1000);
    if (told(step.changed)) run.hooks.emit("plan.rule", { fingerprint, ...step, durationUs });
  }
}

async function tellExplained(site: PlannedSite, run: QueryRun, options: AbortableOptions): Promise<void> {
  const { explainText } = await import("./plan-text.ts");
  const text = await explainText(site, { format: "indent" }, options);
  run.hooks.emit("plan.explained", { mode: "explain", format: "indent", sql: site.planned.statement.sql, text });
}
