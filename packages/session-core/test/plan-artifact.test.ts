import { fingerprint } from "@deltafuse/config/fingerprint";
import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { migratePlanArtifact, type PlanReply, planArtifact } from "../src/plan-artifact.ts";
import { planFingerprint, type TableUse } from "../src/plan-use.ts";
import { openSession } from "../src/session.ts";

const stage = { digest: "d1", text: "Values: (1)", schemaHash: "s", nodeCount: 1 };
const reply: PlanReply = {
  p0: { ...stage, digest: "d0" },
  p1: stage,
  tables: [],
  pinned: [],
  timestampsMs: [],
  functions: [],
  unstable: [],
  looseLimits: [],
  timings: { optimizeUs: 1500, physicalUs: null },
};
const engine = { datafusion: "55.2.0", arrow: "59.3.0", parquet: "59.3.0", objectStore: "0.13.0", delta: "1.1.0" };
const setting = {
  sessionHash: fingerprint("session", 1, {}),
  session: { settings: { "datafusion.execution.batch_size": "500" }, sections: {} },
  engine,
  parameters: [{ name: "1", type: "int64" }],
  timings: { parseUs: 20, analyzeUs: null },
};
const table: TableUse = {
  catalog: "c",
  schema: "s",
  name: "t",
  kind: "delta",
  instance: null,
  schemaHash: "h",
  deltaVersion: 1,
  tableId: "id",
  columns: ["a"],
  filters: 0,
};

describe("planArtifact", () => {
  it("holds the stages and the fingerprint of what the plan is and reads", () => {
    const { sessionHash, session, parameters } = setting;
    expect(planArtifact(reply, setting)).toEqual({
      artifactVersion: 1,
      planFingerprint: planFingerprint({
        p1: "d1",
        sessionHash,
        tables: [],
        functions: [],
        parameterTypes: parameters,
      }),
      sessionHash,
      session,
      engine,
      p0: { ...stage, digest: "d0" },
      p1: stage,
      tables: [],
      functions: [],
      parameters,
      timingsMs: { parse: 0.02, analyze: null, optimize: 1.5, physical: null },
      determinism: { level: "deterministic", reasons: [] },
      warnings: [],
    });
  });

  it("judges whether the plan gives the same rows again", () => {
    const judged = (facts: Partial<PlanReply>): object => planArtifact({ ...reply, ...facts }, setting).determinism;
    const cut = "A LIMIT may cut rows that are equal in all keys of the order either way.";
    expect(judged({ looseLimits: ["ties"] })).toEqual({ level: "order_dependent", reasons: [cut] });
    const random = { name: "random", kind: "scalar", volatility: "volatile", signatureHash: null } as const;
    expect(judged({ looseLimits: ["ties"], unstable: [random] })).toEqual({
      level: "volatile",
      reasons: ["The function random gives other values each time.", cut],
    });
    expect(judged({ tables: [table], pinned: [true] })).toEqual({ level: "deterministic", reasons: [] });
    expect(judged({ tables: [table], pinned: [false], unstable: [random] })).toMatchObject({ level: "unpinned" });
  });

  it("refuses one Delta table at two versions, unless both were asked for", () => {
    const tables = [table, { ...table, name: "u", deltaVersion: 2 }];
    const made = (pinned: readonly boolean[]): object => planArtifact({ ...reply, tables, pinned }, setting);
    expect(made([true, true])).toMatchObject({ tables });
    for (const pinned of [
      [false, false],
      [true, false],
      [false, true],
    ]) {
      expect(() => made(pinned)).toThrow(
        expect.objectContaining({ code: "PLAN.VERSION_CONFLICT", details: { table: "u", versions: [1, 2] } }),
      );
    }
  });
});

