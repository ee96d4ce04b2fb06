import type { ContestantName, Engine, Ran } from "../contestant.ts";
import { digestOf, type ResultTable } from "../digest.ts";
import type { Counters, DataNeed, Sample, Suite, Workload, WorkloadContext, WorkloadRun } from "../workload.ts";

/** Rows of `wide` in every suite. */
export const wideNeed: DataNeed = { set: "wide", scale: { smoke: 20_000, gate: 2_000_000, full: 10_000_000 } };

/** Selects all of `wide`. */
export const wideSql = "SELECT id, ratio, name, moment, amount FROM wide";

/** Where a workload belongs. */
export const everySuite: readonly Suite[] = ["smoke", "gate", "full"];

/** Suites of what the gate leaves out. */
export const outsideGate: readonly Suite[] = ["smoke", "full"];

/** The number of rows is the answer; an engine that measures itself is believed. */
export function sampleOf({ rows, metrics }: Ran): Sample {
  return { answer: [`${rows} rows`], ...(metrics === undefined ? {} : { metrics }) };
}

/** A query that is streamed as columns to its end. */
export interface QuerySpec {
  readonly id: string;
  readonly family: string;
  readonly title: string;
  readonly suites: readonly Suite[];
  readonly contestants: readonly ContestantName[];
  readonly data: readonly DataNeed[];
  /** By the scales of the data sets, where it depends on them. */
  readonly sql: string | ((scales: WorkloadContext["scales"]) => string);
  /** The same query for contestants that do not take its text. */
  readonly dialects?: Readonly<Partial<Record<ContestantName, string>>>;
  /** Whether the query orders its rows. */
  readonly ordered: boolean;
  readonly ceilings: readonly string[];
  readonly watch?: Workload["watch"];
  readonly alone?: boolean;
  readonly against?: string;
  readonly repetition?: NonNullable<Workload["repetition"]>;
  /** What is compared instead of the query itself, where the result is large. */
  readonly digestSql?: string;
  /** Brings results into a form that all engines can be held to. */
  readonly shape?: (table: ResultTable) => ResultTable;
  /** Other limits than those of the run. */
  readonly limits?: Parameters<WorkloadContext["open"]>[0];
  /** Whether every run has an engine of its own, with empty caches. Default: false. */
  readonly fresh?: boolean;
  /** Whether the plan is kept, with counters of what it reads. Default: true. */
  readonly keepPlan?: boolean;
}

const smokeScales = (data: readonly DataNeed[]): WorkloadContext["scales"] =>
  Object.fromEntries(data.map(({ set, scale }) => [set, scale.smoke]));

/** Every run has an engine of its own, which has read nothing yet. */
export async function freshRun(
  context: WorkloadContext,
  work: (engine: Engine) => Promise<Sample>,
): Promise<WorkloadRun> {
  let engine = await context.open();
  return {
    before: async () => {
      await engine.close();
      engine = await context.open();
    },
    run: () => work(engine),
    close: () => engine.close(),
  };
}

/** What the operators of a query read, left out, and spilled; nothing of an engine that does not tell. */
async function executionCounters({ artifacts }: Engine, sql: string): Promise<Counters> {
  return (await artifacts?.execution(sql)) ?? {};
}

/** Makes a workload of a query. */
export function queryWorkload(spec: QuerySpec): Workload {
  const { id, family, title, suites, contestants, data, ceilings, limits, shape = (table) => table } = spec;
  const { keepPlan = true } = spec;
  const sqlFor = (scales: WorkloadContext["scales"]): string =>
    typeof spec.sql === "string" ? spec.sql : spec.sql(scales);
  const sqlIn = ({ contestant, scales }: WorkloadContext): string => spec.dialects?.[contestant] ?? sqlFor(scales);
  const digest = async (engine: Engine, context: WorkloadContext): ReturnType<NonNullable<Workload["digest"]>> => {
    const table = await engine.table(spec.digestSql ?? sqlIn(context));
    return digestOf(shape(table), { ordered: spec.ordered });
  };
  const warmRun = async (shared: Engine, context: WorkloadContext): Promise<WorkloadRun> => {
    const engine = limits === undefined ? shared : await context.open(limits);
    const sql = sqlIn(context);
    return {
      run: async () => sampleOf(await engine.columns(sql)),
      ...(engine === shared ? {} : { close: () => engine.close() }),
    };
  };
  return {
    id,
    family,
    title,
    suites,
    contestants,
    data,
    ceilings,
    digest,
    ...(spec.against === undefined ? {} : { against: spec.against }),
    ...(spec.repetition === undefined ? {} : { repetition: spec.repetition }),
    alone: spec.alone ?? false,
    watch: spec.watch ?? [],
    setup: (shared, context) =>
      spec.fresh === true
        ? freshRun(context, async (engine) => sampleOf(await engine.columns(sqlIn(context))))
        : warmRun(shared, context),
    counters: keepPlan ? (engine, context) => executionCounters(engine, sqlIn(context)) : null,
    plan: keepPlan ? sqlFor(smokeScales(data)) : null,
  };
}
