import { parseTypeText } from "@deltafuse/session-core/type-text";
import { describe, expect, it } from "vitest";
import { check } from "../src/constraint.ts";
import {
  assertContract,
  checkContract,
  contract,
  contractFromTable,
  type ContractPolicy,
  type ContractRules,
  type StoredColumn,
  type StoredTable,
} from "../src/contract.ts";
import { isSchemaError } from "../src/errors.ts";
import { dictionary, int32, int64, list, struct, utf8 } from "../src/field-type.ts";
import { table } from "../src/table-spec.ts";
import { renderViolations, violationEvent } from "../src/violation.ts";

const spec = table(
  "flights",
  { id: int64().notNull(), delay: int64(), name: utf8(), tags: list(utf8()) },
  { key: ["id"] },
);

const policies: readonly ContractPolicy[] = ["STRICT", "ADDITIVE", "RELAXED"];

function stored(columns: Readonly<Record<string, string>>, more: Partial<StoredTable> = {}): StoredTable {
  const fields = Object.entries(columns).map(([name, text]): StoredColumn => {
    return { name, type: parseTypeText(text.replace(/!$/, "")), nullable: !text.endsWith("!") };
  });
  return { name: "flights", fields, ...more };
}

const same = { id: "int64!", delay: "int64", name: "utf8", tags: "list<utf8>" };

const reordered = { tags: "list<utf8>", id: "int64!", delay: "int64", name: "utf8" };

function without(name: keyof typeof same): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(same).filter(([column]) => column !== name));
}

/** What a check found, as `type column` texts. */
function found(actual: StoredTable | undefined, rules: ContractRules): { violations: string[]; tolerated: string[] } {
  const report = checkContract(contractFromTable(spec, rules), actual);
  const text = ({ type, column, path }: { type: string; column?: string; path?: string }): string =>
    [type, column, path].filter((part) => part !== undefined).join(" ");
  expect(report.ok).toBe(report.violations.length === 0);
  return { violations: report.violations.map(text), tolerated: report.tolerated.map(text) };
}

/** Each difference with what the three policies make of it: v is a violation, t is tolerated. */
const matrix: readonly (readonly [
  what: string,
  actual: StoredTable,
  rules: ContractRules,
  finding: string,
  verdicts: string,
])[] = [
  ["an extra column", stored({ ...same, more: "utf8" }), {}, "extra_column more", "vtt"],
  ["a missing nullable column", stored(without("delay")), {}, "missing_column delay", "vvt"],
  ["a missing column that is not nullable", stored(without("id")), {}, "missing_column id", "vvv"],
  ["a type that widens", stored({ ...same, delay: "int32" }), {}, "type_mismatch delay", "vvt"],
  ["a type that widens in a list", stored({ ...same, tags: "list<null>" }), {}, "type_mismatch tags", "vvt"],
  ["a narrower contract", stored({ ...same, delay: "decimal128(38,0)" }), {}, "type_mismatch delay", "vvv"],
  ["another type", stored({ ...same, delay: "utf8" }), {}, "type_mismatch delay", "vvv"],
  ["nulls where none may be", stored({ ...same, id: "int64" }), {}, "nullability_mismatch id", "vvv"],
  ["no nulls where some may be", stored({ ...same, delay: "int64!" }), {}, "nullability_mismatch delay", "ttt"],
  [
    "no nulls where some may be, exactly",
    stored({ ...same, delay: "int64!" }),
    { nullability: "exact" },
    "nullability_mismatch delay",
    "vvv",
  ],
  [
    "no nulls in a list where some may be",
    stored({ ...same, tags: "list<utf8!>" }),
    {},
    "nullability_mismatch tags item",
    "ttt",
  ],
  ["another order", stored(reordered), {}, "column_order", "ttt"],
  ["another order, enforced", stored(reordered), { columnOrder: true }, "column_order", "vvv"],
  [
    "metadata that is missing",
    stored(same, { metadata: { other: "1" } }),
    { metadata: { owner: "ops" } },
    "metadata_mismatch owner",
    "vvv",
  ],
  ["a layout, exactly", stored({ ...same, name: "utf8_view" }), { typeMatching: "exact" }, "type_mismatch name", "vvt"],
  ["another key", stored(same, { keyFields: ["delay"] }), {}, "constraint_mismatch", "vvv"],
];

