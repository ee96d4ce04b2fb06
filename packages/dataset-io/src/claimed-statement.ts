import type { AbortableOptions } from "@deltafuse/config/abort";
import { InternalError } from "@deltafuse/config/errors";
import type { ClaimResult, SessionExtension } from "@deltafuse/session-core/extension";
import type { Frame } from "@deltafuse/session-core/frame";
import type { NestedField } from "@deltafuse/session-core/field-type";
import { nameText } from "@deltafuse/session-core/object-name";
import type { ProgressOptions } from "@deltafuse/session-core/progress-watch";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import { copySpec } from "./copy-options.ts";
import { externalLocation } from "./external-location.ts";
import { insertIntoFolder } from "./folder-insert.ts";
import type { DatasetLocation } from "./location.ts";
import { writeDataset } from "./write.ts";

type RunClaim = NonNullable<SessionExtension["run"]>;

const names = z.array(z.string());
const options = z.record(z.string(), z.string());

/** What the native module asks for. */
const requestSchema = z.discriminatedUnion("command", [
  z.strictObject({
    command: z.literal("copy"),
    location: z.string(),
    format: z.nullable(z.string()),
    partitionBy: names,
    options,
  }),
  z.strictObject({
    command: z.literal("createExternalTable"),
    name: names,
    locations: names,
    format: z.string(),
    fields: z.custom<readonly NestedField[]>(Array.isArray),
    partitionColumns: names,
    options,
    replace: z.boolean(),
    exists: z.boolean(),
  }),
  z.strictObject({
    command: z.literal("insertFiles"),
    table: names,
    location: z.string(),
    partitionBy: names,
    required: names,
    overwrite: z.boolean(),
  }),
]);

/** A location and how it is registered under a name. */
export interface ExternalTable {
  readonly name: string;
  readonly location: DatasetLocation;
  readonly options: AbortableOptions & { readonly base: string; readonly overwrite: boolean };
}

/**
 * Performs COPY and INSERT as `writeDataset` and CREATE EXTERNAL TABLE by registering a dataset. Relative locations start
 * from the current directory. Rejects as those do.
 *
 * @param register - What `registerDataset` does.
 */
export function runClaimed(register: (session: Session, table: ExternalTable) => Promise<unknown>): RunClaim {
  return async (session, { request, source }, run) => {
    const asked = requestSchema.parse(request);
    const base = process.cwd();
    if (asked.command === "copy") return copyRows(session, { ...asked, source }, { ...run, base });
    if (asked.command === "insertFiles") return insertRows(session, { ...asked, source }, run);
    if (asked.exists) return { rowsAffected: null };
    const { signal } = run;
    const how = { base, overwrite: asked.replace, ...(signal === undefined ? {} : { signal }) };
    await register(session, { name: nameText(asked.name), location: externalLocation(asked, base), options: how });
    return { rowsAffected: null };
  };
}

type CopyRequest = Extract<z.infer<typeof requestSchema>, { readonly command: "copy" }>;

async function copyRows(
  session: Session,
  { source, ...asked }: CopyRequest & { readonly source: Frame | undefined },
  run: ProgressOptions & { readonly base: string },
): Promise<ClaimResult> {
  if (source === undefined) throw new InternalError("COPY was claimed without its rows");
  const { rows } = await writeDataset(session, { ...copySpec(asked, run.base), source }, run);
  return { rowsAffected: rows, counts: { count: rows } };
}

type InsertRequest = Extract<z.infer<typeof requestSchema>, { readonly command: "insertFiles" }>;

async function insertRows(
  session: Session,
  {
    source,
    location: folder,
    partitionBy,
    required,
    overwrite,
  }: InsertRequest & { readonly source: Frame | undefined },
  run: ProgressOptions,
): Promise<ClaimResult> {
  if (source === undefined) throw new InternalError("INSERT was claimed without its rows");
  const insert = { source, folder, partitionBy, required, overwrite };
  const { rows } = await insertIntoFolder(session, insert, run);
  return { rowsAffected: rows, counts: { count: rows } };
}
