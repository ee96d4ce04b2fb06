import { parseProfile } from "@deltafuse/config/profile";
import { describe, expect, it } from "vitest";
import { migratePlanArtifact, type PlanArtifact } from "../src/plan-artifact.ts";
import { assertPlanUnchanged, diffPlanArtifacts } from "../src/plan-diff.ts";
import { checkDeterminism } from "../src/plan-history.ts";
import type { SessionExtension } from "../src/extension.ts";
import { openSession, type Session, type SqlOptions } from "../src/session.ts";

const machine = { cores: 2, memoryBytes: 2 ** 32 };

async function open(batchSize?: number): Promise<Session> {
  const execution = batchSize === undefined ? {} : { batchSize };
  const session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" }, execution }));
  await session.execute("CREATE VIEW flights AS SELECT value AS id, value % 7 AS day FROM range(0, 100)");
  return session;
}

/** An artifact as it comes back from a file. */
async function kept(session: Session, sql: string, options?: SqlOptions): Promise<PlanArtifact> {
  const json: unknown = JSON.parse(JSON.stringify(await session.sql(sql, options).artifact()));
  return migratePlanArtifact(json);
}

const equal = {
  p0: false,
  p1: false,
  p2: false,
  schema: false,
  tables: false,
  versions: false,
  functions: false,
  session: false,
  settings: false,
  engine: false,
  parameters: false,
  statistics: false,
  substrait: false,
};
const noNames = { added: [], removed: [] };

