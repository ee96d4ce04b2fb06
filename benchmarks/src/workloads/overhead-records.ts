import { performance } from "node:perf_hooks";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { Session } from "@deltafuse/session-core/session";
import { percentile } from "../percentile.ts";
import type { Metrics, Sample, Workload, WorkloadContext } from "../workload.ts";
import { everySuite } from "./query-workload.ts";

/** Hooks whose records are kept in memory, as they are by default. */
export async function recordingHooks(): Promise<HookEmitter> {
  const { createHooks } = await import("@deltafuse/hooks/hooks");
  return createHooks();
}

/** Hooks whose telemetry is closed, so that it takes no records. */
export async function silentHooks(): Promise<HookEmitter> {
  const hooks = await recordingHooks();
  await hooks.telemetry.close();
  return hooks;
}

/** A session of its own with the hooks. */
export async function openWith(hooks: HookEmitter, { limits }: Pick<WorkloadContext, "limits">): Promise<Session> {
  const { openSession } = await import("@deltafuse/session-core/session");
  const { benchmarkProfile } = await import("../contestants/deltafuse-profile.ts");
  return openSession(benchmarkProfile(limits), { hooks });
}

async function timed(session: Session, sql: string): Promise<number> {
  const began = performance.now();
  await session.sql(sql).rows();
  return performance.now() - began;
}

interface Both {
  readonly recording: Session;
  readonly silent: Session;
}

/** The query in both sessions in turn, so that what disturbs the machine disturbs both. */
async function inTurn({ recording, silent }: Both, sql: string, pairs: number): Promise<Metrics> {
  const on: number[] = [];
  const off: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) off.push(await timed(silent, sql));
    on.push(await timed(recording, sql));
    if (pair % 2 === 1) off.push(await timed(silent, sql));
  }
  const [ms, silentMs] = [percentile(on, 0.5), percentile(off, 0.5)];
  return { ms, silentMs };
}

interface RecordsSpec extends Pick<Workload, "id" | "title" | "ceilings"> {
  readonly sql: string;
  /** Queries of a run in each session. */
  readonly pairs: number;
  /** Queries in each session before anything is timed: the engine of Node compiles what runs often. */
  readonly warmUps: number;
}

const records = ({ sql, pairs, warmUps, ...spec }: RecordsSpec): Workload => ({
  ...spec,
  family: "overhead",
  suites: everySuite,
  contestants: ["deltafuse"],
  data: [],
  alone: false,
  watch: [],
  digest: null,
  counters: null,
  plan: null,
  setup: async (_engine, context) => {
    const both = {
      recording: await openWith(await recordingHooks(), context),
      silent: await openWith(await silentHooks(), context),
    };
    await inTurn(both, sql, context.suite === "smoke" ? 1 : warmUps);
    return {
      run: async (): Promise<Sample> => ({ answer: [`${pairs} pairs`], metrics: await inTurn(both, sql, pairs) }),
      close: async () => {
        await both.recording.close();
        await both.silent.close();
      },
    };
  },
});

/** What the records of a query, kept in memory, add to its time. */
export const recordsWorkloads: readonly Workload[] = [
  records({
    id: "overhead.select-42",
    title: "select 42 with and without records, the median of 200",
    sql: "SELECT 42 AS answer",
    pairs: 200,
    warmUps: 1500,
    ceilings: ["overhead.smallest"],
  }),
  records({
    id: "overhead.5-ms",
    title: "a query of 5 ms with and without records, the median of 25",
    sql: "SELECT sum(value % 7) AS total FROM generate_series(1, 500000)",
    pairs: 25,
    warmUps: 25,
    ceilings: ["overhead.records"],
  }),
];
