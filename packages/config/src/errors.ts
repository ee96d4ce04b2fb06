import { blindCast } from "./casts.ts";
import { redactText } from "./secret-text.ts";

/** Details of an error: JSON-safe data, never secrets. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What an error is made from. */
export interface DeltaFuseErrorInit<Code extends string, Details extends object> {
  /** Dotted code, `NAMESPACE.WHAT_HAPPENED`. */
  readonly code: Code;
  /** One or more sentences: what happened, why, and what to do. */
  readonly message: string;
  /** JSON-safe data of the failure. */
  readonly details: Details;
  /** The failure below this one. */
  readonly cause?: unknown;
}

/** Details with the texts of all depths cleaned; what holds no secret is the same object. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, withoutSecrets(member), member] as const);
  if (members.every(([, clean, member]) => clean === member)) return value;
  return Array.isArray(value) ? members.map(([, clean]) => clean) : Object.fromEntries(members);
}

/**
 * Base of every error that DeltaFuse raises on purpose. Message and details lose the secrets that show by their form (see
 * `redactText`), whoever wrote them. Each package has one subclass and a closed union of codes. Tell
 * errors apart by `code` (see {@link isDeltaFuseError}), never by `instanceof` or by message text.
 */
export class DeltaFuseError<Code extends string = string, Details extends object = ErrorDetails> extends Error {
  override readonly name: string = "DeltaFuseError";
  /** Dotted code, `NAMESPACE.WHAT_HAPPENED`. */
  readonly code: Code;
  /** JSON-safe data of the failure. */
  readonly details: Details;

  constructor(init: DeltaFuseErrorInit<Code, Details>) {
    super(redactText(init.message), init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.details = blindCast<Details, "the same members">(withoutSecrets(init.details));
  }
}

const codePattern = /^[A-Z][A-Z0-9]*(?:\.[A-Z][A-Z0-9_]*)+$/;

/**
 * Whether a value is a DeltaFuse error, judged by its shape, so that two copies of a package agree.
 *
 * @param value - Anything that was thrown.
 * @param prefix - A code (`"SQL.PARSE"`) or the start of one (`"DELTA."`). Default: any code.
 *
 * @example
 * const details = { input: "x", reason: "it has no digits" };
 * const failure = new ConfigError({ code: "CONFIG.INVALID_SIZE", message: "That is no size.", details });
 * isDeltaFuseError(failure, "CONFIG."); // true
 * isDeltaFuseError(failure, "DELTA."); // false
 */
export function isDeltaFuseError(value: unknown, prefix = ""): value is DeltaFuseError {
  if (typeof value !== "object" || value === null) return false;
  if (!("code" in value && "message" in value && "details" in value)) return false;
  const { code, message, details } = value;
  if (typeof message !== "string" || typeof details !== "object" || details === null) return false;
  return typeof code === "string" && codePattern.test(code) && code.startsWith(prefix);
}

/**
 * A short name of anything that was thrown: the code of a DeltaFuse error or of a system error, else the name of the error,
 * else `UNKNOWN`.
 *
 * @example
 * errorCode(new RangeError("too long")); // "RangeError"
 * errorCode("no error"); // "UNKNOWN"
 */
export function errorCode(value: unknown): string {
  if (isDeltaFuseError(value)) return value.code;
  if (!(value instanceof Error)) return "UNKNOWN";
  return "code" in value && typeof value.code === "string" ? value.code : value.name;
}

/** A bug in DeltaFuse, not a failure that a caller can handle. It has no code. */
export class InternalError extends Error {
  override readonly name = "InternalError";

