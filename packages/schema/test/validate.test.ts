import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { col } from "@deltafuse/session-core/expression";
import type { Frame } from "@deltafuse/session-core/frame";
import { openSession, type Session } from "@deltafuse/session-core/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { check } from "../src/constraint.ts";
import { contractFromTable } from "../src/contract.ts";
import { decimal, int32, int64, timestamp, utf8 } from "../src/field-type.ts";
import { table, type TableSpec } from "../src/table-spec.ts";
import { validateFrame, type ValidationResult } from "../src/validate.ts";
import { renderViolations } from "../src/violation.ts";

const hooks = recordingHooks();
let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test" }), { hooks });
});

afterAll(async () => {
  await session.close();
});

const orders = table(
  "orders",
  { id: int64().notNull(), city: utf8(), price: int64() },
  {
    key: ["id"],
    requiredNonNull: ["city"],
    constraints: [check("price >= 0", "price_not_negative"), check(col("price").lt(1000).or(col("city").eq("Wien")))],
  },
);

/** Errors as `type column count` texts. */
function told({ errors }: ValidationResult): readonly string[] {
  return errors.map(({ type, column, count }) => `${type} ${column} ${count}`);
}

function validate(frame: Frame, spec: TableSpec = orders): Promise<ValidationResult> {
  return validateFrame(frame, spec, { mode: "report" });
}

