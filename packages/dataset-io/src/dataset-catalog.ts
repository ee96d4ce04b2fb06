import { datasetUnknown } from "./errors.ts";
import { type DatasetLocation, parseLocation } from "./location.ts";

/** Datasets by name: immutable data. */
export interface DatasetCatalog {
  /** Names in alphabetical order. */
  readonly names: readonly string[];
  /** Whether there is a dataset of that name. */
  has(name: string): boolean;
  /** Throws `IO.DATASET_UNKNOWN`. */
  get(name: string): DatasetLocation;
  /** The catalog with more datasets; a name that it has is replaced. */
  with(entries: DatasetEntries): DatasetCatalog;
  /** The catalog without some datasets. Throws `IO.DATASET_UNKNOWN`. */
  without(...names: readonly string[]): DatasetCatalog;
}

/** Names and locations; a text is the `uri` of a location. */
export type DatasetEntries = Readonly<Record<string, string | DatasetLocation>>;

class Catalog implements DatasetCatalog {
  readonly names: readonly string[];
  readonly #locations: ReadonlyMap<string, DatasetLocation>;

  constructor(locations: ReadonlyMap<string, DatasetLocation>) {
    this.#locations = locations;
    this.names = [...locations.keys()].toSorted();
  }

  has(name: string): boolean {
    return this.#locations.has(name);
  }

  get(name: string): DatasetLocation {
    const location = this.#locations.get(name);
    if (location === undefined) throw datasetUnknown(name, this.names);
    return location;
  }

  with(entries: DatasetEntries): DatasetCatalog {
    return new Catalog(new Map([...this.#locations, ...parsed(entries)]));
  }

  without(...names: readonly string[]): DatasetCatalog {
    for (const name of names) this.get(name);
    return new Catalog(new Map([...this.#locations].filter(([name]) => !names.includes(name))));
  }
}

function parsed(entries: DatasetEntries): readonly (readonly [string, DatasetLocation])[] {
  return Object.entries(entries).map(([name, location]) => [name, parseLocation(location)] as const);
}

/**
 * Makes a catalog of datasets. Nothing is looked at.
 *
 * @param entries - Names, as SQL will use them, and where each dataset is.
 *
 * Throws as `parseLocation`.
 *
 * @example
 * const catalog = createDatasetCatalog({ flights: "data/flights.parquet", airports: { uri: "data/airports.csv" } });
 */
export function createDatasetCatalog(entries: DatasetEntries): DatasetCatalog {
  return new Catalog(new Map(parsed(entries)));
}
