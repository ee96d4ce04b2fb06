import { all, call, col, exists, lambda, lit, outer, scalarOf, sqlExpression } from "../src/expression.ts";
import { describeEquivalence, type Equivalence } from "./random-tables.ts";

const rank = { partitionBy: ["g"], orderBy: [col("a").desc(), "id"] } as const;

const cases: readonly Equivalence[] = [
  [
    "cast",
    (t) => t.cast({ a: "float64", id: "utf8" }),
    "SELECT CAST(id AS VARCHAR) id, g, CAST(a AS DOUBLE) a, x, s, f, l FROM t",
  ],
  [
    "fillNull",
    (t) => t.fillNull({ a: 0, s: "none" }).drop("l"),
    "SELECT id, g, coalesce(a, 0) a, x, coalesce(s, 'none') s, f FROM t",
  ],
  ["distinct", (t) => t.select("g", "s").distinct(), "SELECT DISTINCT g, s FROM t"],
  [
    "distinctOn",
    (t) => t.select("g", "a", "id").distinctOn(["g"], ["g", col("a").desc(), "id"]),
    "SELECT DISTINCT ON (g) g, a, id FROM t ORDER BY g NULLS LAST, a DESC NULLS LAST, id NULLS LAST",
  ],
  [
    "groupBy",
    (t) => t.groupBy("g").aggregate({ n: call("count"), s: call("sum", col("a")) }),
    "SELECT g, count(*) n, sum(a) s FROM t GROUP BY g",
  ],
  [
    "aggregates in expressions",
    (t) => t.groupBy(col("id").mod(3).alias("k")).aggregate({ m: call("sum", col("a")).div(call("count")).add(1) }),
    "SELECT id % 3 k, sum(a) / count(*) + 1 m FROM t GROUP BY id % 3",
  ],
  [
    "rollup",
    (t) => t.rollup("g", "f").aggregate({ n: call("count") }),
    "SELECT g, f, count(*) n FROM t GROUP BY ROLLUP (g, f)",
  ],
  [
    "rollup of expressions",
    (t) => t.rollup(col("id").mod(2).alias("k"), "g").aggregate({ n: call("count"), m: call("max", col("id")) }),
    "SELECT k, g, count(*) n, max(id) m FROM (SELECT id, id % 2 k, g FROM t) GROUP BY ROLLUP (k, g)",
  ],
  [
    "cube",
    (t) => t.cube("g", "f").aggregate({ n: call("count") }),
    "SELECT g, f, count(*) n FROM t GROUP BY CUBE (g, f)",
  ],
  [
    "groupingSets",
    (t) => t.groupingSets(["g"], ["f", "g"], []).aggregate({ n: call("count"), w: call("grouping", col("g")) }),
    "SELECT g, f, count(*) n, grouping(g) w FROM t GROUP BY GROUPING SETS ((g), (f, g), ())",
  ],
  [
    "pivot",
    (t) =>
      t.pivot({
        by: ["g"],
        on: "s",
        values: { none: null, a: "a" },
        aggregate: { n: call("count"), m: call("max", col("a")) },
      }),
    `SELECT g, count(*) FILTER (WHERE s IS NULL) none_n, max(a) FILTER (WHERE s IS NULL) none_m,
     count(*) FILTER (WHERE s = 'a') a_n, max(a) FILTER (WHERE s = 'a') a_m FROM t GROUP BY g`,
  ],
  [
    "joinOn",
    (t, u) => t.select("id", "a").joinOn(u.select("b"), col("left", "a").lt(col("right", "b")), { type: "left" }),
    "SELECT t.id, t.a, u.b FROM t LEFT JOIN u ON t.a < u.b",
  ],
  [
    "joinOn with aliases",
    (t, u) =>
      t
        .alias("one")
        .joinOn(u.alias("two"), col("one", "g").eq(col("two", "g")), { suffix: "_u" })
        .drop("l"),
    "SELECT id, one.g, a, x, one.s, f, two.g g_u, b, two.s s_u FROM t one JOIN u two ON one.g = two.g",
  ],
  ["crossJoin", (t, u) => t.select("id").crossJoin(u.select("b")), "SELECT id, b FROM t CROSS JOIN u"],
  [
    "full join",
    (t, u) => t.select("g", "id").join(u.select("g", "b"), { on: ["g"], type: "full" }),
    "SELECT coalesce(t.g, u.g) g, id, b FROM t FULL JOIN u ON t.g = u.g",
  ],
  [
    "window",
    (t) =>
      t.select("id", "g", "a").window(
        call("row_number").over(rank).alias("n"),
        call("sum", col("a"))
          .over({ ...rank, frame: { unit: "rows", from: { preceding: 2 }, to: { following: 1 } } })
          .alias("s"),
        call("lag", col("a"), 1, 0).over(rank).alias("p"),
        call("count").over().alias("c"),
      ),
    `SELECT id, g, a, row_number() OVER w n,
     sum(a) OVER (PARTITION BY g ORDER BY a DESC NULLS LAST, id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) s,
     lag(a, 1, 0) OVER w p, count(*) OVER () c FROM t WINDOW w AS (PARTITION BY g ORDER BY a DESC NULLS LAST, id)`,
  ],
  [
    "window functions that leave nulls out, by range and by groups",
    (t) =>
      t.select(
        "id",
        call("last_value", col("a"))
          .nulls("ignore")
          .over({ orderBy: ["id"] })
          .alias("l"),
        call("sum", col("a"))
          .over({ orderBy: ["id"], frame: { unit: "range", from: { preceding: 5 }, to: "current" } })
          .alias("r"),
        call("count")
          .over({ orderBy: ["g"], frame: { unit: "groups", from: { preceding: 1 }, to: "unbounded" } })
          .alias("c"),
      ),
    `SELECT id, last_value(a) IGNORE NULLS OVER (ORDER BY id) l,
     sum(a) OVER (ORDER BY id RANGE BETWEEN 5 PRECEDING AND CURRENT ROW) r,
     count(*) OVER (ORDER BY g NULLS LAST GROUPS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) c FROM t`,
  ],
  [
    "window functions inside expressions",
    (t) => t.withColumn("a", col("a").sub(call("avg", col("a")).over({ partitionBy: ["g"] }))).drop("l"),
    "SELECT id, g, a - avg(a) OVER (PARTITION BY g) a, x, s, f FROM t",
  ],
  ["head", (t) => t.select("id").sort("id").head(7), "SELECT id FROM t ORDER BY id LIMIT 7"],
  [
    "unionDistinct",
    (t, u) => t.select("g", "s").unionDistinct(u.select("g", "s")),
    "SELECT g, s FROM t UNION SELECT g, s FROM u",
  ],
  [
    "unionByName",
    (t, u) => t.select("g", "s").unionByName(u.select("s", "g")),
    "SELECT g, s FROM t UNION ALL SELECT g, s FROM u",
  ],
  [
    "unionByName with missing columns",
    (t, u) => t.select("g", "a").unionByName(u.select("b", "g"), { allowMissing: true }),
    "SELECT g, a, NULL b FROM t UNION ALL SELECT g, NULL, b FROM u",
  ],
  [
    "intersect",
    (t, u) => t.select("g", "s").intersect(u.select("g", "s")),
    "SELECT g, s FROM t INTERSECT SELECT g, s FROM u",
  ],
  [
    "intersect all",
    (t, u) => t.select("g").intersect(u.select("g"), { all: true }),
    "SELECT g FROM t INTERSECT ALL SELECT g FROM u",
  ],
  ["except", (t, u) => t.select("g", "s").except(u.select("g", "s")), "SELECT g, s FROM t EXCEPT SELECT g, s FROM u"],
  [
    "except all",
    (t, u) => t.select("g").except(u.select("g"), { all: true }),
    "SELECT g FROM t EXCEPT ALL SELECT g FROM u",
  ],
  [
    "unnest",
    (t) => t.select("id", "l").unnest(["l"], { nulls: "preserve_empty" }),
    "SELECT id, unnest(CASE WHEN l IS NULL OR cardinality(l) = 0 THEN [NULL] ELSE l END) l FROM t",
  ],
  [
    "unnest without nulls",
    (t) => t.select("id", "l").unnest(["l"], { nulls: "drop" }),
    "SELECT id, unnest(coalesce(l, [])) l FROM t",
  ],
  [
    "repartition by hash",
    (t) => t.select("id", "g").repartition({ hash: ["g"], partitions: 3 }),
    "SELECT id, g FROM t",
  ],
  ["repartition in turn", (t) => t.select("id", "g").repartition({ roundRobin: 5 }), "SELECT id, g FROM t"],
  [
    "describe",
    (t) => t.select("a", "s").describe(),
    `SELECT 'count' describe, CAST(count(a) AS DOUBLE) a, CAST(count(s) AS VARCHAR) s FROM t
     UNION ALL SELECT 'null_count', count(*) - count(a), CAST(count(*) - count(s) AS VARCHAR) FROM t
     UNION ALL SELECT 'mean', avg(a), NULL FROM t UNION ALL SELECT 'std', stddev(a), NULL FROM t
     UNION ALL SELECT 'min', min(a), min(s) FROM t UNION ALL SELECT 'max', max(a), max(s) FROM t
     UNION ALL SELECT 'median', CAST(median(a) AS DOUBLE), NULL FROM t`,
  ],
  [
    "all with exclude and replace",
    (t) => t.select(all({ exclude: ["l", "x"], replace: { a: col("a").add(1) } }), lit(1).alias("one")),
    "SELECT id, g, a + 1 a, s, f, 1 one FROM t",
  ],
  [
    "patterns",
    (t) => t.filter(col("s").like("%!%", { escape: "!" }).isNotTrue().and(col("s").similarTo("(a|b).*"))).select("id"),
    "SELECT id FROM t WHERE (s LIKE '%\\%') IS NOT TRUE AND s SIMILAR TO '(a|b).*'",
  ],
  ["slice", (t) => t.select("id", col("l").slice(1, 2).alias("l")), "SELECT id, array_slice(l, 1, 2) l FROM t"],
  [
    "lambda",
    (t) => t.select("id", call("array_transform", col("l"), lambda(["v"], col("v").mul(2).add(1))).alias("l")),
    "SELECT id, CASE WHEN l IS NULL THEN NULL ELSE array_transform(l, v -> v * 2 + 1) END l FROM t",
  ],
  [
    "inFrame",
    (t, u) => t.filter(col("g").inFrame(u.select("g"))).select("id"),
    "SELECT id FROM t WHERE g IN (SELECT g FROM u)",
  ],
  [
    "notInFrame",
    (t, u) => t.filter(col("g").notInFrame(u.select("g"))).select("id"),
    "SELECT id FROM t WHERE g NOT IN (SELECT g FROM u)",
  ],
  [
    "exists with an outer column",
    (t, u) => t.filter(exists(u.filter(col("g").eq(outer("g")).and(col("b").gt(3))))).select("id"),
    "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.g = t.g AND b > 3)",
  ],
  [
    "the opposite of exists",
    (t, u) => t.filter(exists(u.filter(col("g").eq(outer("g")))).not()).select("id"),
    "SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.g = t.g)",
  ],
  [
    "scalarOf",
    (t, u) => t.select("id", scalarOf(u.aggregate({ values: { m: call("max", col("b")) } })).alias("m")),
    "SELECT id, (SELECT max(b) FROM u) m FROM t",
  ],
  [
    "scalarOf with an outer column",
    (t, u) =>
      t
        .alias("o")
        .select(
          "id",
          scalarOf(u.filter(col("g").eq(outer("o", "g"))).aggregate({ values: { m: call("sum", col("b")) } })).alias(
            "m",
          ),
        ),
    "SELECT id, (SELECT sum(b) FROM u WHERE u.g = o.g) m FROM t o",
  ],
  [
    "sqlExpression",
    (t) => t.filter(sqlExpression("a BETWEEN -5 AND 5 AND f")).select("id"),
    "SELECT id FROM t WHERE a BETWEEN -5 AND 5 AND f",
  ],
];

describeEquivalence(cases);
