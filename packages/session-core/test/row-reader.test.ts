import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as arrow from "apache-arrow";
import { describe, expect, it, vi } from "vitest";
import { boundedCache } from "../src/bounded-cache.ts";
import type { ColumnBatch } from "../src/column-batch.ts";
import { columnView } from "../src/column-view.ts";
import { sessionError } from "../src/errors.ts";
import type { NestedField } from "../src/field-type.ts";
import { type RowProgram, closureProgram } from "../src/row-program.ts";
import { rowReader } from "../src/rows.ts";
import type { RowOptions } from "../src/rows.ts";
import { parseTypeText } from "../src/type-text.ts";
import { arrowColumns, columnBatch } from "./arrow-columns.ts";
import { batchOf, inList, inStruct, planOf, readAll } from "./row-shapes.ts";
import type { Column } from "./row-shapes.ts";

describe("names", () => {
  function int32(...names: string[]): ColumnBatch {
    return columnBatchOf(names.map((name) => ({ name, type: { type: "int32" }, nullable: true })));
  }
  function columnBatchOf(fields: readonly NestedField[], values?: BigInt64Array): ColumnBatch {
    const columns = fields.map((field, index) => ({
      field,
      view: columnView({ type: field.type, length: 1, nullCount: 0, values: values ?? Int32Array.of(index) }),
      expected: { lossless: [], plain: [], numbers: [], json: [] },
    }));
    return batchOf(columns, 1);
  }

  it("are own properties, whatever they are", () => {
    const names = ["__proto__", "constructor", "1", "a b", 'quote"', "line\u2028break", "${x}", "", "toString"];
    const batch = int32(...names);
    for (const row of [
      ...rowReader(batch.fields).bind(batch),
      ...(readAll(batch.fields, batch, "plain")["closures"] ?? []),
    ]) {
      expect(new Map(Object.entries(row))).toEqual(new Map(names.map((name, index) => [name, index])));
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    }
    rowReader(batch.fields)
      .bind(batch)
      .forEach((row) => {
        expect(new Map(Object.entries(row))).toEqual(new Map(names.map((name, index) => [name, index])));
      });
  });

  it("that repeat are an error that names them", () => {
    const batch = int32("id", "x", "id");
    expect(() => rowReader(batch.fields)).toThrow(
      expect.objectContaining({ code: "ROWS.DUPLICATE_NAME", details: { name: "id", parent: null } }),
    );
    const struct: NestedField = { name: "s", type: parseTypeText("struct<a: int32, a: int32>"), nullable: true };
    const view = columnView({ type: struct.type, length: 0, nullCount: 0 });
    const nested = batchOf([{ field: struct, view, expected: { lossless: [], plain: [], numbers: [], json: [] } }], 0);
    expect(() => rowReader([struct]).bind(nested)).toThrow(
      expect.objectContaining({ code: "ROWS.DUPLICATE_NAME", details: { name: "a", parent: "s" } }),
    );
  });

  it("that repeat get a number with suffix", () => {
    const batch = int32("id", "id_1", "id", "id");
    expect([...rowReader(batch.fields, { duplicateNames: "suffix" }).bind(batch)]).toEqual([
      { id: 0, id_1: 1, id_2: 2, id_3: 3 },
    ]);
  });

  it("and types of other readers tell kept programs apart", () => {
    const programs = boundedCache<RowProgram>(8);
    const [first, second] = [int32("a"), int32("b")];
    const read = (batch: ColumnBatch, options?: RowOptions): unknown[] => [
      ...rowReader(batch.fields, options, programs).bind(batch),
    ];
    const uint8 = { ...first, fields: [{ name: "a", type: parseTypeText("uint8"), nullable: true }] };
    expect([read(first), read(second), read(first), read(uint8)]).toEqual([
      [{ a: 0 }],
      [{ b: 0 }],
      [{ a: 0 }],
      [{ a: 0 }],
    ]);
    const long = columnBatchOf([{ name: "a", type: { type: "int64" }, nullable: true }], BigInt64Array.of(7n));
    expect([read(long), read(long, { values: "plain" }), read(long)]).toEqual([[{ a: 7n }], [{ a: 7 }], [{ a: 7n }]]);
  });

  it("may be five hundred", () => {
    const names = Array.from({ length: 500 }, (_, index) => `column_${index}`);
    const batch = int32(...names);
    const expected = Object.fromEntries(names.map((name, index) => [name, index]));
    for (const rows of Object.values(readAll(batch.fields, batch, "plain"))) expect(rows).toEqual([expected]);
  });
});

