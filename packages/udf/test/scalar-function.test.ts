import { parseTypeText } from "@deltafuse/session-core/type-text";
import type { DateValue, DecimalValue, TimestampValue } from "@deltafuse/session-core/values";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { ArgumentColumn, ArgumentValue, ResultValue } from "../src/argument-value.ts";
import { isUdfError } from "../src/errors.ts";
import { defineScalar, signatureOf } from "../src/scalar-function.ts";

function refusal(make: () => unknown): unknown {
  try {
    make();
  } catch (error) {
    if (!isUdfError(error)) throw error;
    return { code: error.code, ...error.details };
  }
  return "nothing was thrown";
}

const call = (): null => null;

describe("defineScalar", () => {
  it("fills the defaults in", () => {
    const f = defineScalar({ name: "f", args: { a: "BIGINT", b: "text" }, returns: "double", call: () => 1 });
    expect({ ...f, body: f.body.form }).toEqual({
      kind: "scalar",
      name: "f",
      args: [
        { name: "a", type: { type: "int64" }, nullable: true },
        { name: "b", type: { type: "utf8" }, nullable: true },
      ],
      returns: { name: "value", type: { type: "float64" }, nullable: true },
      volatility: "volatile",
      nulls: "strict",
      version: "0",
      batchSize: 8192,
      timeoutMs: 30_000,
      body: "rows",
    });
  });

  it.each([
    ["int64", "float64", 32_768],
    ["timestamp(us)", "decimal128(10,2)", 32_768],
    ["utf8", "int64", 8192],
    ["int64", "list<int64>", 8192],
  ] as const)(
    "gets larger batches of columns where neither %s nor %s is made of objects: %i",
    (a, returns, batchSize) => {
      const callColumns = (): readonly never[] => [];
      expect(defineScalar({ name: "f", args: { a }, returns, callColumns }).batchSize).toBe(batchSize);
    },
  );

  it("is told apart by everything but its code", () => {
    const base = { name: "f", args: { a: "int64" }, returns: "int64" } as const;
    const signature = signatureOf(defineScalar({ ...base, call: () => 1 }));
    expect(signature).toEqual({
      kind: "scalar",
      name: "f",
      args: [{ name: "a", type: "int64" }],
      returns: "int64",
      volatility: "volatile",
      nulls: "strict",
      version: "0",
    });
    expect(signatureOf(defineScalar({ ...base, call: () => 2 }))).toEqual(signature);
    expect(signatureOf(defineScalar({ ...base, version: "1", call: () => 2 }))).not.toEqual(signature);
  });

  it.each(["", "Mask", "1st", "a-b", "a b", "ä", "a".repeat(64)])("refuses the name %j", (name) => {
    expect(refusal(() => defineScalar({ name, args: {}, returns: "int64", call }))).toEqual({
      code: "UDF.INVALID_NAME",
      function: name,
    });
  });

  it.each([
    ["args.a", { args: { a: "int65" } }],
    ["args.a b", { args: { "a b": "int64" } }],
    ["args.0", { args: { 0: "int64" } }],
    ["returns", { returns: "integre" }],
    ["returns", { returns: "dictionary<int32,utf8>" }],
    ["returns", { returns: "utf8_view" }],
    ["returns", { returns: "list<dense_union<a: int8>>" }],
    ["batchSize", { batchSize: 0 }],
    ["batchSize", { batchSize: 1.5 }],
    ["timeoutMs", { timeoutMs: -1 }],
    ["call", { call: undefined }],
    ["call", { callColumns: () => [] }],
    ["values", { values: "json" }],
  ])("refuses %s of %j", (path, members) => {
    const definition = { name: "f", args: {}, returns: "int64", call, ...members };
    expect(refusal(() => defineScalar(definition as never))).toEqual({
      code: "UDF.INVALID_DEFINITION",
      function: "f",
      path,
    });
  });

  it("keeps the error of a type text as cause", () => {
    expect(() => defineScalar({ name: "f", args: { a: "int65" }, returns: "int64", call })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("Did you mean int64") as unknown,
        cause: expect.objectContaining({ code: "SQL.TYPE_UNKNOWN" }) as unknown,
      }) as Error,
    );
  });

  it("keeps this of a method", () => {
    const f = defineScalar({
      name: "f",
      args: {},
      returns: "utf8",
      call() {
        return this.name;
      },
    });
    expect(f.body.form === "rows" && f.body.call()).toBe("f");
  });
});

