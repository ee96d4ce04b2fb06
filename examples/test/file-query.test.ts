import { copyFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { writeTable } from "@deltafuse/delta/write";
import { openSession } from "@deltafuse/session-core/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data, duckdbRows } from "./duckdb.ts";
import { type ProgramEnd, runProgram, tablesOf } from "./program.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deltafuse-file-query-"));
  await writeFile(join(folder, "sales.csv"), "region,amount\nnorth,1.5\nsouth,2\nnorth,3\n");
  await writeFile(join(folder, "sales.jsonl"), '{"region":"north","amount":1}\n{"region":null,"amount":2.5}\n');
  await writeFile(join(folder, "ragged.csv"), "a,b\n1,2\n3\n");
  await copyFile(join(data, "flights-3m.parquet"), join(folder, "truncated.parquet"));
  await truncate(join(folder, "truncated.parquet"), 1_000_000);
  await using session = await openSession(parseProfile({ preset: "test" }));
  const target = { location: join(folder, "lake") };
  await writeTable(session, target, { source: { rows: [{ id: 1, city: "Wien" }] } });
  await writeTable(session, target, { source: { rows: [{ id: 2, city: "Graz" }] }, mode: "append" });
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

/** Runs `npm start -- --file … --sql …` as typed in the folder. */
function query(file: string, sql: string): Promise<ProgramEnd> {
  return runProgram("quickstart/main.ts", { args: ["--file", file, "--sql", sql], env: { INIT_CWD: folder } });
}

/** The table and the line below it, without its time. */
async function answer(file: string, sql: string): Promise<{ rows: Record<string, string>[]; last: string }> {
  const { code, stdout, stderr } = await query(file, sql);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [rows = []] = tablesOf(stdout);
  const last = /^(.*), \d+\.\d\d s$/.exec(stdout.trim().split("\n").at(-1) ?? "")?.[1] ?? stdout;
  return { rows, last };
}

async function failure(file: string, sql: string): Promise<string> {
  const { code, stdout, stderr } = await query(file, sql);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  return stderr.trim();
}

describe("a query over a file", () => {
  it("reads CSV, relative to where the command was typed", async () => {
    expect(await answer("sales.csv", "SELECT region, sum(amount) AS total FROM t GROUP BY region ORDER BY 1")).toEqual({
      rows: [
        { region: "north", total: "4.5" },
        { region: "south", total: "2" },
      ],
      last: "2 rows",
    });
  });

  it("reads JSON lines", async () => {
    expect(await answer("sales.jsonl", "SELECT region, amount FROM t ORDER BY amount")).toEqual({
      rows: [
        { region: "north", amount: "1" },
        { region: "NULL", amount: "2.5" },
      ],
      last: "2 rows",
    });
  });

  it("reads Parquet, shows 40 rows and counts all", async () => {
    const { rows, last } = await answer(
      join(data, "flights-3m.parquet"),
      "SELECT * FROM t ORDER BY date, delay, origin",
    );
    expect(last).toBe("3,000,000 rows");
    const first = await duckdbRows(`
      SELECT strftime(date, '%Y-%m-%dT%H:%M:%S.%f') AS date, delay, distance, origin, destination
      FROM '${data}/flights-3m.parquet' ORDER BY ALL LIMIT 40`);
    expect(rows).toHaveLength(40);
    expect(rows.map(({ date, delay }) => [date, delay])).toEqual(first.map(({ date, delay }) => [date, delay]));
  });

  it("reads Arrow IPC files", async () => {
    const { rows, last } = await answer(
      join(data, "flights-200k.arrow"),
      "SELECT count(*) AS n, sum(distance) AS d FROM t",
    );
    const [sums] = await duckdbRows(`SELECT count(*) AS n, sum(distance) AS d FROM '${data}/flights-200k.json'`);
    expect({ rows, last }).toEqual({ rows: [sums], last: "1 row" });
  });

  it("reads Delta tables", async () => {
    expect(await answer("lake", "SELECT id, city FROM t ORDER BY id")).toEqual({
      rows: [
        { id: "1", city: "Wien" },
        { id: "2", city: "Graz" },
      ],
      last: "2 rows",
    });
  });

  it("shows the columns of an empty result", async () => {
    const { code, stdout } = await query("sales.csv", "SELECT region FROM t WHERE amount > 100");
    expect({ code, lines: stdout.split("\n").slice(0, 3) }).toEqual({
      code: 0,
      lines: ["+--------+", "| region |", "+--------+"],
    });
    expect(stdout).toContain("0 rows");
  });
});

describe("a query that cannot be answered", () => {
  it("says that a file is missing", async () => {
    expect(await failure("none.csv", "SELECT 1")).toMatch(/^IO\.NOT_READY: .*none\.csv.* there is no such file/);
  });

  it("says that a file cannot be read", async () => {
    expect(await failure("truncated.parquet", "SELECT 1")).toMatch(/^ENGINE\.PARQUET: .*truncated\.parquet/);
    expect(await failure("ragged.csv", "SELECT * FROM t")).toMatch(/^ENGINE\.[A-Z]+: .*/);
  });

  it("says what is wrong with SQL", async () => {
    expect(await failure("sales.csv", "SELEC 1")).toMatch(/^SQL\.PARSE_ERROR: .*Line: 1, Column: 1/);
    expect(await failure("sales.csv", "SELECT regio FROM t")).toMatch(/^SQL\.PLAN_ERROR: .*regio.*region/);
  });

  it("refuses what read_only forbids", async () => {
    expect(await failure("sales.csv", "CREATE TABLE x AS SELECT * FROM t")).toMatch(/^SQL\.POLICY_VIOLATION: /);
  });

  it("wants the file and the query", async () => {
    const { code, stderr } = await runProgram("quickstart/main.ts", { args: ["--sql", "SELECT 1"] });
    expect({ code, stderr: stderr.trim() }).toEqual({ code: 1, stderr: "TypeError: Give --file and --sql together." });
  });
});
