import { provideData, type StoredData } from "./data-cache.ts";
import type { DataSet, TableFile } from "./data-set.ts";
import type { Suite, Workload } from "./workload.ts";

/** The data of some workloads, on disk. */
export interface DataPlace {
  /** Names the content: keys of all sets. */
  readonly key: string;
  /** By name, with absolute paths. */
  readonly tables: Readonly<Record<string, TableFile>>;
  /** By id of the data set. */
  readonly scales: Readonly<Record<string, number>>;
}

/** Where data is kept, and how large it is. */
export interface DataOptions {
  readonly cache: string;
  readonly sets: readonly DataSet[];
  /** Other scales than those of the workloads, by id of the data set. */
  readonly scales: Readonly<Record<string, number>>;
  /** Told before a set is checked or made. */
  readonly onSet: (key: string) => void;
  /** What was checked already, by set and scale. */
  readonly known: Map<string, StoredData>;
}

/** A workload asks for data that there is not, or two of one process for different sizes of it. */
export class DataNeedError extends Error {}

/** The scale of every set that workloads of one process need. Throws {@link DataNeedError}. */
export function scalesOf(workloads: readonly Workload[], suite: Suite): Readonly<Record<string, number>> {
  const scales: Record<string, number> = {};
  for (const { id, data } of workloads) {
    for (const { set, scale } of data) {
      if ((scales[set] ?? scale[suite]) !== scale[suite]) {
        throw new DataNeedError(
          `${id} wants ${set} at ${scale[suite]}, another workload of its process at ${scales[set]}.`,
        );
      }
      scales[set] = scale[suite];
    }
  }
  return scales;
}

async function knownData({ cache, known, onSet }: DataOptions, set: DataSet, scale: number): Promise<StoredData> {
  const name = `${set.id} at ${scale}`;
  const present = known.get(name);
  if (present !== undefined) return present;
  onSet(name);
  const stored = await provideData(cache, { set, scale });
  known.set(name, stored);
  return stored;
}

/** Makes what is missing of the data of workloads that share processes. Rejects with {@link DataNeedError}. */
export async function placeData(
  workloads: readonly Workload[],
  suite: Suite,
  options: DataOptions,
): Promise<DataPlace> {
  const wanted = scalesOf(workloads, suite);
  const stored: StoredData[] = [];
  const scales: Record<string, number> = {};
  for (const [id, ownScale] of Object.entries(wanted)) {
    const set = options.sets.find((one) => one.id === id);
    if (set === undefined) throw new DataNeedError(`There is no data set ${id}.`);
    const scale = suite === "smoke" ? ownScale : (options.scales[id] ?? ownScale);
    scales[id] = scale;
    stored.push(await knownData(options, set, scale));
  }
  const tables: Record<string, TableFile> = Object.assign({}, ...stored.map((one) => one.tables));
  return {
    key: stored
      .map(({ key }) => key)
      .toSorted()
      .join(" "),
    tables,
    scales,
  };
}
