import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Frame } from "../src/frame.ts";
import { diffOptimizerTraces, type TraceStep } from "../src/optimizer-trace.ts";
import { openSession, type Session } from "../src/session.ts";

let session: Session;
const query = (): Frame =>
  session.sql(
    "SELECT g, n FROM (SELECT value % 3 AS g, value AS n FROM range(0, 100)) WHERE 1 = 1 AND n > 5 + 4 ORDER BY n LIMIT 3",
  );

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test", execution: { targetPartitions: 2 } }));
});
afterAll(() => session.close());

describe("optimizerTrace", () => {
  it("tells every rule in order, and the plan where it changed", async () => {
    const steps = await query().optimizerTrace();
    expect([...new Set(steps.map(({ phase }) => phase))]).toEqual(["analyzer", "optimizer", "physical"]);
    expect(steps.every(({ changed, text }) => changed === (text !== undefined))).toBe(true);
    expect(steps.every(({ durationNs, digest }) => durationNs >= 0 && digest.length === 64)).toBe(true);
    const simplified = steps.find(({ rule, changed }) => rule === "simplify_expressions" && changed);
    expect([simplified?.phase, simplified?.pass]).toEqual(["optimizer", 0]);
    expect(simplified?.text).toContain("Int64(9)");
    const passes = steps.filter(({ phase }) => phase === "optimizer").map(({ pass }) => pass);
    expect(passes).toEqual(passes.toSorted((a, b) => a - b));
    const inPass = steps.filter(({ phase, pass }) => phase === "optimizer" && pass === 0);
    expect(inPass.map(({ ordinal }) => ordinal)).toEqual(inPass.map((_, index) => index));
    const last = steps.at(-1);
    expect(last?.phase).toBe("physical");
  });

  it("leaves texts out, or gives them all, and takes fewer passes", async () => {
    const none = await query().optimizerTrace({ text: "none" });
    const all = await query().optimizerTrace({ text: "all", maxPasses: 1 });
    expect(none.some(({ text }) => text !== undefined)).toBe(false);
    expect(all.every(({ text }) => text !== undefined)).toBe(true);
    expect(Math.max(...all.filter(({ phase }) => phase === "optimizer").map(({ pass }) => pass))).toBe(0);
  });

  it("leaves rules out for this call", async () => {
    const rule = "push_down_filter";
    const without = await query().optimizerTrace({ disable: [rule] });
    const before = await query().optimizerTrace();
    expect(without.some((step) => step.rule === rule)).toBe(false);
    expect(before.some((step) => step.rule === rule)).toBe(true);
    const { steps, first } = diffOptimizerTraces(before, without);
    expect(first).toMatchObject({ phase: "optimizer", pass: 0, rule, after: null, differs: true });
    expect(steps.filter(({ after }) => after === null).every((step) => step.rule === rule || step.pass > 0)).toBe(true);
  });

  it("names the nearest rule, and keeps the guard of the policy", async () => {
    await expect(query().optimizerTrace({ disable: ["push_down_filters"] })).rejects.toMatchObject({
      code: "SESSION.RULE_UNKNOWN",
      details: { name: "push_down_filters", nearest: "push_down_filter" },
    });
    await expect(query().optimizerTrace({ disable: ["deltafuse_policy_guard"] })).rejects.toMatchObject({
      code: "NATIVE.BAD_REQUEST",
    });
  });

  it("executes nothing", async () => {
    const failing = session.fromRows([{ n: 0 }]).select("n");
    expect(await session.sql("SELECT 1 / value FROM range(0, 5)").optimizerTrace()).not.toEqual([]);
    expect(await failing.optimizerTrace({ text: "none" })).not.toEqual([]);
  });
});

describe("diffOptimizerTraces", () => {
  const step = (rule: string, digest: string, pass = 0): TraceStep => {
    return { phase: "optimizer", pass, ordinal: 0, rule, changed: true, digest, durationNs: 1 };
  };

  it("aligns by phase, pass, rule and turn", () => {
    const [a, b, twice, c] = [step("a", "1"), step("b", "2"), step("a", "3"), step("c", "4")];
    const other = step("b", "5");
    const added = step("d", "6");
    const row = (rule: string, before: TraceStep | null, after: TraceStep | null, differs: boolean): object => {
      return { phase: "optimizer", pass: 0, rule, before, after, differs };
    };
    const { steps, first } = diffOptimizerTraces([a, b, twice, c], [{ ...a, durationNs: 9 }, added, other, twice]);
    expect(steps).toEqual([
      row("a", a, { ...a, durationNs: 9 }, false),
      row("d", null, added, true),
      row("b", b, other, true),
      row("a", twice, twice, false),
      row("c", c, null, true),
    ]);
    expect(first).toEqual(row("d", null, added, true));
    expect(diffOptimizerTraces([a], [a]).first).toBeNull();
  });
});
