import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { RecordBody, RecordDefinition } from "./record.ts";
import { storedColumns } from "./record-columns.ts";

/**
 * Content hash of a record: fingerprint `telemetry.<kind>` of the redacted body under its column names, with null and
 * absent members removed at every depth. The envelope does not take part, so that equal facts hash equal in every
 * process, and appending a nullable column changes no hash.
 *
 * @example
 * const finding = { severity: "warning", category: "scan", code: "STATS_MISSING", message: "2 files have no statistics" };
 * recordHash(findingRecord, { ...finding, count: 2 });
 * // "9d0fd4224387273a61898cb62b8a93cf2cf605d26981b3807788605f25053aa9"
 */
export function recordHash(definition: RecordDefinition, body: RecordBody): Fingerprint {
  return fingerprint(`telemetry.${definition.kind}`, definition.version, storedColumns(definition.fields, body));
}

/**
 * Hash of the columns of a kind: fingerprint `telemetry.schema` of kind, version and columns in notation, in order.
 *
 * @example
 * recordSchemaHash(findingRecord);
 * // "0e86de358c2da9e85796a6a11e1a9a81a9051cc5f181f765988d3a24a750dad2"
 */
export function recordSchemaHash(definition: RecordDefinition): Fingerprint {
  const { kind, version, columns } = definition;
  return fingerprint("telemetry.schema", 1, { kind, version, columns });
}
