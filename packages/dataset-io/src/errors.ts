import { DeltaFuseError, isDeltaFuseError } from "@deltafuse/config/errors";

/** Why a location is not ready to be read. */
export type ReadinessStatus = "ok" | "missing_path" | "empty_path" | "unreadable";

/** What was found at the location of a dataset. */
export interface ReadinessRow {
  /** Name it is registered under. */
  readonly dataset: string;
  readonly uri: string;
  /** Format it is read as; null when none was found out. */
  readonly format: string | null;
  readonly status: ReadinessStatus;
  /** Why it is not `ok`. */
  readonly reason: string | null;
  readonly fileCount: number;
  readonly bytes: number;
}

/** Details of each `IO.*` code. */
export interface IoErrorDetails {
  /** A text names no place. Give a path, a `file:` URL or a glob, as `details.reason` says. */
  readonly "IO.LOCATION_INVALID": { readonly location: string; readonly reason: string };
  /**
   * Neither the location nor the files in it tell their format. Give `format`, or a glob that selects files of one
   * format.
   */
  readonly "IO.FORMAT_UNKNOWN": {
    readonly uri: string;
    /** Endings of the files that were found. */
    readonly extensions: readonly string[];
  };
  /**
   * Nothing in the session reads the format. Use one of `details.available`, or add the extension that brings it
   * (`delta()` for Delta tables).
   */
  readonly "IO.FORMAT_UNAVAILABLE": { readonly format: string; readonly available: readonly string[] };
  /** An option of a format is unknown, has a wrong value, or does not apply. Correct it as `details.reason` says. */
  readonly "IO.FORMAT_OPTION": { readonly option: string; readonly reason: string };
  /** An option of the provider of a format is unknown or has a wrong value. Correct it as `details.reason` says. */
  readonly "IO.PROVIDER_OPTION": { readonly format: string; readonly option: string; readonly reason: string };
  /** A format has a provider in the session already. Register one provider per format. */
  readonly "IO.PROVIDER_DUPLICATE": { readonly format: string };
  /** No dataset has the name. Correct it (`details.known` lists what there is), register it, or give a location. */
  readonly "IO.DATASET_UNKNOWN": { readonly name: string; readonly known: readonly string[] };
  /**
   * The data of datasets is missing or cannot be read; nothing was registered. Correct the locations in `details.rows`,
   * or put the files there first.
   */
  readonly "IO.NOT_READY": { readonly rows: readonly ReadinessRow[] };
  /**
   * Folders of partitions (`key=value`) do not agree, or a value cannot be the name of one. Move the file or narrow the
   * glob; replace the value when writing.
   */
  readonly "IO.PARTITION_VALUE": {
    readonly path: string;
    readonly column?: string;
    readonly value?: string;
    readonly expected?: readonly string[];
    readonly found?: readonly string[];
  };
  /**
   * An option of a write is unknown, has a wrong value, or does not go with another. Correct it as the message says.
   */
  readonly "IO.WRITE_OPTION": { readonly option: string; readonly reason?: string };
  /** The format cannot be written. Write Parquet, or a Delta table with `@deltafuse/delta`. */
  readonly "IO.WRITE_UNSUPPORTED": { readonly uri: string; readonly format: string };
  /** Mode `error`, and there is something at the destination. Write elsewhere, remove it, or use mode `overwrite`. */
  readonly "IO.DESTINATION_EXISTS": { readonly path: string };
  /** Mode `overwrite` would remove what is not a dataset of files. Write elsewhere, or remove it first. */
  readonly "IO.DESTINATION_FOREIGN": { readonly path: string; readonly files: readonly string[] };
  /** A column has a type that the format cannot hold. Cast it, or leave it out. */
  readonly "IO.TYPE_UNSUPPORTED": { readonly column: string; readonly type: string; readonly format: string };
}

/** Codes of this package. */
export type IoErrorCode = keyof IoErrorDetails;

/** Error of this package. */
export class IoError<Code extends IoErrorCode = IoErrorCode> extends DeltaFuseError<Code, IoErrorDetails[Code]> {
  override readonly name = "IoError";
}

/** The codes of {@link IoErrorCode} as data, in alphabetical order. */
export const ioErrorCodes: readonly IoErrorCode[] = [
  "IO.DATASET_UNKNOWN",
  "IO.DESTINATION_EXISTS",
  "IO.DESTINATION_FOREIGN",
  "IO.FORMAT_OPTION",
  "IO.FORMAT_UNAVAILABLE",
  "IO.FORMAT_UNKNOWN",
  "IO.LOCATION_INVALID",
  "IO.NOT_READY",
  "IO.PARTITION_VALUE",
  "IO.PROVIDER_DUPLICATE",
  "IO.PROVIDER_OPTION",
  "IO.TYPE_UNSUPPORTED",
  "IO.WRITE_OPTION",
  "IO.WRITE_UNSUPPORTED",
];

/** Whether a value is an error of this package, raised here or by the engine; judged by its shape. */
export function isIoError(value: unknown): value is IoError {
  return isDeltaFuseError(value, "IO.");
}

/** `IO.LOCATION_INVALID`: a text that names no place; `reason` is a clause that says why. */
export function locationInvalid(location: string, reason: string): IoError<"IO.LOCATION_INVALID"> {
  return new IoError({
    code: "IO.LOCATION_INVALID",
    message: `${JSON.stringify(location)} is not a location: ${reason}.`,
    details: { location, reason },
  });
}

