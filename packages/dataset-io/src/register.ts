import type { AbortableOptions } from "@deltafuse/config/abort";
import type { SessionExtension } from "@deltafuse/session-core/extension";
import type { Session } from "@deltafuse/session-core/session";
import type { DatasetCatalog } from "./dataset-catalog.ts";
import { publishDatasets } from "./dataset-publication.ts";
import { findDataset, type RegisteredDataset, registeredDataset } from "./dataset-registry.ts";
import { locationSpec, specHash } from "./dataset-spec.ts";
import { isIoError, notReady } from "./errors.ts";
import { admittedDataset, type GivenDataset } from "./dataset-admission.ts";
import { type DatasetLocation, parseLocation, resolveLocation } from "./location.ts";
import { type NamedLocation, prepareDataset, type PreparedDataset } from "./prepared-dataset.ts";

/** How datasets are registered. */
export interface RegisterOptions extends AbortableOptions {
  /** Whether a table or view of the same name is replaced. Default: false. */
  readonly overwrite?: boolean;
  /** Absolute path that relative locations start from. Default: the current directory. */
  readonly base?: string;
}

/** Which datasets of a catalog are registered, and how. */
export interface RegisterCatalogOptions extends RegisterOptions {
  /** Default: all. */
  readonly names?: readonly string[];
}

/** Options of {@link datasets}. */
export interface DatasetsOptions {
  /** Registered when the session opens. */
  readonly catalog: DatasetCatalog;
  /** Absolute path that relative locations start from. Default: the current directory. */
  readonly base?: string;
}

/** Datasets that are prepared at the same time. */
const concurrency = 8;

/**
 * Registers a file, a folder, files by a pattern, or a table of a provider under a name, after everything was checked:
 * the data is there, its format is known, its columns fit the declared ones. Live: files that come later are seen.
 *
 * The same name with the same location and options again is left alone.
 *
 * Rejects, with nothing registered, with `IO.LOCATION_INVALID`, `IO.NOT_READY {rows}`, `IO.FORMAT_UNKNOWN`,
 * `IO.FORMAT_UNAVAILABLE`, `IO.FORMAT_OPTION`, `IO.PROVIDER_OPTION`, `IO.PARTITION_VALUE`, `IO.TYPE_UNSUPPORTED`,
 * `SCHEMA.CONTRACT_VIOLATION {report}`, `SESSION.OBJECT_EXISTS`, `STORE.*`, and `ENGINE.PARQUET` or `ENGINE.ARROW` for a
 * file that cannot be read, and the `HOOKS.*` codes of interceptors of `beforeRegister`.
 *
 * @example
 * await registerDataset(session, "airports", { uri: "data/airports.csv", schema: airports });
 */
// oxlint-disable-next-line max-params -- three and the options that every asynchronous function has.
export async function registerDataset(
  session: Session,
  name: string,
  location: string | DatasetLocation,
  options: RegisterOptions = {},
): Promise<RegisteredDataset> {
  await registerAll(session, [{ name, location: parseLocation(location) }], options);
  return registeredDataset(session, name);
}

/**
 * Registers datasets of a catalog: all of them or, when one cannot be, none. Those that are registered already with the
 * same location and options are left alone. Rejects as {@link registerDataset}; `IO.NOT_READY` tells of all datasets.
 */
export async function registerDatasets(
  session: Session,
  catalog: DatasetCatalog,
  options: RegisterCatalogOptions = {},
): Promise<readonly RegisteredDataset[]> {
  const { names = catalog.names } = options;
  await registerAll(
    session,
    names.map((name) => ({ name, location: catalog.get(name) })),
    options,
  );
  return names.map((name) => registeredDataset(session, name));
}

/** Asks the interceptors about everything, prepares it, then publishes it in one step. */
async function registerAll(
  session: Session,
  given: readonly GivenDataset[],
  { overwrite = false, base = process.cwd(), signal }: RegisterOptions,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const named: NamedLocation[] = [];
  for (const dataset of given) named.push(await admittedDataset(session, dataset, { overwrite, base, ...options }));
  const isNew = ({ name, location }: NamedLocation): boolean =>
    overwrite || findDataset(session, name)?.specHash !== specHash(location);
  const prepared = await prepareAll(session, named.filter(isNew), options);
  try {
    await publishDatasets(session, { datasets: prepared, overwrite }, options);
  } finally {
    for (const { table } of prepared) table.handle.close();
  }
}

async function prepareAll(
  session: Session,
  named: readonly NamedLocation[],
  options: AbortableOptions,
): Promise<readonly PreparedDataset[]> {
  const outcomes: PromiseSettledResult<PreparedDataset>[] = [];
  const waiting = named.entries();
  const work = async (): Promise<void> => {
    for (const [index, dataset] of waiting) {
      try {
        options.signal?.throwIfAborted();
        outcomes[index] = { status: "fulfilled", value: await prepareDataset(session, dataset, options) };
      } catch (reason) {
        outcomes[index] = { status: "rejected", reason };
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const prepared = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  if (failures.length === 0) return prepared;
  for (const { table } of prepared) table.handle.close();
  throw failureOf(failures);
}

/** What is not ready is told of all datasets at once, in their order; of other failures the first. */
function failureOf(failures: readonly unknown[]): unknown {
  const rows = failures.flatMap((error) => (isIoError(error) && "rows" in error.details ? error.details.rows : []));
  return rows.length === failures.length && rows.length > 1 ? notReady(rows) : failures[0];
}

/** Takes a dataset away. Its files stay. Rejects with `SESSION.OBJECT_NOT_FOUND`. */
export async function deregister(session: Session, name: string, options: AbortableOptions = {}): Promise<void> {
  await session.drop("table", name, options);
}

/**
 * The extension that registers a catalog while a session opens, all or nothing. When a dataset is not as declared the
 * session is not opened: `SESSION.INSTALL_FAILED` with the reason as cause. It also performs COPY and
 * INSERT into folders of files as `writeDataset` does, and CREATE EXTERNAL TABLE as {@link registerDataset}.
 */
export function datasets({ catalog, base = process.cwd() }: DatasetsOptions): SessionExtension {
  const spec = (): Record<string, ReturnType<typeof locationSpec>> =>
    Object.fromEntries(catalog.names.map((name) => [name, locationSpec(resolveLocation(catalog.get(name), base))]));
  return {
    id: "datasets",
    version: 1,
    contribute: () => ({
      modules: [{ name: "datasets" }],
      steps: [{ id: "tables.register", phase: "catalogs", spec: spec() }],
    }),
    install: async (session, _step, options) => {
      await registerDatasets(session, catalog, { base, ...options });
    },
    run: async (...claimed) => {
      const { runClaimed } = await import("./claimed-statement.ts");
      const run = runClaimed((session, { name, location, options }) =>
        registerDataset(session, name, location, options),
      );
      return run(...claimed);
    },
  };
}
