import { expectTypeOf } from "vitest";
import { z } from "zod";
import { call, type CallExpression, col, type Expression, lambda, type SortKey, when } from "../src/expression.ts";
import { rowNumber, sum } from "../src/expression-functions.ts";
import type { Frame, GroupedFrame } from "../src/frame.ts";

declare const frame: Frame;

// Operations give frames, groups wait for their aggregates.
expectTypeOf(frame.distinct().head().describe()).toEqualTypeOf<Frame>();
expectTypeOf(frame.groupBy("a")).toEqualTypeOf<GroupedFrame>();
expectTypeOf(frame.rollup("a", col("b")).aggregate({ n: sum(col("c")) })).toEqualTypeOf<Frame>();
// @ts-expect-error -- groups are no frame.
void frame.groupBy("a").rows();

// Terminals of one row.
expectTypeOf(frame.single()).toEqualTypeOf<Promise<Record<string, unknown>>>();
expectTypeOf(frame.single({ decode: z.object({ a: z.bigint() }) })).toEqualTypeOf<Promise<{ a: bigint }>>();
expectTypeOf(frame.scalar()).toEqualTypeOf<Promise<unknown>>();
expectTypeOf(frame.scalar<bigint>()).toEqualTypeOf<Promise<bigint>>();
expectTypeOf(frame.drain()).toEqualTypeOf<Promise<number>>();
expectTypeOf(frame.toSql({ dialect: "duckdb" })).toEqualTypeOf<Promise<string>>();
// @ts-expect-error -- a dialect that nobody speaks.
void frame.toSql({ dialect: "oracle" });

// Calls keep their additions until they have a window.
expectTypeOf(sum(col("a")).distinct().nulls("ignore")).toEqualTypeOf<CallExpression>();
expectTypeOf(rowNumber().over({ orderBy: [col("a").desc()] })).toEqualTypeOf<Expression>();
// @ts-expect-error -- a window is the last addition.
void rowNumber().over().distinct();
// @ts-expect-error -- bounds are words or distances.
void rowNumber().over({ frame: { unit: "rows", from: 2 } });

expectTypeOf(col("a").asc({ nulls: "first" })).toEqualTypeOf<SortKey>();
expectTypeOf(lambda(["x"], col("x").add(1))).toEqualTypeOf<Expression>();
expectTypeOf(when(true).then(1).otherwise(null)).toEqualTypeOf<Expression>();
// @ts-expect-error -- a plain object is no value.
void call("abs", { a: 1 });
// @ts-expect-error -- hash and roundRobin exclude each other.
void frame.repartition({ hash: ["a"], roundRobin: 2 });
// @ts-expect-error -- a condition is an expression.
void frame.filter("a > 1");