/** `IO.FORMAT_UNKNOWN`: neither the location nor the files in it tell their format. */
export function formatUnknown(uri: string, extensions: readonly string[]): IoError<"IO.FORMAT_UNKNOWN"> {
  const found = extensions.length === 0 ? "no known ending" : `files that end in ${extensions.join(", ")}`;
  return new IoError({
    code: "IO.FORMAT_UNKNOWN",
    message: `The format of ${uri} is not known: there are ${found}. Give a format (parquet, csv, ndjson, arrow), or a glob that selects files of one format.`,
    details: { uri, extensions },
  });
}

/** `IO.FORMAT_UNAVAILABLE`: nothing in the session reads the format. */
export function formatUnavailable(format: string, available: readonly string[]): IoError<"IO.FORMAT_UNAVAILABLE"> {
  const bring =
    format === "delta" ? "Add delta() of @deltafuse/delta to the extensions of the session" : "Use one of them";
  return new IoError({
    code: "IO.FORMAT_UNAVAILABLE",
    message: `The session cannot read the format ${JSON.stringify(format)}; it reads ${available.join(", ")}. ${bring}.`,
    details: { format, available },
  });
}

/** `IO.FORMAT_OPTION`: an option of a format that is unknown, has a wrong value, or does not apply. */
export function formatOption(option: string, reason: string): IoError<"IO.FORMAT_OPTION"> {
  return new IoError({
    code: "IO.FORMAT_OPTION",
    message: `The option ${option} is not right: ${reason}.`,
    details: { option, reason },
  });
}

/** `IO.PROVIDER_OPTION`: an option of the provider of a format that is unknown or has a wrong value. */
export function providerOption(details: IoErrorDetails["IO.PROVIDER_OPTION"]): IoError<"IO.PROVIDER_OPTION"> {
  const { format, option, reason } = details;
  return new IoError({
    code: "IO.PROVIDER_OPTION",
    message: `The option ${option} does not fit the format ${format}: ${reason}.`,
    details,
  });
}

/** `IO.PROVIDER_DUPLICATE`: a format has two providers. */
export function providerDuplicate(format: string): IoError<"IO.PROVIDER_DUPLICATE"> {
  return new IoError({
    code: "IO.PROVIDER_DUPLICATE",
    message: `The format ${JSON.stringify(format)} has a provider in this session already. Register one provider per format.`,
    details: { format },
  });
}

/** `IO.DATASET_UNKNOWN`: no dataset has the name. */
export function datasetUnknown(name: string, known: readonly string[]): IoError<"IO.DATASET_UNKNOWN"> {
  const list = known.length === 0 ? "There is none yet." : `There are ${known.join(", ")}.`;
  return new IoError({
    code: "IO.DATASET_UNKNOWN",
    message: `There is no dataset called ${JSON.stringify(name)}. ${list} Correct the name, register it, or give a location.`,
    details: { name, known },
  });
}

function rowText({ uri, reason, status }: ReadinessRow): string {
  return reason === null ? `${uri} is ${status}.` : reason.replace(/\.?$/, ".");
}

/** `IO.NOT_READY`: datasets whose data is not there or cannot be read; one row each. */
export function notReady(rows: readonly ReadinessRow[]): IoError<"IO.NOT_READY"> {
  const advice = "Correct the location, or put the files there first.";
  const [only] = rows;
  const lines = rows.map((row) => `  ${row.dataset}: ${rowText(row)}`);
  return new IoError({
    code: "IO.NOT_READY",
    message:
      only !== undefined && rows.length === 1
        ? `The dataset ${only.dataset} is not ready, so nothing was registered: ${rowText(only)} ${advice}`
        : [`${rows.length} datasets are not ready, so nothing was registered. ${advice}`, ...lines].join("\n"),
    details: { rows },
  });
}

/** `IO.WRITE_OPTION`: an option of a write that is unknown, has a wrong value, or does not go with another. */
export function writeOption(option: string, reason: string): IoError<"IO.WRITE_OPTION"> {
  return new IoError({
    code: "IO.WRITE_OPTION",
    message: `The option ${option} of the write is not right: ${reason}.`,
    details: { option, reason },
  });
}

/** `IO.WRITE_UNSUPPORTED`: a format that cannot be written. */
export function writeUnsupported(uri: string, format: string): IoError<"IO.WRITE_UNSUPPORTED"> {
  const use = format === "delta" ? "use writeTable of @deltafuse/delta" : "write Parquet";
  return new IoError({
    code: "IO.WRITE_UNSUPPORTED",
    message: `${uri} cannot be written in the format ${format}; ${use}.`,
    details: { uri, format },
  });
}

/** `IO.DESTINATION_EXISTS`: mode `error` and something is there. */
export function destinationExists(path: string): IoError<"IO.DESTINATION_EXISTS"> {
  return new IoError({
    code: "IO.DESTINATION_EXISTS",
    message: `There is something at ${path} already. Write elsewhere, remove it, or use mode "overwrite".`,
    details: { path },
  });
}

/** `IO.DESTINATION_FOREIGN`: mode `overwrite` would remove what is no dataset of files; `reason` is a clause. */
export function destinationForeign(
  path: string,
  reason: string,
  files: readonly string[] = [],
): IoError<"IO.DESTINATION_FOREIGN"> {
  return new IoError({
    code: "IO.DESTINATION_FOREIGN",
    message: `${path} is not overwritten: ${reason}. Write elsewhere, or remove it first.`,
    details: { path, files },
  });
}
