import type { DeltaFuseError } from "@deltafuse/config/errors";
import * as z from "@deltafuse/config/zod";
import { describeValue } from "./build-context.ts";
import type { ColumnBatch } from "./column-batch.ts";
import type { NestedField } from "./field-type.ts";
import { valueInvalid } from "./row-errors.ts";
import type { RowBatch, RowReader } from "./rows.ts";
import { formatTypeText } from "./type-text.ts";
import { english } from "./document-check.ts";

/** What rows become. */
export interface DecodeOptions<T extends object> {
  /**
   * A zod schema of a row, synchronous. Every row is parsed by it as `values` has made it, and what it gives is the row; its
   * type is the type of the rows. A row that does not fit ends the reading with `ROWS.VALUE_INVALID {path, row}`.
   */
  readonly decode?: z.core.$ZodType<T>;
}

interface RowDecoder<T extends object> {
  readonly schema: z.core.$ZodType<T>;
  readonly fields: readonly NestedField[];
}

class DecodedRows<T extends object> implements RowBatch<T> {
  readonly rows: number;
  readonly #inner: RowBatch<object>;
  readonly #decoder: RowDecoder<T>;
  readonly #firstRow: number;

  constructor(inner: RowBatch<object>, decoder: RowDecoder<T>, firstRow: number) {
    this.rows = inner.rows;
    this.#inner = inner;
    this.#decoder = decoder;
    this.#firstRow = firstRow;
  }

  *[Symbol.iterator](): Iterator<T> {
    let row = this.#firstRow;
    for (const value of this.#inner) {
      yield decoded(this.#decoder, value, row);
      row += 1;
    }
  }

  slice(start: number, end: number): T[] {
    return this.#inner.slice(start, end).map((value, index) => {
      return decoded(this.#decoder, value, this.#firstRow + start + index);
    });
  }

  forEach(visit: (row: T) => void, start = 0, end: number = this.rows): void {
    let row = this.#firstRow + start;
    this.#inner.forEach(
      (value) => {
        visit(decoded(this.#decoder, value, row));
        row += 1;
      },
      start,
      end,
    );
  }

  release(reason: DeltaFuseError): void {
    this.#inner.release(reason);
  }
}

/** Messages are in the language that the program has chosen for zod, else in English. */
const inSomeLanguage = {
  error: (issue: z.core.$ZodRawIssue) => {
    const { customError, localeError } = z.config();
    return (customError ?? localeError) === undefined ? english(issue) : undefined;
  },
};

function decoded<T extends object>({ schema, fields }: RowDecoder<T>, value: object, row: number): T {
  const result = z.safeParse(schema, value, inSomeLanguage);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const column = fields.find(({ name }) => name === path[0]);
  throw valueInvalid(
    { path: path.length === 0 ? "The row" : path.map(String).join("."), row },
    {
      type: column === undefined ? "the schema" : `the schema (the column is ${formatTypeText(column.type)})`,
      actual: describeValue(valueAt(value, path)),
      reason: issue?.message ?? "the schema refuses it",
    },
  );
}

function valueAt(row: object, path: readonly PropertyKey[]): unknown {
  let value: unknown = row;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return value;
    value = Reflect.get(value, key);
  }
  return value;
}

/** A reader whose rows are parsed by a schema. */
export function decodingReader<T extends object>(
  reader: RowReader<object>,
  fields: readonly NestedField[],
  schema: z.core.$ZodType<T>,
): RowReader<T> {
  return {
    bind: (batch: ColumnBatch) => new DecodedRows(reader.bind(batch), { schema, fields }, batch.firstRow),
  };
}
