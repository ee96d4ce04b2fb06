// #region imports
import { parseProfile } from "@deltafuse/config/profile";
import { all, col, exists, lambda, outer, param, sqlExpression, when } from "@deltafuse/session-core/expression";
import { arrayTransform, avg, count, max, rowNumber, sum } from "@deltafuse/session-core/expression-functions";
import { openSession } from "@deltafuse/session-core/session";
// #endregion
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Frame } from "../src/frame.ts";
import type { Session } from "../src/session.ts";

let session: Session;
let flights: Frame;
let airports: Frame;

beforeAll(async () => {
  session = await openSession(parseProfile({ preset: "test" }));
  const rows = [
    { id: 1, origin: "OSL", carrier: "DY", delay: 12, legs: [1, 2] },
    { id: 2, origin: "OSL", carrier: "SK", delay: null, legs: [3] },
    { id: 3, origin: "BGO", carrier: "DY", delay: -4, legs: [] },
    { id: 4, origin: "TRD", carrier: "WF", delay: 31, legs: [5] },
  ];
  await session.createView("flights", session.fromRows(rows));
  flights = session.table("flights");
  airports = session.fromRows([
    { code: "OSL", city: "Oslo" },
    { code: "BGO", city: "Bergen" },
  ]);
});
afterAll(() => session.close());

it("builds a query step by step", async () => {
  // #region steps
  const late = session
    .table("flights")
    .fillNull({ delay: 0 })
    .filter(
      col("delay")
        .gt(10)
        .or(col("carrier").inList(["DY", "WF"])),
    )
    .withColumn(
      "kind",
      when(col("delay").gt(30).and(col("origin").neq("OSL")))
        .then("very late")
        .otherwise("late"),
    )
    .select(all({ exclude: ["legs"] }))
    .sort(col("delay").desc(), "id");

  const rows = await late.rows({ values: "plain" });
  // #endregion
  expect(rows.map(({ id, kind }) => [id, kind])).toEqual([
    [4, "very late"],
    [1, "late"],
    [3, "late"],
  ]);
});

it("groups", async () => {
  // #region groups
  const perCarrier = flights
    .groupBy("carrier")
    .aggregate({ flights: count(), early: count().filter(col("delay").lt(0)), mean: avg(col("delay")) });

  const perOriginToo = flights.rollup("carrier", "origin").aggregate({ worst: max(col("delay")) });

  const columns = flights.pivot({
    by: ["carrier"],
    on: "origin",
    values: ["OSL", "BGO"],
    aggregate: sum(col("delay")),
  });
  // #endregion
  expect(await perCarrier.sort("carrier").rows({ values: "plain" })).toEqual([
    { carrier: "DY", flights: 2, early: 1, mean: 4 },
    { carrier: "SK", flights: 1, early: 0, mean: null },
    { carrier: "WF", flights: 1, early: 0, mean: 31 },
  ]);
  expect(await perOriginToo.count()).toBe(8);
  expect(await columns.sort("carrier").first({ values: "plain" })).toEqual({ carrier: "DY", OSL: 12, BGO: -4 });
});

it("joins and looks into other frames", async () => {
  // #region joins
  const named = flights.join(airports, { on: [["origin", "code"]], type: "left" });

  const pairs = flights
    .alias("one")
    .joinOn(flights.alias("two"), col("one", "delay").lt(col("two", "delay")), { suffix: "_two" });

  const known = flights.filter(exists(airports.filter(col("code").eq(outer("origin")))));
  const unknown = flights.filter(col("origin").notInFrame(airports.select("code")));
  // #endregion
  expect(await named.sort("id").select("city").rows()).toEqual([
    { city: "Oslo" },
    { city: "Oslo" },
    { city: "Bergen" },
    { city: null },
  ]);
  expect(await pairs.count()).toBe(3);
  expect(await known.count()).toBe(3);
  expect(await unknown.single({ values: "plain" })).toMatchObject({ id: 4 });
});

it("sees the rows around a row", async () => {
  // #region windows
  const latest = { partitionBy: ["carrier"], orderBy: [col("delay").desc(), "id"] };
  const ranked = flights.window(
    rowNumber().over(latest).alias("rank"),
    sum(col("delay"))
      .over({ orderBy: ["id"], frame: { unit: "rows", from: { preceding: 1 }, to: "current" } })
      .alias("with_the_one_before"),
  );
  // #endregion
  expect(await ranked.sort("id").select("rank", "with_the_one_before").rows({ values: "plain" })).toEqual([
    { rank: 1, with_the_one_before: 12 },
    { rank: 1, with_the_one_before: 12 },
    { rank: 2, with_the_one_before: -4 },
    { rank: 1, with_the_one_before: 27 },
  ]);
});

it("takes lists apart", async () => {
  // #region lists
  const doubled = flights.select("id", arrayTransform(col("legs"), lambda(["leg"], col("leg").mul(2))).alias("legs"));
  const legs = doubled.unnest(["legs"], { nulls: "preserve_empty" });
  // #endregion
  expect(await legs.sort("id", "legs").rows({ values: "plain" })).toEqual([
    { id: 1, legs: 2 },
    { id: 1, legs: 4 },
    { id: 2, legs: 6 },
    { id: 3, legs: null },
    { id: 4, legs: 10 },
  ]);
});

it("is used again with other values", async () => {
  // #region parameters
  const later = flights.filter(col("delay").gt(param("minutes")));
  const veryLate = await later.bind({ minutes: 30 }).count();

  const inSql = flights.filter(sqlExpression("delay BETWEEN $low AND $high")).bind({ low: 0, high: 20 });
  // #endregion
  expect(veryLate).toBe(1);
  expect(await inSql.count()).toBe(1);
});

it("ends in a terminal", async () => {
  // #region terminals
  const total = await flights.aggregate({ values: [sum(col("delay"))] }).scalar<bigint>(); // 39n
  const one = await flights.filter(col("id").eq(3)).single(); // QUERY.NOT_SINGLE_ROW unless exactly one
  const text = await session.sql("SELECT 1 AS one").toSql({ dialect: "mysql" }); // SELECT 1 AS `one`
  // #endregion
  expect(total).toBe(39n);
  expect(one).toMatchObject({ id: 3n });
  expect(text).toBe("SELECT 1 AS `one`");
});
