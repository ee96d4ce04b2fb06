import type { Ceiling } from "./ceiling.ts";
import type { ContestantName } from "./contestant.ts";
import type { Suite, Workload } from "./workload.ts";

/** Which workloads and contestants a run has. */
export interface Selection {
  readonly suite: Suite;
  /** A pattern with `*`, an id or the beginning of one up to a point; empty for all. */
  readonly filter: string;
  /** Peers that may take part; null for all that the suite wants. */
  readonly peers: readonly ContestantName[] | null;
}

function patternOf(filter: string): RegExp {
  const text = filter.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*");
  return new RegExp(`^${text}(\\..*)?$`);
}

/** The workloads of a suite that a filter selects. */
export function selectWorkloads(all: readonly Workload[], { suite, filter }: Selection): readonly Workload[] {
  const pattern = patternOf(filter);
  return all.filter(({ id, suites }) => suites.includes(suite) && (filter === "" || pattern.test(id)));
}

/**
 * Who takes part in a workload: in `full` everybody it lists, in `gate` DeltaFuse, the floor and the peers that a promise
 * names, in `smoke` no peers.
 */
export function contestantsOf(
  workload: Workload,
  { suite, peers }: Selection,
  ceilings: readonly Ceiling[],
): readonly ContestantName[] {
  const named = ceilings.filter(({ id }) => workload.ceilings.includes(id)).map(({ reference }) => reference);
  const isWanted = (name: ContestantName): boolean => {
    if (name === "deltafuse" || name === "floor") return true;
    if (peers !== null) return peers.includes(name);
    return suite === "full" || (suite === "gate" && named.includes(name));
  };
  return workload.contestants.filter(isWanted);
}
