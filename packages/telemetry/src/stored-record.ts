import { blindCast } from "@deltafuse/config/casts";
import type { CanonicalValue } from "@deltafuse/config/canonical-json";
import type { Column, ColumnType } from "./column-notation.ts";
import { recordInvalid, versionUnsupported } from "./errors.ts";
import { type StoredColumns, envelopeFields, storedColumns } from "./record-columns.ts";
import type { RecordDefinitions } from "./record-kinds.ts";
import { bodyProblem, membersProblem } from "./record-validation.ts";
import type {
  DecodedRecord,
  DecodedRecords,
  RecordBody,
  RecordDefinition,
  RecordValue,
  TelemetryRecord,
} from "./record.ts";

/** Form of a timestamp in a storage form. */
export interface TimeForm {
  readonly write: (us: number) => CanonicalValue;
  /** Anything that is no timestamp is given as it is, for the validation to refuse. */
  readonly read: (stored: unknown) => unknown;
}

/** Timestamps as integers of microseconds. */
export const integerTime: TimeForm = { write: (us) => us, read: (stored) => stored };

/** The definition of a stored record. Throws `TELEMETRY.VERSION_UNSUPPORTED` for another version or an unknown kind. */
export function definitionOf(kind: string, version: number, definitions: RecordDefinitions): RecordDefinition {
  const definition = Object.hasOwn(definitions, kind) ? definitions[kind] : undefined;
  if (definition?.version !== version) throw versionUnsupported(kind, version, definition?.version ?? null);
  return definition;
}

/** Envelope and body side by side under their column names, nulls left out at every depth. */
export function storedRecord(record: TelemetryRecord, definitions: RecordDefinitions, time: TimeForm): StoredColumns {
  const definition = definitionOf(record.kind, record.version, definitions);
  return {
    ...storedColumns(envelopeFields, { ...record }, time.write),
    ...storedColumns(definition.fields, record.body, time.write),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Turns stored columns into members; what does not fit is left as it is for the validation to refuse. */
class ColumnDecoder {
  /** Unknown members of structs met so far. */
  unknown = 0;
  readonly #time: TimeForm;

  constructor(time: TimeForm) {
    this.#time = time;
  }

  members(columns: readonly Column[], stored: Readonly<Record<string, unknown>>): RecordBody {
    const members: Record<string, RecordValue> = {};
    for (const column of columns) members[column.member] = this.#value(column.type, stored[column.name] ?? null);
    return Object.freeze(members);
  }

  #value(type: ColumnType, stored: unknown): RecordValue {
    if (stored === null) return null;
    if (type.type === "list" && Array.isArray(stored)) {
      return Object.freeze(stored.map((item: unknown) => this.#value(type.item, item)));
    }
    if (type.type === "struct" && isObject(stored)) {
      const names = new Set(type.columns.map((column) => column.name));
      this.unknown += Object.keys(stored).filter((name) => !names.has(name)).length;
      return this.members(type.columns, stored);
    }
    const read = type.type === "ts" ? this.#time.read(stored) : stored;
    const value = blindCast<RecordValue, "a stored value; the validation refuses what does not fit">(read);
    return typeof value === "object" && value !== null ? Object.freeze(value) : value;
  }
}

/**
 * Reads what {@link storedRecord} makes. Missing nullable columns read as null; unknown columns are dropped and counted.
 *
 * Throws `TELEMETRY.VERSION_UNSUPPORTED` for another version or an unknown kind, `TELEMETRY.RECORD_INVALID` for a value
 * that does not fit its kind.
 */
export function readRecord(stored: unknown, definitions: RecordDefinitions, time: TimeForm): DecodedRecord {
  if (!isObject(stored)) throw recordInvalid("?", "", "it is not an object");
  const kind = typeof stored["kind"] === "string" ? stored["kind"] : "?";
  const version = typeof stored["version"] === "number" ? stored["version"] : 0;
  const definition = definitionOf(kind, version, definitions);
  const decoder = new ColumnDecoder(time);
  const envelope = decoder.members(envelopeFields, stored);
  const body = decoder.members(definition.fields, stored);
  const problem = membersProblem(envelopeFields, envelope) ?? bodyProblem(definition, body);
  if (problem !== undefined) throw recordInvalid(kind, problem.path, problem.reason);
  const known = new Set([...envelopeFields, ...definition.fields].map((column) => column.name));
  const unknownColumns = decoder.unknown + Object.keys(stored).filter((name) => !known.has(name)).length;
  const record = blindCast<TelemetryRecord, "the envelope was validated">(Object.freeze({ ...envelope, body }));
  return { record, unknownColumns };
}

/** Records and counters of several decoded records. */
export function together(decoded: readonly DecodedRecord[]): DecodedRecords {
  return {
    records: Object.freeze(decoded.map(({ record }) => record)),
    unknownColumns: decoded.reduce((sum, { unknownColumns }) => sum + unknownColumns, 0),
  };
}
