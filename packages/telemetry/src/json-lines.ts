import { createReadStream } from "node:fs";
import type { AbortableOptions } from "@deltafuse/config/abort";
import { canonicalJson } from "@deltafuse/config/canonical-json";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import { lineCorrupt } from "./errors.ts";
import { type RecordDefinitions, recordKinds } from "./record-kinds.ts";
import type { DecodedRecord, TelemetryRecord } from "./record.ts";
import { type TimeForm, readRecord, storedRecord } from "./stored-record.ts";
import { formatTimestamp, parseTimestamp } from "./timestamp-text.ts";

/** What a reader has seen so far. */
export interface JsonLinesReport {
  readonly records: number;
  /** Lines left out because of `skipCorrupt`. */
  readonly corruptLines: number;
  readonly unknownColumns: number;
  /** Whether the file ends in the middle of a line, as after a crash; that line is left out. */
  readonly hasUnfinishedLine: boolean;
}

/** The records of a file; can be iterated once. */
export interface JsonLinesReader extends AsyncIterable<TelemetryRecord> {
  /** What was read up to now. */
  report(): JsonLinesReport;
}

/** Options of {@link readJsonLines}. */
export interface ReadJsonLinesOptions extends AbortableOptions {
  /** Leaves out lines that are not records instead of failing. */
  readonly skipCorrupt?: boolean;
  /** Kinds to read. Default: those of this package. */
  readonly definitions?: RecordDefinitions;
}

const textTime: TimeForm = {
  write: formatTimestamp,
  read: (stored) => (typeof stored === "string" ? (parseTimestamp(stored) ?? stored) : false),
};

/**
 * Encodes a record as one line, without the line feed: canonical JSON, envelope and body side by side under their
 * column names, nulls left out, timestamps as `2026-01-02T03:04:05.678901Z`.
 *
 * @example
 * const [record] = telemetry.recorder.snapshot();
 * const line = encodeJsonLine(record);
 */
export function encodeJsonLine(record: TelemetryRecord, definitions: RecordDefinitions = recordKinds): string {
  return canonicalJson(storedRecord(record, definitions, textTime));
}

/**
 * Decodes a line. Missing nullable columns read as null; unknown columns are dropped and counted.
 *
 * Throws `TELEMETRY.VERSION_UNSUPPORTED` for another version or an unknown kind, `TELEMETRY.RECORD_INVALID` for a line
 * that does not fit its kind, and `SyntaxError` for text that is not JSON.
 *
 * @example
 * const [record] = telemetry.recorder.snapshot();
 * decodeJsonLine(encodeJsonLine(record)).record.kind; // "finding"
 */
export function decodeJsonLine(line: string, definitions: RecordDefinitions = recordKinds): DecodedRecord {
  return readRecord(JSON.parse(line), definitions, textTime);
}

class FileReader implements JsonLinesReader {
  readonly #path: string;
  readonly #options: ReadJsonLinesOptions;
  #records = 0;
  #corruptLines = 0;
  #unknownColumns = 0;
  #hasUnfinishedLine = false;
  #line = 0;

  constructor(path: string, options: ReadJsonLinesOptions) {
    this.#path = path;
    this.#options = options;
  }

  report(): JsonLinesReport {
    return {
      records: this.#records,
      corruptLines: this.#corruptLines,
      unknownColumns: this.#unknownColumns,
      hasUnfinishedLine: this.#hasUnfinishedLine,
    };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TelemetryRecord> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const chunks = createReadStream(this.#path, { encoding: "utf8" });
    let rest = "";
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const record = this.#decoded(line);
        if (record !== undefined) yield record;
      }
    }
    this.#hasUnfinishedLine = rest !== "";
  }

  #decoded(line: string): TelemetryRecord | undefined {
    this.#line += 1;
    try {
      const { record, unknownColumns } = decodeJsonLine(line, this.#options.definitions);
      this.#unknownColumns += unknownColumns;
      this.#records += 1;
      return record;
    } catch (error) {
      if (this.#options.skipCorrupt !== true) {
        throw isDeltaFuseError(error, "TELEMETRY.VERSION_UNSUPPORTED") ? error : lineCorrupt(this.#line, error);
      }
      this.#corruptLines += 1;
      return undefined;
    }
  }
}

/**
 * Reads the records of a JSON-lines file. An unfinished last line is left out and reported.
 *
 * Fails with `TELEMETRY.LINE_CORRUPT` for another line that is not a record, and with
 * `TELEMETRY.VERSION_UNSUPPORTED` for a record of another version, both unless `skipCorrupt` is set.
 *
 * @example
 * const kinds = new Set();
 * for await (const record of readJsonLines("records.jsonl")) kinds.add(record.kind);
 */
export function readJsonLines(path: string, options: ReadJsonLinesOptions = {}): JsonLinesReader {
  return new FileReader(path, options);
}
