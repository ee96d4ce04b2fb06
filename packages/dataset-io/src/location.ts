import type { JsonValue } from "@deltafuse/config/canonical-json";
import { lazyConstant } from "@deltafuse/config/lazy-constant";
import type { SchemaContract } from "@deltafuse/schema/contract";
import type { TableSpec } from "@deltafuse/schema/table-spec";
import { pathToFileURL } from "node:url";
import * as z from "@deltafuse/config/zod";
import { absolutePath } from "./canonical-uri.ts";
import { formatOption, locationInvalid, providerOption } from "./errors.ts";
import { type FileNameFormat, fileNameFormat, isFileFormat } from "./file-format.ts";
import { type OptionProblem, readOptions } from "./option-shape.ts";
import { type ScanOptions, scanOptionsSchema } from "./scan-options.ts";

/** Where a dataset is, and how it is read. */
export interface DatasetLocation {
  /**
   * A file or folder: a path (relative ones start from a base) or a `file://` URL. In a path the characters `*`, `?` and
   * `[` make a shell pattern: `data/2024-*.csv`; in a URL they are taken literally.
   */
  readonly uri: string;
  /** `parquet`, `csv`, `ndjson`, `arrow`, or the format of a provider. Default: by what is there. */
  readonly format?: string;
  /** Exactly these files, absolute or relative to `uri`, which is a folder then. */
  readonly files?: readonly string[];
  /** Columns the table must have. For CSV and JSON their types are used for reading. */
  readonly schema?: TableSpec;
  /** Columns the table must have, with rules for change; wins over nothing: give it or `schema`. */
  readonly contract?: SchemaContract;
  /** How files are found and read. */
  readonly scan?: ScanOptions;
  /** Options of the provider of the format, for `delta` `{ version }`. */
  readonly provider?: Readonly<Record<string, JsonValue>>;
}

/** A location as a path. */
export interface ResolvedLocation {
  /** Canonical URL; a trailing `/` means a folder. */
  readonly uri: string;
  /** The same as an absolute path. */
  readonly path: string;
  /** Shell pattern below the path; absent for a plain file or folder. */
  readonly glob?: string;
  readonly files?: readonly string[];
  /** What the location itself says of its format; undefined when the files must tell. */
  readonly format: string | undefined;
  /** What the name of the file tells. */
  readonly named: FileNameFormat | undefined;
  readonly schema?: TableSpec;
  readonly contract?: SchemaContract;
  readonly scan: ScanOptions;
  readonly provider: Readonly<Record<string, JsonValue>> | undefined;
}

const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const locationSchema = lazyConstant((): z.ZodMiniType<DatasetLocation> => {
  const text = z.string().check(z.minLength(1));
  const record = "it must be an object";
  return z.strictObject({
    uri: z.string(),
    format: z.exactOptional(text),
    files: z.exactOptional(z.array(text).check(z.minLength(1))),
    schema: z.exactOptional(z.custom<TableSpec>(isRecord, record)),
    contract: z.exactOptional(z.custom<SchemaContract>(isRecord, record)),
    scan: z.exactOptional(scanOptionsSchema()),
    provider: z.exactOptional(z.custom<Readonly<Record<string, JsonValue>>>(isRecord, record)),
  });
});

/**
 * Reads a location strictly; a text is its `uri`.
 *
 * Throws `IO.LOCATION_INVALID`, `IO.FORMAT_OPTION` for a problem below `scan`, `IO.PROVIDER_OPTION` for one of `provider`.
 */
export function parseLocation(input: string | DatasetLocation): DatasetLocation {
  if (typeof input === "string") return { uri: input };
  const error = ({ option, reason }: OptionProblem): Error => {
    if (option.startsWith("scan")) return formatOption(option, reason);
    if (option.startsWith("provider")) return providerOption({ format: String(input.format), option, reason });
    return locationInvalid(input.uri, `${option}: ${reason}`);
  };
  const location = readOptions(locationSchema(), input, { at: "", error });
  if (location.schema !== undefined && location.contract !== undefined) {
    throw locationInvalid(location.uri, "it has both a schema and a contract; a contract has its own columns");
  }
  return location;
}

interface Split {
  readonly path: string;
  readonly glob?: string;
}

/** Only what the caller wrote may hold a pattern, not the base. */
function splitGlob(uri: string, base: string): Split {
  const at = uri.includes("://") ? -1 : uri.search(/[*?[]/);
  if (at === -1) return { path: absolutePath(uri, base) };
  const end = uri.lastIndexOf("/", at) + 1;
  return { path: absolutePath(end === 0 ? "./" : uri.slice(0, end), base), glob: uri.slice(end) };
}

function globOf(location: DatasetLocation, split: Split): string | undefined {
  const { uri, scan = {}, files } = location;
  if (split.glob !== undefined && scan.glob !== undefined)
    throw locationInvalid(uri, "it is a pattern, and scan.glob is another");
  const glob = split.glob ?? scan.glob;
  if (glob !== undefined && files !== undefined)
    throw locationInvalid(uri, "it has a pattern and a list of files; give one");
  return glob;
}

/**
 * Makes a location absolute and finds out what it says of itself. Looks at nothing.
 *
 * @param location - See {@link parseLocation}.
 * @param base - Absolute path that relative ones start from.
 *
 * Throws `IO.LOCATION_INVALID`.
 */
export function resolveLocation(location: DatasetLocation, base: string): ResolvedLocation {
  const split = splitGlob(location.uri, base);
  const glob = globOf(location, split);
  const names = location.files ?? [glob ?? split.path];
  const { uri: _uri, format, files: _files, scan = {}, provider, ...checks } = location;
  const folder = `${split.path}/`.replace(/\/\/$/, "/");
  const path = glob === undefined && location.files === undefined ? split.path : folder;
  const named = commonFormat(names);
  return Object.freeze({
    ...checks,
    uri: pathToFileURL(path).href,
    path,
    ...(glob === undefined ? {} : { glob }),
    ...(location.files === undefined ? {} : { files: location.files.map((file) => absolutePath(file, folder)) }),
    format: format ?? named?.format,
    named: format === undefined || isFileFormat(format) ? named : undefined,
    scan,
    provider,
  });
}

/** What all names tell alike. */
function commonFormat(names: readonly string[]): FileNameFormat | undefined {
  const [first, ...more] = names.map(fileNameFormat);
  const same = more.every((other) => other?.format === first?.format && other?.tabs === first?.tabs);
  return same ? first : undefined;
}
