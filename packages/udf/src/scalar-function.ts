import type { CanonicalValue } from "@deltafuse/config/canonical-json";
import { blindCast } from "@deltafuse/config/casts";
import { isDeltaFuseError } from "@deltafuse/config/errors";
import type { ColumnView } from "@deltafuse/session-core/column-batch";
import { type ColumnInput, hasTypedArray } from "@deltafuse/session-core/column-input";
import type { FieldType, NestedField } from "@deltafuse/session-core/field-type";
import { ipcWriter } from "@deltafuse/session-core/ipc-writer";
import { formatTypeText, parseTypeText, type TypeText } from "@deltafuse/session-core/type-text";
import type { ArgumentColumn, ArgumentMode, ArgumentValue, ResultColumn, ResultValue } from "./argument-value.ts";
import { invalidDefinition, invalidName } from "./errors.ts";

/** Types of arguments by name, in the order in which they are passed. */
export type ArgumentTypes = Readonly<Record<string, TypeText>>;

/** Which rows reach a function: `strict` leaves out those with a null argument, whose result is null; `pass` none. */
export type NullRule = "strict" | "pass";

/** What is known of a batch beside its columns. */
export interface BatchContext<Name extends string = string> {
  /** Rows of the result. */
  readonly rows: number;
  /** Arguments that are constant: their columns have one row, which stands for all. */
  readonly constants: readonly Name[];
}

/** What a function is defined by, whatever its form. */
export interface ScalarSignature<Args extends ArgumentTypes, Returns extends TypeText, Nulls extends NullRule> {
  /** `[a-z_][a-z0-9_]{0,62}`. */
  readonly name: string;
  /** Type texts by name. The engine casts what SQL passes where it does so without being asked (int32 to int64). */
  readonly args: Args;
  /** Type text of the result. */
  readonly returns: Returns;
  /**
   * `volatile` (default): called wherever it stands. `stable`: the same within a query, `immutable`: the same for ever for
   * the same arguments, so that the engine may call it once for several places or ahead of the query.
   */
  readonly volatility?: "volatile" | "stable" | "immutable";
  /** Default: `strict`. */
  readonly nulls?: Nulls;
  /** Raised by the author when the meaning changes; part of the signature hash. Default: `"0"`. */
  readonly version?: string;
  /**
   * Most rows per call; smaller batches are made as large where the engine reads files. Default: 32 768 with `callColumns`
   * over numbers, dates, times and decimals, whose calls cost more than their rows; else 8192, whose texts are still in the
   * processor's cache when they are collected.
   */
  readonly batchSize?: number;
  /** Longest wait for an answer, in ms; 0: none. Default: 30 000. */
  readonly timeoutMs?: number;
}

type NullOf<Nulls extends NullRule> = Nulls extends "pass" ? null : never;

/** A function of the values of one row. */
export interface RowForm<
  Args extends ArgumentTypes,
  Returns extends TypeText,
  Nulls extends NullRule,
  Mode extends ArgumentMode,
> extends ScalarSignature<Args, Returns, Nulls> {
  /** Whether values are exact (`lossless`: bigint, value objects) or plain (numbers, Dates, text). Default: `lossless`. */
  readonly values?: Mode;
  /**
   * Gets the arguments in the order of `args`. Where they have several types, each parameter needs an annotation, since
   * the order of `args` is nothing that TypeScript knows.
   */
  call(...values: readonly (ArgumentValue<Args[keyof Args], Mode> | NullOf<Nulls>)[]): ResultValue<Returns>;
}

/** A function of the columns of one batch. */
export interface ColumnForm<
  Args extends ArgumentTypes,
  Returns extends TypeText,
  Nulls extends NullRule,
> extends ScalarSignature<Args, Returns, Nulls> {
  /** Gets the columns of the arguments by name. Their memory must not be used after the call. */
  callColumns(
    columns: { readonly [Name in keyof Args]: ArgumentColumn<Args[Name]> },
    context: BatchContext<keyof Args & string>,
  ): ResultColumn<Returns>;
}

/** What evaluates a batch: row by row, or all columns at once. */
export type ScalarBody =
  | {
      readonly form: "rows";
      readonly mode: ArgumentMode;
      /** Takes the arguments of one row. */
      readonly call: (...values: readonly unknown[]) => unknown;
    }
  | {
      readonly form: "columns";
      /** Takes the columns of one batch. */
      readonly call: (columns: Readonly<Record<string, ColumnView>>, context: BatchContext) => ColumnInput;
    };

/** A checked function, ready to be registered with any number of sessions. */
export interface ScalarFunction {
  readonly kind: "scalar";
  readonly name: string;
  readonly args: readonly NestedField[];
  readonly returns: NestedField;
  readonly volatility: "volatile" | "stable" | "immutable";
  readonly nulls: NullRule;
  readonly version: string;
  readonly batchSize: number;
  readonly timeoutMs: number;
  readonly body: ScalarBody;
}

const namePattern = /^[a-z_][a-z0-9_]{0,62}$/;
const argumentPattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

type Definition = ScalarSignature<ArgumentTypes, TypeText, NullRule>;

