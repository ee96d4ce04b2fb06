import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { col, lit, when } from "../src/expression.ts";
import type { NestedField } from "../src/field-type.ts";
import { openSession, type Session } from "../src/session.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
});

afterAll(() => session.close());

const names = (fields: readonly NestedField[]): readonly string[] => fields.map(({ type }) => type.type);

/** Queries whose second column gets its type from all that it is made of. */
const queries: readonly (readonly [string, string, string])[] = [
  ["UNION", "SELECT 1 AS id, 5 AS x UNION ALL SELECT 2, 2.5", "float64"],
  ["UNION with null", "SELECT 1 AS id, NULL AS x UNION ALL SELECT 2, DATE '2024-05-06'", "date32"],
  ["CASE", "SELECT id, CASE WHEN id = 1 THEN 5 ELSE id + 0.5 END AS x FROM (VALUES (1), (2)) AS t (id)", "float64"],
  ["UNION in a subquery", "SELECT 1 AS id, (SELECT max(a) FROM (SELECT 1 AS a UNION SELECT 2.5)) AS x", "float64"],
  ["UNION of lists", "SELECT 1 AS id, [1] AS x UNION ALL SELECT 2, ['a']", "list"],
];

describe("types that a query brings together", () => {
  it.each(queries)("%s: are told before it runs", async (_name, sql, type) => {
    const frame = session.sql(sql);
    await using stream = await frame.stream();
    expect(names(stream.fields)).toEqual(["int64", type]);
    expect(names(await frame.schema())).toEqual(["int64", type]);
    await using prepared = await session.prepare(sql);
    expect(names(prepared.fields)).toEqual(["int64", type]);

    await session.createView("shown", frame, { replace: true });
    expect(names(await session.table("shown").schema())).toEqual(["int64", type]);
    const described = session.sql("SELECT column_name, data_type FROM information_schema.columns");
    const kept = await described.filter(col("column_name").eq("x")).rows();
    expect(kept).toEqual([{ column_name: "x", data_type: expect.not.stringMatching(/^(Int64|Null)$/) }]);
    expect(await session.table("shown").sort("id").rows()).toEqual(await frame.sort("id").rows());
  });

  it("hold for the operations of a frame", async () => {
    const both = session.sql("SELECT 1 AS id, 5 AS x UNION ALL SELECT 2, 2.5");
    const whole = both.cast({ x: "int64" });
    expect(names(await whole.schema())).toEqual(["int64", "int64"]);
    expect(await whole.sort("id").rows({ values: "plain" })).toEqual([
      { id: 1, x: 5 },
      { id: 2, x: 2 },
    ]);
    const ids = session.fromRows([{ id: 1 }, { id: 2 }]);
    const chosen = ids.withColumn("x", when(col("id").eq(1)).then(lit(5)).otherwise(lit(0.5)));
    expect(names(await chosen.schema())).toEqual(["int64", "float64"]);
    const united = session.sql("SELECT 1 AS x").union(session.sql("SELECT 0.5 AS x"));
    expect(names(await united.schema())).toEqual(["float64"]);
  });

  it("are cast to those of a table in memory that takes the rows", async () => {
    await session.execute("CREATE TABLE whole (id BIGINT, x BIGINT)");
    await session.execute("INSERT INTO whole SELECT 1, 5 UNION ALL SELECT 2, 2.5");
    await session.execute("UPDATE whole SET x = CASE WHEN id = 1 THEN x ELSE 7.25 END WHERE id > 0");
    expect(await session.table("whole").sort("id").rows({ values: "plain" })).toEqual([
      { id: 1, x: 5 },
      { id: 2, x: 7 },
    ]);
    await session.execute("INSERT OVERWRITE whole SELECT 3, 8 UNION ALL SELECT 4, 9.5");
    await session.execute(
      "MERGE INTO whole USING (SELECT 3 AS id) AS s ON whole.id = s.id WHEN MATCHED THEN UPDATE SET x = CASE WHEN s.id = 0 THEN 1 ELSE 2.5 END",
    );
    expect(await session.table("whole").sort("id").rows({ values: "plain" })).toEqual([
      { id: 3, x: 2 },
      { id: 4, x: 9 },
    ]);
  });
});
