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

function assertEqualAnswers(workload: Workload, { deltafuse, duckdb }: Round): void {
  const text = ({ answer, digest }: Measurement): string => [...answer, ...(digest ?? [])].join("\n");
  if (text(deltafuse) === text(duckdb)) return;
  throw new BenchmarkError(
    `${workload.id}: the answers differ.\n-- deltafuse\n${text(deltafuse)}\n-- duckdb\n${text(duckdb)}`,
  );
}

async function runRound(plan: RunPlan, workload: Workload, round: number): Promise<Round> {
  const job = (contestant: ContestantName): Promise<Measurement> => {
    const described: Job = { ...plan.setup, contestant, workload: workload.id, digest: round === 0 };
    plan.onJob(described, round);
    return runJob(described);
  };
  // Who comes first alternates, so that a drift of the machine favours nobody.
  const productFirst = (round + plan.workloads.indexOf(workload)) % 2 === 0;
  const early = productFirst ? await job("deltafuse") : null;
  const duckdb = await job("duckdb");
  const measured = { deltafuse: early ?? (await job("deltafuse")), duckdb };
  assertEqualAnswers(workload, measured);
  return measured;
}

/** Runs all workloads, round by round. Rejects with {@link BenchmarkError}. */
export async function runRounds(plan: RunPlan): Promise<readonly WorkloadRounds[]> {
  const results = plan.workloads.map((workload) => ({ workload, rounds: new Array<Round>() }));
  for (let round = 0; round < plan.rounds; round++) {
    for (const { workload, rounds } of results) rounds.push(await runRound(plan, workload, round));
  }
  return results;
}
