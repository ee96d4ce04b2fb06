import type { AbortableOptions } from "@deltafuse/config/abort";
import { schemaHash } from "@deltafuse/schema/schema-hash";
import { nativeSession } from "@deltafuse/session-core/native-session";
import { objectName } from "@deltafuse/session-core/object-name";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { noteDatasets } from "./dataset-registry.ts";
import { specHash } from "./dataset-spec.ts";
import type { PreparedDataset } from "./prepared-dataset.ts";

/** Datasets that become visible together. */
export interface Publication {
  readonly datasets: readonly PreparedDataset[];
  /** Whether tables and views of the same names are replaced. */
  readonly overwrite: boolean;
}

const replySchema = z.strictObject({ epoch: z.int() });

interface ExistingNames {
  readonly hasTable: (name: string) => boolean;
  /** The schema of the name when it has to be made. */
  readonly missingSchema: (name: string) => readonly string[];
}

async function existingNames(session: Session, options: AbortableOptions): Promise<ExistingNames> {
  const { catalog: defaults } = session.resolved;
  const { catalogs } = await session.inspect({ parts: ["schemata", "tables"] }, options);
  const schemaOf = (name: string) => {
    const [table = "", schema = defaults.schema, catalog = defaults.default] = objectName(name).toReversed();
    const found = catalogs.find((one) => one.name === catalog)?.schemas.find((one) => one.name === schema);
    return { table, schema, catalog, found };
  };
  return {
    hasTable: (name) => {
      const { table, found } = schemaOf(name);
      return found?.tables.some((one) => one.name === table) ?? false;
    },
    missingSchema: (name) => {
      const { schema, catalog, found } = schemaOf(name);
      return found === undefined && catalog === defaults.default ? [schema] : [];
    },
  };
}

/**
 * Makes datasets visible in one step, with the schemas they need, and emits `table.registered` for each.
 *
 * Rejects with `SESSION.OBJECT_EXISTS` without `overwrite`; nothing is visible then.
 */
export async function publishDatasets(
  session: Session,
  { datasets, overwrite }: Publication,
  options: AbortableOptions,
): Promise<void> {
  if (datasets.length === 0) return;
  const before = await existingNames(session, options);
  const schemas = new Set(datasets.flatMap(({ name }) => before.missingSchema(name)));
  const ops = [
    ...[...schemas].map((name) => ({ op: "createSchema", name })),
    ...datasets.map(({ name }, index) => {
      return { op: "put", name: objectName(name), provider: { $handle: index }, replace: overwrite };
    }),
  ];
  const handles = datasets.map(({ table }) => table.handle);
  await nativeSession(session).call(
    { entrypoint: "session.catalogApply", request: { ops }, handles, reply: replySchema, durable: true },
    options,
  );
  for (const dataset of datasets) tellRegistered(session, dataset, before.hasTable(dataset.name));
  noteDatasets(
    session,
    datasets.map(({ name, location, format, uri, table }) => {
      const { fields, partitionColumns, pinned } = table;
      const version = pinned === true ? table.version : undefined;
      return { name, format, uri, fields, partitionColumns, version, specHash: specHash(location) };
    }),
  );
}

function tellRegistered(session: Session, { name, format, uri, table }: PreparedDataset, replaced: boolean): void {
  session.hooks.emit("table.registered", {
    name,
    object: "table",
    provider: format,
    location: uri,
    schemaHash: schemaHash(table.fields),
    ...(table.version === undefined ? {} : { deltaVersion: table.version }),
    replaced,
  });
}
