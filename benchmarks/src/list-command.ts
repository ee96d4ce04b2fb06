import { readBaselines } from "./baseline.ts";
import { type Ceiling, type Limit, limitsOf } from "./ceiling.ts";
import { type ExitCode, exitCodes } from "./gate.ts";
import { readMachine } from "./machine.ts";
import { folders } from "./place.ts";
import { drawTable } from "./result-table.ts";
import { selectWorkloads } from "./selection.ts";
import type { Workload } from "./workload.ts";
import { workloads } from "./workload-list.ts";

function limitText({ ratio = 1, plus = 0 }: Limit, reference: string | null): string {
  if (reference === null) return String(plus);
  const factor = ratio === 1 && plus !== 0 ? reference : `${ratio} x ${reference}`;
  return plus === 0 ? factor : `${factor} + ${plus}`;
}

function promiseText(ceiling: Ceiling): string {
  const { must } = limitsOf(ceiling, { profile: "release", reference: Number.POSITIVE_INFINITY });
  return `${ceiling.id} (${ceiling.metric} <= ${limitText(must, ceiling.reference)})`;
}

function row(workload: Workload, ceilings: readonly Ceiling[], counters: number): readonly string[] {
  const held = ceilings.filter(({ id }) => workload.ceilings.includes(id)).map(promiseText);
  return [workload.id, workload.suites.join(" "), workload.contestants.join(" "), String(counters), held.join(", ")];
}

/** `bench:list`: workloads, suites, contestants, committed counters and promises. */
export function listCommand(filter: string, print: (line: string) => void): ExitCode {
  const { ceilings, counters } = readBaselines(folders.baselines, readMachine().class);
  const chosen = workloads.filter((workload) =>
    workload.suites.some((suite) => selectWorkloads([workload], { suite, filter, peers: null }).length > 0),
  );
  const rows = chosen.map((one) => row(one, ceilings, Object.keys(counters[one.id] ?? {}).length));
  print(drawTable([["workload", "suites", "contestants", "counters", "promises"], ...rows]));
  return exitCodes.green;
}