describe("validateFrame", () => {
  it("finds nothing in rows that fit", async () => {
    const frame = session.sql("SELECT * FROM (VALUES (1, 'Wien', 5), (2, 'Graz', NULL)) AS t(id, city, price)");
    expect(await validate(frame)).toEqual({
      valid: true,
      errors: [],
      stats: { rows: 2n, errors: 0, invalidRows: 0n },
      errorsTruncated: false,
    });
  });

  it("counts nulls, broken checks and repeated keys as SQL does", async () => {
    const data = `SELECT
        CASE WHEN value % 11 = 0 THEN NULL ELSE value % 700 END AS id,
        CASE WHEN value % 7 = 0 THEN NULL ELSE 'c' || value END AS city,
        CASE WHEN value % 5 = 0 THEN NULL ELSE value % 40 - 3 END AS price
      FROM range(1000) AS t(value)`;
    const [expected] = await session
      .sql(
        `WITH orders AS (${data}) SELECT count(*) AS rows,
          count(*) FILTER (WHERE id IS NULL) AS null_id,
          count(*) FILTER (WHERE city IS NULL) AS null_city,
          count(*) FILTER (WHERE price < 0) AS negative,
          count(*) FILTER (WHERE id IS NULL OR city IS NULL OR price < 0) AS invalid,
          (SELECT sum(n) FROM (SELECT count(*) AS n FROM orders WHERE id IS NOT NULL GROUP BY id) WHERE n > 1)
            AS duplicates
        FROM orders`,
      )
      .rows<Record<string, bigint>>();
    const result = await validate(session.sql(data));
    expect(result.stats).toEqual({ rows: expected?.["rows"], errors: 4, invalidRows: expected?.["invalid"] });
    expect(told(result).toSorted()).toEqual(
      [
        `null_violation id ${expected?.["null_id"]}`,
        `null_violation city ${expected?.["null_city"]}`,
        `check_violation price_not_negative ${expected?.["negative"]}`,
        `duplicate_keys id ${expected?.["duplicates"]}`,
      ].toSorted(),
    );
    expect(expected?.["duplicates"]).toBeGreaterThan(0n);
  });

  it("orders errors by rows, type and column, and shortens the list alone", async () => {
    const frame = session.sql(
      "SELECT * FROM (VALUES (1, NULL, -1), (1, NULL, 4000), (NULL, 'x', 4000)) AS t(id, city, price)",
    );
    const result = await validate(frame);
    expect(told(result)).toEqual([
      "duplicate_keys id 2",
      "null_violation city 2",
      expect.stringMatching(/^check_violation orders_check_[0-9a-f]{8} 1$/),
      "check_violation price_not_negative 1",
      "null_violation id 1",
    ]);
    const short = await validateFrame(frame, orders, { mode: "report", maxErrors: 2 });
    expect(short).toEqual({ ...result, errors: result.errors.slice(0, 2), errorsTruncated: true });
    expect(renderViolations(result.errors)).toContain("city: 2 rows with null. [null_violation]");
  });

  it("counts keys of several columns, those with a null not at all", async () => {
    const spec = table("t", { a: int64(), b: int64() }, { constraints: [{ type: "unique", columns: ["a", "b"] }] });
    const frame = session.sql("SELECT * FROM (VALUES (1, 2), (1, 2), (1, 3), (1, NULL), (1, NULL)) AS t(a, b)");
    expect(told(await validate(frame, spec))).toEqual(["duplicate_keys a,b 2"]);
  });

  it("reports missing and mismatched columns for all rows, and tries the other checks all the same", async () => {
    const spec = table(
      "t",
      { a: int64().notNull(), b: utf8(), c: timestamp("us"), d: int64(), price: decimal(25, 2) },
      { constraints: [check("price > 5", "price"), check("a > 0", "a"), check("d > 0 OR b = 'x'", "d")] },
    );
    const frame = session.sql("SELECT * FROM (VALUES ('x', 3, 4, 'y'), (NULL, 9, 4, 'y')) AS t(a, price, c, extra)");
    const result = await validateFrame(frame, spec, { mode: "report", extra: "error" });
    expect(result).toMatchObject({ valid: false, stats: { rows: 2n, errors: 8, invalidRows: 2n } });
    expect(told(result)).toEqual([
      "extra_column extra 2",
      "missing_column b 2",
      "missing_column d 2",
      "type_mismatch a 2",
      "type_mismatch c 2",
      "type_mismatch price 2",
      "check_violation price 1",
      "null_violation a 1",
    ]);
    expect(result.errors.find(({ column }) => column === "price")).toEqual({
      type: "type_mismatch",
      table: "t",
      column: "price",
      expected: "decimal128(25,2)",
      actual: "int64",
      count: 2n,
      message: "Expected decimal128(25,2), found int64.",
    });
    expect((await validate(frame, spec)).errors.map(({ type }) => type)).not.toContain("extra_column");
  });

  it("reports a missing key", async () => {
    const frame = session.sql("SELECT 'Wien' AS city, 5::bigint AS price");
    expect(told(await validate(frame))).toEqual(["missing_column id 1", "missing_key_field id 1"]);
  });

  it("counts zero rows", async () => {
    const empty = session.sql("SELECT 1::bigint AS id, 'x' AS city, 2::bigint AS price WHERE false");
    expect(await validate(empty)).toEqual({
      valid: true,
      errors: [],
      stats: { rows: 0n, errors: 0, invalidRows: 0n },
      errorsTruncated: false,
    });
    expect(told(await validate(empty.drop("city")))).toEqual(["missing_column city 0"]);
  });

  it("takes contracts, with their matching of types", async () => {
    const spec = table("t", { a: utf8(), b: int32() });
    const frame = session.sql("SELECT arrow_cast('x', 'Utf8View') AS a, 3::int AS b");
    const logical = await validateFrame(frame, contractFromTable(spec), { mode: "report" });
    expect(logical.valid).toBe(true);
    const exact = await validateFrame(frame, contractFromTable(spec, { typeMatching: "exact" }), { mode: "report" });
    expect(told(exact)).toEqual(["type_mismatch a 1"]);
  });

  it("takes names as they are", async () => {
    const spec = table(
      "t",
      { "Größe in m": int64().notNull(), __proto: utf8() },
      { key: ["Größe in m"], constraints: [check('"Größe in m" > 1')] },
    );
    const frame = session.fromRows([
      { "Größe in m": 1n, __proto: "a" },
      { "Größe in m": null, __proto: null },
    ]);
    expect(told(await validate(frame, spec)).map((text) => text.split(" ", 1)[0])).toEqual([
      "check_violation",
      "null_violation",
    ]);
  });

  it("runs one query and tells of violations", async () => {
    const before = hooks.events().length;
    await validate(session.sql("SELECT NULL::bigint AS id, 'x' AS city, 1::bigint AS price"));
    const events = hooks.events().slice(before);
    expect(events.filter(({ event }) => event === "query.started")).toHaveLength(1);
    expect(events.filter(({ event }) => event === "schema.violation")).toMatchObject([
      {
        sessionId: session.id,
        table: "orders",
        policy: "report",
        total: 1,
        violations: [{ type: "null_violation", column: "id", count: 1, message: "1 row with null." }],
      },
    ]);
  });

  it("fails for a check that names no column, and ends with an abort", async () => {
    const spec = table("t", { a: int64() }, { constraints: [check("nothing > 1")] });
    await expect(validate(session.sql("SELECT 1 AS a"), spec)).rejects.toMatchObject({ code: "FRAME.UNKNOWN_COLUMN" });
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(validateFrame(session.sql("SELECT 1 AS a"), spec, { mode: "report", signal })).rejects.toBe(reason);
  });
});
