import { cpSync } from "node:fs";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { writeDataset } from "@deltafuse/dataset-io/write";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { call, col } from "@deltafuse/session-core/expression";
import type { Frame } from "@deltafuse/session-core/frame";
import { registerFunction } from "@deltafuse/udf/registry";
import { defineScalar } from "@deltafuse/udf/scalar-function";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeTable } from "../src/write.ts";
import { type TestSite, testSite } from "./test-session.ts";

const hooks = recordingHooks();
let site: TestSite;

beforeEach(async () => {
  site = await testSite({ hooks }, { sql: { policy: "admin" } });
});
afterEach(() => site[Symbol.asyncDispose]());

/** The rows of a query, and what the plan cache had to do with it. */
async function run(query: string | Frame): Promise<readonly [rows: readonly object[], result: unknown]> {
  const frame = typeof query === "string" ? site.session.sql(query) : query;
  const rows = await frame.rows({ values: "plain" });
  return [[...rows], hooks.of("plan.compiled").at(-1)?.cacheResult];
}

const append = (rows: readonly object[]): Promise<unknown> =>
  writeTable(site.session, { location: site.path("t") }, { source: { rows }, mode: "append" });

describe("the plan of a Delta table", () => {
  it("is used while the table has the same version, also behind a view", async () => {
    await append([{ n: 1 }]);
    await registerDataset(site.session, "t", { uri: site.path("t"), format: "delta" });
    await site.session.execute("CREATE VIEW v AS SELECT n FROM t");
    for (const sql of ["SELECT sum(n) AS s FROM t", "SELECT sum(n) AS s FROM v"]) {
      expect([await run(sql), await run(sql)]).toEqual([
        [[{ s: 1 }], "miss"],
        [[{ s: 1 }], "hit"],
      ]);
    }
    await append([{ n: 2 }]);
    for (const sql of ["SELECT sum(n) AS s FROM t", "SELECT sum(n) AS s FROM v"]) {
      expect([await run(sql), await run(sql)]).toEqual([
        [[{ s: 3 }], "miss"],
        [[{ s: 3 }], "hit"],
      ]);
    }
    expect(hooks.of("cache.miss").at(-1)).toMatchObject({ cache: "plan", reason: "version" });
    expect(hooks.of("cache.evict").at(-1)).toMatchObject({ cache: "plan", reason: "version" });
  });
});

describe("the plan of a frame", () => {
  const sum = (table: string): Frame => site.session.table(table).aggregate({ values: { s: call("sum", col("n")) } });

  it("is used while its Delta tables have the same versions, also behind a view", async () => {
    await append([{ n: 1 }]);
    await registerDataset(site.session, "t", { uri: site.path("t"), format: "delta" });
    await site.session.execute("CREATE VIEW v AS SELECT n FROM t");
    const twice = (): Frame => site.session.table("t").join(site.session.table("t"), { on: ["n"] });
    for (const frame of [() => sum("t"), () => sum("v"), () => twice().select("n")]) {
      const [first, second] = [await run(frame()), await run(frame())];
      expect([first[1], second[1]]).toEqual(["miss", "hit"]);
      expect(second[0]).toEqual(first[0]);
    }
    const found = site.session.table("t");
    expect(await found.count()).toBe(1);
    await append([{ n: 2 }]);
    for (const name of ["t", "v"]) {
      expect([await run(sum(name)), await run(sum(name))]).toEqual([
        [[{ s: 3 }], "miss"],
        [[{ s: 3 }], "hit"],
      ]);
    }
    expect(hooks.of("cache.miss").at(-1)).toMatchObject({ cache: "plan", reason: "version" });
    expect(hooks.of("cache.evict").at(-1)).toMatchObject({ cache: "plan", reason: "version" });
    expect(await found.count()).toBe(1);
    expect(await found.filter(col("n").gt(0)).count()).toBe(1);
    expect(await twice().count()).toBe(2);
  });

  it("reads new files of a folder, as they are planned", async () => {
    const { session } = site;
    await writeDataset(session, { source: { rows: [{ n: 1 }] }, target: site.path("numbers/a.parquet") });
    await registerDataset(session, "numbers", site.path("numbers/"));
    expect([await run(sum("numbers")), await run(sum("numbers"))]).toEqual([
      [[{ s: 1 }], "miss"],
      [[{ s: 1 }], "hit"],
    ]);
    cpSync(site.path("numbers/a.parquet"), site.path("numbers/b.parquet"));
    await session.clearCaches();
    expect(await run(sum("numbers"))).toEqual([[{ s: 2 }], "hit"]);
  });
});

describe("the plan of files", () => {
  it("is used while the table is registered, and reads new files", async () => {
    const { session } = site;
    await writeDataset(session, { source: { rows: [{ n: 1 }] }, target: site.path("numbers/a.parquet") });
    await registerDataset(session, "numbers", site.path("numbers/"));
    const sql = "SELECT sum(n) AS s FROM numbers";
    expect([await run(sql), await run(sql)]).toEqual([
      [[{ s: 1 }], "miss"],
      [[{ s: 1 }], "hit"],
    ]);
    cpSync(site.path("numbers/a.parquet"), site.path("numbers/b.parquet"));
    expect((await run(sql))[1]).toBe("hit");
    await session.drop("table", "numbers");
    await expect(run(sql)).rejects.toMatchObject({ code: "SQL.PLAN_ERROR" });
  });
});

describe("the plan of a function", () => {
  it("goes when the function is replaced", async () => {
    const plus = (amount: bigint, version: string): ReturnType<typeof defineScalar> =>
      defineScalar({
        name: "plus",
        args: { n: "int64" },
        returns: "int64",
        volatility: "immutable",
        version,
        call: (n) => n + amount,
      });
    await registerFunction(site.session, plus(1n, "1"));
    const sql = "SELECT plus(1) AS n";
    expect([await run(sql), await run(sql)]).toEqual([
      [[{ n: 2 }], "miss"],
      [[{ n: 2 }], "hit"],
    ]);
    const frame = (): Frame => site.session.sql("SELECT 1 AS one").select(call("plus", col("one")).alias("n"));
    expect([await run(frame()), await run(frame())]).toEqual([
      [[{ n: 2 }], "miss"],
      [[{ n: 2 }], "hit"],
    ]);
    await registerFunction(site.session, plus(10n, "2"), { replace: true });
    expect(await run(sql)).toEqual([[{ n: 11 }], "miss"]);
    expect(await run(frame())).toEqual([[{ n: 11 }], "miss"]);
  });
});
