import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { Session } from "@deltafuse/session-core/session";
import type { Workload, WorkloadContext } from "../workload.ts";
import { openWith, recordingHooks, pairWorkloads, silentHooks } from "./overhead-pairs.ts";
import { outsideGate, wideNeed } from "./query-workload.ts";

/** Queries of a run. */
const queries = 50;
const listeners = 10_000;
const sql = "SELECT key, category FROM groups WHERE key = 4711";

const shared = {
  family: "overhead",
  suites: outsideGate,
  contestants: ["deltafuse"],
  data: [wideNeed],
  alone: false,
  watch: [],
  digest: null,
  counters: null,
  plan: null,
  ceilings: [],
} as const satisfies Partial<Workload>;

async function openWithData(hooks: HookEmitter, context: WorkloadContext): Promise<Session> {
  const { registerDataset } = await import("@deltafuse/dataset-io/register");
  const session = await openWith(hooks, context);
  await registerDataset(session, "groups", context.tables["groups"]?.path ?? "");
  return session;
}

type Task = (session: Session) => Promise<unknown>;

interface OverheadSpec extends Pick<Workload, "title"> {
  readonly name: string;
  readonly hooks: () => Promise<HookEmitter>;
  readonly task: Task;
  readonly isJudged?: boolean;
}

const overhead = ({ name, title, hooks, task, isJudged = false }: OverheadSpec): Workload => ({
  ...shared,
  id: `overhead.${name}`,
  title,
  ...(isJudged ? { ceilings: ["overhead"], against: "overhead.silent" } : {}),
  setup: async (_engine, context) => {
    const session = await openWithData(await hooks(), context);
    return {
      run: async () => {
        const began = performance.now();
        for (let query = 0; query < queries; query++) await task(session);
        const ms = performance.now() - began;
        return { answer: [`${queries} times`], metrics: { ms, microseconds: (ms * 1000) / queries } };
      },
      close: () => session.close(),
    };
  },
});

const runQuery: Task = (session) => session.sql(sql).rows();

async function withListeners(): Promise<HookEmitter> {
  const hooks = await silentHooks();
  for (let listener = 0; listener < listeners; listener++) hooks.on("query.failed", () => undefined);
  return hooks;
}

/** What is added to a query: by records, by listeners, and by what tells of plans and profiles. */
export const overheadWorkloads: readonly Workload[] = [
  ...pairWorkloads,
  overhead({ name: "silent", title: "50 queries without records", hooks: silentHooks, task: runQuery }),
  overhead({
    name: "telemetry",
    title: "50 queries whose records are kept",
    hooks: recordingHooks,
    task: runQuery,
    isJudged: true,
  }),
  overhead({
    name: "listeners",
    title: "50 queries with 10 000 listeners for another event",
    hooks: withListeners,
    task: runQuery,
    isJudged: true,
  }),
  overhead({
    name: "plan-artifact",
    title: "50 plan artifacts",
    hooks: silentHooks,
    task: (session) => session.sql(sql).artifact(),
  }),
  overhead({
    name: "profile",
    title: "50 profiles, resolved",
    hooks: silentHooks,
    task: async ({ profile }) => {
      const { resolveProfile } = await import("@deltafuse/config/resolve");
      const { readMachine } = await import("@deltafuse/config/machine");
      return resolveProfile(profile, { machine: readMachine() });
    },
  }),
];
