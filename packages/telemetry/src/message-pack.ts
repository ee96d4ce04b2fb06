import { recordInvalid } from "./errors.ts";
import { optionalPackage } from "./optional-package.ts";
import { type RecordDefinitions, recordKinds } from "./record-kinds.ts";
import type { DecodedRecords, TelemetryRecord } from "./record.ts";
import { integerTime, readRecord, storedRecord, together } from "./stored-record.ts";

const messagePack = () => optionalPackage("@msgpack/msgpack", () => import("@msgpack/msgpack"));

/**
 * Encodes records as MessagePack, one map after another: envelope and body side by side under their column names, in the
 * order of the names, nulls left out, timestamps as integers of microseconds, no extension types.
 *
 * Rejects with `TELEMETRY.ENCODER_UNAVAILABLE` without the package `@msgpack/msgpack`, and with
 * `TELEMETRY.VERSION_UNSUPPORTED` for a kind or a version that `definitions` do not have.
 *
 * @example
 * const bytes = await encodeMessagePack(telemetry.recorder.snapshot());
 * const { records } = await decodeMessagePack(bytes);
 */
export async function encodeMessagePack(
  records: readonly TelemetryRecord[],
  definitions: RecordDefinitions = recordKinds,
): Promise<Uint8Array> {
  const { Encoder } = await messagePack();
  const encoder = new Encoder({ sortKeys: true });
  return Buffer.concat(records.map((record) => encoder.encode(storedRecord(record, definitions, integerTime))));
}

/**
 * Decodes what {@link encodeMessagePack} makes. Missing nullable columns read as null; unknown columns are dropped and
 * counted.
 *
 * Rejects with `TELEMETRY.ENCODER_UNAVAILABLE` without the package `@msgpack/msgpack`, `TELEMETRY.VERSION_UNSUPPORTED` for
 * another version or an unknown kind, `TELEMETRY.RECORD_INVALID` for what is no MessagePack or does not fit its kind.
 *
 * @example
 * const bytes = await encodeMessagePack(telemetry.recorder.snapshot());
 * (await decodeMessagePack(bytes)).records.length; // 1
 */
export async function decodeMessagePack(
  bytes: Uint8Array,
  definitions: RecordDefinitions = recordKinds,
): Promise<DecodedRecords> {
  const { decodeMulti } = await messagePack();
  const stored: unknown[] = [];
  try {
    stored.push(...decodeMulti(bytes));
  } catch {
    throw recordInvalid("?", "", "the bytes are not MessagePack");
  }
  return together(stored.map((one) => readRecord(one, definitions, integerTime)));
}
