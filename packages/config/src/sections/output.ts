import { section, type Section, setting } from "../section.ts";
import type { SizeInput } from "../size.ts";

/** How Parquet files are compressed; the number is the level. */
export type ParquetCompression =
  | "uncompressed"
  | "snappy"
  | "lz4"
  | "lz4_raw"
  | `gzip(${number})`
  | `brotli(${number})`
  | `zstd(${number})`;

/** How files are written. Null is the engine's default. */
export interface OutputInput {
  /** `execution.minimum_parallel_output_files`: files that are written at the same time, at least 1. */
  readonly minimumParallelFiles?: number | null;
  /** `execution.soft_max_rows_per_output_file`: about how many rows a file gets, at least 1. */
  readonly softMaxRowsPerFile?: number | null;
  /** `execution.max_buffered_batches_per_output_file`: batches that wait for a file, at least 2. */
  readonly maxBufferedBatchesPerFile?: number | null;
  /** `execution.objectstore_writer_buffer_size`. */
  readonly writerBuffer?: SizeInput | null;
  /** `execution.parquet.maximum_parallel_row_group_writers`, at least 1. */
  readonly parallelRowGroupWriters?: number | null;
  /** `execution.keep_partition_by_columns`: partition columns stand in the files too. */
  readonly keepPartitionColumns?: boolean | null;
  /** `execution.parquet.compression`: gzip 0 to 9, brotli 0 to 11, zstd 1 to 22. */
  readonly compression?: ParquetCompression | null;
}

/** The section `output`. */
export const outputSection: Section<OutputInput> = section<OutputInput>("output", {
  minimumParallelFiles: setting,
  softMaxRowsPerFile: setting,
  maxBufferedBatchesPerFile: setting,
  writerBuffer: setting,
  parallelRowGroupWriters: setting,
  keepPartitionColumns: setting,
  compression: setting,
});
