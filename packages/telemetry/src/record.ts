import type { QueryId, RunId, SessionId } from "@deltafuse/config/brand";
import type { Fingerprint } from "@deltafuse/config/fingerprint";
import type { Microseconds } from "./clock.ts";
import { type Column, type InputFields, parseColumn } from "./column-notation.ts";
import type { TraceContext } from "./trace-context.ts";

/** A record kind: its name, version and body columns. Made by {@link defineRecord}. */
export interface RecordDefinition<Kind extends string = string, Columns extends readonly string[] = readonly string[]> {
  readonly kind: Kind;
  readonly version: number;
  /** Body columns in notation, in order. */
  readonly columns: Columns;
  /** The same columns, parsed. */
  readonly fields: readonly Column[];
  /** A body whose columns are all null. Bodies that are cloned from it have one shape, which the engine keeps small. */
  readonly empty: RecordBody;
}

/** What a writer gives for a kind: columns in camelCase; nullable ones may be absent. */
export type BodyOf<D extends RecordDefinition> = InputFields<D["columns"][number]>;

/** A value in the body of a stored record. */
export type RecordValue = null | string | boolean | number | readonly RecordValue[] | RecordBody;

/** Body of a stored record: columns under their camelCase names. */
export interface RecordBody {
  readonly [member: string]: RecordValue;
}

/** One fact, redacted and deep-frozen. */
export interface TelemetryRecord<Body = RecordBody> {
  /** UUID of version 7. */
  readonly recordId: string;
  readonly kind: string;
  readonly version: number;
  readonly time: Microseconds;
  /** Counts from 1 per `Telemetry`. */
  readonly seq: number;
  readonly sessionId: string | null;
  readonly runId: string | null;
  readonly queryId: string | null;
  readonly label: string | null;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  /** Hash of the body; see `recordHash`. */
  readonly contentHash: Fingerprint;
  readonly body: Body;
}

/** What is recorded: a record without what is made when it is looked at. */
export type RecordFacts = Omit<TelemetryRecord, "recordId" | "contentHash">;

/** A record read from its storage form. */
export interface DecodedRecord {
  readonly record: TelemetryRecord;
  /** Columns, at any depth, that this build does not know; they were dropped. */
  readonly unknownColumns: number;
}

/** Several records read from their storage form. */
export interface DecodedRecords {
  readonly records: readonly TelemetryRecord[];
  /** Columns, at any depth, that this build does not know, added up; they were dropped. */
  readonly unknownColumns: number;
}

/** Where a fact belongs. What is left out is taken from the execution scope; null is none. */
export interface RecordContext {
  readonly sessionId?: SessionId | null | undefined;
  readonly runId?: RunId | null | undefined;
  readonly queryId?: QueryId | null | undefined;
  readonly label?: string | null | undefined;
  readonly tags?: Readonly<Record<string, string>> | null | undefined;
  readonly trace?: TraceContext | null | undefined;
  /** When it happened. Default: the clock of the `Telemetry`. */
  readonly time?: Microseconds | undefined;
}

/**
 * Columns of the envelope, the first columns of every kind, in order and in notation. They stand beside the body in
 * storage and do not take part in hashes.
 */
export const envelopeColumns = [
  "record_id s!",
  "kind s!",
  "version i32!",
  "time ts!",
  "seq i64!",
  "session_id s",
  "run_id s",
  "query_id s",
  "label s",
  "tags m",
  "trace_id s",
  "span_id s",
  "content_hash s!",
] as const;

/**
 * Defines a record kind.
 *
 * @param kind - Name, lower case with dots.
 * @param version - Version of the columns, from 1. Appending a nullable column keeps it, any other change raises it.
 * @param columns - Body columns in notation: name, space, type (`s b i32 i64 ts m [x] {a s!, b i64}`), `!` = not null.
 *
 * @example
 * const counted = defineRecord("app.counted", 1, ["what s!", "row_count i64"]);
 * counted.fields.map(({ member }) => member); // ["what", "rowCount"]
 */
export function defineRecord<Kind extends string, const Columns extends readonly string[]>(
  kind: Kind,
  version: number,
  columns: Columns,
): RecordDefinition<Kind, Columns> {
  // Not frozen: each step of `for … of` over a frozen list makes an object, and these lists are walked for every record.
  const fields = columns.map(parseColumn);
  // An object with many members is compact when it is parsed, and when it is cloned from one that is.
  const empty: RecordBody = JSON.parse(JSON.stringify(Object.fromEntries(fields.map(({ member }) => [member, null]))));
  return Object.freeze({ kind, version, columns, fields, empty });
}
