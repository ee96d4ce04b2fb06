import type { AbortableOptions } from "@deltafuse/config/abort";

/** Where a rule runs: on the plan as written, on the logical plan in passes, on the physical plan. */
export type TracePhase = "analyzer" | "optimizer" | "physical";

/** One application of a rule of the planner. */
export interface TraceStep {
  readonly phase: TracePhase;
  /** The pass, from 0; only the optimizer has several. */
  readonly pass: number;
  /** Position of the rule among those of its phase that ran. */
  readonly ordinal: number;
  readonly rule: string;
  /** Whether the plan is another one afterwards. */
  readonly changed: boolean;
  /** Digest of the plan afterwards. */
  readonly digest: string;
  /** The plan afterwards, where it was asked for. */
  readonly text?: string | undefined;
  readonly durationNs: number;
}

/** How planning is traced. */
export interface TraceOptions extends AbortableOptions {
  /** Which steps come with the text of the plan. Default: `changed`. */
  readonly text?: "changed" | "all" | "none";
  /**
   * Rules that are left out in this call. An unknown one is `SESSION.RULE_UNKNOWN {name, nearest}`; the rule that guards the
   * SQL policy stays. Without a rule that others build on, planning fails.
   */
  readonly disable?: readonly string[];
  /** Most passes of the optimizer. Default: as the session is set. */
  readonly maxPasses?: number;
}

/** One rule application in two traces; null where a trace has it not. */
export interface TraceDifference {
  readonly phase: TracePhase;
  readonly pass: number;
  readonly rule: string;
  readonly before: TraceStep | null;
  readonly after: TraceStep | null;
  /** Whether one of them is missing, or they leave different plans. */
  readonly differs: boolean;
}

/** Two traces side by side. */
export interface TraceDiff {
  /** In the order of planning; what only the earlier trace has stands where it was. */
  readonly steps: readonly TraceDifference[];
  /** The first step that differs; null when none does. */
  readonly first: TraceDifference | null;
}

/** Puts two traces side by side, by phase, pass and rule. Pure; times do not count. */
export function diffOptimizerTraces(before: readonly TraceStep[], after: readonly TraceStep[]): TraceDiff {
  const later = keyed(after);
  const rest = new Map(later);
  const steps: TraceDifference[] = [];
  const flushUntil = (key: string): void => {
    for (const [other, step] of rest) {
      if (other === key) break;
      if (earlier.has(other)) continue;
      rest.delete(other);
      steps.push(difference(null, step));
    }
  };
  const earlier = keyed(before);
  for (const [key, step] of earlier) {
    const match = rest.get(key);
    if (match !== undefined) flushUntil(key);
    rest.delete(key);
    steps.push(difference(step, match ?? null));
  }
  for (const step of rest.values()) steps.push(difference(null, step));
  return { steps, first: steps.find(({ differs }) => differs) ?? null };
}

/** The steps by what they are aligned by; a rule that runs twice in a pass is told apart by its turn. */
function keyed(steps: readonly TraceStep[]): ReadonlyMap<string, TraceStep> {
  const found = new Map<string, TraceStep>();
  for (const step of steps) {
    let turn = 0;
    const keyOf = (): string => JSON.stringify([step.phase, step.pass, step.rule, turn]);
    while (found.has(keyOf())) turn += 1;
    found.set(keyOf(), step);
  }
  return found;
}

function difference(before: TraceStep | null, after: TraceStep | null): TraceDifference {
  const { phase, pass, rule } = before ?? after ?? nothing;
  const differs = before === null || after === null || before.digest !== after.digest;
  return { phase, pass, rule, before, after, differs };
}

const nothing = { phase: "analyzer", pass: 0, rule: "" } as const;
