import type { RunId } from "@deltafuse/config/brand";
import type { RecordFacts } from "./record.ts";
import type { Clock } from "./clock.ts";
import type { RunNotice } from "./telemetry-notice.ts";

/** Counters of a run: sums over the records that carry its id. */
export interface RunTotals {
  readonly queries: number;
  readonly queriesFailed: number;
  /** Writes and changes of tables that were committed. */
  readonly writes: number;
  /** Rows that scans read. */
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly bytesWritten: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
}

/** What is counted while a run is open. */
export interface RunCounter extends Disposable {
  totals(): RunTotals;
  /** The highest application version that was committed under an application; null without one. */
  commitSequence(appId: string): number | null;
}

type Body = RecordFacts["body"];
type Sums = { -readonly [Name in keyof RunTotals]: number };

function numberOf(body: Body, member: string): number {
  const value = body[member];
  return typeof value === "number" ? value : 0;
}

const counters: Readonly<Record<string, (sums: Sums, body: Body) => void>> = {
  execution(sums, body) {
    sums.queries += 1;
    if (body["status"] === "failed") sums.queriesFailed += 1;
    sums.rowsRead += numberOf(body, "scanRows");
  },
  write(sums, body) {
    if (body["status"] !== "committed") return;
    sums.writes += 1;
    sums.rowsWritten += numberOf(body, "rows");
    sums.bytesWritten += numberOf(body, "bytes");
  },
  "delta.mutation"(sums, body) {
    // A write of a Delta table has a record of kind write beside it.
    if (body["status"] !== "committed" || body["operation"] === "WRITE") return;
    sums.writes += 1;
    sums.rowsWritten += numberOf(body, "rowsInserted") + numberOf(body, "rowsUpdated");
    sums.bytesWritten += numberOf(body, "bytesAdded");
  },
  cache(sums, body) {
    if (body["result"] === "hit") sums.cacheHits += 1;
    if (body["result"] === "miss") sums.cacheMisses += 1;
  },
};

class Counter implements RunCounter {
  readonly #sums: Sums = {
    queries: 0,
    queriesFailed: 0,
    writes: 0,
    rowsRead: 0,
    rowsWritten: 0,
    bytesWritten: 0,
    cacheHits: 0,
    cacheMisses: 0,
  };
  readonly #commits = new Map<string, number>();
  readonly #end: (counter: Counter) => void;

  constructor(end: (counter: Counter) => void) {
    this.#end = end;
  }

  totals(): RunTotals {
    return { ...this.#sums };
  }

  commitSequence(appId: string): number | null {
    return this.#commits.get(appId) ?? null;
  }

  count(kind: string, body: Body): void {
    if (Object.hasOwn(counters, kind)) counters[kind]?.(this.#sums, body);
    const { appId, appVersion, status } = body;
    if (typeof appId !== "string" || typeof appVersion !== "string" || status !== "committed") return;
    const version = Number(appVersion);
    if (Number.isSafeInteger(version)) this.#commits.set(appId, Math.max(version, this.#commits.get(appId) ?? version));
  }

  [Symbol.dispose](): void {
    this.#end(this);
  }
}

/** The runs that are open, and what is counted for them. */
export class OpenRuns {
  readonly #counters = new Map<string, Set<Counter>>();

  /** Counts the records of a run until it is disposed. */
  open(runId: RunId): RunCounter {
    const counter = new Counter((ended) => this.#forget(runId, ended));
    const ofRun = this.#counters.get(runId) ?? new Set();
    this.#counters.set(runId, ofRun.add(counter));
    return counter;
  }

  /** Counts a record. */
  count({ runId, kind, body }: RecordFacts): void {
    if (runId === null || this.#counters.size === 0) return;
    for (const counter of this.#counters.get(runId) ?? []) counter.count(kind, body);
  }

  #forget(runId: RunId, counter: Counter): void {
    const ofRun = this.#counters.get(runId);
    ofRun?.delete(counter);
    if (ofRun?.size === 0) this.#counters.delete(runId);
  }
}

/** What runs need of a `Telemetry` beside its public members. */
export interface RunBoard {
  readonly clock: Clock;
  newId(): string;
  /** Cleans the message of an error. */
  redact(message: string): string;
  open(runId: RunId): RunCounter;
  /** Tells the listeners of notices; resolves when the promises that they have returned are settled. */
  tell(notice: RunNotice): Promise<void>;
}

/** Under which a `Telemetry` has its {@link RunBoard}. */
export const runBoard: unique symbol = Symbol("deltafuse.runs");
