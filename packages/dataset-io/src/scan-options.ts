import { Buffer } from "node:buffer";
import type { FieldSpec } from "@deltafuse/schema/table-spec";
import type { FieldType } from "@deltafuse/session-core/field-type";
import { lazyConstant } from "@deltafuse/config/lazy-constant";
import * as z from "@deltafuse/config/zod";

/** How text files are compressed; `auto` goes by the ending of each file. */
export type TextCompression = "auto" | "none" | "gzip" | "zstd" | "bzip2" | "xz";

/** How CSV is read. */
export interface CsvReadOptions {
  /** The first record names the columns. Default: true. */
  readonly header?: boolean;
  /** One byte between values. Default: `,`, for `.tsv` files a tab. */
  readonly delimiter?: string;
  /** One byte around values. Default: `"`. */
  readonly quote?: string;
  /** One byte before a quote inside quotes; a doubled quote always works. Default: none. */
  readonly escape?: string;
  /** One byte that begins a line that is skipped. Default: none. */
  readonly comment?: string;
  /** Regular expression for values that mean null. Default: the empty value. */
  readonly nullPattern?: string;
  /** Quoted values may hold line ends; then a file is read by one thread. Default: false. */
  readonly newlinesInValues?: boolean;
  /** One byte after records. Default: any line end. */
  readonly terminator?: string;
  /** Records may end early; what is missing is null. Default: false, a ragged row fails the query. */
  readonly truncatedRows?: boolean;
  /** Rows per file that are looked at for types that are not declared. Default: 1000. */
  readonly inferRows?: number;
  /** Default: `auto`. */
  readonly compression?: TextCompression;
}

/** How JSON is read. */
export interface NdjsonReadOptions {
  /** Rows per file that are looked at for types that are not declared. Default: 1000. */
  readonly inferRows?: number;
  /** Each file is one array of objects, instead of one object per line. Default: false. */
  readonly array?: boolean;
  /** Default: `auto`. */
  readonly compression?: TextCompression;
}

/** How the files of one table are found and read. They change no setting of the session. */
export interface ScanOptions {
  /**
   * Whether `key=value` folders are columns: `none`, `hive`, or `auto` = hive when the folders of all files have the same
   * keys. Default: `auto` when the session infers partitions, else `none`.
   */
  readonly partitioning?: "none" | "hive" | "auto";
  /** Types of the partition columns; means `hive`. Default: utf8. */
  readonly partitionColumns?: readonly FieldSpec[];
  /** Whether folders are entered; `key=value` folders always are. Default: the session's setting. */
  readonly recursive?: boolean;
  /** Shell pattern for paths below the folder: `*` and `?` stay inside a segment, `**` spans segments. */
  readonly glob?: string;
  /** Ending of file names. Default: those of the format; any with a glob. */
  readonly extension?: string;
  /** Whether names that begin with `_` or `.` count. Default: false. */
  readonly includeHidden?: boolean;
  readonly csv?: CsvReadOptions;
  readonly ndjson?: NdjsonReadOptions;
}

/** Shape of {@link ScanOptions}. */
export const scanOptionsSchema: () => z.ZodMiniType<ScanOptions> = lazyConstant(() => {
  const flag = z.exactOptional(z.boolean());
  const text = z.exactOptional(z.string());
  const byte = z.exactOptional(
    z.string().check(z.refine((value) => Buffer.byteLength(value) === 1, "it must be one byte")),
  );
  const rows = z.exactOptional(z.int().check(z.gte(0)));
  const compression = z.exactOptional(z.enum(["auto", "none", "gzip", "zstd", "bzip2", "xz"]));
  const isType = (value: unknown): boolean => typeof value === "object" && value !== null;
  const partitionColumn = z.strictObject({
    name: z.string().check(z.minLength(1)),
    type: z.custom<FieldType>(isType, "it must be a type"),
    nullable: z.boolean(),
    metadata: z.exactOptional(z.record(z.string(), z.string())),
  });
  const csv = {
    header: flag,
    delimiter: byte,
    quote: byte,
    escape: byte,
    comment: byte,
    nullPattern: text,
    newlinesInValues: flag,
    terminator: byte,
    truncatedRows: flag,
    inferRows: rows,
    compression,
  };
  return z.strictObject({
    partitioning: z.exactOptional(z.enum(["none", "hive", "auto"])),
    partitionColumns: z.exactOptional(z.array(partitionColumn)),
    recursive: flag,
    glob: text,
    extension: text,
    includeHidden: flag,
    csv: z.exactOptional(z.strictObject(csv)),
    ndjson: z.exactOptional(z.strictObject({ inferRows: rows, array: flag, compression })),
  });
});