describe("diffPlanArtifacts", () => {
  it("finds no difference between two sessions of one profile", async () => {
    await using one = await open();
    await using other = await open();
    const sql = "SELECT day, count(*) AS n FROM flights WHERE id > 3 GROUP BY day";
    const [before, after] = [await kept(one, sql), await kept(other, sql)];
    expect({ ...after, timingsMs: before.timingsMs }).toEqual(before);
    expect(diffPlanArtifacts(before, after)).toEqual({
      changed: equal,
      firstStage: null,
      tables: { ...noNames, replaced: [], reversioned: [] },
      functions: noNames,
      settings: [],
      sections: [],
      text: { p0: "", p1: "", p2: "" },
      summary: "The plans are equal.",
    });
  });

  it("names the first stage, functions and the lines that differ", async () => {
    await using session = await open();
    const before = await kept(session, "SELECT max(id) AS n FROM flights WHERE day = 1");
    const after = await kept(session, "SELECT min(id) AS n FROM flights WHERE day = 1");
    const { changed, firstStage, functions, text, summary } = diffPlanArtifacts(before, after);
    expect(changed).toEqual({ ...equal, p0: true, p1: true, functions: true });
    expect(firstStage).toBe("p0");
    expect(functions).toEqual({ added: ["min (immutable aggregate)"], removed: ["max (immutable aggregate)"] });
    for (const stage of [text.p0, text.p1]) {
      expect(stage.split("\n").filter((line) => /^[-+] .*max|^[-+] .*min/.test(line)).length).toBeGreaterThan(1);
    }
    expect(summary).toBe("Changed: p0, p1, functions. +min (immutable aggregate), -max (immutable aggregate).");
  });

  it("sees a rewrite that ends in the same plan at its first stage only", async () => {
    await using session = await open();
    const before = await kept(session, "SELECT id FROM flights WHERE id > 3");
    const after = await kept(session, "SELECT id FROM flights WHERE id > 3 AND 1 = 1");
    expect(diffPlanArtifacts(before, after)).toMatchObject({ changed: { ...equal, p0: true }, firstStage: "p0" });
    expect(() => assertPlanUnchanged(before, after, { stages: ["p1"] })).not.toThrow();
  });

  it("compares physical plans where both artifacts hold one", async () => {
    await using one = await openSession(parseProfile({ preset: "test", execution: { targetPartitions: 1 } }));
    await using four = await openSession(parseProfile({ preset: "test", execution: { targetPartitions: 4 } }));
    const physical = (session: Session, end: number): Promise<PlanArtifact> =>
      session.sql(`SELECT value % 3 AS g, count(*) FROM range(0, ${end}) GROUP BY 1`).artifact({ stages: ["p2"] });
    const before = await physical(one, 9);
    const { changed, firstStage, text } = diffPlanArtifacts(before, await physical(four, 9));
    expect([changed.p0, changed.p1, changed.p2, firstStage]).toEqual([false, false, true, "p2"]);
    expect(text.p2).toContain("+++ after p2");
    const without = await one.sql("SELECT value % 3 AS g, count(*) FROM range(0, 9) GROUP BY 1").artifact();
    expect(diffPlanArtifacts(before, without).changed).toEqual(equal);
    expect(() => assertPlanUnchanged(before, { ...before, p2: without.p1 })).not.toThrow();
    expect(() => assertPlanUnchanged(before, { ...before, p2: without.p1 }, { stages: ["p2"] })).toThrow(
      expect.objectContaining({ code: "PLAN.CHANGED" }),
    );
  });

  it("sees parameters, columns, settings and tables", async () => {
    await using session = await open();
    await using other = await open(500);
    const sql = "SELECT $1 AS n FROM flights";
    const before = await kept(session, sql, { parameters: [1] });
    expect(diffPlanArtifacts(before, await kept(session, sql, { parameters: [0.5] })).changed).toMatchObject({
      parameters: true,
      schema: true,
      session: false,
    });
    const { changed, settings, sections, summary } = diffPlanArtifacts(
      before,
      await kept(other, sql, { parameters: [1] }),
    );
    expect(changed).toEqual({ ...equal, session: true, settings: true });
    const change = { key: "datafusion.execution.batch_size", before: "1024", after: "500" };
    expect(settings).toEqual([change]);
    expect(sections).toEqual(["profile.settings"]);
    expect(summary).toBe("Changed: session, settings. datafusion.execution.batch_size 1024 → 500, profile.settings.");
    await session.execute("SET datafusion.execution.batch_size = 500");
    expect(diffPlanArtifacts(before, await kept(session, sql, { parameters: [1] }))).toMatchObject({
      changed: { ...equal, session: true, settings: true },
      settings: [change],
      sections: [],
    });
    await session.execute("SET datafusion.execution.batch_size = 1024");
    expect(await kept(session, sql, { parameters: [1] })).toMatchObject({ session: before.session });
  });

  it("names the parts of a session beside its settings", async () => {
    const extension: SessionExtension = { id: "rates", version: 1, contribute: () => ({ identity: { year: 2026 } }) };
    await using plain = await openSession(parseProfile({}), { machine });
    await using own = await openSession(parseProfile({ memory: { limit: "256MiB" } }), {
      machine,
      extensions: [extension],
    });
    const [before, after] = [await kept(plain, "SELECT 1 AS a"), await kept(own, "SELECT 1 AS a")];
    expect(diffPlanArtifacts(before, after)).toMatchObject({
      changed: { ...equal, session: true },
      settings: [],
      sections: ["extensions", "profile.runtime", "runtimeEnv.memory"],
    });
    const { settings } = before.session;
    expect(Object.keys(settings).length).toBeLessThan(20);
    expect(settings).toMatchObject({ "datafusion.execution.target_partitions": "2" });
    expect(settings).not.toHaveProperty("datafusion.execution.batch_size");
  });

  it("tells tables that came, went, were replaced and read at another version apart", async () => {
    await using session = await open();
    const artifact = await kept(session, "SELECT 1 AS a");
    const [use] = (await kept(session, "SELECT * FROM range(0, 3)")).tables;
    if (use === undefined) throw new Error("the plan has no table");
    const table = { ...use, catalog: "c", schema: "s", kind: "delta" as const, instance: null, tableId: "id" };
    const withTables = (...tables: readonly Partial<typeof table>[]): PlanArtifact => ({
      ...artifact,
      tables: tables.map((part) => ({ ...table, ...part })),
    });
    const before = withTables(
      { name: "gone" },
      { name: "same", deltaVersion: 1 },
      { name: "moved", deltaVersion: 4 },
      { name: "other", tableId: "a" },
      { name: "twice", deltaVersion: 1 },
      { name: "twice", deltaVersion: 2 },
    );
    const after = withTables(
      { name: "twice", deltaVersion: 2 },
      { name: "twice", deltaVersion: 3 },
      { name: "other", tableId: "b" },
      { name: "new" },
      { name: "moved", deltaVersion: 5 },
      { name: "same", deltaVersion: 1 },
    );
    const { changed, tables, summary } = diffPlanArtifacts(before, after);
    expect(changed).toEqual({ ...equal, tables: true, versions: true });
    expect(tables).toEqual({
      added: ["c.s.new"],
      removed: ["c.s.gone"],
      replaced: ["c.s.other"],
      reversioned: [
        { table: "c.s.moved", before: 4, after: 5 },
        { table: "c.s.twice", before: 1, after: 2 },
        { table: "c.s.twice", before: 2, after: 3 },
      ],
    });
    expect(summary).toContain("c.s.moved 4 → 5");
  });
});

