import { parseProfile } from "@deltafuse/config/profile";
import { col } from "@deltafuse/session-core/expression";
import { createSessionCache, type SessionCache } from "@deltafuse/session-core/session-cache";
import type { Session } from "@deltafuse/session-core/session";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findDataset } from "../src/dataset-registry.ts";
import { registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { rowsOf } from "./test-session.ts";

const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });
let root = "";
let cache: SessionCache;
let mine: Session;
let yours: Session;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "deltafuse-"));
  cache = createSessionCache();
  mine = await cache.ensure(profile, []);
  yours = await cache.ensure(profile, []);
  await writeDataset(mine, { source: { rows: [{ n: 1 }, { n: 2 }] }, target: join(root, "numbers.parquet") });
});

afterEach(async () => {
  await cache.close();
  await rm(root, { recursive: true, force: true });
});

const known = (name: string): readonly (string | undefined)[] =>
  [mine, yours].map((session) => findDataset(session, name)?.name);

it("knows the same datasets through all handles, whichever changes them", async () => {
  const numbers = join(root, "numbers.parquet");
  await registerDataset(mine, "numbers", numbers);
  expect(known("numbers")).toEqual(["numbers", "numbers"]);
  await yours.drop("table", "numbers");
  expect(known("numbers")).toEqual([undefined, undefined]);
  await registerDataset(yours, "numbers", numbers);
  expect(known("numbers")).toEqual(["numbers", "numbers"]);
  const late = await cache.ensure(profile, []);
  await late.execute("CREATE OR REPLACE TABLE numbers AS SELECT 1 AS a");
  expect(known("numbers")).toEqual([undefined, undefined]);
  await registerDataset(mine, "numbers", numbers, { overwrite: true });
  await mine.close();
  await yours.close();
  await late.execute("DROP TABLE numbers");
  expect(findDataset(late, "numbers")).toBeUndefined();
});

it("takes frames of another handle as what is written, joined, viewed and read by name", async () => {
  const frame = mine.sql("SELECT value AS n FROM range(0, 4)").filter(col("n").gt(1));
  const target = join(root, "written.parquet");
  expect((await writeDataset(yours, { source: frame, target })).rows).toBe(2);
  await registerDataset(yours, "written", target);
  expect(await rowsOf(mine, "written")).toEqual([{ n: 2 }, { n: 3 }]);
  const joined = yours.table("written").join(frame.select(col("n").alias("m")), { on: [["n", "m"]] });
  expect(await joined.rows({ values: "plain" })).toHaveLength(2);
  await yours.createView("seen", frame);
  const counted = yours.sql("SELECT count(*) AS c FROM given JOIN seen USING (n)", { tables: { given: frame } });
  expect(await counted.rows({ values: "plain" })).toEqual([{ c: 2 }]);
});

it("still refuses frames of other sessions, and those of a handle that was closed", async () => {
  await using other = createSessionCache();
  const foreign = (await other.ensure(profile, [])).sql("SELECT 1 AS n");
  const target = join(root, "none.parquet");
  await expect(writeDataset(mine, { source: foreign, target })).rejects.toMatchObject({
    code: "FRAME.FOREIGN_SESSION",
  });
  const frame = mine.sql("SELECT 1 AS n");
  await mine.close();
  await expect(writeDataset(yours, { source: frame, target })).rejects.toMatchObject({ code: "SESSION.CLOSED" });
});
