import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { EngineSettings, SessionArtifact } from "./contestant.ts";
import { type ChildOutcome, type Job, parseLine } from "./protocol.ts";

/** A program that speaks the protocol; the job comes as its last argument. */
export interface ChildProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** What became of a workload, also where the process did not get so far. */
export type Outcome = ChildOutcome | { readonly kind: "timeout"; readonly afterMs: number };

/** What a process left behind. */
export interface ProcessResult {
  /** One for every workload of the job, by id. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly settings: EngineSettings | null;
  readonly session: SessionArtifact | null;
  readonly maxRssMiB: number | null;
  /** Pages read from disk because memory had them no more. */
  readonly majorFaults: number;
  /** What it printed that is not of the protocol. */
  readonly noise: readonly string[];
  readonly wallMs: number;
}

const mostNoise = 50;

interface Transcript {
  readonly outcomes: Map<string, Outcome>;
  readonly noise: string[];
  settings: EngineSettings | null;
  session: SessionArtifact | null;
  maxRssMiB: number | null;
  majorFaults: number;
  failure: string | null;
}

function read(transcript: Transcript, text: string): void {
  const line = parseLine(text);
  if (line === null) {
    if (text.trim() !== "" && transcript.noise.length < mostNoise) transcript.noise.push(text);
    return;
  }
  if (line.kind === "opened") transcript.settings = line.settings;
  if (line.kind === "workload") transcript.outcomes.set(line.id, line.outcome);
  if (line.kind === "session") transcript.session = line.artifact;
  if (line.kind === "failed") transcript.failure = line.message;
  if (line.kind === "closed") {
    transcript.maxRssMiB = line.maxRssMiB;
    transcript.majorFaults = line.majorFaults;
  }
}

/** What holds for the workloads that the process said nothing about. */
function missingOutcome(transcript: Transcript, end: string, timeoutMs: number | null): Outcome {
  if (timeoutMs !== null) return { kind: "timeout", afterMs: timeoutMs };
  const noise = transcript.noise.length === 0 ? "" : ` It printed: ${transcript.noise.slice(-5).join(" | ")}`;
  return {
    kind: "failed",
    message: transcript.failure ?? `The process ended with ${end} before it had a result.${noise}`,
  };
}

/**
 * Runs a job in a process of its own. It is killed when it says nothing for `silenceMs`: the workload it was at has timed
 * out, and those after it too.
 */
export async function runProcess(
  program: ChildProgram,
  job: Job,
  silenceMs: (workload: string | null) => number,
): Promise<ProcessResult> {
  const began = performance.now();
  const child = spawn(program.command, [...program.args, JSON.stringify(job)], { stdio: ["ignore", "pipe", "pipe"] });
  const transcript: Transcript = {
    outcomes: new Map(),
    noise: [],
    settings: null,
    session: null,
    maxRssMiB: null,
    majorFaults: 0,
    failure: null,
  };
  let timedOutAfter: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(timer);
    const next = job.workloads.find((id) => !transcript.outcomes.has(id)) ?? null;
    const most = silenceMs(next);
    timer = setTimeout(() => {
      timedOutAfter = most;
      child.kill("SIGKILL");
    }, most);
  };
  wait();
  const reading = [child.stdout, child.stderr].map(async (stream) => {
    for await (const text of createInterface({ input: stream })) {
      read(transcript, text);
      wait();
    }
  });
  const [[code, signal]] = await Promise.all([once(child, "close"), ...reading]);
  clearTimeout(timer);
  const missing = missingOutcome(transcript, signal === null ? `code ${code}` : `signal ${signal}`, timedOutAfter);
  const outcomes = job.workloads.map((id) => [id, transcript.outcomes.get(id) ?? missing] as const);
  const { failure: _failure, ...said } = transcript;
  return { ...said, outcomes: new Map(outcomes), wallMs: performance.now() - began };
}
