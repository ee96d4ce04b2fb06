import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { toColumnBatch, toRecordBatch } from "../src/arrow-batch.ts";
import { fromArrowField, toArrowField } from "../src/arrow-type.ts";
import { batchDecoder } from "../src/batch-decoder.ts";
import type { ColumnView } from "../src/column-batch.ts";
import type { FieldType } from "../src/field-type.ts";
import { formatTypeText, parseTypeText } from "../src/type-text.ts";
import { arrowBatch, arrowColumns } from "./arrow-columns.ts";
import { packBatch } from "./native-batch.ts";

function plainRows(batch: arrow.RecordBatch): unknown[] {
  return batch
    .toArray()
    .map((row) =>
      JSON.parse(
        JSON.stringify(row.toJSON(), (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)),
      ),
    );
}

describe("toArrowField and fromArrowField", () => {
  it.each([
    "null",
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "utf8",
    "large_utf8",
    "utf8_view",
    "binary",
    "large_binary",
    "binary_view",
    "fixed_size_binary(4)",
    "date32",
    "date64",
    "time32(s)",
    "time32(ms)",
    "time64(us)",
    "time64(ns)",
    "timestamp(s)",
    "timestamp(ms, UTC)",
    "timestamp(us)",
    "timestamp(ns, Europe/Berlin)",
    "duration(s)",
    "duration(ms)",
    "duration(us)",
    "duration(ns)",
    "interval(year_month)",
    "interval(day_time)",
    "interval(month_day_nano)",
    "decimal128(15,2)",
    "decimal256(50,3)",
    "list<int64!>",
    "large_list<utf8>",
    "fixed_size_list<float32,3>",
    "struct<a: int64!, b: list<utf8>>",
    "map<utf8,int64!>",
    "map<utf8,int64,sorted>",
    "dictionary<int8,utf8>",
    "dictionary<uint16,int64,ordered>",
    "sparse_union<a: int64, b: utf8 = 5>",
    "dense_union<a: int64, b: utf8>",
  ])("turn %s into apache-arrow's type and back", (text) => {
    const field = { name: "c", type: parseTypeText(text), nullable: false, metadata: { k: "v" } };
    expect(fromArrowField(toArrowField(field))).toEqual(field);
  });

  it("refuse types that apache-arrow lacks", () => {
    const type: FieldType = parseTypeText("run_end_encoded<int32,utf8>");
    expect(() => toArrowField({ name: "c", type, nullable: true })).toThrow(
      expect.objectContaining({ code: "ROWS.TYPE_UNSUPPORTED" }),
    );
  });
});

describe("toRecordBatch", () => {
  const source = arrowBatch(arrowColumns);

  it("gives back the rows of the batch that toColumnBatch took", () => {
    expect(plainRows(toRecordBatch(toColumnBatch(source)))).toEqual(plainRows(source));
  });

  it("shares the memory of the columns", () => {
    const batch = toColumnBatch(source);
    const again = toColumnBatch(toRecordBatch(batch));
    const memory = (view: ColumnView): unknown[] => [
      view.values?.buffer,
      view.offsets?.buffer,
      view.validity?.buffer,
      ...view.children.map(memory),
    ];
    expect(again.columns.map(memory)).toEqual(batch.columns.map(memory));
  });

  it.each([
    [0, 5],
    [1, 3],
    [2, 3],
    [4, 1],
    [3, 0],
  ])("takes a slice from row %i of %i rows", (offset, length) => {
    const slice = source.slice(offset, offset + length);
    expect(plainRows(toRecordBatch(toColumnBatch(slice)))).toEqual(plainRows(source).slice(offset, offset + length));
  });
});

describe("batchDecoder", () => {
  it("reads packed batches, and dictionaries that come once, change, and stay", async () => {
    const batch = toColumnBatch(arrowBatch(arrowColumns));
    const decoder = batchDecoder(batch.fields);
    const packed = packBatch(batch);
    const first = decoder.decode(packed);
    const second = decoder.decode({ ...packed, dictionaries: [] });
    expect(plainRows(await first.toRecordBatch())).toEqual(plainRows(arrowBatch(arrowColumns)));
    expect(plainRows(await second.toRecordBatch())).toEqual(plainRows(arrowBatch(arrowColumns)));
    expect([first.firstRow, second.firstRow]).toEqual([0, 5]);

    const other = { dictionary: [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), ["x", "y", null]] } as const;
    const changed = toColumnBatch(arrowBatch(other));
    const one = batchDecoder(changed.fields);
    const before = one.decode(
      packBatch(toColumnBatch(arrowBatch({ dictionary: [other.dictionary[0], ["p", "q", "p"]] }))),
    );
    const after = one.decode(packBatch(changed));
    expect([before.columns[0]?.strings(), after.columns[0]?.strings()]).toEqual([
      ["p", "q", "p"],
      ["x", "y", null],
    ]);
  });

  it("copies nothing", () => {
    const batch = toColumnBatch(arrowBatch(arrowColumns));
    const packed = packBatch(batch);
    const { columns } = batchDecoder(batch.fields).decode(packed);
    const buffers = columns.flatMap((column) => [column.values, column.offsets, column.validity]);
    expect(buffers.filter((one) => one !== null).every((one) => one.buffer === packed.data)).toBe(true);
  });

  it("refuses a header that does not fit the fields", () => {
    const batch = toColumnBatch(arrowBatch(arrowColumns));
    const packed = packBatch(batch);
    expect(() => batchDecoder(batch.fields.slice(1)).decode(packed)).toThrow("bug");
    expect(() => batchDecoder([...batch.fields, ...batch.fields]).decode(packed)).toThrow("bug");
  });
});

describe("strings", () => {
  it("decodes ascii, mixed, large and dictionary columns with their nulls", () => {
    const batch = toColumnBatch(arrowBatch(arrowColumns));
    const byName = new Map(batch.fields.map((field, index) => [field.name, batch.columns[index]]));
    for (const name of ["ascii", "mixed", "largeText", "dictionary"]) {
      expect(byName.get(name)?.strings()).toEqual(arrowColumns[name]?.[1]);
    }
  });

  it("decodes views, short and long", () => {
    const texts = ["short", null, "exactly 12 b", "longer than twelve bytes", "ż"];
    const long = Buffer.from(texts[3] ?? "");
    const views = Buffer.alloc(16 * texts.length);
    for (const [row, text] of texts.entries()) {
      const bytes = Buffer.from(text ?? "");
      views.writeInt32LE(bytes.length, row * 16);
      if (bytes.length <= 12) bytes.copy(views, row * 16 + 4);
      else bytes.copy(views, row * 16 + 4, 0, 4);
    }
    const data = arrow.makeData({
      type: new arrow.Utf8View(),
      length: texts.length,
      nullBitmap: Uint8Array.of(0b11101),
      views,
      variadicBuffers: [long],
    });
    const batch = toColumnBatch(new arrow.RecordBatch({ text: data }));
    const decoded = batchDecoder(batch.fields).decode(packBatch(batch));
    expect(formatTypeText(batch.fields[0]?.type ?? { type: "null" })).toBe("utf8_view");
    expect([batch.columns[0]?.strings(), decoded.columns[0]?.strings()]).toEqual([texts, texts]);
  });

  it("is refused for other types", () => {
    const batch = toColumnBatch(arrowBatch({ n: [new arrow.Int32(), [1]] }));
    expect(() => batch.columns[0]?.strings()).toThrow(expect.objectContaining({ code: "ROWS.TYPE_UNSUPPORTED" }));
  });
});
