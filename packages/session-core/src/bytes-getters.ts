import { Buffer } from "node:buffer";
import { parseDecimal, rescaleDecimal } from "./decimal-text.ts";
import type { ColumnView } from "./column-batch.ts";
import type { ValuePlan } from "./row-plan.ts";
import { stringGetter, viewBytes } from "./string-column.ts";
import type { BinderMaker, GetterBinder } from "./value-getter.ts";
import { decimalValue } from "./values.ts";

/** The engine stores a decimal of more than 38 digits as its exact text. */
function decimalOfText(text: string, plan: ValuePlan): unknown {
  if (plan.mode === "numbers") return Number(text);
  if (plan.mode !== "lossless" || plan.logical.type !== "decimal") return text;
  const { precision, scale } = plan.logical;
  const parsed = parseDecimal(text);
  return decimalValue((parsed === null ? null : rescaleDecimal(parsed, scale)) ?? 0n, precision, scale);
}

const text: BinderMaker = (plan) => (view) => {
  const read = stringGetter(view, plan.detachStrings);
  return plan.logical.type === "decimal" ? (row) => decimalOfText(read(row), plan) : read;
};

const empty = new Uint8Array(0);

function fixedBytes(width: number): (view: ColumnView) => (row: number) => Uint8Array {
  return ({ values }) => {
    const bytes = values instanceof Uint8Array ? values : empty;
    return (row) => bytes.subarray(row * width, (row + 1) * width);
  };
}

function offsetBytes({ offsets, values }: ColumnView): (row: number) => Uint8Array {
  const bytes = values instanceof Uint8Array ? values : empty;
  return (row) => bytes.subarray(Number(offsets?.[row]), Number(offsets?.[row + 1]));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uuidText(bytes: Uint8Array): string {
  const hex = asBuffer(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Bytes leave as a copy: their batch may be reused. */
function binary(plan: ValuePlan, bytesOf: (view: ColumnView) => (row: number) => Uint8Array): GetterBinder {
  return (view) => {
    const read = bytesOf(view);
    if (plan.uuid) return (row) => uuidText(read(row));
    if (plan.mode === "json") return (row) => asBuffer(read(row)).toString("base64");
    return (row) => new Uint8Array(read(row));
  };
}

/** Readers of texts and bytes. */
export const bytesGetters: Readonly<Record<string, BinderMaker>> = {
  utf8: text,
  large_utf8: text,
  utf8_view: text,
  binary: (plan) => binary(plan, offsetBytes),
  large_binary: (plan) => binary(plan, offsetBytes),
  binary_view: (plan) => binary(plan, viewBytes),
  fixed_size_binary: (plan) =>
    binary(plan, fixedBytes(plan.storage.type === "fixed_size_binary" ? plan.storage.byteWidth : 0)),
};
