import { parseProfile } from "@deltafuse/config/profile";
import type { RecordingHooks } from "@deltafuse/hooks/testing";
import { nativeSession } from "@deltafuse/session-core/native-session";
import { createSessionCache } from "@deltafuse/session-core/session-cache";
import { openSession } from "@deltafuse/session-core/session";
import { openSessionPool } from "@deltafuse/session-core/session-pool";
import { withRun } from "@deltafuse/telemetry/run";
import { expect } from "vitest";

/** A part of the script. */
export interface Scene {
  readonly title: string;
  readonly play: () => Promise<unknown>;
  /** What fires, in this order. */
  readonly fires: readonly string[];
}

const run = ["plan.compiled", "query.started", "query.finished"];
const query = ["sql.received", ...run];

const lent = ["sql.received", "statement.prepared", "session.step", "session.opened"];

const kept = ["cache.miss", "session.opened", "cache.write", "cache.hit", "session.opened"];

/** What telemetry tells of itself, around a query, and what is told of kept sessions. */
export function observedScenes(hooks: RecordingHooks, runQuery: () => Promise<unknown>): readonly Scene[] {
  const { telemetry } = hooks;
  return [
    {
      title: "a run of the program",
      play: async () => {
        const runId = await withRun(telemetry, { label: "nightly" }, async ({ runId: id }) => {
          await runQuery();
          return id;
        });
        const ofRun = hooks.events().filter((event) => event.runId === runId);
        expect(ofRun.map(({ event }) => event)).toEqual(["run.started", ...query, "run.finished"]);
        expect(ofRun.at(-1)).toMatchObject({ status: "completed", queries: 1 });
        const kinds = telemetry.recorder.snapshot({ runId }).map(({ kind }) => kind);
        expect(kinds).toEqual(["run", "plan", "execution", "run"]);
      },
      fires: ["run.started", ...query, "run.finished"],
    },
    {
      title: "sessions that are kept",
      play: async () => {
        await using cache = createSessionCache();
        const profile = parseProfile({ preset: "test" });
        const [one, other] = [await cache.ensure(profile, [], { hooks }), await cache.ensure(profile, [], { hooks })];
        expect(other.id).toBe(one.id);
        expect(await cache.evict(profile, [], { hooks })).toBe(true);
      },
      fires: [...kept, "cache.evict", "session.closing", "session.closing", "session.closed", "session.closed"],
    },
    {
      title: "sessions that are lent",
      play: async () => {
        const profile = parseProfile({ preset: "test", prepared: [{ name: "one", sql: "SELECT 1 AS one" }] });
        await using pool = await openSessionPool(profile, { size: 1, hooks });
        await (await pool.acquire()).close();
        const lease = await pool.acquire();
        nativeSession(lease.session).handle.close();
        await lease.close();
      },
      fires: [
        ...lent,
        "pool.acquired",
        "pool.released",
        "pool.acquired",
        "session.closing",
        "session.closed",
        ...lent,
        "pool.slot_rebuilt",
        "session.closing",
        "session.closed",
      ],
    },
    {
      title: "plans that are kept",
      play: async () => {
        const limits = { planCacheEntries: 1 };
        await using session = await openSession(parseProfile({ preset: "test", limits }), { hooks });
        for (const sql of ["SELECT 1", "SELECT 1", "SELECT 2"]) await session.sql(sql).rows();
      },
      fires: [
        "session.opened",
        "sql.received",
        "cache.miss",
        ...run,
        "sql.received",
        "cache.hit",
        ...run,
        "sql.received",
        "cache.evict",
        "cache.miss",
        ...run,
        "session.closing",
        "session.closed",
      ],
    },
    {
      title: "rules of the planner that change a plan",
      play: async () => {
        const diagnostics = { capture: { optimizerTrace: "changed" } } as const;
        await using session = await openSession(parseProfile({ preset: "test", diagnostics }), { hooks });
        await session
          .fromRows([{ n: 1 }])
          .limit(1)
          .rows();
        const { body } = telemetry.recorder.snapshot({ kinds: ["plan.rule"] })[0] ?? {};
        expect(body).toMatchObject({ changed: true, planText: null });
      },
      fires: [
        "session.opened",
        "plan.compiled",
        ...Array.from({ length: 5 }, () => "plan.rule"),
        "query.started",
        "query.finished",
        "session.closing",
        "session.closed",
      ],
    },
    {
      title: "a sink that fails",
      play: async () => {
        const write = (): Promise<void> => Promise.reject(new Error("the disk is full"));
        using _sink = telemetry.addSink({ name: "archive", write }, { pauseAfterFailures: 1 });
        hooks.emit("session.warning", { code: "NOTE", message: "something to write" });
        await telemetry.flush();
      },
      fires: ["session.warning", "telemetry.degraded"],
    },
  ];
}
