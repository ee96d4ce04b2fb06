import type { DataSet } from "./data-set.ts";
import { deltaCommits, deltaFiles, deltaOrders } from "./data/delta.ts";
import { deltaVectors } from "./data/delta-vectors.ts";
import { eventsData } from "./data/events.ts";
import { groupbyData } from "./data/groupby.ts";
import { hitsData } from "./data/hits.ts";
import { shapesData } from "./data/shapes.ts";
import { tpchData } from "./data/tpch.ts";
import { wideData } from "./data/wide.ts";

/** Every data set that a workload can ask for. */
export const dataSets: readonly DataSet[] = [
  tpchData,
  wideData,
  shapesData,
  hitsData,
  groupbyData,
  eventsData,
  deltaOrders,
  deltaVectors,
  ...[10, 100, 1000, 10_000].map(deltaFiles),
  ...[10, 100, 1000].map(deltaCommits),
];