describe("checkContract", () => {
  it.each(matrix)("%s", (_, actual, rules, finding, verdicts) => {
    for (const [index, policy] of policies.entries()) {
      const { violations, tolerated } = found(actual, { ...rules, policy });
      const verdict = verdicts[index];
      expect({
        policy,
        [verdict === "v" ? "violations" : "tolerated"]: [...new Set(verdict === "v" ? violations : tolerated)],
      }).toEqual({ policy, [verdict === "v" ? "violations" : "tolerated"]: [finding] });
      expect({ policy, rest: verdict === "v" ? tolerated : violations }).toEqual({ policy, rest: [] });
    }
  });

  it.each(policies)("accepts an equal table under %s", (policy) => {
    const nothing = { violations: [], tolerated: [] };
    expect(found(stored(same), { policy })).toEqual(nothing);
    expect(found(spec, { policy, columnOrder: true, nullability: "exact", typeMatching: "exact" })).toEqual(nothing);
  });

  it.each(["utf8_view", "large_utf8", "dictionary<int32,utf8>"])("does not mind %s for utf8", (layout) => {
    expect(found(stored({ ...same, name: layout }), {})).toEqual({ violations: [], tolerated: [] });
  });

  it("does not mind the names of list children, even exactly", () => {
    const fields = stored(same).fields?.map((field) => {
      if (field.type?.type !== "list") return field;
      return { ...field, type: { ...field.type, item: { ...field.type.item, name: "element" } } };
    });
    expect(found({ name: "flights", fields: fields ?? [] }, { typeMatching: "exact" })).toEqual({
      violations: [],
      tolerated: [],
    });
  });

  it("finds nothing but the table when that is missing", () => {
    expect(checkContract(contractFromTable(spec), undefined)).toEqual({
      ok: false,
      violations: [{ type: "missing_table", table: "flights", message: "The table is missing." }],
      tolerated: [],
    });
  });

  it("reports in the order of the contract, then extra columns, then the table", () => {
    const actual = stored(
      { z: "utf8", tags: "list<int64>", id: "utf8", y: "utf8", delay: "int64" },
      { keyFields: ["id", "delay"], metadata: {} },
    );
    expect(found(actual, { columnOrder: true, metadata: { a: "1", b: "2" } }).violations).toEqual([
      "type_mismatch id",
      "nullability_mismatch id",
      "missing_column name",
      "type_mismatch tags",
      "extra_column z",
      "extra_column y",
      "column_order",
      "metadata_mismatch a",
      "metadata_mismatch b",
      "constraint_mismatch",
      "constraint_mismatch",
    ]);
  });

  it("does not compare what is not stored: a CSV has names alone", () => {
    const names = { name: "flights", fields: [{ name: "id" }, { name: "delay" }, { name: "name" }] };
    expect(found(names, {})).toEqual({ violations: ["missing_column tags"], tolerated: [] });
    expect(found(names, { policy: "RELAXED", metadata: { a: "1" } })).toEqual({
      violations: [],
      tolerated: ["missing_column tags"],
    });
  });

  it("requires partition columns too", () => {
    const partitioned = contractFromTable(spec, { partitionColumns: ["delay"] });
    expect(partitioned.columns.map(({ name }) => name)).toEqual(["id", "name", "tags"]);
    expect(partitioned.partitionColumns.map(({ name }) => name)).toEqual(["delay"]);
    expect(checkContract(partitioned, stored(same)).ok).toBe(true);
    expect(checkContract(partitioned, stored(without("delay"))).violations.map(({ column }) => column)).toEqual([
      "delay",
    ]);
  });

  it("skips the columns when they are not enforced", () => {
    expect(found(stored({ x: "utf8" }, { metadata: {} }), { enforceColumns: false, metadata: { a: "1" } })).toEqual({
      violations: ["metadata_mismatch a"],
      tolerated: [],
    });
  });

  it("compares the metadata of columns", () => {
    const json = contract("t", { a: utf8().withMetadata({ unit: "m" }) });
    const actual = (metadata: Record<string, string>): StoredTable => ({
      name: "t",
      fields: [{ name: "a", type: { type: "utf8" }, nullable: true, metadata }],
    });
    expect(checkContract(json, actual({ unit: "m", other: "1" })).violations).toEqual([]);
    expect(checkContract(json, actual({ unit: "km" })).violations).toEqual([
      {
        type: "metadata_mismatch",
        table: "t",
        column: "a",
        path: "unit",
        expected: "m",
        actual: "km",
        message: 'The metadata entry unit is "km", expected "m".',
      },
    ]);
  });

  it("compares constraints with those the table declares, if any", () => {
    const columns = { a: int64().notNull(), b: utf8() };
    const declared = contract("t", columns, {
      key: ["a"],
      constraints: [check("a > 0"), { type: "unique", columns: ["b", "a"] }],
    });
    const actual = (options: Parameters<typeof table<typeof columns>>[2]): StoredTable => table("t", columns, options);
    expect(checkContract(declared, actual({})).violations).toEqual([]);
    const equal = {
      constraints: [
        { type: "primary_key", columns: ["a"] },
        { type: "unique", columns: ["a", "b"] },
        check("a > 0", "other name"),
      ],
    } as const;
    expect(checkContract(declared, actual(equal)).violations).toEqual([]);
    const different = { constraints: [check("a > 1")] };
    expect(
      checkContract(declared, actual(different)).violations.map(({ expected, actual: is }) => expected ?? is),
    ).toEqual(["key (a)", "check (a > 0)", "unique (a, b)", "check (a > 1)"]);
  });

  it("finds nullability and types below a column", () => {
    const nested = contract("t", { a: struct({ x: list(int64().notNull()), y: dictionary(int32(), utf8()) }) });
    const actual = (text: string): StoredTable => stored({ a: text }, { name: "t" });
    expect(checkContract(nested, actual("struct<x: list<int64!>, y: utf8>")).violations).toEqual([]);
    expect(checkContract(nested, actual("struct<x: list<int64>, y: utf8>")).violations).toEqual([
      {
        type: "nullability_mismatch",
        table: "t",
        column: "a",
        path: "x.item",
        expected: "not null",
        actual: "nullable",
        message: "Expected not null, found nullable.",
      },
    ]);
    expect(checkContract(nested, actual("struct<x: list<utf8!>, y: utf8>")).violations.map(({ type }) => type)).toEqual(
      ["type_mismatch"],
    );
  });
});

