import { createReadStream } from "node:fs";
import type { AbortableOptions } from "@deltafuse/config/abort";
import { canonicalJson } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { Column, ColumnType } from "./column-notation.ts";
import { lineCorrupt, recordInvalid, versionUnsupported } from "./errors.ts";
import { envelopeFields, storedColumns } from "./record-columns.ts";
import { type RecordDefinitions, recordKinds } from "./record-kinds.ts";
import { bodyProblem, membersProblem } from "./record-validation.ts";
import type { RecordBody, RecordDefinition, RecordValue, TelemetryRecord } from "./record.ts";
import { formatTimestamp, parseTimestamp } from "./timestamp-text.ts";

/** A record read from a line. */
export interface DecodedLine {
  readonly record: TelemetryRecord;
  /** Columns, at any depth, that this build does not know; they were dropped. */
  readonly unknownColumns: number;
}

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

/**
 * Encodes a record as one line, without the line feed: canonical JSON, envelope and body side by side under their
 * column names, nulls left out, timestamps as `2026-01-02T03:04:05.678901Z`.
 */
export function encodeJsonLine(record: TelemetryRecord, definitions: RecordDefinitions = recordKinds): string {
  const definition = definitionOf(record.kind, record.version, definitions);
  return canonicalJson({
    ...storedColumns(envelopeFields, { ...record }, formatTimestamp),
    ...storedColumns(definition.fields, record.body, formatTimestamp),
  });
}

/**
 * Decodes a line. Missing nullable columns read as null; unknown columns are dropped and counted.
 *
 * Throws `TELEMETRY.VERSION_UNSUPPORTED` for another version or an unknown kind, `TELEMETRY.RECORD_INVALID` for a line
 * that does not fit its kind, and `SyntaxError` for text that is not JSON.
 */
export function decodeJsonLine(line: string, definitions: RecordDefinitions = recordKinds): DecodedLine {
  const stored: unknown = JSON.parse(line);
  if (!isObject(stored)) throw recordInvalid("?", "", "it is not an object");
  const kind = typeof stored["kind"] === "string" ? stored["kind"] : "?";
  const version = typeof stored["version"] === "number" ? stored["version"] : 0;
  const definition = definitionOf(kind, version, definitions);
  const decoder = new ColumnDecoder();
  const envelope = decoder.members(envelopeFields, stored);
  const body = decoder.members(definition.fields, stored);
  const problem = membersProblem(envelopeFields, envelope) ?? bodyProblem(definition, body);
  if (problem !== undefined) throw recordInvalid(kind, problem.path, problem.reason);
  const known = new Set([...envelopeFields, ...definition.fields].map((column) => column.name));
  const unknownColumns = decoder.unknown + Object.keys(stored).filter((name) => !known.has(name)).length;
  const record = blindCast<TelemetryRecord, "the envelope was validated">(Object.freeze({ ...envelope, body }));
  return { record, unknownColumns };
}

function definitionOf(kind: string, version: number, definitions: RecordDefinitions): RecordDefinition {
  const definition = Object.hasOwn(definitions, kind) ? definitions[kind] : undefined;
  if (definition === undefined) throw versionUnsupported(kind, version, null);
  if (definition.version !== version) throw versionUnsupported(kind, version, definition.version);
  return definition;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Turns stored columns into members; what does not fit is left as it is for the validation to refuse. */
class ColumnDecoder {
  /** Unknown members of structs met so far. */
  unknown = 0;

  members(columns: readonly Column[], stored: Readonly<Record<string, unknown>>): RecordBody {
    const members: Record<string, RecordValue> = {};
    for (const column of columns) members[column.member] = this.#value(column.type, stored[column.name] ?? null);
    return Object.freeze(members);
  }

  #value(type: ColumnType, stored: unknown): RecordValue {
    if (stored === null) return null;
    if (type.type === "ts") return typeof stored === "string" ? (parseTimestamp(stored) ?? stored) : false;
    if (type.type === "list" && Array.isArray(stored)) {
      return Object.freeze(stored.map((item: unknown) => this.#value(type.item, item)));
    }
    if (type.type === "struct" && isObject(stored)) {
      const names = new Set(type.columns.map((column) => column.name));
      this.unknown += Object.keys(stored).filter((name) => !names.has(name)).length;
      return this.members(type.columns, stored);
    }
    const value = blindCast<RecordValue, "parsed JSON; the validation refuses what does not fit">(stored);
    return typeof value === "object" && value !== null ? Object.freeze(value) : value;
  }
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
 * const reader = readJsonLines("records.jsonl");
 * for await (const record of reader) count(record.kind);
 */
export function readJsonLines(path: string, options: ReadJsonLinesOptions = {}): JsonLinesReader {
  return new FileReader(path, options);
}
