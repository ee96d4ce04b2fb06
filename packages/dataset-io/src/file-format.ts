/** A format of files that this package reads. */
export type FileFormat = "parquet" | "csv" | "ndjson" | "arrow";

/** The formats of {@link FileFormat}. */
export const fileFormats: readonly FileFormat[] = ["parquet", "csv", "ndjson", "arrow"];

const formatByEnding: ReadonlyMap<string, FileFormat> = new Map([
  ["parquet", "parquet"],
  ["csv", "csv"],
  ["tsv", "csv"],
  ["ndjson", "ndjson"],
  ["jsonl", "ndjson"],
  ["json", "ndjson"],
  ["arrow", "arrow"],
  ["arrows", "arrow"],
  ["feather", "arrow"],
]);

const compressions: ReadonlySet<string> = new Set(["gz", "zst", "bz2", "xz"]);

/** What the name of a file tells. */
export interface FileNameFormat {
  readonly format: FileFormat;
  /** Values are separated by tabs (`.tsv`). */
  readonly tabs: boolean;
}

/**
 * The format by the ending of a name: `.parquet`, `.csv`, `.tsv`, `.ndjson`, `.jsonl`, `.json` (one object per line),
 * `.arrow`, `.arrows`, `.feather`, and `.gz`, `.zst`, `.bz2`, `.xz` behind those of text. Undefined for any other name.
 */
export function fileNameFormat(name: string): FileNameFormat | undefined {
  const [, ...endings] = name
    .slice(name.lastIndexOf("/") + 1)
    .toLowerCase()
    .split(".");
  const last = endings.pop();
  if (last === undefined) return undefined;
  const packed = compressions.has(last);
  const ending = packed ? endings.pop() : last;
  const format = ending === undefined ? undefined : formatByEnding.get(ending);
  if (format === undefined || (packed && format !== "csv" && format !== "ndjson")) return undefined;
  return { format, tabs: ending === "tsv" };
}

/** Whether a text names a format of files. */
export function isFileFormat(format: string): format is FileFormat {
  return fileFormats.some((known) => known === format);
}