describe("a value that a mode cannot express", () => {
  function single(type: string, values: BigInt64Array | BigUint64Array | Int32Array): Column {
    const field = { name: "c", type: parseTypeText(type), nullable: true };
    const view = columnView({ type: field.type, length: values.length, nullCount: 0, values });
    return { field, view, expected: { lossless: [], plain: [], numbers: [], json: [] } };
  }
  const safe = 9_007_199_254_740_991n;

  function failure(
    column: Column,
    read: (options: RowOptions, batch: ColumnBatch) => unknown,
    options: RowOptions,
  ): unknown {
    try {
      return read(options, { ...batchOf([column], column.view.length), firstRow: 100 });
    } catch (error) {
      return error;
    }
  }
  const readers = {
    iterate: (column: Column) => (options: RowOptions, batch: ColumnBatch) => [
      ...rowReader([column.field], options).bind(batch),
    ],
    forEach: (column: Column) => (options: RowOptions, batch: ColumnBatch) => {
      rowReader([column.field], options)
        .bind(batch)
        .forEach(() => {});
    },
  };

  it.each([
    ["int64", BigInt64Array.of(1n, safe, safe + 1n), "9007199254740992"],
    ["int64", BigInt64Array.of(1n, -safe, -safe - 1n), "-9007199254740992"],
    ["int64", BigInt64Array.of(1n, 2n, -(2n ** 63n)), "-9223372036854775808"],
    ["uint64", BigUint64Array.of(1n, safe, 2n ** 64n - 1n), "18446744073709551615"],
  ] as const)("in %s is an error with column, row and value", (type, values, text) => {
    const column = single(type, values);
    const expected = expect.objectContaining({
      code: "ROWS.UNSAFE_INTEGER",
      details: { column: "c", row: 102, value: text },
    });
    for (const read of Object.values(readers)) {
      expect(failure(column, read(column), { values: "plain" })).toEqual(expected);
      expect(failure(column, read(column), { values: "plain", numbers: true })).toEqual(expected);
    }
    expect(() =>
      closureProgram(planOf([column.field], batchOf([column], 3), "plain"))
        .bind(batchOf([column], 3))
        .rows(0, 3),
    ).toThrow(expect.objectContaining({ code: "ROWS.UNSAFE_INTEGER" }));
  });

  it("inside a nested column names its path and the row of the result", () => {
    const inner = single("int64", BigInt64Array.of(1n, safe + 1n));
    const column = inList(inStruct(inner), (item) => ({ type: "list", item }));
    expect(failure(column, readers.iterate(column), { values: "plain" })).toEqual(
      expect.objectContaining({ details: { column: "c[].a", row: 100, value: "9007199254740992" } }),
    );
  });

  it.each([
    ["timestamp(s)", BigInt64Array.of(8_640_000_000_001n), "+275760-09-13T00:00:01"],
    ["timestamp(ms, UTC)", BigInt64Array.of(-8_640_000_000_000_001n), "-271821-04-19T23:59:59.999Z"],
    ["timestamp(us)", BigInt64Array.of(8_640_000_000_000_001_000n), "+275760-09-13T00:00:00.001000"],
    ["date32", Int32Array.of(100_000_001), "+275760-09-14"],
  ] as const)("in %s beyond the reach of a Date is an error", (type, values, actual) => {
    const column = single(type, values);
    expect(failure(column, readers.iterate(column), { values: "plain" })).toEqual(
      expect.objectContaining({
        code: "ROWS.VALUE_INVALID",
        details: expect.objectContaining({ path: "c", row: 100, type, actual }),
      }),
    );
  });
});

