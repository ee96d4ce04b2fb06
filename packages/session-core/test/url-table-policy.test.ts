import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";
import { sqlExpression } from "../src/expression.ts";
import { fromSubstrait } from "../src/substrait.ts";
import { openUnder, refusal } from "./policy-session.ts";
import { readOf } from "./substrait-bytes.ts";

let root: string;
const at = (name: string): string => join(root, name);

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "deltafuse-url-")));
  for (const folder of ["data/deep", "data/linked", "database"]) mkdirSync(at(folder), { recursive: true });
  for (const [name, value] of [
    ["data/a.csv", 1],
    ["data/b.csv", 2],
    ["data/deep/c.csv", 3],
    ["secret.csv", 99],
    ["database/d.csv", 99],
  ] as const) {
    writeFileSync(at(name), `v\n${value}\n`);
  }
  symlinkSync(at("secret.csv"), at("data/linked/link.csv"));
  symlinkSync(at("database"), at("data/away"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const open = (policy: object = {}): Promise<Session> =>
  openUnder({ base: "admin", ...policy }, { catalog: { urlTables: true } });

/** Every place in which a statement can name a location. */
function places(location: string): readonly string[] {
  const [single, quoted] = [`'${location.replaceAll("'", "''")}'`, `"${location.replaceAll('"', '""')}"`];
  return [
    `SELECT * FROM ${single}`,
    `SELECT * FROM ${quoted}`,
    `SELECT 1 WHERE 1 IN (SELECT v FROM ${quoted})`,
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM ${single})`,
    `SELECT (SELECT max(v) FROM ${single}) AS m`,
    `SELECT t.a FROM t JOIN ${quoted} AS x ON t.a < x.v`,
    `SELECT t.a FROM t, LATERAL (SELECT v FROM ${quoted} AS x WHERE x.v > t.a) AS l`,
    `SELECT a FROM t UNION ALL SELECT v FROM ${single}`,
    `WITH x AS (SELECT * FROM ${single}) SELECT * FROM x`,
    `WITH "x" AS (SELECT 1 AS v) SELECT * FROM (WITH ${quoted} AS (SELECT v FROM ${quoted}) SELECT * FROM ${quoted}) AS y`,
    `SELECT * FROM ((${quoted}))`,
    `DESCRIBE ${quoted}`,
    `EXPLAIN SELECT * FROM ${single}`,
    `EXPLAIN ANALYZE SELECT * FROM ${single}`,
    `EXPLAIN EXPLAIN SELECT * FROM ${single}`,
    `CREATE VIEW made_view AS SELECT * FROM ${single}`,
    `CREATE TABLE made_table AS SELECT * FROM ${single}`,
    `INSERT INTO kept SELECT v FROM ${single}`,
    `EXPLAIN INSERT INTO kept SELECT v FROM ${single}`,
    `UPDATE kept SET a = x.v FROM ${single} AS x`,
    `DELETE FROM kept WHERE a IN (SELECT v FROM ${single})`,
    `MERGE INTO kept USING ${single} AS s ON kept.a = s.v WHEN NOT MATCHED THEN INSERT (a) VALUES (s.v)`,
    `PREPARE made AS SELECT * FROM ${single}`,
    `COPY (SELECT * FROM ${single}) TO '${at("never.csv")}'`,
    `INSERT INTO ${quoted} VALUES (1)`,
    `DELETE FROM ${quoted}`,
  ];
}

/** Locations that no policy over the folder `data` lets through. */
const outside = (): readonly string[] => [
  at("secret.csv"),
  at("database/d.csv"),
  at("data/../secret.csv"),
  at("data") + "/../secret.csv",
  at("data") + "/./deep/../../secret.csv",
  at("data") + "/%2e%2e/secret.csv",
  at("data") + "/..%2fsecret.csv",
  at("data/linked/link.csv"),
  at("data/away/d.csv"),
  at("data/away") + "/../secret.csv",
  at("dat*/a.csv"),
  at("[d]ata/a.csv"),
  at("data") + "/*/../../secret.csv",
  `file://${at("secret.csv")}`,
  `FILE://${at("secret.csv")}`,
  `file:${at("secret.csv")}`,
  `file://localhost${at("secret.csv")}`,
  `file://${at("data")}/%2e%2e/secret.csv`,
  `file://${at("data")}/..%2Fsecret.csv`,
  `file://${at("data")}\\..\\secret.csv`,
  relative(process.cwd(), at("secret.csv")),
  "s3://bucket/x.parquet",
  "https://example.com/x.csv",
  "~/x.csv",
  ` ${at("data/a.csv")}`,
  at("secret.csv") + "/",
  root,
];

describe("locations as tables", () => {
  it("outside of the paths of a policy are refused, whatever their spelling and place", async () => {
    await using session = await open({ paths: { read: [at("data")] } });
    await session.execute("CREATE TABLE kept AS SELECT 1::bigint AS a");
    for (const location of outside()) {
      for (const sql of places(location)) {
        expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "path"]);
      }
      const name = `"${location.replaceAll('"', '""')}"`;
      const query = `SELECT * FROM ${name}`;
      expect([query, await refusal(() => session.prepare(query))]).toEqual([query, "path"]);
      expect([query, await refusal(() => session.sql(query).artifact())]).toEqual([query, "path"]);
      expect([name, await refusal(() => session.table(name).rows())]).toEqual([name, "path"]);
    }
    expect(await session.table("kept").rows()).toEqual([{ a: 1n }]);
  });

  it("whose files are links that lead elsewhere are refused", async () => {
    await using session = await open({ paths: { read: [at("data")] } });
    for (const location of [at("data/linked/"), at("data/linked/*.csv"), at("data/**/*.csv")]) {
      const sql = `SELECT * FROM '${location}'`;
      expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "path"]);
    }
    await using free = await open();
    expect(await free.sql(`SELECT v FROM '${at("data/linked/*.csv")}'`).rows()).toEqual([{ v: 99n }]);
  });

  it("inside of them are read", async () => {
    await using session = await open({ paths: { read: [at("data")] } });
    await session.execute("CREATE TABLE kept AS SELECT 1::bigint AS a");
    const read = (location: string): Promise<object[]> => session.sql(`SELECT v FROM '${location}' ORDER BY v`).rows();
    for (const location of [
      at("data/a.csv"),
      `FILE://${at("data/./a.csv")}`,
      `file://localhost${at("data/%61.csv")}`,
      relative(process.cwd(), at("data/a.csv")),
      at("data/[a].csv"),
    ]) {
      expect([location, await read(location)]).toEqual([location, [{ v: 1n }]]);
    }
    const performed = places(at("data/a.csv")).filter(
      (sql) => !/^(COPY|EXPLAIN EXPLAIN|INSERT INTO "|DELETE FROM ")/.test(sql),
    );
    for (const sql of performed) expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, null]);
    expect(await session.sql("EXECUTE made").rows()).toEqual([{ v: 1n }]);
  });

  it("are refused to a call that narrows, also through views, frames and prepared statements made before", async () => {
    await using session = await open();
    const location = at("data/a.csv");
    await session.execute(`CREATE VIEW inner_view AS SELECT * FROM '${location}'`);
    await session.execute("CREATE VIEW outer_view AS SELECT v + 1 AS v FROM inner_view");
    await session.createView("made", session.table(`"${location}"`));
    const texts = ["inner_view", "outer_view", "made", `'${location}'`].flatMap((name) => [
      `SELECT * FROM ${name}`,
      `EXPLAIN SELECT * FROM ${name}`,
      `SELECT 1 WHERE 1 IN (SELECT v FROM ${name})`,
      `CREATE TABLE never AS SELECT * FROM ${name}`,
    ]);
    for (const [policy, violation] of [
      [{ urlTables: false }, "url_table"],
      [{ paths: { read: [] } }, "path"],
      [{ paths: { read: [at("dat")] } }, "path"],
    ] as const) {
      for (const sql of texts) {
        expect([sql, await refusal(() => session.execute(sql, { policy }))]).toEqual([sql, violation]);
      }
      const frame = session.sql("SELECT 2::bigint AS v", { policy });
      expect(await refusal(() => session.table(`"${location}"`).union(frame).rows())).toBe(violation);
      const joined = session.sql("SELECT * FROM f, outer_view AS o", { tables: { f: frame } });
      expect(await refusal(() => joined.rows())).toBe(violation);
    }
    expect(await session.sql("SELECT * FROM outer_view").rows()).toEqual([{ v: 2n }]);
  });

  it("are refused where the policy of the session allows none", async () => {
    await using session = await open({ urlTables: false });
    for (const sql of places(at("data/a.csv"))) {
      if (/kept/.test(sql)) continue;
      expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "url_table"]);
    }
    expect(await refusal(() => session.table(`"${at("data/a.csv")}"`).rows())).toBe("url_table");
    await using service = await openUnder("service", { catalog: { urlTables: true } });
    expect(await refusal(() => service.execute(`SELECT * FROM '${at("data/a.csv")}'`))).toBe("url_table");
  });

  it("are no tables where the profile does not say so", async () => {
    await using session = await openUnder("admin");
    const query = session.sql(`SELECT * FROM '${at("data/a.csv")}'`).rows();
    await expect(query).rejects.toMatchObject({
      code: "SQL.PLAN_ERROR",
      message: expect.stringContaining("catalog.urlTables"),
    });
  });

  it("are not written to", async () => {
    await using session = await open();
    for (const sql of [
      `INSERT INTO '${at("data/a.csv")}' VALUES (1)`,
      `INSERT INTO "${at("data/new.parquet")}" SELECT 1`,
      `INSERT OVERWRITE "${at("data/")}" SELECT 1`,
      `EXPLAIN INSERT INTO '${at("data/a.csv")}' VALUES (1)`,
      `DELETE FROM "${at("data/a.csv")}" WHERE v = 1`,
      `UPDATE "${at("data/a.csv")}" SET v = 1`,
      `TRUNCATE TABLE "${at("data/a.csv")}"`,
      `MERGE INTO "${at("data/a.csv")}" AS x USING t ON x.v = t.a WHEN MATCHED THEN DELETE`,
    ]) {
      expect([sql, await refusal(() => session.execute(sql))]).toEqual([sql, "SQL.STATEMENT_UNSUPPORTED"]);
    }
    const error: unknown = await session
      .execute(`INSERT INTO '${at("data/a.csv")}' VALUES (1)`)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      details: { statement: "INSERT INTO a location", use: expect.stringContaining("COPY") },
    });
  });

  it("are not read from plans in Substrait, nor by expressions", async () => {
    await using session = await open();
    const location = at("data/a.csv");
    expect(await refusal(() => fromSubstrait(session, readOf(location)).rows())).toBe("SQL.PLAN_ERROR");
    const { bytes } = await session.sql(`SELECT v FROM '${location}'`).toSubstrait();
    expect(await refusal(() => fromSubstrait(session, bytes).rows())).toBe("SQL.PLAN_ERROR");
    const expression = sqlExpression(`(SELECT max(v) FROM '${location}')`).alias("m");
    expect(await refusal(() => session.table("t").select(expression).rows())).toBe("FRAME.TYPE_MISMATCH");
  });
});

