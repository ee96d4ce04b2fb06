import { expect } from "vitest";
import { batchDecoder } from "../src/batch-decoder.ts";
import type { ColumnBatch, ColumnView } from "../src/column-batch.ts";
import { columnView } from "../src/column-view.ts";
import type { FieldType, NestedField } from "../src/field-type.ts";
import { planValue, propertyNames } from "../src/row-plan.ts";
import type { ValueMode } from "../src/row-plan.ts";
import { closureProgram, generatedProgram } from "../src/row-program.ts";
import type { RowPlan } from "../src/row-program.ts";
import { parseTypeText } from "../src/type-text.ts";
import { packBatch } from "./native-batch.ts";
import type { ValueCase } from "./temporal-cases.ts";
import { textParts } from "./value-cases.ts";

/** Every row mode. */
export const modes: readonly ValueMode[] = ["lossless", "plain", "numbers", "json"];

export interface Column {
  readonly field: NestedField;
  readonly view: ColumnView;
  /** Values per mode. */
  readonly expected: Readonly<Record<ValueMode, readonly unknown[]>>;
}

export function batchOf(columns: readonly Column[], rows: number): ColumnBatch {
  return {
    rows,
    firstRow: 0,
    fields: columns.map(({ field, view }) => ({ ...field, type: view.type })),
    columns: columns.map(({ view }) => view),
    toRecordBatch: () => Promise.reject(new Error("not used")),
  };
}

export function planOf(fields: readonly NestedField[], batch: ColumnBatch, mode: ValueMode): RowPlan {
  const options = { mode, detachStrings: false, duplicateNames: "error" as const };
  return {
    names: propertyNames(fields, "error", null),
    values: fields.map((field, index) =>
      planValue({ path: field.name, field, storage: batch.columns[index]?.type ?? { type: "null" } }, options),
    ),
  };
}

export function readAll(fields: readonly NestedField[], batch: ColumnBatch, mode: ValueMode): Record<string, object[]> {
  const plan = planOf(fields, batch, mode);
  const generated = generatedProgram(plan).bind(batch);
  const closures = closureProgram(plan).bind(batch);
  const visited: object[][] = [generated, closures].map((program) => {
    const rows: object[] = [];
    program.visit(0, batch.rows, (row) => rows.push({ ...row }));
    return rows;
  });
  const half = batch.rows >> 1;
  return {
    generated: generated.rows(0, batch.rows),
    slices: [...generated.rows(0, half), ...generated.rows(half, batch.rows)],
    closures: closures.rows(0, batch.rows),
    generatedVisit: visited[0] ?? [],
    closureVisit: visited[1] ?? [],
  };
}

export function expectColumn(column: Column): void {
  const rows = column.view.length;
  for (const mode of modes) {
    const batch = batchOf([column], rows);
    const expected = column.expected[mode].map((value) => ({ [column.field.name]: value }));
    for (const [how, actual] of Object.entries(readAll([column.field], batch, mode))) {
      expect({ mode, how, rows: actual }).toEqual({ mode, how, rows: expected });
    }
    const packed = batchDecoder(batch.fields).decode(packBatch(batch));
    expect(readAll([column.field], packed, mode)["generated"]).toEqual(expected);
  }
}

export function flat(one: ValueCase): Column {
  const type = parseTypeText(one.type);
  const length = one.lossless.length;
  const plain = one.plain ?? one.lossless;
  const field = { name: "c", type, nullable: true };
  return {
    field: one.metadata === undefined ? field : { ...field, metadata: one.metadata },
    view: columnView({ ...one.parts, type: parseTypeText(one.storage ?? one.type), length, nullCount: 0 }),
    expected: { lossless: one.lossless, plain, numbers: one.numbers ?? plain, json: one.json ?? plain },
  };
}

function mapExpected(column: Column, change: (values: readonly unknown[]) => readonly unknown[]): Column["expected"] {
  return {
    lossless: change(column.expected.lossless),
    plain: change(column.expected.plain),
    numbers: change(column.expected.numbers),
    json: change(column.expected.json),
  };
}

/** The same column with row 0 null. */
export function withNull(column: Column): Column {
  const { view } = column;
  const validity = new Uint8Array(8).fill(0b1111_1110);
  return {
    field: column.field,
    view: columnView({ ...view, nullCount: 1, validity }),
    expected: mapExpected(column, (values) => values.map((value, row) => (row === 0 ? null : value))),
  };
}

/** Three lists: all values, null, and none. */
export function inList(column: Column, type: (item: NestedField) => FieldType): Column {
  const { length } = column.view;
  const logical = type({ ...column.field, name: "item" });
  const stored = type({ ...column.field, name: "item", type: column.view.type });
  const offsets = Int32Array.of(0, length, length, length);
  return {
    field: { name: "c", type: logical, nullable: true },
    view: columnView({
      type: stored,
      length: 3,
      nullCount: 1,
      validity: Uint8Array.of(0b101),
      offsets: logical.type === "large_list" ? BigInt64Array.from(offsets, BigInt) : offsets,
      children: [column.view],
    }),
    expected: mapExpected(column, (values) => [values, null, []]),
  };
}

