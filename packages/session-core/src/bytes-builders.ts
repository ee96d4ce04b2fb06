import { Buffer } from "node:buffer";
import { isPresent, rejectValue } from "./build-context.ts";
import type { BuildContext, BuiltParts, ColumnBuilder } from "./build-context.ts";

/** Longest text that is joined; longer columns are written value by value. */
const joinLimit = 2 ** 27;
const offsetLimit = 2 ** 31 - 1;

/** Where each value ends when the lengths of those before it are added. */
function endsOf(values: readonly unknown[], lengthOf: (value: unknown, index: number) => number): Float64Array {
  const ends = new Float64Array(values.length + 1);
  let end = 0;
  for (let index = 0; index < values.length; index++) {
    end += lengthOf(values[index], index);
    ends[index + 1] = end;
  }
  return ends;
}

/** The ends as offsets; 64 bits wide for the large types. */
function offsetsOf(context: BuildContext, ends: Float64Array): Int32Array | BigInt64Array {
  if (context.field.type.type.startsWith("large_")) return BigInt64Array.from(ends, BigInt);
  if ((ends.at(-1) ?? 0) <= offsetLimit) return new Int32Array(ends);
  const first = ends.findIndex((end) => end > offsetLimit);
  return rejectValue(context, first - 1, {
    value: `${ends[first]} bytes`,
    reason: "a batch holds at most 2^31-1 bytes; use the large type",
  });
}

function writeEach(values: readonly unknown[], total: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(total);
  let position = 0;
  for (const value of values) if (typeof value === "string") position += bytes.write(value, position, "utf8");
  return bytes;
}

/**
 * One join (which leaves null out) and one write per column. Where every character is one byte, lengths are those of the
 * texts. Halves of a surrogate pair in neighbouring texts would melt together in the join: then each text is written alone.
 */
const texts: ColumnBuilder = (context, values) => {
  const characters = endsOf(values, (value, index) => {
    if (typeof value === "string") return value.length;
    return isPresent(value) ? rejectValue(context, index, { value, reason: "a string is wanted" }) : 0;
  });
  const count = characters[values.length] ?? 0;
  const joined = count <= joinLimit ? Buffer.from(values.join(""), "utf8") : null;
  if (joined?.byteLength === count) return { offsets: offsetsOf(context, characters), values: joined };
  const ends = endsOf(values, (value) => (typeof value === "string" ? Buffer.byteLength(value, "utf8") : 0));
  const total = ends[values.length] ?? 0;
  return {
    offsets: offsetsOf(context, ends),
    values: joined?.byteLength === total ? joined : writeEach(values, total),
  };
};

const noBytes = new Uint8Array(0);

function checkedBytes(context: BuildContext, values: readonly unknown[]): Uint8Array[] {
  return values.map((value, index) => {
    if (value instanceof Uint8Array) return value;
    return isPresent(value) ? rejectValue(context, index, { value, reason: "a Uint8Array is wanted" }) : noBytes;
  });
}

const binaries: ColumnBuilder = (context, values): BuiltParts => {
  const bytes = checkedBytes(context, values);
  const ends = endsOf(bytes, (value) => (value instanceof Uint8Array ? value.byteLength : 0));
  return { offsets: offsetsOf(context, ends), values: Buffer.concat(bytes) };
};

function uuidBytes(value: unknown): Uint8Array | null {
  if (typeof value !== "string" || !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return null;
  return Buffer.from(value.replaceAll("-", ""), "hex");
}

const fixedBytes: ColumnBuilder = (context, values) => {
  const { type, metadata } = context.field;
  const width = type.type === "fixed_size_binary" ? type.byteWidth : 0;
  const uuid = metadata?.["ARROW:extension:name"] === "arrow.uuid";
  const result = new Uint8Array(values.length * width);
  for (const [index, value] of values.entries()) {
    if (!isPresent(value)) continue;
    const bytes = value instanceof Uint8Array ? value : uuid ? uuidBytes(value) : null;
    if (bytes?.byteLength !== width) {
      rejectValue(context, index, {
        value,
        reason: `a Uint8Array of ${width} bytes is wanted${uuid ? ", or a UUID" : ""}`,
      });
    } else {
      result.set(bytes, index * width);
    }
  }
  return { values: result };
};

/** Builders of texts and bytes. */
export const bytesBuilders: Readonly<Record<string, ColumnBuilder>> = {
  utf8: texts,
  large_utf8: texts,
  binary: binaries,
  large_binary: binaries,
  fixed_size_binary: fixedBytes,
};
