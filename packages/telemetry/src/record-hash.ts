import { type Fingerprint, fingerprint } from "@deltafuse/config/fingerprint";
import type { RecordBody, RecordDefinition } from "./record.ts";
import { storedColumns } from "./record-columns.ts";

/**
 * Content hash of a record: fingerprint `telemetry.<kind>` of the redacted body under its column names, with null and
 * absent members removed at every depth. The envelope does not take part, so that equal facts hash equal in every
 * process, and appending a nullable column changes no hash.
 */
export function recordHash(definition: RecordDefinition, body: RecordBody): Fingerprint {
  return fingerprint(`telemetry.${definition.kind}`, definition.version, storedColumns(definition.fields, body));
}

/** Hash of the columns of a kind: fingerprint `telemetry.schema` of kind, version and columns in notation, in order. */
export function recordSchemaHash(definition: RecordDefinition): Fingerprint {
  const { kind, version, columns } = definition;
  return fingerprint("telemetry.schema", 1, { kind, version, columns });
}
