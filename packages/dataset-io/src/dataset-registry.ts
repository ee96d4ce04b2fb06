import type { Fingerprint } from "@deltafuse/config/fingerprint";
import { defineSlot, type SessionSlot } from "@deltafuse/session-core/extension";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { nativeSession } from "@deltafuse/session-core/native-session";
import { objectName } from "@deltafuse/session-core/object-name";
import type { Session } from "@deltafuse/session-core/session";
import { datasetUnknown } from "./errors.ts";

/** A dataset that is registered in a session. */
export interface RegisteredDataset {
  /** Name as it was registered. */
  readonly name: string;
  readonly format: string;
  /** Canonical URL. */
  readonly uri: string;
  /** Columns when it was registered, partition columns last. */
  readonly fields: readonly NestedField[];
  readonly partitionColumns: readonly string[];
  /** Version it is pinned to; undefined means the newest one, and formats without versions. */
  readonly version: number | undefined;
  /** Hash of its location and options. */
  readonly specHash: Fingerprint;
}

const slot: SessionSlot<Map<string, RegisteredDataset>> = defineSlot("registered datasets", (datasets, lease) =>
  followed(lease, new Map(datasets)),
);

function keyOf(session: Session, name: string): string {
  const { catalog: defaults } = session.resolved;
  const [table = "", schema = defaults.schema, catalog = defaults.default] = objectName(name).toReversed();
  return JSON.stringify([catalog, schema, table]);
}

/** A table that was dropped, or replaced by something else, is no dataset any more. */
function followed(session: Session, datasets: Map<string, RegisteredDataset>): Map<string, RegisteredDataset> {
  nativeSession(session).followTables(({ name, object }) => {
    if (object === "table" || object === "view") datasets.delete(keyOf(session, name));
  });
  return datasets;
}

function datasetsOf(session: Session): Map<string, RegisteredDataset> {
  const known = session.slot(slot);
  if (known !== undefined) return known;
  const datasets = followed(session, new Map<string, RegisteredDataset>());
  session.setSlot(slot, datasets);
  return datasets;
}

/** Notes datasets that were published. */
export function noteDatasets(session: Session, datasets: readonly RegisteredDataset[]): void {
  const known = datasetsOf(session);
  for (const dataset of datasets) known.set(keyOf(session, dataset.name), dataset);
}

/** The dataset of that name; undefined when there is none. */
export function findDataset(session: Session, name: string): RegisteredDataset | undefined {
  return datasetsOf(session).get(keyOf(session, name));
}

/** The dataset of that name. Throws `IO.DATASET_UNKNOWN`. */
export function registeredDataset(session: Session, name: string): RegisteredDataset {
  const found = findDataset(session, name);
  if (found !== undefined) return found;
  throw datasetUnknown(name, [...datasetsOf(session).values()].map((dataset) => dataset.name).toSorted());
}
