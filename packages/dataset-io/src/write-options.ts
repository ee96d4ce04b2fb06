import * as z from "@deltafuse/config/zod";

/** How Parquet files are written. */
export interface ParquetWriterOptions {
  /**
   * `uncompressed`, `snappy`, `lz4_raw`, `zstd`, `gzip`, `brotli`; the last three also with a level, as `zstd(9)`. Default:
   * `zstd(3)`, in Delta tables the session's setting.
   */
  readonly compression?: string;
  /** Most rows of a row group. Default: 1 048 576, in Delta tables the session's setting. */
  readonly rowGroupRows?: number;
  /** Whether values may be written as dictionaries. Default: true. */
  readonly dictionary?: boolean;
  /** Statistics that readers skip data by: none, of row groups (`chunk`), of pages too. Default: `page`. */
  readonly statistics?: "none" | "chunk" | "page";
}

/** Shape of {@link ParquetWriterOptions}. */
export const parquetWriterSchema: z.ZodMiniType<ParquetWriterOptions> = z.strictObject({
  compression: z.exactOptional(z.string()),
  rowGroupRows: z.exactOptional(z.int().check(z.gte(1))),
  dictionary: z.exactOptional(z.boolean()),
  statistics: z.exactOptional(z.enum(["none", "chunk", "page"])),
});
