import type { ContestantName } from "./contestant.ts";
import type { EventLoopLag } from "./event-loop-lag.ts";
import type { WorkloadRounds } from "./runner.ts";
import { least, median, medianRatio } from "./statistics.ts";
import type { Wanted } from "./workload.ts";

/** A value of both contestants. */
export type Both<T> = Readonly<Record<ContestantName, T>>;

/** What was found out about one workload. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  /** Rows that pass through; null when it is about a time. */
  readonly rows: number | null;
  readonly wanted: Wanted;
  /** Median over the rounds of the median of a round, in ms. */
  readonly medianMs: Both<number>;
  /** Shortest run of all, in ms. */
  readonly leastMs: Both<number>;
  /** Time of DuckDB over time of DeltaFuse: median over the rounds, each with itself. Above 1, DeltaFuse is faster. */
  readonly speed: number;
  /** Longest pause of the event loop in a run: the median over all runs, in ms; null where it was not watched. */
  readonly lagMs: Both<number> | null;
  /** The same without waits for a processor; null where the system does not tell. */
  readonly ownLagMs: Both<number> | null;
}

/** Sums up the rounds of a workload over a table of so many rows. */
export function summarize({ workload, rounds }: WorkloadRounds, tableRows: number): Finding {
  const both = <T>(of: (name: ContestantName) => T): Both<T> => ({ deltafuse: of("deltafuse"), duckdb: of("duckdb") });
  const medians = both((name) => rounds.map((round) => median(round[name].times)));
  const lags = (name: ContestantName): readonly EventLoopLag[] => rounds.flatMap((round) => round[name].lags);
  const lag = (of: (lag: EventLoopLag) => number): Both<number> => both((name) => median(lags(name).map(of)));
  const tellsOwn = [...lags("deltafuse"), ...lags("duckdb")].every(({ ownMax }) => ownMax !== null);
  const { id, title, wanted, watchLag } = workload;
  return {
    id,
    title,
    rows: workload.rowsOf?.(tableRows) ?? null,
    wanted,
    medianMs: both((name) => median(medians[name])),
    leastMs: both((name) => least(rounds.flatMap((round) => round[name].times))),
    speed: medianRatio(medians.duckdb, medians.deltafuse),
    lagMs: watchLag ? lag(({ max }) => max) : null,
    ownLagMs: watchLag && tellsOwn ? lag(({ ownMax }) => ownMax ?? Number.NaN) : null,
  };
}
