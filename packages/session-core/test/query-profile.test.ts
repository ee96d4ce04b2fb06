import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OperatorProfile, type QueryProfile, renderProfile } from "../src/query-profile.ts";
import { openSession, type Session } from "../src/session.ts";

let session: Session;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", execution: { targetPartitions: 4 } }));
});
afterAll(() => session.close());

function operators(profile: QueryProfile): readonly OperatorProfile[] {
  const all = (one: OperatorProfile): readonly OperatorProfile[] => [one, ...one.children.flatMap(all)];
  return profile.root === null ? [] : all(profile.root);
}

function operator(profile: QueryProfile, name: string): OperatorProfile {
  const found = operators(profile).find((one) => one.operator === name);
  if (found === undefined)
    throw new Error(
      `${name} is not among ${operators(profile)
        .map((one) => one.operator)
        .join(", ")}`,
    );
  return found;
}

const joined = `
  SELECT o.g, sum(l.v) AS total
  FROM (SELECT value AS k, value % 7 AS g FROM range(0, 500)) o
  JOIN (SELECT value % 500 AS k, value AS v FROM range(0, 20000)) l ON o.k = l.k
  GROUP BY o.g`;

describe("the profile of a query", () => {
  it("has the rows of the result at its root, and every operator once", async () => {
    const stream = await session.sql(joined).stream();
    let rows = 0;
    for await (const batch of stream.columns()) rows += batch.rows;
    const profile = await stream.profile();
    expect([profile.status, profile.rows, profile.root?.rows, profile.queryId]).toEqual([
      "finished",
      rows,
      rows,
      stream.queryId,
    ]);
    const planned = await session.sql(joined).explain({ format: "nodes" });
    const names = (node: { readonly operator: string; readonly children: readonly object[] }): readonly string[] => [
      node.operator,
      ...node.children.flatMap((child) => names(child as typeof node)),
    ];
    expect(operators(profile).map((one) => one.operator)).toEqual(names(planned));
  });

  it("tells how a join and its partitions spent their time", async () => {
    const profile = await session.sql(joined).profile();
    expect([profile.status, profile.error, profile.rows]).toEqual(["finished", null, 7]);
    const { join, rows, detail } = operator(profile, "HashJoinExec");
    expect([rows, join?.buildRows, join?.probeRows]).toEqual([20_000, 500, 20_000]);
    expect(join?.buildMs).toBeGreaterThan(0);
    expect(join?.probeMs).toBeGreaterThan(0);
    expect(detail).toMatch(/^HashJoinExec: mode=/);
    const grouped = operators(profile).find((one) => one.partitions.length > 1 && one.rows === 7);
    expect(grouped?.partitions.reduce((sum, one) => sum + one.rows, 0)).toBe(7);
    expect(grouped?.skew?.ratio).toBeGreaterThanOrEqual(1);
    expect(profile.durationMs).toBeGreaterThan(0);
    expect(profile.peakMemoryBytes).toBeGreaterThan(0);
  });

  it("tells what a sort spilled", async () => {
    const memory = { pool: "fair", limit: "4MiB", sortReservation: "512KiB" } as const;
    await using small = await openSession(
      parseProfile({ preset: "test", memory, execution: { targetPartitions: 1, batchSize: 1024 } }),
    );
    const profile = await small
      .sql("SELECT value, md5(CAST(value AS varchar)) AS h FROM range(0, 120000) ORDER BY h")
      .profile();
    expect([profile.status, profile.rows]).toEqual(["finished", 120_000]);
    const { spill } = operator(profile, "SortExec");
    expect(spill?.count).toBeGreaterThan(0);
    expect(spill?.bytes).toBeGreaterThan(0);
    expect(spill?.rows).toBeGreaterThan(0);
    expect(renderProfile(profile)).toMatch(/SortExec: .*spilled [\d.]+ [KM]iB in \d+/);
  });

  it("is there for no rows and for no plan", async () => {
    const empty = await session.sql("SELECT value FROM range(0, 10) WHERE value > 20").profile();
    expect([empty.status, empty.rows, empty.root?.rows]).toEqual(["finished", 0, 0]);
    const stream = await session.sql("SELECT 1 AS a").stream();
    expect(await stream.profile()).toMatchObject({ status: "planned", rows: 0, durationMs: 0 });
    await stream.close();
    expect(await stream.profile()).toMatchObject({ status: "stopped", rows: 0 });
  });

  it("is there after an early end, also when the stream is closed", async () => {
    const stream = await session.sql("SELECT value FROM range(0, 1000000)").stream();
    for await (const batch of stream.columns()) {
      expect(batch.rows).toBeGreaterThan(0);
      break;
    }
    const profile = await stream.profile();
    expect(profile.status).toBe("stopped");
    expect(profile.rows).toBeGreaterThan(0);
    expect(await stream.profile()).toEqual(profile);
  });

  it("renders as text", async () => {
    const profile = await session.sql(joined).profile();
    const lines = renderProfile(profile).split("\n");
    expect(lines[0]).toMatch(/^finished, 7 rows, [\d.]+ ms, peak memory [\d.]+ [KM]?i?B$/);
    expect(lines).toHaveLength(operators(profile).length + 1);
    expect(lines.find((line) => line.includes("HashJoinExec"))).toMatch(
      /20000 rows, .*build [\d.]+ ms, probe [\d.]+ ms/,
    );
  });
});

describe("the profile of a query that does not end well", () => {
  const failing = "SELECT 1 / (value - 5000) FROM range(0, 10000)";

  it("tells of a failure", async () => {
    const profile = await session.sql(failing).profile();
    expect(profile).toMatchObject({ status: "failed", error: { code: "ENGINE.EXECUTION" } });
    expect(profile.root).not.toBeNull();
    const stream = await session.sql(failing).stream();
    await expect(stream.forEachRow(() => undefined)).rejects.toMatchObject({ code: "ENGINE.EXECUTION" });
    expect(await stream.profile()).toMatchObject({ status: "failed", error: { code: "ENGINE.EXECUTION" } });
  });

  it("tells of an abort, and the query ends once", async () => {
    const hooks = recordingHooks();
    await using heard = await openSession(parseProfile({ preset: "test" }), { hooks });
    const endless =
      "SELECT count(*) FROM range(0, 100000) a, range(0, 100000) b WHERE a.value * 7 % 13 < b.value % 11 - 20";
    const abort = new AbortController();
    hooks.on("query.started", () => void setTimeout(() => abort.abort(), 100), { once: true });
    const profile = await heard.sql(endless).profile({ signal: abort.signal });
    expect([profile.status, profile.error]).toEqual(["cancelled", null]);
    expect(operators(profile).length).toBeGreaterThan(2);
    const ends = hooks.names().filter((name) => ["query.finished", "query.failed", "query.cancelled"].includes(name));
    expect(ends).toEqual(["query.cancelled"]);
  });

  it("is refused before the query begins", async () => {
    const reason = new Error("no longer wanted");
    await expect(session.sql(joined).profile({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(session.sql("SELECT nothing FROM range(0, 1)").profile()).rejects.toMatchObject({
      code: "SQL.PLAN_ERROR",
    });
  });
});
