import { parseProfile } from "@deltafuse/config/profile";
import { recordingHooks } from "@deltafuse/hooks/testing";
import { describe, expect, it } from "vitest";
import { migratePlanArtifact } from "../src/plan-artifact.ts";
import { diffPlanArtifacts } from "../src/plan-diff.ts";
import { openSession } from "../src/session.ts";

const profile = parseProfile({ preset: "test", sql: { policy: "admin" } });

function bytesOf(base64: string | undefined): string {
  return Buffer.from(base64 ?? "", "base64").toString("latin1");
}

describe("the plan in the encoding of the engine", () => {
  it("holds tables and functions by name", async () => {
    await using session = await openSession(profile);
    await session.execute("CREATE TABLE flights AS SELECT 1 AS distance, 'BER' AS origin");
    const frame = session.sql(
      "SELECT origin, max(abs(distance)) AS far FROM flights WHERE distance > 0 GROUP BY origin",
    );
    const artifact = await frame.artifact({ proto: true });
    for (const name of ["flights", "origin", "distance", "abs", "max"]) {
      expect(bytesOf(artifact.proto)).toContain(name);
    }
    expect(artifact.warnings).toEqual([]);
    expect((await frame.artifact({ proto: true })).proto).toBe(artifact.proto);
    expect(migratePlanArtifact(JSON.parse(JSON.stringify(artifact)))).toEqual(artifact);
    expect(Object.keys(await frame.artifact())).not.toContain("proto");
  });

  it("is a warning where there is none", async () => {
    const hooks = recordingHooks();
    await using session = await openSession(profile, { hooks });
    await session.execute("CREATE TABLE flights AS SELECT 1 AS distance");
    const { proto, warnings } = await session.sql("DESCRIBE flights").artifact({ proto: true });
    expect([proto, warnings]).toEqual([undefined, [{ code: "PROTO", message: expect.stringContaining("no form") }]]);
    expect(hooks.of("plan.capture_failed")).toEqual([
      expect.objectContaining({
        artifact: "proto",
        code: "ENGINE.NOT_IMPLEMENTED",
        message: warnings[0]?.message,
        queryId: hooks.of("sql.received").at(-1)?.queryId,
      }),
    ]);
  });
});

it("a plan that other engines cannot read is told as a capture that failed", async () => {
  const hooks = recordingHooks();
  await using session = await openSession(profile, { hooks });
  const { substrait, warnings } = await session.sql("EXPLAIN SELECT 1").artifact({ substrait: true });
  expect(substrait).toBeUndefined();
  expect(warnings.map(({ code }) => code)).toEqual(["SUBSTRAIT"]);
  expect(hooks.of("plan.capture_failed")).toEqual([
    expect.objectContaining({
      artifact: "substrait",
      code: "PLAN.SUBSTRAIT_UNSUPPORTED",
      message: warnings[0]?.message,
    }),
  ]);
});

describe("retain", () => {
  const all = { stages: ["p2"], sql: true, explain: true, lineage: true, substrait: true, proto: true } as const;

  it("keeps texts and captures of its stages alone, and every digest", async () => {
    await using session = await openSession(profile);
    const frame = session.sql("SELECT value AS n FROM range(0, 9) WHERE value > 3");
    const whole = await frame.artifact(all);
    const held = (artifact: object): readonly string[] =>
      ["sql", "lineage", "substrait", "proto", "explain"].filter((capture) => capture in artifact);
    const kept = { p0: ["sql", "lineage"], p1: ["substrait", "proto"], p2: ["explain"] } as const;
    for (const stage of ["p0", "p1", "p2"] as const) {
      const artifact = await frame.artifact({ ...all, retain: [stage] });
      expect(held(artifact)).toEqual(kept[stage]);
      for (const name of ["p0", "p1", "p2"] as const) {
        const { text, ...rest } = whole[name] ?? {};
        expect(artifact[name]).toEqual(name === stage ? { text, ...rest } : rest);
      }
      expect(artifact.planFingerprint).toBe(whole.planFingerprint);
      expect(migratePlanArtifact(JSON.parse(JSON.stringify(artifact)))).toEqual(artifact);
    }
    expect(held(whole)).toEqual(["sql", "lineage", "substrait", "proto", "explain"]);
    expect(held(await frame.artifact({ ...all, retain: [] }))).toEqual([]);
  });

  it("leaves a difference without its lines", async () => {
    await using session = await openSession(profile);
    const [one, other] = await Promise.all(
      [3, 4].map((n) => session.sql(`SELECT value FROM range(0, 9) WHERE value > ${n}`).artifact({ retain: ["p1"] })),
    );
    if (one === undefined || other === undefined) throw new Error("two plans were made");
    const { changed, text } = diffPlanArtifacts(one, other);
    expect([changed.p0, text.p0, changed.p1]).toEqual([true, "", true]);
    expect(text.p1).toContain("after p1");
  });
});

it("plans for other engines are compared where both artifacts have one", async () => {
  await using session = await openSession(profile);
  const made = (n: number, substrait: boolean): ReturnType<ReturnType<typeof session.sql>["artifact"]> =>
    session.sql(`SELECT value FROM range(0, 9) WHERE value > ${n}`).artifact({ substrait });
  const [one, same, other, without] = [
    await made(3, true),
    await made(3, true),
    await made(4, true),
    await made(4, false),
  ];
  expect(diffPlanArtifacts(one, same).changed.substrait).toBe(false);
  expect(diffPlanArtifacts(one, other).changed.substrait).toBe(true);
  expect(diffPlanArtifacts(one, without).changed.substrait).toBe(false);
});
