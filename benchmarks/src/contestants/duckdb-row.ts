import { blindCast } from "@deltafuse/config/casts";
import {
  DuckDBDecimalValue,
  type DuckDBResult,
  type DuckDBResultReader,
  DuckDBTimestampValue,
  type DuckDBValue,
  type JS,
  type Json,
} from "@duckdb/node-api";
import type { RowMode, WideTouch } from "../contestant.ts";
import { cents, millisOfText, type WideRow } from "../wide-row.ts";

/** A value in any of the forms that the peer has. */
export type Cell = DuckDBValue | JS | Json | undefined;

function moment(value: Cell): number {
  if (value instanceof DuckDBTimestampValue) return Number(value.micros) / 1000;
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" ? millisOfText(value) : Number.NaN;
}

/** The values of a row in the form that all contestants share. */
export function wideRowOf([id, ratio, name, time, amount]: readonly Cell[]): WideRow {
  return {
    id: Number(id),
    ratio: Number(ratio),
    name: typeof name === "string" ? name : "",
    moment: moment(time),
    amount: amount instanceof DuckDBDecimalValue ? Number(amount.value) : cents(Number(amount)),
  };
}

/**
 * Row objects, chunk by chunk, by the method of the peer that gives the values of the mode. It has none that gives plain
 * numbers: for these its fastest one, which leaves timestamps and decimals as objects.
 */
export function rowChunks(result: DuckDBResult, mode: RowMode): AsyncIterable<readonly WideTouch[]> {
  const chunks = {
    exact: () => result.yieldRowObjects(),
    plain: () => result.yieldRowObjectJs(),
    json: () => result.yieldRowObjectJson(),
    numbers: () => result.yieldRowObjects(),
  }[mode]();
  return blindCast<AsyncIterable<readonly WideTouch[]>, "the columns have these types">(chunks);
}

/** All rows of a result in one array, by the same methods. */
export function arrayOfRows(result: DuckDBResultReader, mode: RowMode): readonly WideTouch[] {
  const rows = {
    exact: () => result.getRowObjects(),
    plain: () => result.getRowObjectsJS(),
    json: () => result.getRowObjectsJson(),
    numbers: () => result.getRowObjects(),
  }[mode]();
  return blindCast<readonly WideTouch[], "the columns have these types">(rows);
}
