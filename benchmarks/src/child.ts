// One process of a run: one contestant, workloads of one family. Started with a job as its argument; prints lines of protocol.ts.
import { once } from "node:events";
import { blindCast } from "@deltafuse/config/casts";
import { type Engine, type EngineSettings, UnsupportedError } from "./contestant.ts";
import { loadContestant } from "./contestant-list.ts";
import { limitDifference, type Limits } from "./limits.ts";
import { measure, type Measured, type Repetition } from "./measurement.ts";
import { majorFaults } from "./page-faults.ts";
import { type ChildLine, type ChildOutcome, type Job, lineOf } from "./protocol.ts";
import type { Workload, WorkloadContext } from "./workload.ts";
import { workloads } from "./workload-list.ts";

interface Place {
  readonly job: Job;
  readonly engine: Engine;
  readonly context: WorkloadContext;
}

async function say(line: ChildLine): Promise<void> {
  if (!process.stdout.write(lineOf(line))) await once(process.stdout, "drain");
}

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : `It threw ${String(error)}.`;

function workloadOf(id: string): Workload {
  const workload = workloads.find((one) => one.id === id);
  if (workload === undefined) throw new Error(`There is no workload ${id}.`);
  return workload;
}

/** A suite without measuring runs everything once. */
function repetitionOf({ repetition }: Workload, job: Job): Repetition {
  return job.suite === "smoke" ? job.repetition : { ...job.repetition, ...repetition };
}

async function timesOf(workload: Workload, { job, engine, context }: Place): Promise<Measured> {
  const run = await workload.setup(engine, context);
  try {
    return await measure(workload, run, repetitionOf(workload, job));
  } finally {
    await run.close?.();
  }
}

async function performed(workload: Workload, place: Place): Promise<ChildOutcome> {
  const { engine, context, job } = place;
  const { collect } = job;
  const measured = collect.times ? await timesOf(workload, place) : { samples: [], answer: [] };
  const digest = collect.digest ? await workload.digest?.(engine, context) : null;
  const counters = collect.counters ? await workload.counters?.(engine, context) : null;
  const plan = collect.plan && workload.plan !== null ? await engine.artifacts?.plan(workload.plan) : null;
  return { kind: "measured", ...measured, digest: digest ?? null, counters: counters ?? null, plan: plan ?? null };
}

async function outcomeOf(workload: Workload, place: Place): Promise<ChildOutcome> {
  const reason = workload.unsupported?.[place.context.contestant];
  if (reason !== undefined) return { kind: "unsupported", reason };
  try {
    return await performed(workload, place);
  } catch (error) {
    if (error instanceof UnsupportedError) return { kind: "unsupported", reason: error.message };
    return { kind: "failed", message: textOf(error) };
  }
}

/** What an engine tells of itself. Closes it and throws where that is not what it was given. */
async function fairSettings(engine: Engine, limits: Limits): Promise<EngineSettings> {
  const settings = await engine.settings();
  const difference = limitDifference(settings, limits);
  if (difference === null) return settings;
  await engine.close();
  throw new Error(difference);
}

async function perform(job: Job): Promise<void> {
  const chosen = job.workloads.map(workloadOf);
  const contestant = await loadContestant(job.contestant);
  const externalBuffers = chosen.every((workload) => workload.externalBuffers ?? true);
  const open: WorkloadContext["open"] = async (changes) => {
    const limits = { ...job.limits, ...changes };
    const opened = await contestant.open({ ...job, limits, externalBuffers });
    // One with the limits of the run may have to be cold, and is asked nothing.
    if (changes !== undefined) await fairSettings(opened, limits);
    return opened;
  };
  const engine = await open();
  await say({ kind: "opened", settings: await fairSettings(engine, job.limits) });
  try {
    const context: WorkloadContext = { ...job, externalBuffers, open };
    for (const workload of chosen) {
      const outcome = await outcomeOf(workload, { job, engine, context });
      await say({ kind: "workload", id: workload.id, outcome });
    }
    if (job.collect.session && engine.artifacts !== null) {
      await say({ kind: "session", artifact: await engine.artifacts.session() });
    }
  } finally {
    await engine.close();
  }
  const { maxRSS } = process.resourceUsage();
  await say({ kind: "closed", maxRssMiB: maxRSS / 1024, majorFaults: majorFaults() });
}

try {
  await perform(blindCast<Job, "the runner wrote it">(JSON.parse(process.argv[2] ?? "")));
} catch (error) {
  await say({ kind: "failed", message: textOf(error) });
}
