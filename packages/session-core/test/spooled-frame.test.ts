import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseProfile } from "@deltafuse/config/profile";
import { veto } from "@deltafuse/hooks/interceptors";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, col } from "../src/expression.ts";
import { openSession, type Session } from "../src/session.ts";

let folder: string;
let session: Session;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "deltafuse-spool-"));
  const spill = { mode: "directories", directories: [folder] } as const;
  session = await openSession(parseProfile({ preset: "test", spill, sql: { policy: "admin" } }));
});
afterEach(async () => {
  await session.close();
  rmSync(folder, { recursive: true });
});

/** Files in the spill directory, however deep. */
function spilled(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

const drawn = "SELECT value AS n, random() AS r, repeat('x', 100) AS text FROM range(0, 20000)";

describe("a spooled frame", () => {
  it("has the rows of one run, however often it is read", async () => {
    await using kept = await session.sql(drawn).spool();
    const [first, second] = [await kept.filter(col("n").lt(5)).rows(), await kept.filter(col("n").lt(5)).rows()];
    expect(first.length).toBe(5);
    expect(second).toEqual(first);
    expect(await kept.count()).toBe(20_000);
    expect(await kept.schema()).toEqual(await session.sql(drawn).schema());
    expect(await kept.join(kept.select("n").alias("b"), { on: ["n"] }).count()).toBe(20_000);
    expect(spilled()).toEqual([]);
  });

  it("goes to files past its memory, which go with it", async () => {
    const kept = await session.sql(drawn).spool({ memoryBytes: 500_000 });
    expect(spilled().length).toBe(1);
    const sum = await kept.aggregate({ values: [call("max", col("n")).alias("m")] }).scalar();
    expect(sum).toBe(19_999n);
    expect(await Promise.all([kept.count(), kept.count(), kept.drain()])).toEqual([20_000, 20_000, 20_000]);
    expect(await kept.filter(col("n").gte(19_998)).count()).toBe(2);
    await kept.close();
    await kept.close();
    expect(spilled()).toEqual([]);
    await expect(kept.count()).rejects.toMatchObject({ code: "NATIVE.CLOSED" });
  });

  it("is closed for the frames made of it too, but not for open streams", async () => {
    const kept = await session.sql(drawn).spool({ memoryBytes: 0 });
    const few = kept.filter(col("n").lt(3));
    expect(await few.count()).toBe(3);
    const stream = await kept.select("n").stream();
    const rows = stream.rows()[Symbol.asyncIterator]();
    expect((await rows.next()).done).toBe(false);
    await kept.close();
    let more = 1;
    for (let next = await rows.next(); next.done !== true; next = await rows.next()) more += 1;
    expect(more).toBe(20_000);
    await expect(few.rows()).rejects.toMatchObject({ code: "NATIVE.CLOSED" });
    expect(spilled()).toEqual([]);
  });

  it("is refused past its bytes, and keeps nothing then", async () => {
    const refused = session.sql(drawn).spool({ memoryBytes: 100_000, maxBytes: 1_000_000 });
    await expect(refused).rejects.toMatchObject({
      code: "QUERY.RESULT_TOO_LARGE",
      details: { limit: 1_000_000, unit: "bytes" },
    });
    expect(spilled()).toEqual([]);
  });

  it("keeps nothing of a query that fails or is aborted", async () => {
    const failing = session.sql("SELECT 1 / (15000 - value) AS q, repeat('x', 100) AS t FROM range(0, 20000)");
    await expect(failing.spool({ memoryBytes: 0 })).rejects.toMatchObject({ code: "ENGINE.EXECUTION" });
    const controller = new AbortController();
    const endless = session.sql("SELECT repeat('x', 1000) AS t FROM range(0, 100000000)");
    const spooling = endless.spool({ memoryBytes: 0, signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(spooling).rejects.toMatchObject({ name: "AbortError" });
    expect(spilled()).toEqual([]);
  });

  it("makes rows that can be read once readable again", async () => {
    async function* batches(): AsyncGenerator<RecordBatch> {
      yield* tableFromArrays({ n: [1, 2, 3] }).batches;
    }
    await using kept = await session.sql("SELECT * FROM given", { tables: { given: batches() } }).spool();
    expect([await kept.count(), await kept.count()]).toEqual([3, 3]);
    expect(
      await session.sql("SELECT sum(n) AS s FROM a, (SELECT max(n) FROM a) AS b", { tables: { a: kept } }).scalar(),
    ).toBe(6);
    await session.createView("v", kept);
    expect(await session.sql("SELECT count(*) AS n FROM v").scalar()).toBe(3n);
  });

  it("asks the interceptors of executions", async () => {
    using _rule = session.hooks.intercept("beforeExecute", () => veto("no"));
    await expect(session.sql(drawn).spool()).rejects.toMatchObject({ code: "HOOKS.VETOED" });
  });

  it("has no rows where the query has none", async () => {
    await using kept = await session.sql("SELECT value AS n FROM range(0, 0)").spool({ memoryBytes: 0 });
    expect(await kept.rows()).toEqual([]);
    expect((await kept.schema()).map(({ name }) => name)).toEqual(["n"]);
  });

  it("leaves no file behind over 50 spools", async () => {
    for (let run = 0; run < 50; run++) {
      await using kept = await session.sql("SELECT value FROM range(0, 100)").spool({ memoryBytes: 0 });
      expect(await kept.count()).toBe(100);
    }
    expect(spilled()).toEqual([]);
  });
});