export function inFixedSizeList(column: Column): Column {
  const size = column.view.length;
  const item = { ...column.field, name: "item" };
  return {
    field: { name: "c", type: { type: "fixed_size_list", item, size }, nullable: true },
    view: columnView({
      type: { type: "fixed_size_list", item: { ...item, type: column.view.type }, size },
      length: 1,
      nullCount: 0,
      children: [column.view],
    }),
    expected: mapExpected(column, (values) => [values]),
  };
}

export function inStruct(column: Column): Column {
  const fields = (type: FieldType): NestedField[] => [
    { ...column.field, name: "a", type },
    { ...column.field, name: "__proto__", type },
  ];
  return {
    field: { name: "c", type: { type: "struct", fields: fields(column.field.type) }, nullable: true },
    view: columnView({
      type: { type: "struct", fields: fields(column.view.type) },
      length: column.view.length,
      nullCount: 0,
      children: [column.view, column.view],
    }),
    expected: mapExpected(column, (values) =>
      values.map((value) =>
        Object.fromEntries([
          ["a", value],
          ["__proto__", value],
        ]),
      ),
    ),
  };
}

export function inDictionary(column: Column): Column {
  const { length } = column.view;
  const index: FieldType = { type: "int8" };
  const type = (value: FieldType): FieldType => ({ type: "dictionary", index, value, ordered: false });
  return {
    field: { ...column.field, name: "c", type: type(column.field.type) },
    view: columnView({
      type: type(column.view.type),
      length: length + 1,
      nullCount: 1,
      validity: Uint8Array.of(255 ^ (1 << length), 255),
      values: Int8Array.from({ length: length + 1 }, (_, row) => (row < length ? length - 1 - row : 0)),
      dictionary: column.view,
    }),
    expected: mapExpected(column, (values) => [...values.toReversed(), null]),
  };
}

export function inMap(column: Column): Column {
  const { length } = column.view;
  const keys = Array.from({ length }, (_, row) => `k${row}`);
  const key: NestedField = { name: "key", type: { type: "utf8" }, nullable: false };
  const keyView = columnView({ type: key.type, length, nullCount: 0, ...textParts(keys) });
  const value = { ...column.field, name: "value" };
  const stored = { ...value, type: column.view.type };
  const entries = columnView({
    type: { type: "struct", fields: [key, stored] },
    length,
    nullCount: 0,
    children: [keyView, column.view],
  });
  const pairs = (values: readonly unknown[]): [string, unknown][] => values.map((one, row) => [keys[row] ?? "", one]);
  const maps = mapExpected(column, (values) => [new Map(pairs(values)), new Map()]);
  return {
    field: { name: "c", type: { type: "map", key, value, keysSorted: false }, nullable: true },
    view: columnView({
      type: { type: "map", key, value: stored, keysSorted: false },
      length: 2,
      nullCount: 0,
      offsets: Int32Array.of(0, length, length),
      children: [entries],
    }),
    expected: { ...maps, json: [Object.fromEntries(pairs(column.expected.json)), {}] },
  };
}

export function inUnion(column: Column, mode: "sparse" | "dense"): Column {
  const { length } = column.view;
  const other = columnView({
    type: { type: "int32" },
    length: mode === "sparse" ? length : 1,
    nullCount: 0,
    values: new Int32Array(mode === "sparse" ? length : 1).fill(7),
  });
  const fields = (type: FieldType): NestedField[] => [
    { name: "n", type: { type: "int32" }, nullable: true },
    { ...column.field, name: "v", type },
  ];
  const type = (value: FieldType): FieldType => ({ type: "union", mode, fields: fields(value), typeIds: [3, 5] });
  const tagged = (values: readonly unknown[]): unknown[] =>
    values.map((value, row) => (row === 0 ? { tag: "n", value: 7 } : { tag: "v", value }));
  const bare = (values: readonly unknown[]): unknown[] => values.map((value, row) => (row === 0 ? 7 : value));
  return {
    field: { name: "c", type: type(column.field.type), nullable: true },
    view: columnView({
      type: type(column.view.type),
      length,
      nullCount: 0,
      values: Int8Array.from({ length }, (_, row) => (row === 0 ? 3 : 5)),
      offsets: mode === "dense" ? Int32Array.from({ length }, (_, row) => row) : null,
      children: [other, column.view],
    }),
    expected: { ...mapExpected(column, bare), lossless: tagged(column.expected.lossless) },
  };
}
