// One process of a run: one contestant, one workload. Started by the runner with a job as its argument.
import { blindCast } from "@deltafuse/config/casts";
import type { Contestant } from "./contestant.ts";
import type { Job, JobResult } from "./job.ts";
import { measure, type Measurement } from "./measurement.ts";
import { workloads } from "./workload-list.ts";

/** Only the contestant of this process is loaded. */
async function loadContestant(name: Job["contestant"]): Promise<Contestant> {
  if (name === "deltafuse") return (await import("./contestants/deltafuse.ts")).deltafuse;
  return (await import("./contestants/duckdb.ts")).duckdb;
}

async function perform(job: Job): Promise<Measurement> {
  const workload = workloads.find(({ id }) => id === job.workload);
  if (workload === undefined) throw new Error(`There is no workload ${job.workload}.`);
  const contestant = await loadContestant(job.contestant);
  const engine = await contestant.open({ data: job.data, limits: job.limits });
  try {
    const settings = await engine.settings();
    if (settings["threads"] !== String(job.limits.threads)) throw new Error(`It has ${settings["threads"]} threads.`);
    const measured = await measure(engine, { workload, repetition: job.repetition });
    const digest = job.digest && workload.digest !== null ? await workload.digest(engine) : null;
    return { ...measured, digest, settings };
  } finally {
    await engine.close();
  }
}

async function answer(job: Job): Promise<JobResult> {
  try {
    return { measurement: await perform(job) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const result = await answer(blindCast<Job, "the runner wrote it">(JSON.parse(process.argv[2] ?? "")));
process.send?.(result, () => process.disconnect());