function typeAt(definition: Definition, path: string, text: TypeText): FieldType {
  try {
    return parseTypeText(text);
  } catch (error) {
    if (!isDeltaFuseError(error, "SQL.TYPE_UNKNOWN")) throw error;
    throw invalidDefinition({ function: definition.name, path }, error.message, error);
  }
}

function argumentFields(definition: Definition): readonly NestedField[] {
  return Object.entries(definition.args).map(([name, text]): NestedField => {
    const path = `args.${name}`;
    if (!argumentPattern.test(name)) {
      throw invalidDefinition({ function: definition.name, path }, "Arguments are named by letters, digits and _.");
    }
    return { name, type: typeAt(definition, path, text), nullable: true };
  });
}

function resultField(definition: Definition): NestedField {
  const field: NestedField = { name: "value", type: typeAt(definition, "returns", definition.returns), nullable: true };
  try {
    ipcWriter([field], new Uint8Array());
  } catch (error) {
    if (!isDeltaFuseError(error, "ROWS.TYPE_UNSUPPORTED")) throw error;
    throw invalidDefinition({ function: definition.name, path: "returns" }, error.message, error);
  }
  return field;
}

function wholeNumber(definition: Definition, path: "batchSize" | "timeoutMs", range: Range): number {
  const value = definition[path] ?? range.standard;
  if (Number.isSafeInteger(value) && value >= range.least && value <= range.most) return value;
  const reason = `A whole number of ${range.least} to ${range.most} is wanted, not ${value}.`;
  throw invalidDefinition({ function: definition.name, path }, reason);
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly standard: number;
}

function bodyOf(definition: object, name: string): ScalarBody {
  const call: unknown = Reflect.get(definition, "call");
  const callColumns: unknown = Reflect.get(definition, "callColumns");
  const values: unknown = Reflect.get(definition, "values") ?? "lossless";
  if ((typeof call === "function") === (typeof callColumns === "function")) {
    throw invalidDefinition({ function: name, path: "call" }, "Give either call or callColumns, a function.");
  }
  if (values !== "lossless" && values !== "plain") {
    throw invalidDefinition({ function: name, path: "values" }, "Choose lossless or plain.");
  }
  const reason = "the members were checked above" as const;
  return typeof call === "function"
    ? { form: "rows", mode: values, call: blindCast<RowCall, typeof reason>(call.bind(definition)) }
    : { form: "columns", call: blindCast<ColumnCall, typeof reason>(Reflect.get(definition, "callColumns")) };
}

type RowCall = Extract<ScalarBody, { readonly form: "rows" }>["call"];
type ColumnCall = Extract<ScalarBody, { readonly form: "columns" }>["call"];

/**
 * Defines a scalar function in TypeScript: of the values of a row (`call`), or of the columns of a batch (`callColumns`:
 * typed arrays in and out without a copy). It runs on the thread that registers it and must be synchronous. Null and
 * undefined results are null.
 *
 * Throws `UDF.INVALID_NAME` and `UDF.INVALID_DEFINITION {path}`: a type text that is none, a result type that cannot be
 * written (unions, dictionaries, run-end encodings, views), numbers out of range, no function or two.
 *
 * @example
 * const mask = defineScalar({ name: "mask", args: { text: "utf8" }, returns: "utf8", call: (text) => text.replace(/.(?=.{4})/g, "*") });
 * const hypot = defineScalar({
 *   name: "hypot",
 *   args: { x: "float64", y: "float64" },
 *   returns: "float64",
 *   callColumns: ({ x, y }, { rows }) => Float64Array.from({ length: rows }, (_, row) => Math.hypot(x.values[row], y.values[row])),
 * });
 */
export function defineScalar<
  const Args extends ArgumentTypes,
  const Returns extends TypeText,
  const Nulls extends NullRule = "strict",
  const Mode extends ArgumentMode = "lossless",
>(definition: RowForm<Args, Returns, Nulls, Mode> | ColumnForm<Args, Returns, Nulls>): ScalarFunction {
  const { name, volatility = "volatile", nulls = "strict", version = "0" } = definition;
  if (!namePattern.test(name)) throw invalidName(name);
  const args = argumentFields(definition);
  const returns = resultField(definition);
  const standard = standardRows(definition, [...args, returns]);
  return {
    kind: "scalar",
    name,
    args,
    returns,
    volatility,
    nulls,
    version,
    batchSize: wholeNumber(definition, "batchSize", { least: 1, most: 2 ** 20, standard }),
    timeoutMs: wholeNumber(definition, "timeoutMs", { least: 0, most: 86_400_000, standard: 30_000 }),
    body: bodyOf(definition, name),
  };
}

function standardRows(definition: object, fields: readonly NestedField[]): number {
  return "callColumns" in definition && fields.every(({ type }) => hasTypedArray(type)) ? 32_768 : 8192;
}

/** What identifies a function: everything but its code. */
export function signatureOf(f: ScalarFunction): Readonly<Record<string, CanonicalValue>> {
  const { kind, name, args, returns, volatility, nulls, version } = f;
  return {
    kind,
    name,
    args: args.map((field) => ({ name: field.name, type: formatTypeText(field.type) })),
    returns: formatTypeText(returns.type),
    volatility,
    nulls,
    version,
  };
}
