import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { blindCast } from "@deltafuse/config/casts";

/** A job without its id. */
export type FloorJob = Readonly<Record<string, unknown>> & { readonly job: string };

/** What the raw engine measured of one iteration. Times are nanoseconds. */
export interface FloorSample {
  readonly wallNs: number;
  readonly cpuNs: number;
  readonly rows: number;
  readonly firstBatchNs?: number;
  readonly bytes?: number;
}

/** A whole result as text. */
export interface FloorResult {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly arrow: string }[];
  readonly rows: readonly (readonly string[])[];
}

/** What the process answers; which members are there depends on the job. */
export interface FloorAnswer {
  readonly samples?: readonly FloorSample[];
  readonly peakRssBytes?: number | null;
  readonly workerThreads?: number;
  readonly datafusion?: string;
  readonly arrow?: string;
  readonly deltalake?: string;
  readonly result?: FloorResult;
  readonly settings?: readonly (readonly [key: string, value: string | null])[];
  readonly version?: number | string;
  /** What a change of a Delta table added. */
  readonly commit?: { readonly rowsAdded: number };
}

/** The running program: takes one job after the other. */
export interface FloorProcess {
  /** Rejects with the text of the engine when the job fails. */
  ask(job: FloorJob): Promise<FloorAnswer>;
  close(): Promise<void>;
}

type Reply =
  | ({ readonly id: string; readonly ok: true } & FloorAnswer)
  | { readonly id: string; readonly ok: false; readonly error: string };

/** The extension keeps freed pages as long (native/crates/binding/src/allocator.rs). */
const allocatorSettings = { MIMALLOC_PURGE_DELAY: "5000" };

interface Waiting {
  readonly resolve: (answer: FloorAnswer) => void;
  readonly reject: (error: Error) => void;
}

class RunningFloor implements FloorProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #exit: Promise<unknown>;
  readonly #waiting = new Map<string, Waiting>();
  #asked = 0;

  constructor(program: string, threads: number) {
    this.#child = spawn(program, ["--worker-threads", String(threads)], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...allocatorSettings },
    });
    this.#exit = once(this.#child, "exit").then(
      () => this.#fail(new Error("The floor ended before it had answered.")),
      (error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#take(line));
  }

  ask(job: FloorJob): Promise<FloorAnswer> {
    const id = String(this.#asked++);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ id, ...job })}\n`);
    });
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#exit;
  }

  #take(line: string): void {
    const reply = blindCast<Reply, "the protocol of the program">(JSON.parse(line));
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply);
    else waiting?.reject(new Error(reply.error));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/**
 * Starts the program.
 *
 * @param threads - Its worker threads.
 */
export function startFloor(program: string, threads: number): FloorProcess {
  return new RunningFloor(program, threads);
}
