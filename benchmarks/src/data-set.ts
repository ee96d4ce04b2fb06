/** A table on disk. */
export interface TableFile {
  /** Absolute path of a file or a folder. */
  readonly path: string;
  readonly format: "parquet" | "csv" | "json" | "delta";
}

/** Where data is made. */
export interface DataTarget {
  /** An existing, empty folder. */
  readonly folder: string;
  /** In the unit of the set: rows or a scale factor. */
  readonly scale: number;
  readonly seed: number;
}

/** Data that is made locally, always the same for a version, a scale and a seed. */
export interface DataSet {
  readonly id: string;
  /** Raised when what is made changes. */
  readonly version: number;
  /** Paths within the folder by name of the table. Names are unique over all sets. */
  readonly tables: Readonly<Record<string, TableFile>>;
  /** Writes the files of all tables. */
  make(target: DataTarget): Promise<void>;
}
