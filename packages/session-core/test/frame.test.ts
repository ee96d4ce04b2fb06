import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, col, lit, sqlExpression, when } from "../src/expression.ts";
import type { Frame } from "../src/frame.ts";
import { openSession, type Session } from "../src/session.ts";
import { dateValue, decimalValue, durationValue, intervalValue, timestampValue } from "../src/values.ts";

let session: Session;

const t = `(SELECT value AS id,
  CASE WHEN value % 7 = 0 THEN NULL ELSE value * 7919 % 101 END AS a,
  value % 3 AS g,
  concat('row ', value * 31 % 50) AS text,
  value % 4 = 1 AS flag,
  CAST(value AS DOUBLE) / 8 AS x
  FROM range(0, 500))`;
const u = "(SELECT value % 40 AS id, value AS b, concat('u', value) AS text FROM range(20, 120))";

const frame = (): Frame => session.sql(`SELECT * FROM ${t}`);
const other = (): Frame => session.sql(`SELECT * FROM ${u}`);

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test" }));
});
afterAll(() => session.close());

async function sortedRows(query: Frame): Promise<readonly string[]> {
  const rows = await query.rows({ values: "json" });
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

describe("frames give what SQL gives", () => {
  const cases: readonly (readonly [name: string, frame: () => Frame, sql: string])[] = [
    ["select", () => frame().select("id", col("a").add(1).alias("b")), `SELECT id, a + 1 AS b FROM ${t}`],
    ["filter", () => frame().filter(col("a").gt(50).and(col("flag"))), `SELECT * FROM ${t} WHERE a > 50 AND flag`],
    [
      "withColumn, new and replaced in its place",
      () => frame().withColumn("z", col("x").mul(2)).withColumn("a", lit(0)),
      `SELECT id, 0 AS a, g, text, flag, x, x * 2 AS z FROM ${t}`,
    ],
    [
      "drop and rename",
      () => frame().drop("x", "flag").rename({ a: "A b" }),
      `SELECT id, a AS "A b", g, text FROM ${t}`,
    ],
    [
      "aggregate with groups",
      () =>
        frame().aggregate({
          by: ["g", col("flag").alias("f")],
          values: {
            n: call("count"),
            known: call("count", col("a")),
            s: call("sum", col("a")),
            big: call("sum", col("a")).filter(col("a").gt(90)),
            d: call("count", col("text")).distinct(),
          },
        }),
      `SELECT g, flag AS f, count(*) AS n, count(a) AS known, sum(a) AS s, sum(a) FILTER (WHERE a > 90) AS big,
       count(DISTINCT text) AS d FROM ${t} GROUP BY g, flag`,
    ],
    [
      "aggregate of everything",
      () => frame().aggregate({ values: [call("max", col("a")).alias("m")] }),
      `SELECT max(a) AS m FROM ${t}`,
    ],
    [
      "inner join with a common name once and a suffix",
      () => frame().join(other(), { on: ["id"], suffix: "_r" }),
      `SELECT l.*, r.b, r.text AS text_r FROM ${t} l JOIN ${u} r ON l.id = r.id`,
    ],
    [
      "left join with a filter",
      () => frame().join(other().drop("text"), { on: ["id"], type: "left", filter: col("b").gt(60) }),
      `SELECT l.*, r.b FROM ${t} l LEFT JOIN ${u} r ON l.id = r.id AND r.b > 60`,
    ],
    [
      "semi join",
      () => frame().join(other(), { on: ["id"], type: "semi" }),
      `SELECT * FROM ${t} l WHERE id IN (SELECT id FROM ${u})`,
    ],
    [
      "anti join on differently named columns",
      () => frame().join(other(), { on: [["g", "id"]], type: "anti" }),
      `SELECT * FROM ${t} l WHERE g NOT IN (SELECT id FROM ${u})`,
    ],
    [
      "join in which null equals null",
      () =>
        frame()
          .select("a")
          .join(frame().select(col("a").alias("b")), { on: [["a", "b"]], nullEquals: true }),
      `SELECT l.a, r.a AS b FROM ${t} l JOIN ${t} r ON l.a IS NOT DISTINCT FROM r.a`,
    ],
    [
      "union, by position and with duplicates",
      () => frame().select("id", "text").union(other().select("b", "text"), other().select("id", "text")),
      `SELECT id, text FROM ${t} UNION ALL SELECT b, text FROM ${u} UNION ALL SELECT id, text FROM ${u}`,
    ],
    [
      "alias",
      () => frame().alias("one").filter(col("one", "g").eq(1)).select(col("one", "id")),
      `SELECT id FROM ${t} WHERE g = 1`,
    ],
    [
      "CASE",
      () =>
        frame().select(
          when(col("a").isNull()).then("none").when(col("a").lt(50)).then("low").otherwise("high").alias("c"),
        ),
      `SELECT CASE WHEN a IS NULL THEN 'none' WHEN a < 50 THEN 'low' ELSE 'high' END AS c FROM ${t}`,
    ],
    [
      "lists, ranges and patterns",
      () =>
        frame().filter(
          col("g")
            .inList([0, 2])
            .and(col("a").notBetween(10, 20))
            .and(col("text").like("row 1%"))
            .or(col("id").inList([])),
        ),
      `SELECT * FROM ${t} WHERE g IN (0, 2) AND a NOT BETWEEN 10 AND 20 AND text LIKE 'row 1%'`,
    ],
    [
      "tests of truth",
      () =>
        frame().select(
          col("a").eqNullSafe(null).alias("n"),
          col("a").gt(5).isNotTrue().alias("u"),
          col("flag").not().alias("v"),
        ),
      `SELECT a IS NULL AS n, (a > 5) IS NOT TRUE AS u, NOT flag AS v FROM ${t}`,
    ],
    [
      "casts and arithmetic",
      () =>
        frame().select(
          col("x").cast("int32").alias("i"),
          col("text").tryCast("int64").alias("j"),
          col("id").mod(5).neg().alias("k"),
        ),
      `SELECT CAST(x AS INT) AS i, TRY_CAST(text AS BIGINT) AS j, -(id % 5) AS k FROM ${t}`,
    ],
    [
      "SQL expressions",
      () => frame().withColumn("y", sqlExpression("a * 2 + coalesce(g, 0)")),
      `SELECT *, a * 2 + coalesce(g, 0) AS y FROM ${t}`,
    ],
    [
      "structs and lists",
      () =>
        frame()
          .select(
            sqlExpression("named_struct('p', id, 'q', text)").alias("s"),
            sqlExpression("make_array(id, g)").alias("l"),
          )
          .select(col("s").field("q").alias("q"), col("l").at(2).alias("second")),
      `SELECT text AS q, g AS second FROM ${t}`,
    ],
  ];

  it.each(cases)("%s", async (_name, build, sql) => {
    expect(await sortedRows(build())).toEqual(await sortedRows(session.sql(sql)));
  });

  it("sort and limit, nulls last in both directions unless stated", async () => {
    const ordered = async (query: Frame): Promise<unknown> => query.rows({ values: "json" });
    expect(await ordered(frame().sort(col("a").desc(), "id").limit(10, 3))).toEqual(
      await ordered(session.sql(`SELECT * FROM ${t} ORDER BY a DESC NULLS LAST, id LIMIT 10 OFFSET 3`)),
    );
    expect(
      await ordered(
        frame()
          .sort(col("a").asc({ nulls: "first" }), "id")
          .limit(80),
      ),
    ).toEqual(await ordered(session.sql(`SELECT * FROM ${t} ORDER BY a NULLS FIRST, id LIMIT 80`)));
    expect((await frame().sort("a").rows()).at(-1)).toMatchObject({ a: null });
  });
});

describe("ranges", () => {
  const most = 2n ** 63n - 1n;

  it.each([
    [0, 5, undefined],
    [-3n, 4n, 2n],
    [5, 0, -2],
    [5, 0, undefined],
    [-most - 1n, most, most],
    [most, -most, -most - 1n],
  ] as const)("from %s to %s by %s give what the table function gives", async (start, end, step) => {
    const sql = `SELECT * FROM range(${start}, ${end}, ${step ?? 1})`;
    const query = step === undefined ? session.range(start, end) : session.range(start, end, step);
    expect(await query.schema()).toEqual([{ name: "value", type: { type: "int64" }, nullable: false }]);
    expect(await query.rows()).toEqual(await session.sql(sql).rows());
  });

  it("are frames like any other, and as long as one likes", async () => {
    const even = session.range(0, 10n ** 15n).filter(col("value").mod(2).eq(0));
    expect(await even.limit(3).count()).toBe(3);
  });

  it("stand under the SQL policy", async () => {
    const profile = parseProfile({ preset: "test", sql: { policy: { functions: { deny: ["range"] } } } });
    await using narrow = await openSession(profile);
    const details = expect.objectContaining({ violation: "function", object: "range" });
    await expect(narrow.range(0, 1).rows()).rejects.toMatchObject({ code: "SQL.POLICY_VIOLATION", details });
  });

  it.each([
    ["start", [0.5, 1]],
    ["end", [0, Number.NaN]],
    ["end", [0, 2 ** 53]],
    ["end", [0, most + 1n]],
    ["start", ["0) --", 1]],
    ["step", [0, 1, 0]],
    ["step", [0, 1, -(2n ** 64n)]],
  ] as const)("refuse a wrong %s: %s", (path, bounds) => {
    const [start, end, step] = bounds as readonly [number, number, number?];
    const refused = expect.objectContaining({ code: "ROWS.VALUE_INVALID", details: expect.objectContaining({ path }) });
    expect(() => session.range(start, end, step)).toThrow(refused);
  });
});

describe("literals", () => {
  it("reach the engine as the values they are", async () => {
    const row = await session
      .sql("SELECT 1 AS one")
      .select(
        lit(null).alias("nothing"),
        lit(true).alias("yes"),
        lit("it's").alias("text"),
        lit(7).alias("int"),
        lit(0.1).alias("float"),
        lit(Number.POSITIVE_INFINITY).alias("infinite"),
        lit(2n ** 63n).alias("unsigned"),
        lit(new Date(1)).alias("instant"),
        lit(Uint8Array.of(0, 255)).alias("bytes"),
        lit(decimalValue(-125n, 10, 2)).alias("decimal"),
        lit(dateValue(-1)).alias("day"),
        lit(timestampValue(1_500n, "us", null)).alias("local"),
        lit(durationValue(90n, "s")).alias("span"),
        lit(intervalValue(1, 2, 3n)).alias("calendar"),
        lit("2001-02-03", "date32").alias("cast"),
      )
      .first();
    expect(row).toEqual({
      nothing: null,
      yes: true,
      text: "it's",
      int: 7n,
      float: 0.1,
      infinite: Number.POSITIVE_INFINITY,
      unsigned: 2n ** 63n,
      instant: timestampValue(1n, "ms", "UTC"),
      bytes: Uint8Array.of(0, 255),
      decimal: decimalValue(-125n, 10, 2),
      day: dateValue(-1),
      local: timestampValue(1_500n, "us", null),
      span: durationValue(90n, "s"),
      calendar: intervalValue(1, 2, 3n),
      cast: dateValue(11_356),
    });
  });
});

describe("terminals", () => {
  it("tell the columns without running", async () => {
    const hooks = recordingHooks();
    await using own = await openSession(parseProfile({ preset: "test" }), { hooks });
    expect(await own.sql("SELECT 1 AS a, 'x' AS b").select("b").schema()).toEqual([
      { name: "b", type: { type: "utf8" }, nullable: false },
    ]);
    expect(hooks.names()).toEqual(["session.opened", "sql.received", "cache.miss", "cache.miss"]);
  });

  it("plan a frame once and run it as often as asked", async () => {
    const hooks = recordingHooks();
    await using own = await openSession(parseProfile({ preset: "test" }), { hooks });
    const once = own.sql("SELECT value AS v FROM range(0, 3)").filter(col("v").gt(0));
    expect(await once.count()).toBe(2);
    expect(await once.rows({ values: "plain" })).toEqual([{ v: 1 }, { v: 2 }]);
    expect(hooks.of("sql.received").length).toBe(1);
    expect(hooks.of("query.finished").length).toBe(2);
  });

  it("collect gives an apache-arrow Table", async () => {
    const table = await frame().sort("id").limit(2).select("id", "text").collect();
    expect(table.toArray().map((row) => row.toJSON())).toEqual([
      { id: 0n, text: "row 0" },
      { id: 1n, text: "row 31" },
    ]);
  });

  it("show draws a table and says when there are more rows", async () => {
    const query = session.sql("SELECT value AS n, concat('t', value) AS text FROM range(0, 3) ORDER BY n");
    const drawn = ["+---+------+", "| n | text |", "+---+------+", "| 0 | t0   |", "| 1 | t1   |"];
    expect(await query.show()).toBe([...drawn, "| 2 | t2   |", "+---+------+"].join("\n"));
    expect(await query.show({ limit: 2 })).toBe([...drawn, "+---+------+", "(the first 2 rows)"].join("\n"));
  });

  it("explain tells the plan in the engine's formats", async () => {
    expect(await frame().explain()).toContain("physical_plan");
    expect(await frame().explain({ format: "tree" })).toContain("──");
    expect(await frame().explain({ analyze: true })).toContain("output_rows");
  });

  it("artifact identifies the plan", async () => {
    const artifact = await frame().filter(col("a").gt(5)).artifact();
    const again = await frame().filter(col("a").gt(5)).artifact();
    expect({ ...again, timingsMs: artifact.timingsMs }).toEqual(artifact);
    const changed = await frame().filter(col("a").gt(6)).artifact();
    expect(changed.planFingerprint).not.toBe(artifact.planFingerprint);
    expect(artifact.p1.text).toContain("TableScan");
    expect(artifact.artifactVersion).toBe(1);
    const hooks = recordingHooks();
    await using own = await openSession(parseProfile({ preset: "test" }), { hooks });
    await own.sql(`SELECT * FROM ${t}`).filter(col("a").gt(5)).rows();
    expect(hooks.of("plan.compiled")[0]?.fingerprint).toBe(artifact.planFingerprint);
  });

  it("artifact tells tables apart that share a name and columns", async () => {
    await using own = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
    const fingerprintOf = async (sql: string): Promise<string> => (await own.sql(sql).artifact()).planFingerprint;
    const ten = await fingerprintOf("SELECT * FROM range(0, 10)");
    expect(await fingerprintOf("SELECT * FROM range(0, 10)")).toBe(ten);
    expect(await fingerprintOf("SELECT * FROM range(0, 20)")).not.toBe(ten);
    const { tables } = await own.sql("SELECT * FROM range(0, 1) a JOIN range(0, 2) b USING (value)").artifact();
    expect(tables).toHaveLength(2);
    const kept = new Set<string>();
    for (const value of [1, 2]) {
      await own.execute(`CREATE OR REPLACE TABLE kept AS SELECT ${value} AS a`);
      kept.add(await fingerprintOf("SELECT * FROM kept"));
      kept.add(await fingerprintOf("SELECT * FROM kept"));
    }
    expect(kept.size).toBe(2);
  });
});

describe("errors of frames", () => {
  it("name an unknown column, its step and what is near", async () => {
    await expect(frame().filter(col("g").eq(1)).select("txet").rows()).rejects.toMatchObject({
      code: "FRAME.UNKNOWN_COLUMN",
      details: { column: "txet", step: 1, candidates: ["text"], stage: "analyze" },
    });
    await expect(frame().drop("nope").schema()).rejects.toMatchObject({ code: "FRAME.UNKNOWN_COLUMN" });
    await expect(frame().rename({ nope: "x" }).schema()).rejects.toMatchObject({ code: "FRAME.UNKNOWN_COLUMN" });
    await expect(frame().sort("nope").schema()).rejects.toMatchObject({ code: "FRAME.UNKNOWN_COLUMN" });
  });

  it("name a column that would appear twice", async () => {
    await expect(
      frame()
        .join(other(), { on: ["id"] })
        .schema(),
    ).rejects.toMatchObject({
      code: "FRAME.DUPLICATE_COLUMN",
      details: { column: "text" },
    });
  });

  it("name a type that does not fit", async () => {
    await expect(frame().filter(col("text")).schema()).rejects.toMatchObject({ code: "FRAME.TYPE_MISMATCH" });
    await expect(frame().union(frame().select("id")).schema()).rejects.toMatchObject({ code: "FRAME.TYPE_MISMATCH" });
  });

  it("leave the frame usable after a failed or aborted plan", async () => {
    const query = frame().select("id");
    const abort = new AbortController();
    const aborted = query.rows({ signal: abort.signal });
    abort.abort("stop");
    await expect(aborted).rejects.toBe("stop");
    expect(await query.count()).toBe(500);
  });
});
