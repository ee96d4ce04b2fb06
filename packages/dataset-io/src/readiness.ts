import type { AbortableOptions } from "@deltafuse/config/abort";
import { nativeSession } from "@deltafuse/session-core/native-session";
import type { Session } from "@deltafuse/session-core/session";
import * as z from "@deltafuse/config/zod";
import type { ReadinessRow, ReadinessStatus } from "./errors.ts";
import { type FileFormat, isFileFormat } from "./file-format.ts";
import type { ResolvedLocation } from "./location.ts";
import type { LocationListing } from "./provider.ts";

/** What a look at a location gave. */
export interface LocationProbe extends LocationListing {
  readonly status: ReadinessStatus;
  readonly reason: string | null;
}

const probeSchema = z.strictObject({
  status: z.enum(["ok", "missing_path", "empty_path", "unreadable"]),
  reason: z.nullable(z.string()),
  fileCount: z.int(),
  bytes: z.int(),
  isDelta: z.boolean(),
  directory: z.boolean(),
  extensions: z.array(z.string()),
});

/** Name of a format of files on the native side. */
export function nativeFormat(format: FileFormat): string {
  return format === "ndjson" ? "json" : format;
}

/** Looks at a location; what it finds is never an error. */
export async function probeLocation(
  session: Session,
  location: ResolvedLocation,
  options: AbortableOptions,
): Promise<LocationProbe> {
  const { path, uri, glob, format, scan } = location;
  const counted = format !== undefined && isFileFormat(format) && scan.extension === undefined;
  const request = {
    location: path,
    ...(glob === undefined ? {} : { glob }),
    ...(counted ? { format: nativeFormat(format) } : {}),
  };
  const call = { entrypoint: "session.probeLocation", request, reply: probeSchema };
  const { body } = await nativeSession(session).call(call, options);
  const folder = body.directory && !uri.endsWith("/") ? `${uri}/` : uri;
  return { ...body, uri: folder };
}

/** The finding about a dataset whose data is not ready. */
export function readinessRow(dataset: string, { format }: ResolvedLocation, probe: LocationProbe): ReadinessRow {
  const { uri, status, reason, fileCount, bytes } = probe;
  return { dataset, uri, format: format ?? null, status, reason, fileCount, bytes };
}
