import { blindCast } from "@deltafuse/config/casts";
import type { Data, Field, Schema } from "apache-arrow";
import { type Arrow, arrowField, columnData } from "./arrow-column.ts";
import { arrowValue } from "./arrow-value.ts";
import type { Column } from "./column-notation.ts";
import { recordInvalid } from "./errors.ts";
import { optionalPackage } from "./optional-package.ts";
import { envelopeFields } from "./record-columns.ts";
import { recordSchemaHash } from "./record-hash.ts";
import { type RecordDefinitions, recordKinds } from "./record-kinds.ts";
import type { DecodedRecords, RecordDefinition, RecordValue, TelemetryRecord } from "./record.ts";
import { definitionOf, integerTime, readRecord, together } from "./stored-record.ts";

const loadArrow = (): Promise<Arrow> => optionalPackage("apache-arrow", () => import("apache-arrow"));

function columnsOf({ fields }: RecordDefinition): readonly Column[] {
  return [...envelopeFields, ...fields];
}

function schemaOf(arrow: Arrow, definition: RecordDefinition): Schema {
  const metadata = [
    ["deltafuse.kind", definition.kind],
    ["deltafuse.version", String(definition.version)],
    ["deltafuse.schema_hash", recordSchemaHash(definition)],
  ] as const;
  const fields = columnsOf(definition).map((column) => arrowField(arrow, column));
  return new arrow.Schema(fields, new Map(metadata));
}

/**
 * The Arrow schema of a record kind: the columns of the envelope, then those of the body, under their stored names. Its
 * metadata are `deltafuse.kind`, `deltafuse.version` and `deltafuse.schema_hash`.
 *
 * Rejects with `TELEMETRY.ENCODER_UNAVAILABLE` without the package `apache-arrow`.
 *
 * @example
 * const schema = await arrowSchema(findingRecord);
 * schema.metadata.get("deltafuse.kind"); // "finding"
 */
export async function arrowSchema(definition: RecordDefinition): Promise<Schema> {
  return schemaOf(await loadArrow(), definition);
}

function onlyDefinition(records: readonly TelemetryRecord[], definitions: RecordDefinitions): RecordDefinition {
  const [first] = records;
  if (first === undefined) throw recordInvalid("?", "kind", "there is no record, so there is no kind");
  const other = records.find(({ kind }) => kind !== first.kind);
  if (other !== undefined) throw recordInvalid(other.kind, "kind", `the first record is of kind ${first.kind}`);
  for (const { kind, version } of records) definitionOf(kind, version, definitions);
  return definitionOf(first.kind, first.version, definitions);
}

function valueOf(record: TelemetryRecord, { member }: Column, isEnvelope: boolean): RecordValue {
  const envelope = blindCast<Readonly<Record<string, RecordValue>>, "read by the names of its columns">(record);
  return (isEnvelope ? envelope : record.body)[member] ?? null;
}

/**
 * Encodes records of one kind as an Arrow IPC stream with one batch and the schema of {@link arrowSchema}.
 *
 * Rejects with `TELEMETRY.ENCODER_UNAVAILABLE` without the package `apache-arrow`, `TELEMETRY.RECORD_INVALID` for records
 * of several kinds or for none, `TELEMETRY.VERSION_UNSUPPORTED` for a kind or a version that `definitions` do not have.
 *
 * @example
 * const bytes = await encodeArrow(telemetry.recorder.snapshot({ kinds: ["finding"] }));
 * const { records } = await decodeArrow(bytes);
 */
export async function encodeArrow(
  records: readonly TelemetryRecord[],
  definitions: RecordDefinitions = recordKinds,
): Promise<Uint8Array> {
  const arrow = await loadArrow();
  const definition = onlyDefinition(records, definitions);
  const schema = schemaOf(arrow, definition);
  const children = columnsOf(definition).map((column, index) => {
    const isEnvelope = index < envelopeFields.length;
    return columnData(
      arrow,
      column.type,
      records.map((record) => valueOf(record, column, isEnvelope)),
    );
  });
  const data = arrow.makeData({
    type: new arrow.Struct(schema.fields),
    length: records.length,
    nullCount: 0,
    children,
  });
  return arrow.tableToIPC(new arrow.Table([new arrow.RecordBatch(schema, data)]), "stream");
}

function storedRow(arrow: Arrow, columns: readonly (readonly [Field, Data])[], row: number): object {
  const cells = columns.map(([{ name }, data]) => [name, arrowValue(arrow, data, row)] as const);
  return Object.fromEntries(cells.filter(([, value]) => value !== null));
}

/**
 * Decodes what {@link encodeArrow} makes, and any Arrow IPC stream or file with the columns of a kind. Missing nullable
 * columns read as null; unknown columns are dropped and counted where they hold a value.
 *
 * Rejects with `TELEMETRY.ENCODER_UNAVAILABLE` without the package `apache-arrow`, `TELEMETRY.VERSION_UNSUPPORTED` for
 * another version or an unknown kind, `TELEMETRY.RECORD_INVALID` for what is no Arrow or does not fit its kind.
 *
 * @example
 * const bytes = await encodeArrow(telemetry.recorder.snapshot({ kinds: ["finding"] }));
 * (await decodeArrow(bytes)).records.length; // 1
 */
export async function decodeArrow(
  bytes: Uint8Array,
  definitions: RecordDefinitions = recordKinds,
): Promise<DecodedRecords> {
  const arrow = await loadArrow();
  const batches = [];
  try {
    batches.push(...arrow.tableFromIPC(bytes).batches);
  } catch {
    throw recordInvalid("?", "", "the bytes are not an Arrow IPC stream");
  }
  const rows = batches.flatMap(({ schema, data }) => {
    const columns = schema.fields.map((field, at) => [field, data.children[at]] as const);
    const present = columns.flatMap(([field, child]) => (child === undefined ? [] : [[field, child] as const]));
    return Array.from({ length: data.length }, (_, row) => storedRow(arrow, present, row));
  });
  return together(rows.map((row) => readRecord(row, definitions, integerTime)));
}