describe("a table of the same name", () => {
  it("wins over a location, in the catalogue and as a CTE", async () => {
    await using session = await open({ paths: { read: [] } });
    const location = at("secret.csv");
    const [query, data] = [`SELECT v FROM "${location}"`, [{ v: 7n }]];
    expect(await session.sql(`WITH "${location}" AS (SELECT 8::bigint AS v) ${query}`).rows()).toEqual([{ v: 8n }]);
    expect(await refusal(() => session.sql(query).rows())).toBe("path");
    await session.createView(`"${location}"`, session.fromRows(data));
    expect(await session.sql(query).rows()).toEqual(data);
    expect(await session.table(`"${location}"`).rows()).toEqual(data);
    await session.drop("view", `"${location}"`);
    expect(await refusal(() => session.sql(query).rows())).toBe("path");
  });
});

describe("what is read", () => {
  it("is what lies there when the statement runs, the plan cache and prepared statements included", async () => {
    await using session = await open();
    const sql = `SELECT * FROM '${at("growing/")}'`;
    mkdirSync(at("growing"));
    writeFileSync(at("growing/1.csv"), "v\n1\n");
    await using prepared = await session.prepare(sql);
    expect(await session.sql(sql).rows()).toEqual([{ v: 1n }]);
    writeFileSync(at("growing/2.csv"), "v\n2\n");
    expect(await session.sql(`${sql} ORDER BY v`).rows()).toEqual([{ v: 1n }, { v: 2n }]);
    expect(await session.sql(sql).count()).toBe(2);
    expect(await prepared.bind([]).count()).toBe(2);
    rmSync(at("growing/1.csv"));
    writeFileSync(at("growing/2.csv"), "w,x\nhello,1\n");
    expect(await session.sql(sql).rows()).toEqual([{ w: "hello", x: 1n }]);
    expect(await prepared.bind([]).rows()).toEqual([{ w: "hello", x: 1n }]);
  });

  it("is filtered, joined and counted like any table", async () => {
    const folder = at("data");
    // #region locations
    const profile = parseProfile({
      catalog: { urlTables: true },
      sql: { policy: { base: "read_only", paths: { read: [folder] } } },
    });
    await using session = await openSession(profile);

    const rows = await session
      .sql(
        `SELECT a.v, count(*) AS n FROM '${folder}/a.csv' AS a JOIN '${folder}/*.csv' AS every ON a.v <= every.v GROUP BY a.v`,
      )
      .rows();
    const refused = await session
      .sql("SELECT * FROM '/etc/hosts.csv'")
      .rows()
      .catch((error: unknown) => error);
    // SQL.POLICY_VIOLATION { violation: "path", object: "/etc/hosts.csv", … }
    // #endregion
    expect(rows).toEqual([{ v: 1n, n: 2n }]);
    expect(refused).toMatchObject({ details: { violation: "path", object: "/etc/hosts.csv" } });
  });

  it("has a format, or an error that says what to do", async () => {
    await using session = await open();
    writeFileSync(at("plain.txt"), "x");
    mkdirSync(at("mixed"));
    mkdirSync(at("empty"));
    mkdirSync(at("lake/_delta_log"), { recursive: true });
    writeFileSync(at("mixed/a.csv"), "v\n1\n");
    writeFileSync(at("mixed/b.json"), '{"v": 2}\n');
    writeFileSync(at("tabs.tsv"), "v\tw\n1\t2\n");
    for (const [location, code, words] of [
      [at("plain.txt"), "SQL.PLAN_ERROR", "ending"],
      [at("mixed/"), "SQL.PLAN_ERROR", "CSV, JSON"],
      [at("lake/"), "SQL.PLAN_ERROR", "delta()"],
      [at("empty/"), "STORE.NOT_FOUND", "no file"],
      [at("missing.csv"), "STORE.NOT_FOUND", "missing.csv"],
      ["s3://bucket/x.parquet", "SQL.PLAN_ERROR", "only local files"],
    ] as const) {
      const read = session.sql(`SELECT * FROM '${location}'`).rows();
      await expect(read).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    }
    expect(await session.sql(`SELECT * FROM '${at("mixed/*.json")}'`).rows()).toEqual([{ v: 2n }]);
    expect(await session.sql(`SELECT * FROM '${at("tabs.tsv")}'`).rows()).toEqual([{ v: 1n, w: 2n }]);
  });
});