describe("artifact", () => {
  it("holds the physical plan and what stands out in it, when asked for", async () => {
    await using session = await openSession(parseProfile({ preset: "test", execution: { targetPartitions: 3 } }));
    const frame = session.sql(
      `SELECT a.value % 3 AS g, count(*) AS n FROM range(0, 900) a JOIN range(0, 30) b ON a.value = b.value
       GROUP BY 1 ORDER BY n DESC, g LIMIT 2`,
    );
    const plain = await frame.artifact();
    expect([plain.p2, plain.physical, plain.timingsMs.physical]).toEqual([undefined, undefined, null]);
    const { p2, physical, timingsMs, planFingerprint: print } = await frame.artifact({ stages: ["p2"] });
    expect(p2?.text).toContain("SortPreservingMergeExec");
    expect(physical?.partitions).toBe(1);
    expect(physical?.repartitions.some(({ partitioning, to }) => partitioning.startsWith("Hash(") && to === 3)).toBe(
      true,
    );
    expect(physical?.dynamicFilters.map(({ operator }) => operator)).toEqual(["SortExec(TopK)", "HashJoinExec"]);
    expect(physical?.orderings).toEqual(["n@1 DESC", "g@0 ASC NULLS LAST"]);
    expect(physical?.statistics).toMatchObject({ exactness: "inexact" });
    expect(timingsMs.physical).toBeGreaterThan(0);
    expect(print).toBe(plain.planFingerprint);
  });

  it("holds SQL, EXPLAIN and how a run went, when asked for", async () => {
    await using session = await openSession(parseProfile({ preset: "test" }));
    const frame = session.sql("SELECT value AS n FROM range(0, 100) WHERE value > 89");
    const artifact = await session
      .fromRows([{ n: 1 }, { n: 2 }])
      .select("n")
      .artifact({ sql: true, explain: true, analyze: true });
    expect(artifact.sql).toMatch(/^SELECT/);
    expect(artifact.explain).toContain("physical_plan");
    expect(artifact.analyze?.rows).toBe(2);
    expect(artifact.analyze?.durationMs).toBeGreaterThan(0);
    expect(migratePlanArtifact(JSON.parse(JSON.stringify(artifact)))).toEqual(artifact);
    expect(Object.keys(await frame.artifact())).not.toContain("explain");
  });

  it("warns where SQL has no words, and rejects with the failure of a run", async () => {
    const hooks = recordingHooks();
    await using session = await openSession(parseProfile({ preset: "test" }), { hooks });
    const frame = session.fromRows([{ n: 0 }]).repartition({ roundRobin: 2 });
    const { sql, warnings } = await frame.artifact({ sql: true });
    expect(sql).toBeUndefined();
    expect(warnings).toEqual([{ code: "UNPARSE", message: expect.any(String) as string }]);
    expect(hooks.of("plan.capture_failed")).toEqual([
      expect.objectContaining({ artifact: "sql", code: "ENGINE.NOT_IMPLEMENTED", message: warnings[0]?.message }),
    ]);
    await expect(
      session.sql("SELECT 1 / (value - 5) FROM range(0, 9)").artifact({ analyze: true }),
    ).rejects.toMatchObject({
      code: "ENGINE.EXECUTION",
    });
  });

  it("knows what makes a plan give other rows", async () => {
    await using session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
    await session.execute("CREATE TABLE held AS SELECT value AS id, value % 2 AS g FROM range(0, 10)");
    const levels = async (sql: string): Promise<readonly unknown[]> => {
      const { level, reasons } = (await session.sql(sql).artifact()).determinism;
      return [level, reasons.length];
    };
    expect(await levels("SELECT value FROM range(0, 9)")).toEqual(["deterministic", 0]);
    expect(await levels("SELECT value FROM range(0, 9) LIMIT 2")).toEqual(["order_dependent", 1]);
    expect(await levels("SELECT value FROM range(0, 9) ORDER BY value LIMIT 2")).toEqual(["deterministic", 0]);
    expect(await levels("SELECT value % 2 AS g, value FROM range(0, 9) ORDER BY g LIMIT 2")).toEqual([
      "order_dependent",
      1,
    ]);
    expect(await levels("SELECT value % 2 AS g, count(*) FROM range(0, 9) GROUP BY 1 ORDER BY g LIMIT 1")).toEqual([
      "deterministic",
      0,
    ]);
    expect(await levels("SELECT count(*) FROM range(0, 9) LIMIT 1")).toEqual(["deterministic", 0]);
    expect(await levels("SELECT random() FROM range(0, 9)")).toEqual(["volatile", 1]);
    expect(await levels("SELECT now() FROM range(0, 9) LIMIT 1")).toEqual(["volatile", 2]);
    expect(await levels("SELECT id FROM held")).toEqual(["unpinned", 1]);
  });
});