  constructor(message: string, options?: ErrorOptions) {
    super(`${message}. This is a bug in DeltaFuse; please report it.`, options);
  }
}

/**
 * Marks a branch that the types exclude. Throws {@link InternalError} when it is reached.
 *
 * @example
 * const sign = (text: "+" | "-"): number => (text === "+" ? 1 : text === "-" ? -1 : assertNever(text, "sign"));
 * sign("-"); // -1
 */
export function assertNever(value: never, what = "value"): never {
  throw new InternalError(`Unexpected ${what} ${String(value)}`);
}

/**
 * Asserts what must hold in correct code. Throws {@link InternalError} otherwise.
 *
 * @example
 * const first: string | undefined = ["a"][0];
 * invariant(first !== undefined, "The list is empty");
 * first.length; // 1
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** Code of one problem in a profile or in environment variables. */
export type ConfigIssueCode =
  | "UNKNOWN_FIELD"
  | "INVALID_VALUE"
  | "OUT_OF_RANGE"
  | "UNKNOWN_NAME"
  | "UNKNOWN_SETTING"
  | "OWNED_SETTING"
  | "LOCKED_SETTING"
  | "CONFLICT"
  | "DUPLICATE";

/** One problem in a profile or in environment variables. */
export interface ConfigIssue {
  readonly code: ConfigIssueCode;
  /** Dotted path of the field, or the name of the variable. */
  readonly path: string;
  /** One sentence without the path. */
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** A value of a setting that an extension needs and does not get. */
export interface UnmetRequirement {
  readonly extension: string;
  readonly key: string;
  readonly required: string | null;
  readonly actual: string | null;
  /** The layer that the actual value comes from. */
  readonly source: string;
  readonly path: string | null;
  readonly reason: string;
}

/** Details of each `CONFIG.*` code. */
export interface ConfigErrorDetails {
  /** A profile has fields or values that are not allowed. Correct every issue in `details.issues`. */
  readonly "CONFIG.INVALID_PROFILE": { readonly issues: readonly ConfigIssue[] };
  /**
   * `DELTAFUSE_*` environment variables have names or values that are not allowed. Correct or unset every one in
   * `details.issues`.
   */
  readonly "CONFIG.INVALID_ENV": { readonly issues: readonly ConfigIssue[] };
  /** Two extensions want different defaults of one setting. Use one of them only. */
  readonly "CONFIG.EXTENSION_CONFLICT": {
    readonly key: string;
    readonly values: readonly { readonly extension: string; readonly value: string | null }[];
  };
  /**
   * Extensions need values of settings that the profile does not give them. Change every setting of `details.requirements`
   * where its `source` and `path` say, or leave the extension out.
   */
  readonly "CONFIG.REQUIREMENT_UNMET": {
    readonly requirements: readonly UnmetRequirement[];
  };
  /** A text or number is not a size in bytes. Write bytes (`"1024"`) or a unit (`"64MiB"`, `"1.5GiB"`). */
  readonly "CONFIG.INVALID_SIZE": { readonly input: string; readonly reason: string };
  /** A text or number is not a duration. Write `"250ms"`, `"30s"` or `"1m30s"`. */
  readonly "CONFIG.INVALID_DURATION": { readonly input: string; readonly reason: string };
  /**
   * A value cannot be written as canonical JSON, so it has no hash. Replace what stands at `details.path` by JSON data.
   */
  readonly "CONFIG.NOT_CANONICAL": { readonly path: string; readonly reason: string };
  /** A text is not a fingerprint, or of another kind or version. Take it from the API that made it, unchanged. */
  readonly "CONFIG.INVALID_FINGERPRINT": { readonly input: string; readonly reason: string };
  /** A text cannot be an id or a name of its kind. Choose one that fits the rule in `details.reason`. */
  readonly "CONFIG.INVALID_IDENTIFIER": { readonly kind: string; readonly input: string; readonly reason: string };
}

/** Codes of this package. */
export type ConfigErrorCode = keyof ConfigErrorDetails;

/** Error of this package. */
export class ConfigError<Code extends ConfigErrorCode = ConfigErrorCode> extends DeltaFuseError<
  Code,
  ConfigErrorDetails[Code]
> {
  override readonly name = "ConfigError";
}

/** The codes of {@link ConfigErrorCode} as data, in alphabetical order. */
export const configErrorCodes: readonly ConfigErrorCode[] = [
  "CONFIG.EXTENSION_CONFLICT",
  "CONFIG.INVALID_DURATION",
  "CONFIG.INVALID_ENV",
  "CONFIG.INVALID_FINGERPRINT",
  "CONFIG.INVALID_IDENTIFIER",
  "CONFIG.INVALID_PROFILE",
  "CONFIG.INVALID_SIZE",
  "CONFIG.NOT_CANONICAL",
  "CONFIG.REQUIREMENT_UNMET",
];
