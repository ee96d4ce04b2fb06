import { Buffer } from "node:buffer";
import { isPresent, rejectValue } from "./build-context.ts";
import type { BuildContext, BuiltParts, ColumnBuilder } from "./build-context.ts";

/** Longest text that is joined; longer columns are written value by value. */
const joinLimit = 2 ** 27;
const offsetLimit = 2 ** 31 - 1;

function wideOffsets(context: BuildContext): boolean {
  return context.field.type.type.startsWith("large_");
}

/** Offsets of lengths; 64 bits wide for the large types. */
function offsetsOf(context: BuildContext, lengths: ArrayLike<number>): Int32Array | BigInt64Array {
  const wide = wideOffsets(context);
  const offsets = wide ? new BigInt64Array(lengths.length + 1) : new Int32Array(lengths.length + 1);
  let end = 0;
  for (let index = 0; index < lengths.length; index++) {
    end += lengths[index] ?? 0;
    if (offsets instanceof BigInt64Array) offsets[index + 1] = BigInt(end);
    else offsets[index + 1] = end;
  }
  if (!wide && end > offsetLimit) {
    rejectValue(context, 0, {
      value: `${end} bytes`,
      reason: "one batch holds at most 2^31-1 bytes; use the large type",
    });
  }
  return offsets;
}

function checkedTexts(context: BuildContext, values: readonly unknown[]): string[] {
  return values.map((value, index) => {
    if (typeof value === "string") return value;
    return isPresent(value) ? rejectValue(context, index, { value, reason: "a string is wanted" }) : "";
  });
}

function writeEach(texts: readonly string[], lengths: ArrayLike<number>): Uint8Array {
  let total = 0;
  for (let index = 0; index < lengths.length; index++) total += lengths[index] ?? 0;
  const bytes = Buffer.allocUnsafe(total);
  let position = 0;
  for (const text of texts) position += bytes.write(text, position, "utf8");
  return bytes;
}

/**
 * One join and one write per column. Where every byte is one character, lengths are those of the texts. Two halves of a
 * surrogate pair in neighbouring texts would melt together in the join: then each text is written alone.
 */
const texts: ColumnBuilder = (context, values) => {
  const strings = checkedTexts(context, values);
  const characters = strings.reduce((sum, text) => sum + text.length, 0);
  if (characters <= joinLimit) {
    const joined = Buffer.from(strings.join(""), "utf8");
    if (joined.byteLength === characters) {
      return {
        offsets: offsetsOf(
          context,
          strings.map((text) => text.length),
        ),
        values: joined,
      };
    }
    const lengths = strings.map((text) => Buffer.byteLength(text, "utf8"));
    if (lengths.reduce((sum, length) => sum + length, 0) === joined.byteLength) {
      return { offsets: offsetsOf(context, lengths), values: joined };
    }
    return { offsets: offsetsOf(context, lengths), values: writeEach(strings, lengths) };
  }
  const lengths = strings.map((text) => Buffer.byteLength(text, "utf8"));
  return { offsets: offsetsOf(context, lengths), values: writeEach(strings, lengths) };
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
  return {
    offsets: offsetsOf(
      context,
      bytes.map((one) => one.byteLength),
    ),
    values: Buffer.concat(bytes),
  };
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
