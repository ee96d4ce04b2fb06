import { blindCast } from "@deltafuse/config/casts";
import type { ColumnBatch } from "@deltafuse/session-core/column-batch";
import type { RowOptions } from "@deltafuse/session-core/rows";
import type { DecimalValue, TimestampValue } from "@deltafuse/session-core/values";
import type { RowMode } from "../contestant.ts";
import { cents, millisOfText, type WideRow } from "../wide-row.ts";

interface ExactRow {
  readonly id: bigint;
  readonly ratio: number;
  readonly name: string;
  readonly moment: TimestampValue;
  readonly amount: DecimalValue;
}

interface PlainRow {
  readonly id: number;
  readonly ratio: number;
  readonly name: string;
  readonly moment: Date;
  readonly amount: string;
}

interface JsonRow {
  readonly id: string;
  readonly ratio: number;
  readonly name: string;
  readonly moment: string;
  readonly amount: string;
}

/** What the product is asked for in each mode. */
export const rowOptions: Readonly<Record<RowMode, RowOptions>> = {
  exact: { values: "lossless" },
  plain: { values: "plain" },
  json: { values: "json" },
  numbers: { values: "plain", numbers: true },
};

const fromExact = ({ id, ratio, name, moment, amount }: ExactRow): WideRow => ({
  id: Number(id),
  ratio,
  name,
  moment: Number(moment.value) / 1000,
  amount: Number(amount.unscaled),
});

const fromPlain = ({ moment, amount, ...row }: PlainRow): WideRow => ({
  ...row,
  moment: moment.getTime(),
  amount: cents(Number(amount)),
});

const fromJson = ({ id, ratio, name, moment, amount }: JsonRow): WideRow => ({
  id: Number(id),
  ratio,
  name,
  moment: millisOfText(moment),
  amount: cents(Number(amount)),
});

/** A row object in the form that all contestants share. */
export function wideRowOf(mode: RowMode, row: object): WideRow {
  if (mode === "exact") return fromExact(blindCast<ExactRow, "the mode says so">(row));
  if (mode === "plain") return fromPlain(blindCast<PlainRow, "the mode says so">(row));
  if (mode === "json") return fromJson(blindCast<JsonRow, "the mode says so">(row));
  const { amount, ...numbers } = blindCast<WideRow, "the mode says so">(row);
  return { ...numbers, amount: cents(amount) };
}

/** The values of row `row`, out of the memory of the columns. */
export function wideRowAt({ columns }: ColumnBatch, row: number): WideRow {
  const value = (column: number, index = row): number => Number(columns[column]?.values?.[index]);
  return {
    id: value(0),
    ratio: value(1),
    name: columns[2]?.strings()[row] ?? "",
    moment: value(3) / 1000,
    // Four words per row, of which a decimal(15, 2) that is not negative fills two at most.
    amount: value(4, row * 4) + value(4, row * 4 + 1) * 2 ** 32,
  };
}
