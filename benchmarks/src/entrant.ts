import type { ChildProgram } from "./child-process.ts";
import type { ContestantName } from "./contestant.ts";

/** Somebody who takes part in a run: a contestant as one program has it. */
export interface Entrant {
  /** The name of the contestant, or `base` for DeltaFuse of another revision. */
  readonly id: string;
  readonly contestant: ContestantName;
  readonly program: ChildProgram;
}

/** A value by id of an entrant. */
export type ByEntrant<T> = Readonly<Record<string, T>>;
