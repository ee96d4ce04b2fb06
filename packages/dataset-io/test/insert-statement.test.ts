import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createHooks } from "@deltafuse/hooks/hooks";
import { veto } from "@deltafuse/hooks/interceptors";
import type { Session } from "@deltafuse/session-core/session";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDatasetCatalog } from "../src/dataset-catalog.ts";
import { datasets, registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { openTestSession, rowsOf } from "./test-session.ts";

const admin = { sql: { policy: "admin" } } as const;
const noDatasets = (): ReturnType<typeof datasets> => datasets({ catalog: createDatasetCatalog({}) });

let root: string;
let session: Session;
const at = (name: string): string => join(root, name);

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "deltafuse-insert-")));
  session = await openTestSession({ extensions: [noDatasets()] }, admin);
  await writeDataset(session, {
    source: { sql: "SELECT 1 AS id, CAST('one' AS VARCHAR) AS name" },
    target: at("kept/"),
  });
  await registerDataset(session, "kept", at("kept/"));
});
afterEach(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

async function refusal(sql: string, options: Parameters<Session["execute"]>[1] = {}): Promise<unknown> {
  const error: unknown = await session.execute(sql, options).catch((reason: unknown) => reason);
  return { error };
}

describe("INSERT INTO a folder of files", () => {
  it("adds files with the columns of the table, and says how many rows", async () => {
    const before = readdirSync(at("kept"));
    // #region insert
    const added = await session.execute("INSERT INTO kept VALUES ($id, $name), (3, 'three')", {
      parameters: { id: 2, name: "two" },
    });
    // added.rowsAffected: 2
    // #endregion
    expect([added.rowsAffected, added.table?.toArray().map(String)]).toEqual([2, ['{"count": 2}']]);
    await session.execute("INSERT INTO kept (name, id) SELECT name || '!', 4 FROM kept WHERE id = 1");
    expect(await rowsOf(session, "kept")).toEqual([
      { id: 1, name: "one" },
      { id: 2, name: "two" },
      { id: 3, name: "three" },
      { id: 4, name: "one!" },
    ]);
    const after = readdirSync(at("kept"));
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.filter((name) => !name.endsWith(".parquet"))).toEqual([]);
    expect(readdirSync(root)).toEqual(["kept"]);
    await session.execute(`CREATE EXTERNAL TABLE again STORED AS PARQUET LOCATION '${at("kept/")}'`);
    expect(await session.table("again").count()).toBe(4);
  });

  it("puts rows into the folders of their values", async () => {
    const source = { sql: "SELECT 1 AS id, 'a' AS part" };
    await writeDataset(session, { source, target: at("parts/"), partitionBy: ["part"] });
    await session.execute(
      `CREATE EXTERNAL TABLE parts STORED AS PARQUET PARTITIONED BY (part) LOCATION '${at("parts/")}'`,
    );
    expect((await session.execute("INSERT INTO parts (part, id) VALUES ('b', 2), ('a', 3)")).rowsAffected).toBe(2);
    expect(readdirSync(at("parts")).toSorted()).toEqual(["part=a", "part=b"]);
    expect(await rowsOf(session, "parts")).toEqual([
      { id: 1, part: "a" },
      { id: 2, part: "b" },
      { id: 3, part: "a" },
    ]);
  });

  it("replaces all files with OVERWRITE, from the table itself too", async () => {
    const { rowsAffected } = await session.execute("INSERT OVERWRITE kept SELECT id + 1, name FROM kept");
    expect([rowsAffected, await rowsOf(session, "kept")]).toEqual([1, [{ id: 2, name: "one" }]]);
  });

  it("leaves everything as it was when it fails, or has no rows", async () => {
    const before = readdirSync(at("kept"));
    expect((await session.execute("INSERT INTO kept SELECT * FROM kept WHERE false")).rowsAffected).toBe(0);
    expect(await refusal("INSERT INTO kept SELECT id / (id - 1), name FROM kept")).toMatchObject({
      error: { code: expect.stringMatching(/^ENGINE\./) },
    });
    expect(await refusal("INSERT INTO kept (name) SELECT name FROM kept")).toMatchObject({
      error: { code: "ENGINE.SCHEMA", details: { column: "id" } },
    });
    expect([readdirSync(at("kept")), readdirSync(root)]).toEqual([before, ["kept"]]);
  });

  it("is told as a write, asks beforeWrite, and is explained", async () => {
    using hooks = createHooks();
    await using own = await openTestSession({ hooks, extensions: [noDatasets()] }, admin);
    await registerDataset(own, "kept", at("kept/"));
    const seen: unknown[] = [];
    hooks.on("write.committed", ({ target, mode, rows }) => void seen.push([target, mode, rows]));
    await own.execute("INSERT INTO kept VALUES (2, 'two')");
    expect(seen).toEqual([[pathToFileURL(at("kept/")).href, "append", 1]]);
    hooks.intercept("beforeWrite", () => veto("not today"));
    await expect(own.execute("INSERT INTO kept VALUES (3, 'x')")).rejects.toMatchObject({ code: "HOOKS.VETOED" });
    const plans = await own.sql("EXPLAIN FORMAT INDENT INSERT INTO kept VALUES (3, 'x')").rows<{ plan: string }>();
    expect(plans[0]?.plan).toContain("Command: INSERT INTO kept, module=datasets");
    expect(await own.table("kept").count()).toBe(2);
  });
});

