import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "@deltafuse/config/zod";
import { absolutePath } from "./canonical-uri.ts";
import { destinationExists, destinationForeign, writeOption, writeUnsupported } from "./errors.ts";
import { fileNameFormat } from "./file-format.ts";
import { type OptionProblem, readOptions } from "./option-shape.ts";
import { type ParquetWriterOptions, parquetWriterSchema } from "./write-options.ts";

/** Where files are written. */
export interface WriteTarget {
  /** A path (relative ones start from a base) or a `file://` URL. A trailing `/` means a folder. */
  readonly uri: string;
  /** Default: by the ending of the name, else `parquet`. */
  readonly format?: string;
}

/** What happens when something is there: `error` refuses, `overwrite` replaces all of it. */
export type WriteMode = "error" | "overwrite";

/** What an INSERT also does: `append` adds files to a folder. */
export type InsertMode = WriteMode | "append";

/** How rows become files. */
export interface FileOptions {
  /** One file at the target instead of a folder of files. Default: whether the name has an ending and no trailing `/`. */
  readonly single?: boolean;
}

/** What is written, apart from the rows. */
export interface WriteSpec {
  readonly target: string | WriteTarget;
  /** Default: `error`. */
  readonly mode?: WriteMode;
  /** Columns whose values become `key=value` folders, outermost first. Default: none. */
  readonly partitionBy?: readonly string[];
  readonly file?: FileOptions;
  readonly format?: ParquetWriterOptions;
}

/** What is at the target. */
export interface DestinationFacts {
  readonly exists: boolean;
  readonly directory: boolean;
  /** A folder without entries, or a file without bytes. */
  readonly empty: boolean;
  /** What is not part of a Parquet dataset, relative to the target. */
  readonly foreignFiles: readonly string[];
  readonly isDelta: boolean;
}

/** A write whose options are read and whose target is known. */
export interface WriteRequest {
  /** Canonical URL. */
  readonly uri: string;
  readonly path: string;
  readonly format: "parquet";
  readonly mode: InsertMode;
  readonly single: boolean;
  readonly partitionBy: readonly string[];
  readonly options: ParquetWriterOptions;
}

/** A write that may begin. */
export interface WritePlan extends WriteRequest {
  readonly method: "files";
  /** Whether something is there that the write replaces. */
  readonly replaces: boolean;
}

/** One file that was written. */
export interface WrittenFile {
  /** Absolute path. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Values of its folders; null for null. */
  readonly partition: Readonly<Record<string, string | null>>;
}

/** What a write did. */
export interface WriteResult {
  /** Part of the names of the files. */
  readonly writeId: string;
  /** Canonical URL. */
  readonly target: string;
  readonly format: "parquet";
  readonly mode: InsertMode;
  readonly method: "files";
  readonly rows: number;
  readonly bytes: number;
  readonly files: readonly WrittenFile[];
  /** Different values of the partition columns; 0 without such columns. */
  readonly partitions: number;
  readonly durationMs: number;
}

const targetSchema = z.strictObject({ uri: z.string(), format: z.exactOptional(z.string()) });

const specSchema: z.ZodMiniType<WriteSpec> = z.strictObject({
  target: z.union([z.string(), targetSchema]),
  mode: z.exactOptional(z.enum(["error", "overwrite"])),
  partitionBy: z.exactOptional(z.array(z.string().check(z.minLength(1)))),
  file: z.exactOptional(z.strictObject({ single: z.exactOptional(z.boolean()) })),
  format: z.exactOptional(parquetWriterSchema),
});

/**
 * Reads a write strictly and makes its target absolute.
 *
 * @param spec - What a caller gave, without the source.
 * @param base - Absolute path that relative targets start from.
 *
 * Throws `IO.WRITE_OPTION`, `IO.WRITE_UNSUPPORTED`, `IO.LOCATION_INVALID`.
 */
export function parseWrite(spec: WriteSpec, base: string): WriteRequest {
  const error = ({ option, reason }: OptionProblem): Error => writeOption(option, reason);
  const read = readOptions(specSchema, spec, { at: "", error });
  const { target: given, mode = "error", partitionBy = [], file, format: options = {} } = read;
  const path = absolutePath(typeof given === "string" ? given : given.uri, base);
  const uri = pathToFileURL(path).href;
  const single = file?.single ?? isFileName(path);
  if (single && path.endsWith("/")) throw writeOption("file.single", "the target ends with / and so is a folder");
  if (single && partitionBy.length > 0) throw writeOption("partitionBy", "one file has no folders; write to a folder");
  const format = typeof given === "string" ? undefined : given.format;
  return { uri, path, format: writtenFormat({ uri, path, format }), mode, single, partitionBy, options };
}

function isFileName(path: string): boolean {
  return !path.endsWith("/") && /[^.]\.[^.]+$/.test(basename(path));
}

function writtenFormat(target: {
  readonly uri: string;
  readonly path: string;
  readonly format: string | undefined;
}): "parquet" {
  const { uri, path, format = fileNameFormat(path)?.format ?? "parquet" } = target;
  if (format !== "parquet") throw writeUnsupported(uri, format);
  return format;
}

/**
 * Decides whether a write may begin. Pure; the engine decides again when it commits.
 *
 * Throws `IO.DESTINATION_EXISTS`, `IO.DESTINATION_FOREIGN`.
 */
export function planWrite(request: WriteRequest, facts: DestinationFacts): WritePlan {
  const { path, mode, single } = request;
  const isFree = !facts.exists || (facts.directory && facts.empty && !single);
  if (isFree) return { ...request, method: "files", replaces: false };
  if (mode === "error") throw destinationExists(path);
  refuseForeign(request, facts);
  return { ...request, method: "files", replaces: mode === "overwrite" };
}

/** Throws `IO.DESTINATION_FOREIGN` for what files are not added to, or what would be lost. */
function refuseForeign({ path, mode, single }: WriteRequest, facts: DestinationFacts): void {
  const { foreignFiles, directory, isDelta } = facts;
  if (isDelta) throw destinationForeign(path, "it is a Delta table, which writeTable of @deltafuse/delta writes");
  if (directory && single) throw destinationForeign(path, "it is a folder, and one file is to be written");
  if (!directory && !single) throw destinationForeign(path, "it is a file, and a folder is to be written");
  if (mode === "overwrite" && foreignFiles.length > 0) {
    throw destinationForeign(path, `it holds files that are not Parquet (${foreignFiles.join(", ")})`, foreignFiles);
  }
}
