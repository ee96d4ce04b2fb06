import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { RecordBatch } from "apache-arrow";
import type { ArrowInput } from "./arrow-input.ts";
import { sessionError } from "./errors.ts";
import type { NestedField } from "./field-type.ts";
import type { Frame } from "./frame.ts";
import { inferType } from "./infer-fields.ts";
import { type EncodedRows, encodeRows, ipcStream } from "./rows-input.ts";
import { parameterName } from "./statement-errors.ts";
import { parseTypeText } from "./type-text.ts";

/** A value with the type it is passed as. */
export interface TypedValue {
  readonly kind: "typed";
  readonly value: unknown;
  /** Type text. */
  readonly type: string;
}

/**
 * Values of a statement's parameters: an array for `$1`, `$2`, …, a record for `$name`. Text is utf8, a safe integer
 * int64, another number float64, a bigint int64 (uint64, else decimal128(38,0)), a Date timestamp(ms, UTC), bytes are
 * binary, an array is a list, a Map a map, a plain object a struct, a value object keeps its type; {@link typed} gives any
 * other.
 */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * A table that one statement sees under a name of its own: a frame of the same session, an apache-arrow Table, RecordBatches
 * of one schema, an Arrow IPC stream, row objects, or an async iterable of RecordBatches, which is read once.
 */
export type TableParameter = Frame | ArrowInput | readonly object[] | AsyncIterable<RecordBatch>;

/** Tables of a statement by the names it has for them. */
export type TableParameters = Readonly<Record<string, TableParameter>>;

/** Parameters on their way to the engine. */
export interface EncodedParameters extends EncodedRows {
  readonly form: "positional" | "named";
  /** Without `$`. */
  readonly names: readonly string[];
}

/** Whether a placeholder is a position: `1`, `2`, …. */
export function isPosition(placeholder: string): boolean {
  return /^[0-9]+$/.test(placeholder);
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether a text can be the name of a parameter. */
export function isParameterName(name: string): boolean {
  return namePattern.test(name);
}

/**
 * Passes a value as a type, for example `typed("12.50", "decimal(10, 2)")` or `typed(null, "date32")`. The type is checked
 * when the statement is made: `SQL.TYPE_UNKNOWN`, `SQL.PARAMETER_TYPE`.
 */
export function typed(value: unknown, type: string): TypedValue {
  return { kind: "typed", value, type };
}

function isTyped(value: unknown): value is TypedValue {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "typed";
}

/**
 * Encodes parameters as one row; undefined when there are none.
 *
 * Throws `SQL.PARAMETER_NAME` for a name that no parameter can have, `SQL.PARAMETER_TYPE` for a value without a type or
 * one that does not fit its type, `SQL.TYPE_UNKNOWN`.
 */
export function encodeParameters(parameters: Parameters | undefined): EncodedParameters | undefined {
  if (parameters === undefined) return undefined;
  const isPositional = isList(parameters);
  const entries = isPositional
    ? parameters.map((value, index) => [String(index + 1), value] as const)
    : Object.entries(parameters);
  if (entries.length === 0) return undefined;
  const wrong = isPositional ? undefined : entries.find(([name]) => !isParameterName(name));
  if (wrong !== undefined) throw parameterName(wrong[0]);
  const columns = entries.map(([name, value]) => encodeParameter(name, value));
  const row = Object.fromEntries(columns.map(({ field, value }) => [field.name, value]));
  const names = entries.map(([name]) => name);
  const fields = columns.map(({ field }) => field);
  return { ...encodeRows([row], fields), form: isPositional ? "positional" : "named", names };
}

/** Parameters as an Arrow IPC stream. */
export async function parametersIpc(
  session: { readonly schemaMessage: (fields: readonly NestedField[]) => Promise<Uint8Array> },
  { fields, batches }: EncodedParameters,
): Promise<Uint8Array> {
  return ipcStream(await session.schemaMessage(fields), batches);
}

function isList(parameters: Parameters): parameters is readonly unknown[] {
  return Array.isArray(parameters);
}

interface ParameterColumn {
  readonly field: NestedField;
  readonly value: unknown;
}

/** Each value is encoded by itself first, so that an error names its parameter. */
function encodeParameter(name: string, given: unknown): ParameterColumn {
  const value = isTyped(given) ? given.value : given;
  if (value === undefined) {
    throw sessionError("SQL.PARAMETER_TYPE", `The parameter $${name} has no value. Pass null for a missing one.`, {
      details: { name, given: "undefined" },
    });
  }
  const declared = isTyped(given) ? parseTypeText(given.type) : undefined;
  try {
    const type = declared ?? inferType(value, `$${name}`);
    const field: NestedField = { name, type, nullable: true };
    if (declared !== undefined) encodeRows([{ [name]: value }], [field]);
    return { field, value };
  } catch (cause) {
    if (!isDeltaFuseError(cause, "ROWS.")) throw cause;
    throw sessionError("SQL.PARAMETER_TYPE", `The parameter $${name} cannot be passed. ${cause.message}`, {
      details: { name, ...(isTyped(given) ? { expected: given.type } : {}), given: typeof value },
      cause,
    });
  }
}
