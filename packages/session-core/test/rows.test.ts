import { describe, expect, it } from "vitest";
import { toColumnBatch } from "../src/arrow-batch.ts";
import type { NestedField } from "../src/field-type.ts";
import { rowReader } from "../src/rows.ts";
import { arrowColumns, columnBatch } from "./arrow-columns.ts";
import {
  expectColumn,
  flat,
  inDictionary,
  inFixedSizeList,
  inList,
  inMap,
  inStruct,
  inUnion,
  modes,
  readAll,
  withNull,
} from "./row-shapes.ts";
import { valueCases } from "./value-cases.ts";

describe("rows of every type in every mode, by generated code and by closures", () => {
  it.each(valueCases)("$name", (one) => {
    expectColumn(flat(one));
  });

  it.each(valueCases.filter(({ type }) => type !== "null"))("$name with a null", (one) => {
    expectColumn(withNull(flat(one)));
  });

  it.each(valueCases)("$name in lists, structs, maps, unions and dictionaries", (one) => {
    const column = one.type === "null" ? flat(one) : withNull(flat(one));
    expectColumn(inList(column, (item) => ({ type: "list", item })));
    expectColumn(inList(column, (item) => ({ type: "large_list", item })));
    expectColumn(inFixedSizeList(column));
    expectColumn(inStruct(column));
    expectColumn(inMap(column));
    expectColumn(inUnion(column, "sparse"));
    expectColumn(inUnion(column, "dense"));
    expectColumn(inDictionary(column));
    expectColumn(inList(inStruct(column), (item) => ({ type: "list", item })));
    expectColumn(
      inStruct(
        inList(
          inList(column, (item) => ({ type: "list", item })),
          (item) => ({ type: "list", item }),
        ),
      ),
    );
  });

  it("reads list views as the lists they are stored as", () => {
    const [firstCase] = valueCases;
    if (firstCase === undefined) throw new Error("there are no value cases");
    const column = inList(flat(firstCase), (item) => ({ type: "list", item }));
    const item: NestedField = { name: "item", type: { type: "bool" }, nullable: true };
    expectColumn({ ...column, field: { ...column.field, type: { type: "list_view", item } } });
  });
});

describe("rows of apache-arrow batches", () => {
  const source = columnBatch(arrowColumns);

  it("equal what apache-arrow reads, where it is right", () => {
    const names = ["bool", "int8", "int64", "uint64", "float64", "ascii", "mixed", "largeText", "binary", "dictionary"];
    const rows = [...rowReader(source.fields).bind(source)];
    for (const name of names) expect(rows.map((row) => row[name])).toEqual(arrowColumns[name]?.[1]);
    expect(rows.map((row) => row["lists"])).toEqual(arrowColumns["lists"]?.[1]);
    expect(rows.map((row) => row["structs"])).toEqual(arrowColumns["structs"]?.[1]);
    expect(rows.map((row) => row["map"])).toEqual(arrowColumns["map"]?.[1]);
  });

  it.each(modes)("of slices at any offset are the slice of the rows, mode %s", async (mode) => {
    const batch = await source.toRecordBatch();
    const all = readAll(source.fields, source, mode)["generated"];
    for (const [start, end] of [
      [0, 5],
      [1, 4],
      [2, 5],
      [4, 5],
      [3, 3],
    ] as const) {
      const slice = toColumnBatch(batch.slice(start, end));
      for (const rows of Object.values(readAll(slice.fields, slice, mode)))
        expect(rows).toEqual(all?.slice(start, end));
    }
  });

  it("of many batches keep one reader and its dictionary values", () => {
    const reader = rowReader(source.fields, { values: "plain" });
    const first = [...reader.bind(source)];
    expect([...reader.bind(columnBatch(arrowColumns))]).toEqual(first);
  });
});
