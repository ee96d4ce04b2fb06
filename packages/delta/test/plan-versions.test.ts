import { registerDataset } from "@deltafuse/dataset-io/register";
import { describeScan } from "@deltafuse/dataset-io/scan-description";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readTable } from "../src/scan.ts";
import { writeTable } from "../src/write.ts";
import { type TestSite, testSite } from "./test-session.ts";

let site: TestSite;
let location: string;

beforeEach(async () => {
  site = await testSite();
  location = site.path("table");
  for (const n of [0, 1, 2]) {
    const rows = [{ n, month: `m${n % 2}` }];
    await writeTable(site.session, { location }, { source: { rows }, mode: "append", partitionBy: ["month"] });
  }
});
afterEach(() => site[Symbol.asyncDispose]());

it("a plan reads one Delta table at two versions only where both were asked for", async () => {
  const { session } = site;
  const at = (version?: number): ReturnType<typeof readTable> =>
    readTable(session, version === undefined ? { location } : { location, version });
  const [first, second, newest] = [await at(0), await at(1), await at()];
  const { tables, determinism } = await first.union(second).artifact();
  expect(tables.map(({ deltaVersion }) => deltaVersion)).toEqual([0, 1]);
  expect(determinism).toEqual({ level: "deterministic", reasons: [] });
  expect((await newest.artifact()).determinism.level).toBe("unpinned");
  expect((await newest.union(newest).artifact()).tables).toHaveLength(1);
  await expect(first.union(newest).artifact()).rejects.toMatchObject({
    code: "PLAN.VERSION_CONFLICT",
    details: { versions: [0, 2] },
  });
});

it("describes the scan of a Delta table", async () => {
  const { session } = site;
  await registerDataset(session, "t", location);
  const [scan] = await describeScan(session.sql("SELECT n FROM t WHERE month = 'm0'"), { listFiles: true });
  expect(scan).toMatchObject({ dataset: "t", version: 2, filesTotal: 3, filesCandidate: 2, projectedColumns: ["n"] });
  expect(scan?.key).toMatch(/^scan:t:2:[0-9a-f]{16}$/);
  expect(scan?.files?.map(({ rowGroups }) => rowGroups)).toEqual([1, 1]);
  const [filter] = await session.sql("SELECT n FROM t WHERE month = 'm0'").pushdown();
  expect(filter).toMatchObject({ table: "t", verdict: "satisfied" });
});
