import type { AbortableOptions } from "@deltafuse/config/abort";
import * as z from "@deltafuse/config/zod";
import { admitChange } from "./before-register.ts";
import { type CatalogTable, type CatalogTree, catalogTreeSchema, type InspectRequest } from "./catalog-tree.ts";
import type { NestedField } from "./field-type.ts";
import { frameNodeIn } from "./frame-tree.ts";
import type { Frame } from "./frame.ts";
import { frameReplyMembers, handleOf } from "./native-session.ts";
import { nameText, objectName } from "./object-name.ts";
import { planningOnly } from "./query-open.ts";
import { startQueryRun } from "./query-run.ts";
import { schemaToIpc } from "./schema-codec.ts";
import type { SessionState } from "./session-state.ts";
import type { ObjectKind } from "./session.ts";
import { viewOfOnce } from "./statement-errors.ts";

const viewReplySchema = z.strictObject({
  ...frameReplyMembers,
  storedFields: frameReplyMembers.fields,
  partitionColumns: z.array(z.string()),
});
const epochSchema = z.strictObject({ epoch: z.int() });

/** Reads the catalog. */
export async function inspectCatalog(
  state: SessionState,
  { parts = ["tables"], ...filter }: InspectRequest,
  options: AbortableOptions,
): Promise<CatalogTree> {
  const call = { entrypoint: "session.introspect", request: { parts, ...filter }, reply: catalogTreeSchema() } as const;
  const reply = await state.call(call, options);
  return reply.body;
}

/** A view that is to be made. */
export interface ViewSpec {
  readonly name: string;
  readonly frame: Frame;
  readonly replace: boolean;
}

/** Makes a view of a frame. */
export async function createView(state: SessionState, view: ViewSpec, options: AbortableOptions): Promise<void> {
  const { name, frame, replace } = view;
  state.assertOpen();
  options.signal?.throwIfAborted();
  const node = frameNodeIn(frame, state);
  const parts = objectName(name);
  await admitChange(state.hooks, { action: "register", object: "view", name, overwrite: replace }, options);
  const run = startQueryRun(state);
  const planned = await planningOnly(run, options, () => node.planned(run, options));
  if (planned.feeds !== undefined && planned.feeds.length > 0) throw viewOfOnce(name);
  const prepared = await state.call(
    {
      entrypoint: "session.prepareTable",
      request: { kind: "view", source: { $handle: 0 } },
      handles: [planned.handle],
      reply: viewReplySchema,
    },
    options,
  );
  const provider = handleOf(prepared);
  try {
    const replaced = replace && (await tableState(state, parts, options)).exists;
    const ops = [{ op: "put", name: parts, provider: { $handle: 0 }, replace }];
    await state.call(
      { entrypoint: "session.catalogApply", request: { ops }, handles: [provider], reply: epochSchema, durable: true },
      options,
    );
    await tellRegistered(state, { name, object: "view", fields: planned.fields, replaced });
  } finally {
    provider.close();
  }
}

/** The catalog at one moment, as far as one table is concerned. */
export interface TableState {
  readonly epoch: number;
  readonly exists: boolean;
  /** Its columns; none when there is no such table. */
  readonly fields: readonly NestedField[];
}

/** Looks for a table or view. */
export async function tableState(
  state: SessionState,
  parts: readonly string[],
  options: AbortableOptions,
): Promise<TableState> {
  const { epoch, tables } = await tablesNamed(state, parts, options);
  return { epoch, exists: tables.length > 0, fields: tables.flatMap(({ fields = [] }) => fields) };
}

async function tablesNamed(
  state: SessionState,
  parts: readonly string[],
  options: AbortableOptions,
): Promise<{ readonly epoch: number; readonly tables: readonly CatalogTable[] }> {
  const { catalog: defaults } = state.resolved;
  const [table = "", schema = defaults.schema, catalog = defaults.default] = parts.toReversed();
  const { epoch, catalogs } = await inspectCatalog(state, { parts: ["columns"], catalog, schema, table }, options);
  return { epoch, tables: catalogs.flatMap(({ schemas }) => schemas.flatMap(({ tables }) => tables)) };
}

/** A table or view that became visible. */
export interface RegisteredTable {
  readonly name: string;
  readonly object: "table" | "view";
  readonly fields: readonly NestedField[];
  readonly replaced: boolean;
}

/** Emits `table.registered` with the hash of the columns. */
export async function tellRegistered(state: SessionState, table: RegisteredTable): Promise<void> {
  if (!state.hooks.wants("table.registered")) return;
  const { name, object, fields, replaced } = table;
  const { schemaHash } = await schemaToIpc(fields);
  const provider = object === "view" ? "view" : "memory";
  state.hooks.emit("table.registered", { name, object, provider, location: null, schemaHash, replaced });
}

/** An object that is to be dropped. */
export interface DropSpec {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly ifExists: boolean;
}

/**
 * Asks `beforeRegister`, drops an object and emits `table.dropped`; with `ifExists` a missing one is left alone, and so is
 * a table where a view is meant.
 */
export async function dropObject(state: SessionState, spec: DropSpec, options: AbortableOptions): Promise<void> {
  const { kind, name, ifExists } = spec;
  state.assertOpen();
  options.signal?.throwIfAborted();
  const parts = objectName(name);
  await admitChange(state.hooks, { action: "drop", object: kind, name, overwrite: false }, options);
  if (ifExists && !(await objectExists(state, { kind, parts }, options))) return;
  const ops = [{ op: "drop", kind, name: parts, ifExists }];
  const call = { entrypoint: "session.catalogApply", request: { ops }, reply: epochSchema, durable: true } as const;
  await state.call(call, options);
  state.hooks.emit("table.dropped", { name, object: kind });
}

async function objectExists(
  state: SessionState,
  { kind, parts }: { readonly kind: ObjectKind; readonly parts: readonly string[] },
  options: AbortableOptions,
): Promise<boolean> {
  if (kind === "table" || kind === "view") {
    const { tables } = await tablesNamed(state, parts, options);
    return tables.some((table) => (table.kind === "view") === (kind === "view"));
  }
  if (kind === "schema") return (await schemaContents(state, parts, options)) !== null;
  const [catalog = ""] = parts;
  return (await inspectCatalog(state, { parts: ["schemata"], catalog }, options)).catalogs.length > 0;
}

/** A table or view of a schema. */
export interface SchemaObject {
  readonly kind: "table" | "view";
  /** With that of the schema in front. */
  readonly name: string;
}

/** What is in a schema; null when there is no such schema. */
export async function schemaContents(
  state: SessionState,
  parts: readonly string[],
  options: AbortableOptions,
): Promise<readonly SchemaObject[] | null> {
  const [schema = "", catalog = state.resolved.catalog.default] = parts.toReversed();
  const { catalogs } = await inspectCatalog(state, { catalog, schema }, options);
  const [found] = catalogs.flatMap(({ schemas }) => schemas);
  if (found === undefined) return null;
  return found.tables.map(({ name, kind }) => {
    return { kind: kind === "view" ? "view" : "table", name: nameText([...parts, name]) };
  });
}