describe("contract", () => {
  it("is a contract of a table spec with the defaults filled in", () => {
    const own = contract("t", { a: int64().notNull() }, { key: ["a"], policy: "RELAXED" });
    expect(own).toEqual({
      kind: "schema-contract",
      name: "t",
      columns: [{ name: "a", type: { type: "int64" }, nullable: false }],
      partitionColumns: [],
      keyFields: ["a"],
      requiredNonNull: [],
      constraints: [],
      policy: "RELAXED",
      typeMatching: "logical",
      nullability: "safe",
      columnOrder: false,
      metadata: {},
      enforceColumns: true,
    });
    expect(JSON.parse(JSON.stringify(own))).toEqual(own);
  });

  it("refuses a partition column that it does not have", () => {
    const unknown = ["month"] as unknown as ["id"];
    expect(() => contractFromTable(spec, { partitionColumns: unknown })).toThrow(
      expect.objectContaining({
        code: "SCHEMA.SPEC_INVALID",
        details: expect.objectContaining({
          problems: [{ path: "partitionColumns", message: "There is no column month." }],
        }) as unknown,
      }) as Error,
    );
  });
});

describe("assertContract", () => {
  it("throws readable findings", () => {
    const actual = stored({ id: "int64!", delay: "utf8", name: "utf8", more: "int8" });
    try {
      assertContract(contractFromTable(spec), actual);
      expect.unreachable();
    } catch (error) {
      if (!isSchemaError(error)) throw error;
      const { code, details, message } = error;
      expect({ code, message }).toEqual({
        code: "SCHEMA.CONTRACT_VIOLATION",
        message: [
          "The table flights does not fit the contract flights (policy STRICT). Correct the data or the contract, or choose a wider policy.",
          "flights: 3 violations",
          "  delay: Expected int64, found utf8. [type_mismatch]",
          "  tags: The column is missing, expected list<utf8>. [missing_column]",
          "  more: The contract has no such column, found int8. [extra_column]",
        ].join("\n"),
      });
      expect(details).toMatchObject({ table: "flights", contract: "flights", columns: ["delay", "tags", "more"] });
      expect(JSON.parse(JSON.stringify(details))).toEqual(details);
    }
  });

  it("gives the report of a table that fits", () => {
    const report = assertContract(contractFromTable(spec, { policy: "ADDITIVE" }), stored({ ...same, more: "int8" }));
    expect({ ok: report.ok, tolerated: report.tolerated.length }).toEqual({ ok: true, tolerated: 1 });
  });
});

describe("violations", () => {
  it("are rendered per table", () => {
    const text = renderViolations([
      { type: "missing_table", table: "a", message: "The table is missing." },
      { type: "null_violation", table: "b", column: "x", count: 3n, message: "3 rows with null." },
      { type: "metadata_mismatch", table: "b", column: "y", path: "unit", message: "Wrong." },
    ]);
    expect(text).toBe(
      [
        "a: 1 violation",
        "  (table): The table is missing. [missing_table]",
        "b: 2 violations",
        "  x: 3 rows with null. [null_violation]",
        "  y unit: Wrong. [metadata_mismatch]",
      ].join("\n"),
    );
    expect(renderViolations([])).toBe("");
  });

  it("become an event of at most 100 of them", () => {
    const many = Array.from({ length: 150 }, (_, index) => {
      return { type: "null_violation", table: "t", column: `c${index}`, count: 2n, message: "m" } as const;
    });
    const event = violationEvent({ table: "t", policy: "report" }, many);
    expect({ ...event, violations: event.violations.length }).toEqual({
      table: "t",
      policy: "report",
      violations: 100,
      total: 150,
    });
    expect(event.violations[0]).toMatchObject({ type: "null_violation", column: "c0", count: 2, message: "m" });
  });
});
