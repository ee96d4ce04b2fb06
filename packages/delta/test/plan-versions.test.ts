import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registerDataset } from "@deltafuse/dataset-io/register";
import { describeScan } from "@deltafuse/dataset-io/scan-description";
import { migratePlanArtifact, type PlanArtifact } from "@deltafuse/session-core/plan-artifact";
import { diffPlanArtifacts } from "@deltafuse/session-core/plan-diff";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTable } from "../src/scan.ts";
import { openTable } from "../src/table.ts";
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

describe("the time of a version in an artifact", () => {
  const commit = (version: number): string => join(location, "_delta_log", `${String(version).padStart(20, "0")}.json`);
  const artifact = async (version?: number): Promise<PlanArtifact> =>
    (await readTable(site.session, version === undefined ? { location } : { location, version })).artifact();

  it("is that of the commit's file, and no part of the fingerprint", async () => {
    const { session } = site;
    utimesSync(commit(1), 1_700_000_000, 1_700_000_000);
    utimesSync(commit(2), 1_700_000_100, 1_700_000_100.25);
    const [second, newest] = [await artifact(1), await artifact()];
    expect(second.tables).toMatchObject([{ deltaVersion: 1, timestampMs: 1_700_000_000_000 }]);
    expect(newest.tables).toMatchObject([{ deltaVersion: 2, timestampMs: 1_700_000_100_250 }]);
    await using opened = await openTable(session, { location });
    expect(opened.snapshot().timestampMs).toBe(1_700_000_100_250);
    utimesSync(commit(2), 1_700_000_200, 1_700_000_200);
    const later = await artifact();
    expect(later.tables).toMatchObject([{ timestampMs: 1_700_000_200_000 }]);
    expect(later.planFingerprint).toBe(newest.planFingerprint);
    expect(diffPlanArtifacts(newest, later).summary).toBe(diffPlanArtifacts(newest, newest).summary);
    expect((await session.sql("SELECT * FROM range(0, 1)").artifact()).tables).toMatchObject([{ timestampMs: null }]);
  });

  it("is the one inside the commit where the table has it", async () => {
    const actions = readFileSync(commit(0), "utf8").trim().split("\n");
    const parsed = actions.map((line): Record<string, Record<string, unknown>> => JSON.parse(line));
    for (const action of parsed) {
      if (action["protocol"] !== undefined)
        action["protocol"] = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ["inCommitTimestamp"] };
      if (action["metaData"] !== undefined)
        action["metaData"]["configuration"] = { "delta.enableInCommitTimestamps": "true" };
      if (action["commitInfo"] !== undefined) action["commitInfo"]["inCommitTimestamp"] = 1_600_000_000_123;
    }
    const first = parsed.toSorted((a, b) => Number("commitInfo" in b) - Number("commitInfo" in a));
    writeFileSync(commit(0), `${first.map((action) => JSON.stringify(action)).join("\n")}\n`);
    const { tables } = await artifact(0);
    expect(tables).toMatchObject([{ deltaVersion: 0, timestampMs: 1_600_000_000_123 }]);
  });

  it("is missing in artifacts that were kept before it was told", async () => {
    const kept = await artifact();
    const { tables, ...others } = kept;
    const before = { ...others, tables: tables.map(({ timestampMs: _time, ...table }) => table) };
    expect(migratePlanArtifact(JSON.parse(JSON.stringify(before)))).toEqual({
      ...kept,
      tables: tables.map((table) => ({ ...table, timestampMs: null })),
    });
  });
});
