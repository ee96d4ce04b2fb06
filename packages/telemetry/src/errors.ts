import { DeltaFuseError } from "@deltafuse/config/errors";

/** Details of each `TELEMETRY.*` code. */
export interface TelemetryErrorDetails {
  /**
   * An encoding, a sink or the bridge needs a package that is not installed. Install the package that `details.package`
   * names.
   */
  readonly "TELEMETRY.ENCODER_UNAVAILABLE": { readonly package: string };
  /**
   * A record is of a kind whose name another kind has, with other columns. Give the kind of the application a name of its
   * own.
   */
  readonly "TELEMETRY.DUPLICATE_KIND": { readonly kind: string };
  /** A run was ended in one way and then used or ended in another. End each run once. */
  readonly "TELEMETRY.RUN_CLOSED": { readonly runId: string; readonly status: string };
  /** A record does not fit the columns of its kind. Give the member at `details.path` a value of the declared type. */
  readonly "TELEMETRY.RECORD_INVALID": { readonly kind: string; readonly path: string; readonly reason: string };
  /**
   * A stored record has a version or a kind that this release does not read. Read it with the release that wrote it.
   */
  readonly "TELEMETRY.VERSION_UNSUPPORTED": {
    readonly kind: string;
    readonly found: number;
    /** The version this build reads; null when it does not know the kind. */
    readonly supported: number | null;
  };
  /** A line of a file is not a record. Read on with `skipCorrupt`, and find out what else writes to the file. */
  readonly "TELEMETRY.LINE_CORRUPT": { readonly line: number };
  /** A sink did not take its records in time. Look at `health()` for its last error. */
  readonly "TELEMETRY.FLUSH_TIMEOUT": { readonly sink: string };
  /** The telemetry object was used after `close()`. Close it after its last use, or make another one. */
  readonly "TELEMETRY.CLOSED": { readonly operation: string };
}

/** Codes of this package. */
export type TelemetryErrorCode = keyof TelemetryErrorDetails;

/** The codes of {@link TelemetryErrorCode} as data, in alphabetical order. */
export const telemetryErrorCodes: readonly TelemetryErrorCode[] = [
  "TELEMETRY.CLOSED",
  "TELEMETRY.DUPLICATE_KIND",
  "TELEMETRY.ENCODER_UNAVAILABLE",
  "TELEMETRY.FLUSH_TIMEOUT",
  "TELEMETRY.LINE_CORRUPT",
  "TELEMETRY.RECORD_INVALID",
  "TELEMETRY.RUN_CLOSED",
  "TELEMETRY.VERSION_UNSUPPORTED",
];

/** Error of this package. */
export class TelemetryError<Code extends TelemetryErrorCode = TelemetryErrorCode> extends DeltaFuseError<
  Code,
  TelemetryErrorDetails[Code]
> {
  override readonly name = "TelemetryError";
}

/** `TELEMETRY.RECORD_INVALID`: a body or an envelope does not fit the columns of its kind. */
export function recordInvalid(kind: string, path: string, reason: string): TelemetryError<"TELEMETRY.RECORD_INVALID"> {
  return new TelemetryError({
    code: "TELEMETRY.RECORD_INVALID",
    message: `A record of kind ${kind} is invalid at ${path}: ${reason}.`,
    details: { kind, path, reason },
  });
}

/** `TELEMETRY.VERSION_UNSUPPORTED`: a stored record is of a version or a kind that this build does not read. */
export function versionUnsupported(
  kind: string,
  found: number,
  supported: number | null,
): TelemetryError<"TELEMETRY.VERSION_UNSUPPORTED"> {
  const known = supported === null ? "this build does not know the kind" : `this build reads version ${supported}`;
  return new TelemetryError({
    code: "TELEMETRY.VERSION_UNSUPPORTED",
    message: `A record of kind ${kind} has version ${found}, but ${known}; read it with the release that wrote it.`,
    details: { kind, found, supported },
  });
}

/** `TELEMETRY.LINE_CORRUPT`: a line, other than an unfinished last one, is not a record. */
export function lineCorrupt(line: number, cause: unknown): TelemetryError<"TELEMETRY.LINE_CORRUPT"> {
  return new TelemetryError({
    code: "TELEMETRY.LINE_CORRUPT",
    message: `Line ${line} is not a telemetry record; read on with the option skipCorrupt.`,
    details: { line },
    cause,
  });
}

/** `TELEMETRY.FLUSH_TIMEOUT`: a sink did not take its records in time. */
export function flushTimeout(sink: string): TelemetryError<"TELEMETRY.FLUSH_TIMEOUT"> {
  return new TelemetryError({
    code: "TELEMETRY.FLUSH_TIMEOUT",
    message: `The telemetry sink ${sink} did not take its records in time; look at health() for its last error.`,
    details: { sink },
  });
}

/** `TELEMETRY.ENCODER_UNAVAILABLE`: an optional package is not installed. */
export function encoderUnavailable(
  packageName: string,
  cause?: unknown,
): TelemetryError<"TELEMETRY.ENCODER_UNAVAILABLE"> {
  return new TelemetryError({
    code: "TELEMETRY.ENCODER_UNAVAILABLE",
    message: `The package ${packageName} is not installed; add it to the dependencies of the application.`,
    details: { package: packageName },
    cause,
  });
}

/** `TELEMETRY.CLOSED`: the telemetry object was used after `close()`. */
export function telemetryClosed(operation: string): TelemetryError<"TELEMETRY.CLOSED"> {
  return new TelemetryError({
    code: "TELEMETRY.CLOSED",
    message: `${operation} was called after close(); create another telemetry object.`,
    details: { operation },
  });
}

/** `TELEMETRY.DUPLICATE_KIND`: two kinds have one name. */
export function duplicateKind(kind: string): TelemetryError<"TELEMETRY.DUPLICATE_KIND"> {
  return new TelemetryError({
    code: "TELEMETRY.DUPLICATE_KIND",
    message: `There is another record kind ${kind}, of another version or with other columns; choose another name.`,
    details: { kind },
  });
}

/** `TELEMETRY.RUN_CLOSED`: a run was used after its end. */
export function runClosed(runId: string, status: string): TelemetryError<"TELEMETRY.RUN_CLOSED"> {
  return new TelemetryError({
    code: "TELEMETRY.RUN_CLOSED",
    message: `The run ${runId} has ended (${status}); end each run once, and start another one for further work.`,
    details: { runId, status },
  });
}
