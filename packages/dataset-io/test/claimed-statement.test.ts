import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createHooks } from "@deltafuse/hooks/hooks";
import { afterAll, describe, expect, it } from "vitest";
import { createDatasetCatalog } from "../src/dataset-catalog.ts";
import { findDataset } from "../src/dataset-registry.ts";
import { datasets, registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { openTestSession, rowsOf } from "./test-session.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "deltafuse-claims-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = (name: string): string => join(root, name);
const admin = { sql: { policy: "admin" } } as const;
const noDatasets = (): ReturnType<typeof datasets> => datasets({ catalog: createDatasetCatalog({}) });

describe("COPY", () => {
  it("takes values for the arguments of table functions", async () => {
    await using session = await openTestSession({ extensions: [noDatasets()] });
    const sql = `COPY (SELECT value FROM range(0, $1)) TO '${at("argument.parquet")}'`;
    expect(await session.execute(sql, { parameters: [3] })).toMatchObject({ rowsAffected: 3 });
    await expect(session.execute(sql)).rejects.toMatchObject({ code: "SQL.PARAMETER_MISSING" });
    await registerDataset(session, "argument", at("argument.parquet"));
    expect(await session.table("argument").sort("value").rows({ values: "plain" })).toEqual([
      { value: 0 },
      { value: 1 },
      { value: 2 },
    ]);
  });

  it("writes as writeDataset does, with the same events, once", async () => {
    using hooks = createHooks();
    await using session = await openTestSession({ extensions: [noDatasets()], hooks });
    const seen: unknown[] = [];
    hooks.on(["sql.received", "query.started"], ({ event, queryId }) => void seen.push([event, queryId !== undefined]));
    hooks.on("write.started", ({ event, target, queryId }) => void seen.push([event, target, queryId]));
    hooks.on("write.committed", ({ event, rows, queryId }) => void seen.push([event, rows, queryId]));
    const sql = "SELECT value AS id, value % 2 AS part FROM range(0, 10) WHERE value < $limit";
    const result = await session.execute(
      `COPY (${sql}) TO '${at("copied/")}' STORED AS PARQUET PARTITIONED BY (part)`,
      {
        parameters: { limit: 7 },
      },
    );
    expect(result).toMatchObject({ kind: "copy", verb: "COPY", rowsAffected: 7 });
    expect(result.table?.toArray().map(String)).toEqual(['{"count": 7}']);
    expect(readdirSync(at("copied")).toSorted()).toEqual(["part=0", "part=1"]);
    const target = pathToFileURL(at("copied/")).href;
    expect(seen.splice(0)).toEqual([
      ["sql.received", true],
      ["write.started", target, result.queryId],
      ["write.committed", 7, result.queryId],
    ]);
    await writeDataset(session, {
      source: { sql, parameters: { limit: 7 } },
      target: at("written/"),
      partitionBy: ["part"],
    });
    expect(seen.map((event) => Array.isArray(event) && event[0])).toEqual([
      "write.started",
      "sql.received",
      "write.committed",
    ]);
  });

  it("takes a table, replaces a file, and does not replace a folder unless told to", async () => {
    await using session = await openTestSession({ extensions: [noDatasets()] }, admin);
    await session.execute("CREATE TABLE t AS VALUES (1), (2)");
    for (const expected of [2, 2]) {
      const { rowsAffected } = await session.execute(`COPY t TO '${at("one.parquet")}' OPTIONS (compression 'snappy')`);
      expect(rowsAffected).toBe(expected);
    }
    await session.execute(`COPY t TO '${at("folder/")}'`);
    await expect(session.execute(`COPY t TO '${at("folder/")}'`)).rejects.toMatchObject({
      code: "IO.DESTINATION_EXISTS",
      details: { stage: "execute" },
    });
    await session.execute(`COPY (SELECT * FROM t LIMIT 1) TO '${at("folder/")}' OPTIONS (mode 'overwrite')`);
    await registerDataset(session, "folder", at("folder/"));
    expect(await session.table("folder").count()).toBe(1);
  });

  it("refuses options and formats that there are not", async () => {
    await using session = await openTestSession({ extensions: [noDatasets()] });
    const refused = (sql: string): Promise<unknown> => session.execute(sql).catch((error: unknown) => error);
    expect(await refused(`COPY (SELECT 1) TO '${at("x.parquet")}' OPTIONS (colour 'red')`)).toMatchObject({
      code: "IO.WRITE_OPTION",
      details: { option: "colour" },
    });
    expect(await refused(`COPY (SELECT 1) TO '${at("x.csv")}'`)).toMatchObject({ code: "IO.WRITE_UNSUPPORTED" });
    expect(await refused(`COPY (SELECT nothing) TO '${at("x.parquet")}'`)).toMatchObject({ code: "SQL.PLAN_ERROR" });
  });

  it("is explained with its source and not run", async () => {
    await using session = await openTestSession({ extensions: [noDatasets()] });
    const rows = await session
      .sql(`EXPLAIN FORMAT INDENT COPY (SELECT value FROM range(0, 3)) TO '${at("explained.parquet")}'`)
      .rows<{ plan_type: string; plan: string }>();
    const command = `COPY TO '${at("explained.parquet")}', module=datasets`;
    expect(rows.map(({ plan_type }) => plan_type)).toEqual(["logical_plan", "physical_plan"]);
    expect(rows[0]?.plan).toMatch(new RegExp(`^Command: ${command}\n  TableScan: range`));
    expect(rows[1]?.plan).toContain(`CommandExec: ${command}`);
    const sorted = `COPY (SELECT value FROM range(0, 3) ORDER BY value DESC) TO '${at("explained.parquet")}'`;
    const [, ordered] = await session.sql(`EXPLAIN FORMAT INDENT ${sorted}`).rows<{ plan: string }>();
    expect(ordered?.plan).toContain("SortExec: expr=[value@0 DESC]");
    await expect(
      session.execute(`EXPLAIN ANALYZE COPY (SELECT 1) TO '${at("explained.parquet")}'`),
    ).rejects.toMatchObject({ code: "SQL.STATEMENT_UNSUPPORTED", details: { statement: "EXPLAIN ANALYZE COPY" } });
    expect(readdirSync(root)).not.toContain("explained.parquet");
  });
});

describe("CREATE EXTERNAL TABLE", () => {
  it("registers as registerDataset does", async () => {
    await using session = await openTestSession({ extensions: [noDatasets()] }, admin);
    writeFileSync(at("people.csv"), "1;Ann\n2;Bob\n");
    const result = await session.execute(
      `CREATE EXTERNAL TABLE people (id INT, name VARCHAR) STORED AS CSV LOCATION '${at("people.csv")}'
       OPTIONS ('has_header' 'false', 'format.delimiter' ';')`,
    );
    expect(result).toMatchObject({ kind: "ddl", verb: "CREATE EXTERNAL TABLE", rowsAffected: null, table: null });
    expect(await rowsOf(session, "people")).toEqual([
      { id: 1, name: "Ann" },
      { id: 2, name: "Bob" },
    ]);
    expect(findDataset(session, "people")).toMatchObject({ name: "people", format: "csv" });
  });

  it("knows IF NOT EXISTS, OR REPLACE, several files and partition columns", async () => {
    await using session = await openTestSession({ extensions: [noDatasets()] }, admin);
    const write = (source: string, target: string, ...partitionBy: readonly string[]): Promise<unknown> =>
      writeDataset(session, { source: { sql: source }, target: at(target), partitionBy });
    await write("SELECT 1 AS a", "e/one.parquet");
    await write("SELECT 2 AS a", "e/two.parquet");
    await write("SELECT 3 AS a, 7 AS p", "p/", "p");
    const create = (words: string, location: string): Promise<unknown> =>
      session.execute(`CREATE ${words} STORED AS PARQUET LOCATION ${location}`);
    await create("EXTERNAL TABLE e", `'${at("e/one.parquet")}'`);
    await create("EXTERNAL TABLE IF NOT EXISTS e", `'${at("e/two.parquet")}'`);
    expect(await rowsOf(session, "e")).toEqual([{ a: 1 }]);
    await expect(create("EXTERNAL TABLE e", `'${at("e/two.parquet")}'`)).rejects.toMatchObject({
      code: "SESSION.OBJECT_EXISTS",
    });
    await create("OR REPLACE EXTERNAL TABLE e", `('${at("e/one.parquet")}', '${at("e/two.parquet")}')`);
    expect(await rowsOf(session, "e")).toEqual([{ a: 1 }, { a: 2 }]);
    await session.execute(
      `CREATE EXTERNAL TABLE p STORED AS PARQUET PARTITIONED BY (p) LOCATION '${at("p/")}' OPTIONS ('scan.recursive' 'true')`,
    );
    expect(await rowsOf(session, "p")).toEqual([{ a: 3, p: "7" }]);
    await expect(
      session.execute(`CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '${at("p/")}' OPTIONS ('scan.colour' 'red')`),
    ).rejects.toMatchObject({ code: "IO.FORMAT_OPTION", details: { option: "scan.colour" } });
    await expect(
      session.execute(`CREATE EXTERNAL TABLE x (a INT) STORED AS CSV WITH ORDER (a) LOCATION '${at("people.csv")}'`),
    ).rejects.toMatchObject({ code: "SQL.STATEMENT_UNSUPPORTED" });
  });
});

describe("statements without their extension", () => {
  it("name it", async () => {
    await using session = await openTestSession({}, admin);
    for (const [statement, sql] of [
      ["COPY", `COPY (SELECT 1) TO '${at("never.parquet")}'`],
      ["COPY", `EXPLAIN COPY (SELECT 1) TO '${at("never.parquet")}'`],
      ["CREATE EXTERNAL TABLE", `CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '${at("never.csv")}'`],
    ] as const) {
      await expect(session.execute(sql)).rejects.toMatchObject({
        code: "SQL.EXTENSION_REQUIRED",
        details: { statement, extension: "datasets" },
      });
    }
  });

  it("that nobody performs name what to use", async () => {
    await using session = await openTestSession({ extensions: [noDatasets()] }, admin);
    await writeDataset(session, { source: { sql: "SELECT 1 AS a" }, target: at("files.parquet") });
    await registerDataset(session, "files", at("files.parquet"));
    await session.execute("CREATE VIEW v AS SELECT 1 AS a");
    const refusal = async (sql: string): Promise<unknown> => {
      const error: unknown = await session.execute(sql).catch((reason: unknown) => reason);
      return { error };
    };
    for (const [sql, statement, use] of [
      ["DELETE FROM v WHERE a = 1", "DELETE on a view", "the tables"],
      ["BEGIN", "BEGIN", "one statement"],
      ["UPDATE files SET a = 1", "UPDATE on a table of files", "Delta table"],
    ] as const) {
      expect([sql, await refusal(sql)]).toMatchObject([
        sql,
        { error: { code: "SQL.STATEMENT_UNSUPPORTED", details: { statement, use: expect.stringContaining(use) } } },
      ]);
    }
  });
});

describe("policies", () => {
  it("refuse before anything is done", async () => {
    for (const policy of ["read_only", "service"] as const) {
      await using session = await openTestSession({ extensions: [noDatasets()] }, { sql: { policy } });
      for (const [violation, sql] of [
        ["copy", `COPY (SELECT 1) TO '${at("refused.parquet")}'`],
        ["ddl", `CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '${at("people.csv")}'`],
        ["dml", "INSERT INTO t VALUES (1)"],
      ] as const) {
        await expect(session.execute(sql)).rejects.toMatchObject({
          code: "SQL.POLICY_VIOLATION",
          details: { violation },
        });
      }
    }
    await using readOnly = await openTestSession(
      { extensions: [noDatasets()] },
      { access: "read_only", sql: { policy: "read_only" } },
    );
    await expect(readOnly.execute(`COPY (SELECT 1) TO '${at("refused.parquet")}'`)).rejects.toMatchObject({
      code: "SQL.POLICY_VIOLATION",
    });
    expect(readdirSync(root)).not.toContain("refused.parquet");
  });

  it("hold functions in the source of COPY, views included", async () => {
    await using session = await openTestSession({ extensions: [noDatasets()] }, admin);
    await session.execute("CREATE VIEW r AS SELECT random() AS r");
    const policy = { functions: { deny: ["random"] } };
    for (const source of ["(SELECT random())", "(SELECT * FROM r)", "r"]) {
      await expect(session.execute(`COPY ${source} TO '${at("random.parquet")}'`, { policy })).rejects.toMatchObject({
        code: "SQL.POLICY_VIOLATION",
        details: { violation: "function" },
      });
    }
  });

  it("confine locations, however they are written", async () => {
    mkdirSync(at("in/deep"), { recursive: true });
    mkdirSync(at("out"));
    symlinkSync(at("out"), at("in/link"));
    writeFileSync(at("out/secret.csv"), "a\n1\n");
    symlinkSync(at("out/secret.csv"), at("in/secret.csv"));
    const policy = { base: "admin", paths: { read: [at("in")], write: [at("in")] } } as const;
    await using session = await openTestSession({ extensions: [noDatasets()] }, { sql: { policy } });
    const outcome = async (sql: string): Promise<unknown> => {
      try {
        await session.execute(sql);
        return null;
      } catch (error) {
        return error instanceof Error && "details" in error ? Reflect.get(Object(error.details), "violation") : error;
      }
    };
    const out = at("out");
    for (const way of [
      `${out}/x.parquet`,
      `file://${out}/x.parquet`,
      `FILE://${out}/x.parquet`,
      `file:${at("in")}/x.parquet`,
      `${at("in")}/../out/x.parquet`,
      `${at("in")}/%2e%2e/out/x.parquet`,
      `file://${at("in")}/%2E%2e/out/x.parquet`,
      `file://${at("in")}\\..\\out\\x.parquet`,
      `${at("in")}/link/x.parquet`,
      `${at("in")}/link/../x.parquet`,
      `${out}/%2e%2e/in/x.parquet`,
      `${at("in")}-not/x.parquet`,
      ` ${at("in")}/x.parquet`,
      "~/x.parquet",
      "x.parquet",
    ]) {
      const quoted = way.replaceAll("'", "''");
      for (const sql of [
        `COPY (SELECT 1 AS a) TO '${quoted}'`,
        `COPY (SELECT 1 AS a) TO '${quoted}' STORED AS PARQUET`,
        `EXPLAIN COPY (SELECT 1 AS a) TO '${quoted}'`,
        `CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '${quoted}'`,
        `CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION ('${at("in")}/a.parquet', '${quoted}')`,
      ]) {
        expect([sql, await outcome(sql)]).toEqual([sql, "path"]);
      }
    }
    expect(await outcome(`CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '${at("in")}/secret.csv'`)).toBe("path");
    expect(await outcome(`COPY (SELECT 1 AS a) TO '${at("in")}/deep/x.parquet'`)).toBeNull();
    expect(await outcome(`CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '${at("in")}/deep/*.parquet'`)).toBeNull();
    expect(readdirSync(out)).toEqual(["secret.csv"]);
    expect(readFileSync(at("out/secret.csv"), "utf8")).toBe("a\n1\n");
  });
});
