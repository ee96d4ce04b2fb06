import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { blindCast } from "@deltafuse/config/casts";
import type { ContestantName } from "./contestant.ts";
import type { Job, JobResult } from "./job.ts";
import type { Measurement } from "./measurement.ts";
import type { Workload } from "./workload.ts";

/** What both contestants did with a workload in one round. */
export type Round = Readonly<Record<ContestantName, Measurement>>;

/** A workload and its rounds. */
export interface WorkloadRounds {
  readonly workload: Workload;
  readonly rounds: readonly Round[];
}

/** What is measured, and how often. */
export interface RunPlan {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  /** What all jobs have in common. */
  readonly setup: Pick<Job, "data" | "limits" | "repetition">;
  /** Told of every process before it starts. */
  readonly onJob: (job: Job, round: number) => void;
}

/** A process that failed, or two contestants with different answers. */
export class BenchmarkError extends Error {}

const jobTimeoutMs = 600_000;
/** As this module: TypeScript where sources are run, JavaScript where they are compiled. */
const childProgram = fileURLToPath(import.meta.url).replace(/runner(\.[jt]s)$/, "child$1");

/** Runs a job in a process of its own. */
export async function runJob(job: Job): Promise<Measurement> {
  const about = `${job.contestant} in ${job.workload}`;
  const child = fork(childProgram, [JSON.stringify(job)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const timeout = setTimeout(() => child.kill("SIGKILL"), jobTimeoutMs);
  try {
    const result = await new Promise<JobResult>((resolve, reject) => {
      let said: JobResult | undefined;
      child.on("message", (message) => {
        said = blindCast<JobResult, "the child wrote it">(message);
      });
      child.on("error", reject);
      child.on("exit", (code, signal) => {
        resolve(said ?? { error: `The process ended with ${signal ?? `code ${code}`} before it had a result.` });
      });
    });
    if ("error" in result) throw new BenchmarkError(`${about}: ${result.error}`);
    return result.measurement;
  } finally {
    clearTimeout(timeout);
  }
}

/** Rejects a round whose contestants found different results. Throws {@link BenchmarkError}. */
export function assertEqualAnswers(workload: Workload, { deltafuse, duckdb }: Round): void {
  const text = ({ answer, digest }: Measurement): string => [...answer, ...(digest ?? [])].join("\n");
  if (text(deltafuse) === text(duckdb)) return;
  throw new BenchmarkError(
    `${workload.id}: the answers differ.\n-- deltafuse\n${text(deltafuse)}\n-- duckdb\n${text(duckdb)}`,
  );
}

/** Who comes first alternates from round to round, so that a drift of the machine favours nobody. */
export function orderOf(round: number, workload: number): readonly ContestantName[] {
  return (round + workload) % 2 === 0 ? ["deltafuse", "duckdb"] : ["duckdb", "deltafuse"];
}

async function runRound(plan: RunPlan, workload: Workload, round: number): Promise<Round> {
  const measured = new Map<ContestantName, Measurement>();
  for (const contestant of orderOf(round, plan.workloads.indexOf(workload))) {
    const job: Job = { ...plan.setup, contestant, workload: workload.id, digest: round === 0 };
    plan.onJob(job, round);
    measured.set(contestant, await runJob(job));
  }
  const of = (name: ContestantName): Measurement => {
    const measurement = measured.get(name);
    if (measurement === undefined) throw new BenchmarkError(`${name} did not take part in ${workload.id}.`);
    return measurement;
  };
  const result = { deltafuse: of("deltafuse"), duckdb: of("duckdb") };
  assertEqualAnswers(workload, result);
  return result;
}

/** Runs all workloads, round by round. Rejects with {@link BenchmarkError}. */
export async function runRounds(plan: RunPlan): Promise<readonly WorkloadRounds[]> {
  const results = plan.workloads.map((workload) => ({ workload, rounds: new Array<Round>() }));
  for (let round = 0; round < plan.rounds; round++) {
    for (const { workload, rounds } of results) rounds.push(await runRound(plan, workload, round));
  }
  return results;
}
