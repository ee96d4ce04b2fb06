import { performance } from "node:perf_hooks";
import type { ProfileInput } from "@deltafuse/config/profile";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { Session } from "@deltafuse/session-core/session";
import { percentile } from "../percentile.ts";
import type { Metrics, Sample, Workload, WorkloadContext } from "../workload.ts";
import { everySuite, outsideGate } from "./query-workload.ts";

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
export async function openWith(
  hooks: HookEmitter,
  { limits }: Pick<WorkloadContext, "limits">,
  sql: NonNullable<ProfileInput["sql"]> = {},
): Promise<Session> {
  const { openSession } = await import("@deltafuse/session-core/session");
  const { extendProfile } = await import("@deltafuse/config/profile");
  const { benchmarkProfile } = await import("../contestants/deltafuse-profile.ts");
  return openSession(extendProfile(benchmarkProfile(limits), { sql }), { hooks });
}

type Task = (session: Session) => Promise<unknown>;

/** A session, and what is asked of it. */
interface Side {
  readonly session: Session;
  readonly task: Task;
}

async function timed({ session, task }: Side): Promise<number> {
  const began = performance.now();
  await task(session);
  return performance.now() - began;
}

interface Both {
  /** What is judged. */
  readonly full: Side;
  /** The same query without anything around it. */
  readonly silent: Side;
}

/** The query on both sides in turn, so that what disturbs the machine disturbs both. */
async function inTurn({ full, silent }: Both, pairs: number): Promise<Metrics> {
  const on: number[] = [];
  const off: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) off.push(await timed(silent));
    on.push(await timed(full));
    if (pair % 2 === 1) off.push(await timed(silent));
  }
  const [ms, silentMs] = [percentile(on, 0.5), percentile(off, 0.5)];
  return { ms, silentMs };
}

interface PairSpec extends Pick<Workload, "id" | "title" | "suites" | "ceilings"> {
  readonly sql: string;
  /** Queries of a run on each side. */
  readonly pairs: number;
  /** Queries on each side before anything is timed: the engine of Node compiles what runs often. */
  readonly warmUps: number;
  readonly full: (sql: string, context: WorkloadContext) => Promise<Side>;
}

const rowsOf =
  (sql: string): Task =>
  (session) =>
    session.sql(sql).rows();

const pair = ({ sql, pairs, warmUps, full, ...spec }: PairSpec): Workload => ({
  ...spec,
  family: "overhead",
  contestants: ["deltafuse"],
  data: [],
  alone: false,
  watch: [],
  digest: null,
  counters: null,
  plan: null,
  setup: async (_engine, context) => {
    const silent = { session: await openWith(await silentHooks(), context), task: rowsOf(sql) };
    const both = { full: await full(sql, context), silent };
    await inTurn(both, context.suite === "smoke" ? 1 : warmUps);
    return {
      run: async (): Promise<Sample> => ({ answer: [`${pairs} pairs`], metrics: await inTurn(both, pairs) }),
      close: async () => {
        await both.full.session.close();
        await silent.session.close();
      },
    };
  },
});

/** Records are kept in memory. */
const recording: PairSpec["full"] = async (sql, context) => ({
  session: await openWith(await recordingHooks(), context),
  task: rowsOf(sql),
});

/** A policy that names functions and folders, listeners, and records. */
const guarded =
  (task: Task): PairSpec["full"] =>
  async (_sql, context) => {
    const hooks = await recordingHooks();
    hooks.on("query.started", () => undefined);
    hooks.on("query.finished", () => undefined);
    const policy = { base: "read_only", functions: { deny: ["version"] }, paths: { read: [context.scratch] } } as const;
    return { session: await openWith(hooks, context, { policy }), task };
  };

const smallest = { sql: "SELECT 42 AS answer", pairs: 200, warmUps: 1500 } as const;

/** The rows of a query whose plan is told with it. */
const captured: Task = (session) => session.sql(smallest.sql, { diagnostics: { capture: { plans: true } } }).rows();

/** The same, and its plan as an artifact, which is one more call of the engine. */
const rowsAndArtifact: Task = async (session) => {
  const frame = session.sql(smallest.sql);
  await frame.rows();
  await frame.artifact();
};

/** What is added to a query in a session by itself: by its records, its policy, those who listen, and its artifact. */
export const pairWorkloads: readonly Workload[] = [
  pair({
    ...smallest,
    id: "overhead.select-42",
    title: "select 42 with and without records, the median of 200",
    suites: everySuite,
    full: recording,
    ceilings: ["overhead.smallest"],
  }),
  pair({
    id: "overhead.5-ms",
    title: "a query of 5 ms with and without records, the median of 25",
    suites: everySuite,
    sql: "SELECT sum(value % 7) AS total FROM generate_series(1, 500000)",
    pairs: 25,
    warmUps: 25,
    full: recording,
    ceilings: ["overhead.records"],
  }),
  pair({
    ...smallest,
    id: "overhead.guarded",
    title: "select 42 with and without policy, listeners and records, the median of 200",
    suites: everySuite,
    full: guarded(rowsOf(smallest.sql)),
    ceilings: ["overhead.guarded"],
  }),
  pair({
    ...smallest,
    id: "overhead.captured",
    title: "select 42 with and without policy, listeners, records and the texts of its plan, the median of 200",
    suites: outsideGate,
    full: guarded(captured),
    ceilings: ["overhead.guarded"],
  }),
  pair({
    ...smallest,
    id: "overhead.artifact",
    title: "select 42 with policy, listeners and records, and its artifact, the median of 200",
    suites: outsideGate,
    full: guarded(rowsAndArtifact),
    ceilings: [],
  }),
];
