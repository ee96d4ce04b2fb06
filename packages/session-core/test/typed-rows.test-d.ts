import { expectTypeOf } from "vitest";
import { z } from "zod";
import type { NestedField } from "../src/field-type.ts";
import type { Frame, Truncation } from "../src/frame.ts";
import type { RecordBatchStream } from "../src/record-batch-stream.ts";
import type { FieldValue, RowValue } from "../src/row-value.ts";
import type { Session } from "../src/session.ts";
import { sql, type SqlQuery } from "../src/sql.ts";
import type { DecimalValue, TimestampValue } from "../src/values.ts";

declare const frame: Frame;
declare const stream: RecordBatchStream;
declare const session: Session;

interface Flight {
  readonly id: bigint;
  readonly origin: string | null;
}

const flight = z.object({
  id: z.bigint(),
  origin: z.string().nullable(),
  day: z.string().transform((text) => new Date(text)),
});
interface ParsedFlight {
  id: bigint;
  origin: string | null;
  day: Date;
}

// Without a type the values are unknown.
expectTypeOf(frame.rows()).toEqualTypeOf<Promise<Record<string, unknown>[] & Truncation>>();
expectTypeOf(frame.rows({ values: "plain" })).toEqualTypeOf<Promise<Record<string, unknown>[] & Truncation>>();
expectTypeOf(frame.first()).toEqualTypeOf<Promise<Record<string, unknown> | null>>();
expectTypeOf(stream.rows()).toEqualTypeOf<AsyncIterable<Record<string, unknown>>>();

// A type that the caller declares.
expectTypeOf(frame.rows<Flight>()).toEqualTypeOf<Promise<Flight[] & Truncation>>();
expectTypeOf(frame.first<Flight>({ values: "lossless" })).toEqualTypeOf<Promise<Flight | null>>();
expectTypeOf(stream.rowBatches<Flight>()).toEqualTypeOf<AsyncIterable<Iterable<Flight>>>();

// The output of a schema, without naming it.
expectTypeOf(frame.rows({ decode: flight })).toEqualTypeOf<Promise<ParsedFlight[] & Truncation>>();
expectTypeOf(frame.rows({ decode: flight, values: "plain", maxRows: 10 })).toEqualTypeOf<
  Promise<ParsedFlight[] & Truncation>
>();
expectTypeOf(frame.first({ decode: flight })).toEqualTypeOf<Promise<ParsedFlight | null>>();
expectTypeOf(stream.rows({ decode: flight })).toEqualTypeOf<AsyncIterable<ParsedFlight>>();
expectTypeOf(stream.rowBatches({ decode: flight })).toEqualTypeOf<AsyncIterable<Iterable<ParsedFlight>>>();
void stream.forEachRow((row) => expectTypeOf(row).toEqualTypeOf<ParsedFlight>(), { decode: flight });

// @ts-expect-error -- a schema of something that is no row.
void frame.rows({ decode: z.string() });
// @ts-expect-error -- the declared type and the schema disagree.
void frame.rows<Flight>({ decode: z.object({ id: z.string() }) });
// @ts-expect-error -- `numbers` goes with `plain`.
void frame.rows({ values: "json", numbers: true });

// Values of declared columns.
expectTypeOf<RowValue<{ type: "int64" }>>().toEqualTypeOf<bigint>();
expectTypeOf<RowValue<{ type: "int64" }, "plain">>().toEqualTypeOf<number>();
expectTypeOf<RowValue<{ type: "int64" }, "json">>().toEqualTypeOf<string>();
type Price = { name: "price"; type: { type: "decimal"; precision: 10; scale: 2; bitWidth: 128 }; nullable: true };
expectTypeOf<FieldValue<Price>>().toEqualTypeOf<DecimalValue | null>();
type At = { name: "at"; type: { type: "timestamp"; unit: "ms" }; nullable: false };
expectTypeOf<FieldValue<At>>().toEqualTypeOf<TimestampValue>();
expectTypeOf<FieldValue<At, "plain">>().toEqualTypeOf<Date>();
expectTypeOf<RowValue<{ type: "struct"; fields: [Price, At] }>>().toEqualTypeOf<{
  price: DecimalValue | null;
  at: TimestampValue;
}>();
expectTypeOf<RowValue<{ type: "list"; item: At }, "plain">>().toEqualTypeOf<Date[]>();
expectTypeOf<NestedField["nullable"]>().toEqualTypeOf<boolean>();

// The tag gives queries, and nothing else does.
expectTypeOf(sql`SELECT ${1}`).toEqualTypeOf<SqlQuery>();
expectTypeOf(session.sql(sql`SELECT 1`)).toEqualTypeOf<Frame>();
// @ts-expect-error -- an object of the same shape is no query.
void session.sql({ text: "SELECT 1", parameters: [] });