describe("assertPlanUnchanged", () => {
  it("lets the same plan pass and shows where another one differs", async () => {
    await using session = await open();
    const baseline = await kept(session, "SELECT id FROM flights WHERE day = 1");
    assertPlanUnchanged(baseline, await kept(session, "SELECT  id FROM flights /* again */ WHERE day = 1"));
    const other = await kept(session, "SELECT id FROM flights WHERE day = 2");
    expect(() => assertPlanUnchanged(baseline, other)).toThrow(
      expect.objectContaining({
        code: "PLAN.CHANGED",
        details: {
          stages: ["p0", "p1"],
          summary: "Changed: p0, p1.",
          diff: expect.stringContaining("--- before p0\n+++ after p0\n@@"),
        },
      }),
    );
  });
});

describe("migratePlanArtifact", () => {
  it("refuses later versions and what is no artifact", async () => {
    await using session = await open();
    const artifact = await kept(session, "SELECT 1 AS a");
    const refused = (json: unknown, version: number | null): void => {
      expect(() => migratePlanArtifact(json)).toThrow(
        expect.objectContaining({ code: "PLAN.UNKNOWN_ARTIFACT_VERSION", details: { version, newest: 1 } }),
      );
    };
    refused({ ...artifact, artifactVersion: 2 }, 2);
    refused({ ...artifact, p1: null }, 1);
    refused({ ...artifact, planFingerprint: "short" }, 1);
    refused({ ...artifact, more: true }, 1);
    for (const json of [null, "text", [], {}, { artifactVersion: "1" }]) refused(json, null);
  });
});

describe("checkDeterminism", () => {
  it("says whether what was asked twice was planned alike", async () => {
    await using session = await open();
    await using again = await open();
    const first = await session.sql("SELECT id FROM flights WHERE day = 1").artifact();
    const second = await again.sql("SELECT id FROM flights WHERE day = 1").artifact();
    const other = await session.sql("SELECT id FROM flights WHERE day = 2").artifact();
    expect(checkDeterminism([first, other, second])).toBe("same");
    const diverged = { ...second, p1: { ...second.p1, digest: other.p1.digest } };
    expect(checkDeterminism([first, other, diverged])).toBe("diverged");
    const newVersion = { ...diverged, tables: diverged.tables.map((table) => ({ ...table, deltaVersion: 9 })) };
    expect(checkDeterminism([first, newVersion])).toBe("unknown");
  });

  it("does not know without a second plan, or with one that cannot be read", async () => {
    await using session = await open();
    const artifact = await session.sql("SELECT 1 AS a").artifact();
    for (const history of [
      [],
      [artifact],
      [artifact, artifact, { artifactVersion: 7 }],
      [artifact, artifact, "broken"],
    ]) {
      expect(checkDeterminism(history)).toBe("unknown");
    }
  });
});
