import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { data, duckdbRows } from "./duckdb.ts";
import { type ProgramEnd, runProgram, tablesOf } from "./program.ts";

const output = new URL("../quickstart/output/", import.meta.url);
const flights = `'${data}/flights-3m.parquet'`;
const airports = `'${data}/airports.csv'`;

/** The rows that step 5 leaves: three delays are corrected, short flights are deleted. */
const lake = `(SELECT * REPLACE (CASE WHEN delay < -120 THEN 0 ELSE delay END AS delay) FROM ${flights} WHERE distance >= 100)`;

const titles = [
  "1. Open a session from a profile",
  "2. Register files under contracts",
  "3. Query 3 million flights",
  "4. Call a TypeScript function from SQL",
  "5. Change a Delta table",
  "6. Abort a query",
  "7. Show what ran",
];

let end: ProgramEnd;
let steps: readonly string[] = [];

beforeAll(async () => {
  await mkdir(output, { recursive: true });
  await writeFile(new URL("left-over", output), "of an earlier run");
  end = await runProgram("quickstart/main.ts");
  steps = end.stdout.trim().split(/\n\n/);
}, 300_000);

/** The files of the newest version of the Delta table, read from its log. */
async function currentFiles(): Promise<string[]> {
  const log = new URL("flights/_delta_log/", output);
  const files = new Set<string>();
  for (const name of (await readdir(log)).filter((one) => one.endsWith(".json")).toSorted()) {
    for (const line of (await readFile(new URL(name, log), "utf8")).trim().split("\n")) {
      const { add, remove } = JSON.parse(line);
      if (remove !== undefined) files.delete(remove.path);
      if (add !== undefined) files.add(add.path);
    }
  }
  return [...files].map((path) => fileURLToPath(new URL(`flights/${path}`, output)));
}

