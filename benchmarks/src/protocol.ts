import { blindCast } from "@deltafuse/config/casts";
import type { ContestantName, EngineSettings, SessionArtifact } from "./contestant.ts";
import type { TableFile } from "./data-set.ts";
import type { Digest } from "./digest.ts";
import type { Limits } from "./limits.ts";
import type { Repetition } from "./measurement.ts";
import type { Answer, Counters, Metrics, Suite } from "./workload.ts";

/** What one process does: its only argument, as JSON. */
export interface Job {
  readonly contestant: ContestantName;
  /** Ids, in the order in which they run. */
  readonly workloads: readonly string[];
  readonly suite: Suite;
  /** By id of the data set. */
  readonly scales: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<string, TableFile>>;
  readonly limits: Limits;
  readonly scratch: string;
  readonly repetition: Repetition;
  readonly collect: Collection;
}

/** What a process tells beside its times. */
export interface Collection {
  readonly times: boolean;
  readonly digest: boolean;
  readonly counters: boolean;
  readonly plan: boolean;
  readonly session: boolean;
}

/** What became of one workload in a process. */
export type ChildOutcome =
  | {
      readonly kind: "measured";
      /** One per run that counts. */
      readonly samples: readonly Metrics[];
      readonly answer: Answer;
      readonly digest: Digest | null;
      readonly counters: Counters | null;
      readonly plan: string | null;
    }
  | { readonly kind: "unsupported"; readonly reason: string }
  | { readonly kind: "failed"; readonly message: string };

/** One line of what a process prints. */
export type ChildLine =
  | { readonly kind: "opened"; readonly settings: EngineSettings }
  | { readonly kind: "workload"; readonly id: string; readonly outcome: ChildOutcome }
  | { readonly kind: "session"; readonly artifact: SessionArtifact }
  | { readonly kind: "failed"; readonly message: string }
  /** The last one: nothing is missing. */
  | { readonly kind: "closed"; readonly maxRssMiB: number; readonly majorFaults: number };

const mark = { bench: 1 };

/** A line with its end. */
export function lineOf(line: ChildLine): string {
  return `${JSON.stringify({ ...mark, ...line })}\n`;
}

/** What a line says; null when it is noise. */
export function parseLine(text: string): ChildLine | null {
  if (!text.startsWith('{"bench":1,')) return null;
  try {
    return blindCast<ChildLine, "the mark says who wrote it">(JSON.parse(text));
  } catch {
    return null;
  }
}