describe("INSERT", () => {
  it("is refused for files that nothing can be added to", async () => {
    await writeDataset(session, { source: { sql: "SELECT 1 AS a" }, target: at("one.parquet") });
    await registerDataset(session, "one", at("one.parquet"));
    await registerDataset(session, "some", at("kept/part-*.parquet"));
    mkdirSync(at("text"));
    await session.execute(`CREATE EXTERNAL TABLE text (a INT) STORED AS CSV LOCATION '${at("text/")}'`);
    for (const [sql, statement, use] of [
      ["INSERT INTO one VALUES (2)", "INSERT into a table of given files", "folder"],
      ["INSERT INTO some VALUES (2, 'x')", "INSERT into a table of given files", "folder"],
      ["INSERT INTO text VALUES (2)", "INSERT into CSV files", "Parquet"],
      ["REPLACE INTO kept VALUES (2, 'x')", "REPLACE", "INSERT INTO"],
      ["UPDATE kept SET id = 1", "UPDATE on a table of files", "INSERT INTO"],
      ["DELETE FROM kept WHERE id IN (SELECT 1)", "DELETE on a table of files", "INSERT INTO"],
      ["MERGE INTO kept USING one ON id = a WHEN MATCHED THEN DELETE", "MERGE on a table of files", "INSERT INTO"],
    ] as const) {
      expect([sql, await refusal(sql)]).toMatchObject([
        sql,
        { error: { code: "SQL.STATEMENT_UNSUPPORTED", details: { statement, use: expect.stringContaining(use) } } },
      ]);
    }
    mkdirSync(at("kept/_delta_log"));
    expect(await refusal("INSERT INTO kept VALUES (2, 'x')")).toMatchObject({
      error: { code: "IO.DESTINATION_FOREIGN" },
    });
    expect(await rowsOf(session, "kept")).toEqual([{ id: 1, name: "one" }]);
  });

  it("is held by the policy: rows, functions and paths", async () => {
    const sql = "INSERT INTO kept SELECT 2, upper('x')";
    const policies = [
      ["dml", "read_only"],
      ["function", { functions: { deny: ["upper"] } }],
      ["path", { paths: { read: [at("kept")], write: [at("elsewhere")] } }],
    ] as const;
    for (const [violation, policy] of policies) {
      expect([violation, await refusal(sql, { policy })]).toMatchObject([
        violation,
        { error: { code: "SQL.POLICY_VIOLATION", details: { violation } } },
      ]);
    }
    await session.execute(sql, { policy: { paths: { write: [root] } } });
    expect(await session.table("kept").count()).toBe(2);
    expect(existsSync(at("elsewhere"))).toBe(false);
  });

  it("needs its extension", async () => {
    await using own = await openTestSession({ extensions: [] }, admin);
    await registerDataset(own, "kept", at("kept/"));
    await expect(own.execute("INSERT INTO kept VALUES (1, 'x')")).rejects.toMatchObject({
      code: "SQL.EXTENSION_REQUIRED",
      details: { statement: "INSERT", extension: "datasets" },
    });
  });
});
