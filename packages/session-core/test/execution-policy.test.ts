import { parseProfile } from "@deltafuse/config/profile";
import { collectExplains } from "@deltafuse/hooks/collectors";
import { withExecutionPolicy } from "@deltafuse/hooks/execution-policy";
import { recordingHooks, type RecordingHooks } from "@deltafuse/hooks/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";

let hooks: RecordingHooks;
let session: Session;

beforeEach(async () => {
  hooks = recordingHooks();
  session = await openSession(parseProfile({ preset: "test", execution: { batchSize: 8 } }), { hooks });
});
afterEach(() => session.close());

const sql = "SELECT value AS n FROM range(64)";

describe("an execution policy", () => {
  it("tells nothing by default", async () => {
    await session.sql(sql).rows();
    const run = ["sql.received", "cache.miss", "plan.compiled", "query.started", "query.finished"];
    expect(hooks.names().slice(-5)).toEqual(run);
    expect(hooks.of("query.finished")[0]?.slow).toBe(false);
  });

  it("captures plans, samples batches and tells of slow queries, in the order of the events", async () => {
    using explains = collectExplains(hooks);
    const diagnostics = { capture: { explain: true }, slowQuery: 0, batchSample: 2 };
    await session.sql(sql, { diagnostics }).rows();
    const names = hooks.queryEvents(hooks.events().at(-1)?.queryId ?? "").map(({ event }) => event);
    const batches = names.filter((name) => name === "query.batch").length;
    expect(batches).toBe(Math.floor((hooks.of("query.finished")[0]?.batches ?? 0) / 2));
    expect(batches).toBeGreaterThan(0);
    expect(names).toEqual([
      "sql.received",
      "cache.miss",
      "plan.compiled",
      "plan.explained",
      "query.started",
      ...Array.from({ length: batches }, () => "query.batch"),
      "query.finished",
      "query.slow",
    ]);
    expect(explains.snapshot()).toEqual([expect.objectContaining({ mode: "explain", format: "indent", sql })]);
    expect(explains.snapshot()[0]?.text).toContain("physical_plan");
    const [finished] = hooks.of("query.finished");
    expect(hooks.of("query.slow")).toEqual([
      expect.objectContaining({ durationUs: finished?.durationUs, thresholdUs: 0, fingerprint: finished?.fingerprint }),
    ]);
    const [execution] = hooks.telemetry.recorder.snapshot({ kinds: ["execution"] });
    expect(execution?.body).toMatchObject({ slow: true });
  });

  it("holds for the queries that begin inside, below what a call says", async () => {
    const policy = { slowQuery: 0, capture: { explain: true } };
    const stream = await withExecutionPolicy(hooks, policy, async () => {
      await session.sql("SELECT 1", { diagnostics: { slowQuery: null } }).rows();
      return session.fromRows([{ n: 1 }]).stream();
    });
    await stream.forEachRow(() => undefined);
    await session.sql("SELECT 1").rows();
    expect(hooks.of("query.finished").map(({ slow }) => slow)).toEqual([false, true, false]);
    expect(hooks.of("plan.explained").map((event) => event.sql)).toEqual(["SELECT 1", null]);
  });

  it("tells the texts that the digests are of, with the query itself", async () => {
    const diagnostics = { capture: { plans: true } };
    const frame = session.sql("SELECT value + 1 AS n FROM range(64) WHERE value > 3", { diagnostics });
    await frame.rows();
    await frame.rows();
    const { p0, p1 } = await frame.artifact();
    const told = hooks.of("plan.compiled").map(({ texts, digests }) => ({ texts, digests }));
    const expected = { texts: { p0: p0.text, p1: p1.text }, digests: { p0: p0.digest, p1: p1.digest, p2: null } };
    expect(told).toEqual([expected, expected]);
    expect(p1.text).toContain("range");
    await session.sql("SELECT 1").rows();
    expect(hooks.of("plan.compiled").at(-1)?.texts).toBeNull();
    expect(hooks.of("plan.explained")).toEqual([]);
  });

  it("tells the texts of statements and of partitioned streams", async () => {
    const diagnostics = { capture: { plans: true } };
    await session.execute("SET datafusion.execution.batch_size = 1024", { diagnostics });
    for (const stream of await session.sql("SELECT 2 AS n", { diagnostics }).streamPartitions()) await stream.close();
    const texts = hooks.of("plan.compiled").map((event) => event.texts?.p0);
    expect(texts).toEqual([expect.stringContaining("SetVariable"), expect.stringContaining("Int64(2)")]);
  });

  it("explains and traces no EXPLAIN", async () => {
    const capture = { explain: true, optimizerTrace: "all" } as const;
    await session.sql("EXPLAIN SELECT 1", { diagnostics: { capture } }).rows();
    expect([hooks.of("plan.explained"), hooks.of("plan.rule")]).toEqual([[], []]);
  });

  it("tells what the rules of the planner did, behind the plan and before it is explained", async () => {
    const text = "SELECT value AS n FROM range(64) WHERE value + 0 > 3 AND 1 = 1";
    const steps = await session.sql(text).optimizerTrace();
    for (const optimizerTrace of ["changed", "all"] as const) {
      const diagnostics = { capture: { optimizerTrace, explain: true } };
      const stream = await session.sql(text, { diagnostics }).stream();
      await stream.forEachRow(() => undefined);
      const events = hooks.queryEvents(stream.queryId);
      const rules = events.filter((event) => event.event === "plan.rule");
      const wanted = steps.filter(({ changed }) => changed || optimizerTrace === "all");
      expect(rules).toEqual(wanted.map(({ durationNs: _durationNs, ...step }) => expect.objectContaining(step)));
      expect(new Set(rules.map(({ fingerprint }) => fingerprint))).toEqual(
        new Set(events.flatMap((event) => (event.event === "plan.compiled" ? [event.fingerprint] : []))),
      );
      const names = events.map(({ event }) => event).filter((name) => name !== "plan.rule");
      expect(names.slice(2)).toEqual(["plan.compiled", "plan.explained", "query.started", "query.finished"]);
      expect(events.slice(3, 3 + rules.length)).toEqual(rules);
    }
    expect(hooks.telemetry.recorder.snapshot({ kinds: ["plan.rule"] })).toEqual([]);
  });

  it("tells of slow queries however they end", async () => {
    const diagnostics = { slowQuery: 0 };
    await expect(session.sql("SELECT 1 / (value - 2) FROM range(3)", { diagnostics }).rows()).rejects.toMatchObject({
      code: "ENGINE.EXECUTION",
    });
    expect(hooks.names().slice(-2)).toEqual(["query.failed", "query.slow"]);
  });

  it("changes neither plans nor results", async () => {
    const capture = { plans: true, explain: true, optimizerTrace: "all" } as const;
    const diagnostics = { capture, slowQuery: 0, batchSample: 1 };
    const plain = await session.sql(sql).rows();
    const told = await session.sql(sql, { diagnostics, label: "told" }).rows();
    expect(told).toEqual(plain);
    const [first, second] = hooks.of("plan.compiled");
    expect([second?.fingerprint, second?.digests]).toEqual([first?.fingerprint, first?.digests]);
  });

  it("is refused at once when it is wrong", async () => {
    const wrong = { capture: { analyze: true } } as object;
    await expect(session.sql(sql, { diagnostics: wrong }).rows()).rejects.toMatchObject({
      code: "HOOKS.INVALID_POLICY",
      details: { path: "capture.analyze" },
    });
    expect(() => withExecutionPolicy(hooks, { batchSample: -1 }, () => undefined)).toThrow(
      expect.objectContaining({ code: "HOOKS.INVALID_POLICY" }),
    );
    expect(() => withExecutionPolicy(hooks, { slowQuery: "soon" }, () => undefined)).toThrow(
      expect.objectContaining({ code: "CONFIG.INVALID_DURATION" }),
    );
  });
});
