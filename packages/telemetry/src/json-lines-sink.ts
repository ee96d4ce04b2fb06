import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { encodeJsonLine } from "./json-lines.ts";
import type { RecordDefinitions } from "./record-kinds.ts";
import type { TelemetryRecord } from "./record.ts";
import type { TelemetrySink } from "./sink.ts";

/** Options of {@link jsonLinesSink}. */
export interface JsonLinesSinkOptions {
  /** File to append to; its folder is created. */
  readonly path: string;
  /** Size at which a new file is begun. Default 64 MiB. A batch is never split. */
  readonly maxBytes?: number;
  /** Files that are kept, the one that is written included. Default 5. */
  readonly maxFiles?: number;
  /** Makes every batch durable before the write ends. Default false. */
  readonly fsync?: boolean;
  /** Kinds to write. Default: those of this package. */
  readonly definitions?: RecordDefinitions;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

function rotatedPath(file: string, number: number): string {
  if (number === 0) return file;
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}.${number}${ext}`);
}

/** `x.jsonl` becomes `x.1.jsonl`, `x.1.jsonl` becomes `x.2.jsonl`, …; the oldest is removed. */
async function rotate(file: string, maxFiles: number): Promise<void> {
  for (let number = maxFiles - 1; number >= 0; number -= 1) {
    const from = rotatedPath(file, number);
    try {
      await (number === maxFiles - 1 ? rm(from) : rename(from, rotatedPath(file, number + 1)));
    } catch (error) {
      if (!isMissingFile(error)) throw error;
    }
  }
}

function isMissingFile(error: unknown): boolean {
  return !isDeltaFuseError(error) && error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function endsInsideLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer[0] !== 0x0a;
}

class RotatingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  readonly #fsync: boolean;
  #file: OpenFile | undefined;

  constructor(options: JsonLinesSinkOptions) {
    this.#path = path.resolve(options.path);
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    this.#maxFiles = options.maxFiles ?? 5;
    this.#fsync = options.fsync ?? false;
  }

  async append(lines: string): Promise<void> {
    const data = Buffer.from(lines, "utf8");
    const { handle, bytes } = await this.#fileFor(data.length);
    await handle.appendFile(data);
    this.#file = { handle, bytes: bytes + data.length };
    if (this.#fsync) await handle.sync();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  async #fileFor(size: number): Promise<OpenFile> {
    const file = this.#file ?? (await this.#open());
    if (file.bytes === 0 || file.bytes + size <= this.#maxBytes) return file;
    this.#file = file;
    await this.close();
    await rotate(this.#path, this.#maxFiles);
    return this.#open();
  }

  async #open(): Promise<OpenFile> {
    await mkdir(path.dirname(this.#path), { recursive: true });
    const handle = await open(this.#path, "a+");
    const { size } = await handle.stat();
    if (!(await endsInsideLine(handle, size))) return { handle, bytes: size };
    // A line that a crash cut off stays the last one of its file, where readers expect it.
    await handle.close();
    await rotate(this.#path, this.#maxFiles);
    return { handle: await open(this.#path, "a+"), bytes: 0 };
  }
}

/**
 * A sink that appends records to a file, one canonical JSON object per line, whole lines only and one write call per
 * batch. When the file is full, `x.jsonl` becomes `x.1.jsonl` and so on.
 *
 * @example
 * const telemetry = createTelemetry({ sinks: [jsonLinesSink({ path: "output/records.jsonl" })] });
 */
export function jsonLinesSink(options: JsonLinesSinkOptions): TelemetrySink {
  const file = new RotatingFile(options);
  // One after another, also when the queue gave an earlier write up.
  let last: Promise<void> = Promise.resolve();
  const after = (work: () => Promise<void>): Promise<void> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
  return {
    name: "json-lines",
    write: (records: readonly TelemetryRecord[]) => {
      const lines = records.map((record) => `${encodeJsonLine(record, options.definitions)}\n`).join("");
      return after(() => file.append(lines));
    },
    close: () => after(() => file.close()),
  };
}