describe("the quickstart", () => {
  it("runs seven steps, each with a heading and its time", () => {
    expect({ code: end.code, stderr: end.stderr }).toEqual({ code: 0, stderr: "" });
    expect(steps.map((step) => step.split("\n")[0])).toEqual(titles);
    for (const step of steps) expect(step).toMatch(/\n {2}\(\d+\.\d\d s\)$/);
  });

  it("shows settings with their layers, and what a wrong profile says", () => {
    const [settings = []] = tablesOf(steps[0] ?? "");
    expect(settings.map(({ setting, from }) => [setting, from])).toEqual([
      ["datafusion.catalog.information_schema", "preset"],
      ["datafusion.execution.batch_size", "typed"],
      ["datafusion.execution.parquet.compression", "typed"],
      ["datafusion.execution.target_partitions", "preset"],
      ["datafusion.optimizer.hash_join_inlist_pushdown_max_size", "extension"],
      ["datafusion.runtime.memory_limit", "typed"],
    ]);
    expect(steps[0]).toContain("CONFIG.INVALID_PROFILE");
    expect(steps[0]).toContain("memory.limt: There is no such field. Did you mean limit?");
  });

  it("refuses a contract that does not fit, with its findings", () => {
    expect(steps[1]).toContain("SCHEMA.CONTRACT_VIOLATION");
    expect(steps[1]).toContain("misfit: 3 violations");
    for (const type of ["type_mismatch", "missing_column", "extra_column"]) expect(steps[1]).toContain(`[${type}]`);
  });

  it("finds the busiest routes and the delay by month that DuckDB finds", async () => {
    const [routes, months] = tablesOf(steps[2] ?? "");
    expect(routes).toEqual(
      await duckdbRows(`
        SELECT any_value(o.city) AS "from", any_value(d.city) AS "to", count(*) AS flights,
               round(avg(delay), 1) AS "average delay"
        FROM ${flights} JOIN ${airports} o ON origin = o.iata JOIN ${airports} d ON destination = d.iata
        GROUP BY origin, destination ORDER BY flights DESC LIMIT 5`),
    );
    expect(months).toEqual(
      await duckdbRows(`
        SELECT month(date) AS month, count(*) AS flights, round(avg(delay), 1) AS delay
        FROM ${flights} GROUP BY ALL ORDER BY month`),
    );
  });

  it("finds the distances that DuckDB finds", async () => {
    const near = `2 * 3958.8 * asin(sqrt(pow(sin(radians(d.latitude - o.latitude) / 2), 2)
      + cos(radians(o.latitude)) * cos(radians(d.latitude)) * pow(sin(radians(d.longitude - o.longitude) / 2), 2)))`;
    const measured = `
      SELECT origin, destination, distance, ${near} AS miles
      FROM ${flights} JOIN ${airports} o ON origin = o.iata JOIN ${airports} d ON destination = d.iata`;
    const [agreeing] = await duckdbRows(
      `SELECT count(*) AS flights FROM (${measured}) WHERE abs(distance - miles) <= 5`,
    );
    expect(steps[3]).toContain(`${Number(agreeing?.["flights"]).toLocaleString("en")} flights are told within 5 miles`);
    const routes = await duckdbRows(`
      SELECT origin, destination, distance, count(*) AS flights, round(max(miles), 1) AS "great circle"
      FROM (${measured}) GROUP BY ALL ORDER BY max(abs(distance - miles)) DESC, origin LIMIT 5`);
    expect(tablesOf(steps[3] ?? "")).toEqual([routes]);
  });

  it("changes the Delta table as DuckDB would, and reads it at two versions", async () => {
    const [sums] = await duckdbRows(`
      SELECT count(*) FILTER (WHERE month(date) <= 3) AS first, count(*) FILTER (WHERE delay < -120) AS wrong,
             count(*) FILTER (WHERE distance < 100) AS deleted, count(*) FILTER (WHERE distance >= 100) AS now
      FROM ${flights}`);
    const [first, wrong, deleted, now] = ["first", "wrong", "deleted", "now"].map((name) =>
      Number(sums?.[name]).toLocaleString("en"),
    );
    expect(steps[4]).toContain(`Corrected ${wrong} flights by id, deleted ${deleted}.`);
    expect(steps[4]).toContain(`Version 0 has ${first} flights, now there are ${now}:`);
    const [months, commits] = tablesOf(steps[4] ?? "");
    expect(months).toEqual(
      await duckdbRows(`
        SELECT month(date) AS month, count(*) AS flights, min(delay) AS earliest FROM ${lake} GROUP BY ALL ORDER BY 1`),
    );
    expect(commits).toEqual([
      { version: "3", operation: "DELETE", note: "no short hops" },
      { version: "2", operation: "MERGE", note: "NULL" },
      { version: "1", operation: "WRITE", note: "NULL" },
      { version: "0", operation: "WRITE", note: "NULL" },
    ]);
  });

  it("leaves files that hold, read by DuckDB, exactly the changed rows under distinct ids", async () => {
    const written = `(SELECT * FROM read_parquet(${JSON.stringify(await currentFiles()).replaceAll('"', "'")}))`;
    const columns = "date, delay, distance, origin, destination";
    const [compared] = await duckdbRows(`
      SELECT (SELECT count(*) FROM ${written}) AS rows, (SELECT count(DISTINCT id) FROM ${written}) AS ids,
             (SELECT count(*) FROM (SELECT ${columns} FROM ${written} EXCEPT ALL SELECT ${columns} FROM ${lake})) AS extra,
             (SELECT count(*) FROM (SELECT ${columns} FROM ${lake} EXCEPT ALL SELECT ${columns} FROM ${written})) AS missing`);
    expect(compared).toEqual({ rows: compared?.["ids"], ids: compared?.["rows"], extra: "0", missing: "0" });
  });

  it("aborts a query and goes on", () => {
    expect(steps[5]).toMatch(/was aborted after 1 s and ended \d+ ms later\./);
    expect(steps[5]).toContain("The session still works: 3,376 airports.");
  });

  it("shows the plan of a query with what it read, and the records of the run by kind", async () => {
    const [states, tables, kinds = []] = tablesOf(steps[6] ?? "");
    expect(states).toEqual(
      await duckdbRows(`
        SELECT state, count(*) AS flights, round(avg(delay), 1) AS "average delay"
        FROM ${lake} JOIN ${airports} ON iata = origin GROUP BY state ORDER BY flights DESC LIMIT 3`),
    );
    expect(steps[6]).toMatch(/has the fingerprint [0-9a-f]{64} and reads/);
    expect(tables?.map((row) => [row["table"], row["Delta version"]])).toEqual([
      ["airports", "NULL"],
      ["lake", "3"],
    ]);
    const lines = (await readFile(new URL("records.jsonl", output), "utf8")).trim().split("\n");
    const recorded = kinds.reduce((sum, { records }) => sum + Number(records), 0);
    const counts = new Map<string, number>();
    for (const line of lines.slice(0, recorded)) {
      const { kind } = JSON.parse(line);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const expected = [...counts].map(([kind, records]) => ({ kind, records: String(records) }));
    expect(kinds).toEqual(expected.toSorted((left, right) => (left.kind < right.kind ? -1 : 1)));
  });

  it("writes below its output folder, which it empties first", async () => {
    expect((await readdir(output)).toSorted()).toEqual(["flights", "records.jsonl"]);
  });

  it("ends with the error of a step that fails", async () => {
    const failed = await runProgram("quickstart/main.ts", { env: { DELTAFUSE_BATCH_SIZE: "many" } });
    expect({ code: failed.code, stdout: failed.stdout.trim() }).toEqual({ code: 1, stdout: titles[0] });
    expect(failed.stderr).toMatch(/^CONFIG\.INVALID_ENV: .*\n {2}.*DELTAFUSE_BATCH_SIZE/);
  });
});
