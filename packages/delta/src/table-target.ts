import { canonicalUri } from "@deltafuse/dataset-io/canonical-uri";
import { registeredDataset } from "@deltafuse/dataset-io/dataset-registry";
import { type OptionProblem, readOptions } from "@deltafuse/dataset-io/option-shape";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { invalidSpec } from "./errors.ts";

/** Which table: exactly one of `location` and `dataset`. */
export interface TableTarget {
  /** Folder of the table: a path (relative ones start from the current directory) or a `file://` URL. */
  readonly location?: string;
  /** Name under which the table is registered in the session. */
  readonly dataset?: string;
  /** Reads this version instead of the newest one. */
  readonly version?: number;
}

/** A target as the engine takes it. */
export interface ResolvedTarget {
  /** Canonical URL of the table. */
  readonly uri: string;
  /** Name of the dataset it was addressed by. */
  readonly dataset: string | null;
  /** Pinned version; undefined means the newest one. */
  readonly version: number | undefined;
}

const targetSchema: z.ZodMiniType<TableTarget> = z.strictObject({
  location: z.exactOptional(z.string()),
  dataset: z.exactOptional(z.string()),
  version: z.exactOptional(z.int().check(z.gte(0))),
});

/**
 * Finds the table. A pin of the call wins over the pin of the dataset.
 *
 * Throws `DELTA.INVALID_SPEC`, `IO.LOCATION_INVALID`, `IO.DATASET_UNKNOWN`.
 */
export function resolveTarget(session: Session, input: TableTarget): ResolvedTarget {
  const error = ({ option, reason }: OptionProblem): Error => invalidSpec(option, reason);
  const { location, dataset, version } = readOptions(targetSchema, input, { at: "target", error });
  if ((location === undefined) === (dataset === undefined)) {
    throw invalidSpec("target", "it needs either a location or a dataset");
  }
  if (location !== undefined) return { uri: canonicalUri(location, process.cwd()), dataset: null, version };
  const found = registeredDataset(session, dataset ?? "");
  if (found.format !== "delta")
    throw invalidSpec("target.dataset", `${dataset} is a dataset of format ${found.format}`);
  return { uri: found.uri, dataset: found.name, version: version ?? found.version };
}