describe("RowBatch", () => {
  const batch = columnBatch({ n: [new arrow.Int32(), Array.from({ length: 10 }, (_, index) => index)] });

  it("iterates afresh each time, in slices of any size", () => {
    const rows = rowReader<{ n: number }>(batch.fields, { sliceRows: 3 }).bind(batch);
    const expected = Array.from({ length: 10 }, (_, n) => ({ n }));
    expect([...rows]).toEqual(expected);
    expect([...rows]).toEqual(expected);
    expect(rows.slice(4, 6)).toEqual([{ n: 4 }, { n: 5 }]);
    expect([...rows][0]).not.toBe([...rows][0]);
  });

  it("visits rows with one object", () => {
    const seen: object[] = [];
    const values: number[] = [];
    rowReader<{ n: number }>(batch.fields)
      .bind(batch)
      .forEach(
        (row) => {
          seen.push(row);
          values.push(row.n);
        },
        2,
        5,
      );
    expect([values, new Set(seen).size]).toEqual([[2, 3, 4], 1]);
  });

  it("throws the reason once it was released", () => {
    const rows = rowReader(batch.fields).bind(batch);
    const iterator = rows[Symbol.iterator]();
    rows.release(sessionError("QUERY.STREAM_CONSUMED", "The batch was given back.", { details: { queryId: "q" } }));
    expect(() => iterator.next()).toThrow(expect.objectContaining({ code: "QUERY.STREAM_CONSUMED" }));
    expect(() => rows.slice(0, 1)).toThrow(expect.objectContaining({ code: "QUERY.STREAM_CONSUMED" }));
  });

  it("passes errors of the visitor through", () => {
    const error = new RangeError("mine");
    expect(() => {
      rowReader(batch.fields)
        .bind(batch)
        .forEach(() => {
          throw error;
        });
    }).toThrow(error);
  });
});

describe("strings", () => {
  const texts = ["first text of the batch", "ż and more text than a few", "third text of the batch"];
  it("are the same when they are detached", () => {
    for (const values of [texts, texts.filter((text) => !text.includes("ż"))]) {
      const batch = columnBatch({ t: [new arrow.Utf8(), values] });
      const read = (detachStrings: boolean): unknown[] => [...rowReader(batch.fields, { detachStrings }).bind(batch)];
      expect(read(true)).toEqual(values.map((t) => ({ t })));
      expect(read(false)).toEqual(values.map((t) => ({ t })));
    }
  });

  it("free the text of their batch when they are detached", () => {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    const memory = (): number => {
      if (typeof collect === "function") collect();
      return process.memoryUsage().heapUsed;
    };
    const held = (detachStrings: boolean): number => {
      const before = memory();
      const strings = Array.from({ length: 40 }, (_, index) => {
        const values = ["x".repeat(500_000), `a text of batch number ${index}`];
        const batch = columnBatch({ t: [new arrow.Utf8(), values] });
        return rowReader<{ t: string }>(batch.fields, { detachStrings }).bind(batch).slice(1, 2);
      });
      const grown = memory() - before;
      expect(strings.length).toBe(40);
      return grown;
    };
    expect(held(true)).toBeLessThan(5_000_000);
    expect(held(false)).toBeGreaterThan(15_000_000);
  });
});

describe("where code generation is forbidden", () => {
  it("closures read the same rows", () => {
    const source = columnBatch(arrowColumns);
    const expected = [...rowReader(source.fields, { values: "plain" }).bind(source)];
    vi.stubGlobal("Function", function forbidden() {
      throw new EvalError("Code generation from strings disallowed for this context");
    });
    try {
      const rows = rowReader(source.fields, { values: "plain" }).bind(source);
      const visited: object[] = [];
      rows.forEach((row) => visited.push({ ...row }));
      expect([...rows]).toEqual(expected);
      expect(visited).toEqual(expected);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
