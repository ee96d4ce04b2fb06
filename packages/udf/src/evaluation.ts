import type { ColumnView } from "@deltafuse/session-core/column-batch";
import type { ColumnInput } from "@deltafuse/session-core/column-input";
import { valueReader } from "@deltafuse/session-core/value-reader";
import { storageType } from "./argument-storage.ts";
import { type CallFailure, promised, threw } from "./call-failure.ts";
import { isPromise } from "./result-column.ts";
import type { BatchContext, ScalarBody, ScalarFunction } from "./scalar-function.ts";

/** One batch of arguments. */
export interface ArgumentBatch {
  /** One column per argument; those of constants have one row. */
  readonly columns: readonly ColumnView[];
  readonly rows: number;
  /** Positions of constant arguments. */
  readonly constants: readonly number[];
}

/** Calls a function for a batch. */
export type Evaluator = (batch: ArgumentBatch) => { readonly result: ColumnInput } | CallFailure;

type ValueReader = (row: number) => unknown;
type RowBody = Extract<ScalarBody, { readonly form: "rows" }>;
type ColumnBody = Extract<ScalarBody, { readonly form: "columns" }>;

/** Calls for one row; written out for few arguments, since a spread is several times slower. */
function rowCaller({ call }: RowBody, readers: readonly ValueReader[]): ValueReader {
  const [first, second, third] = readers;
  if (first === undefined) return () => call();
  if (second === undefined) return (row) => call(first(row));
  if (third === undefined) return (row) => call(first(row), second(row));
  if (readers.length === 3) return (row) => call(first(row), second(row), third(row));
  return (row) => call(...readers.map((read) => read(row)));
}

function evaluateRows(callRow: ValueReader, rows: number): { readonly result: ColumnInput } | CallFailure {
  const result: unknown[] = [];
  let row = 0;
  try {
    for (; row < rows; row++) {
      const value = callRow(row);
      if (typeof value === "object" && isPromise(value)) return promised(row);
      result.push(value);
    }
  } catch (error) {
    return threw(error, row);
  }
  return { result };
}

function rowEvaluator(f: ScalarFunction, body: RowBody): Evaluator {
  const binders = f.args.map((field) => valueReader(field, { storage: storageType(field.type), values: body.mode }));
  return ({ columns, rows, constants }) => {
    const readers = columns.map((view, index): ValueReader => {
      const read = binders[index]?.(view) ?? (() => null);
      if (!constants.includes(index)) return read;
      return () => read(0);
    });
    return evaluateRows(rowCaller(body, readers), rows);
  };
}

function columnEvaluator(f: ScalarFunction, body: ColumnBody): Evaluator {
  const names = f.args.map(({ name }) => name);
  return ({ columns, rows, constants }) => {
    const named: Record<string, ColumnView> = {};
    for (const [index, view] of columns.entries()) named[names[index] ?? ""] = view;
    const context: BatchContext = { rows, constants: constants.map((index) => names[index] ?? "") };
    try {
      return { result: body.call(named, context) };
    } catch (error) {
      return threw(error, undefined);
    }
  };
}

/** Makes the evaluator of a function. */
export function evaluator(f: ScalarFunction): Evaluator {
  return f.body.form === "rows" ? rowEvaluator(f, f.body) : columnEvaluator(f, f.body);
}