describe("types of arguments and results", () => {
  it("follow from literal type texts", () => {
    expectTypeOf<ArgumentValue<"utf8", "lossless">>().toEqualTypeOf<string>();
    expectTypeOf<ArgumentValue<"int64", "lossless">>().toEqualTypeOf<bigint>();
    expectTypeOf<ArgumentValue<"int64", "plain">>().toEqualTypeOf<number>();
    expectTypeOf<ArgumentValue<"decimal128(10,2)", "lossless">>().toEqualTypeOf<DecimalValue>();
    expectTypeOf<ArgumentValue<"timestamp(us, UTC)", "lossless">>().toEqualTypeOf<TimestampValue>();
    expectTypeOf<ArgumentValue<"date", "plain">>().toEqualTypeOf<Date>();
    expectTypeOf<ArgumentValue<"list<utf8>", "lossless">>().toEqualTypeOf<(string | null)[]>();
    expectTypeOf<ArgumentValue<"list<list<int64!>!>", "lossless">>().toEqualTypeOf<bigint[][]>();
    expectTypeOf<ArgumentValue<"struct<a: int64>", "lossless">>().toEqualTypeOf<unknown>();
    expectTypeOf<ArgumentValue<string, "lossless">>().toEqualTypeOf<unknown>();
    expectTypeOf<ResultValue<"int64">>().toEqualTypeOf<bigint | number | null>();
    expectTypeOf<ResultValue<"date32">>().toEqualTypeOf<DateValue | Date | null>();
    expectTypeOf<ResultValue<"decimal(5,1)">>().toEqualTypeOf<DecimalValue | string | number | bigint | null>();
    expectTypeOf<ArgumentColumn<"float64">["values"]>().toEqualTypeOf<Float64Array>();
  });

  it("reach the function", () => {
    defineScalar({
      name: "f",
      args: { a: "utf8" },
      returns: "int64",
      call: (text) => {
        expectTypeOf(text).toEqualTypeOf<string>();
        return text.length;
      },
    });
    defineScalar({
      name: "f",
      args: { a: "utf8" },
      returns: "int64",
      nulls: "pass",
      call: (text) => {
        expectTypeOf(text).toEqualTypeOf<string | null>();
        return 1n;
      },
    });
    defineScalar({
      name: "f",
      args: { text: "utf8", size: "int64" },
      returns: "utf8",
      values: "plain",
      call: (text: string, size: number) => text.slice(0, size),
    });
    defineScalar({
      name: "f",
      args: { x: "float64", text: "utf8" },
      returns: "float64",
      callColumns: ({ x, text }, { rows, constants }) => {
        expectTypeOf(x.values).toEqualTypeOf<Float64Array>();
        expectTypeOf(text.strings()).toEqualTypeOf<readonly (string | null)[]>();
        expectTypeOf(constants).toEqualTypeOf<readonly ("x" | "text")[]>();
        return new Float64Array(rows);
      },
    });
    // @ts-expect-error -- a text is no int64
    defineScalar({ name: "f", args: {}, returns: "int64", call: () => "1" });
    // @ts-expect-error -- int32 is no float64
    defineScalar({ name: "f", args: {}, returns: "float64", callColumns: () => new Int32Array(1) });
    // @ts-expect-error -- a promise is no result
    defineScalar({ name: "f", args: {}, returns: "int64", call: async () => Promise.resolve(1) });
    expect(parseTypeText("list<list<int64!>!>").type).toBe("list");
  });
});
