import { expect, it } from "vitest";
import { col, lit } from "../src/expression.ts";
import { describeEquivalence, type Equivalence, rowTexts } from "./random-tables.ts";

const cases: readonly Equivalence[] = [
  ["select", (t) => t.select("s", col("a").add(col("g")).alias("n"), "id"), "SELECT s, a + g n, id FROM t"],
  ["filter", (t) => t.filter(col("a").gt(0).or(col("f"))).select("id"), "SELECT id FROM t WHERE a > 0 OR f"],
  [
    "withColumn, new and in place",
    (t) => t.withColumn("z", col("x").mul(2)).withColumn("a", col("a").neg()),
    "SELECT id, g, -a a, x, s, f, l, x * 2 z FROM t",
  ],
  [
    "withColumns, which all read the columns before",
    (t) => t.withColumns({ a: col("g"), g: col("a"), n: col("a").add(col("g")), one: lit(1) }),
    "SELECT id, a g, g a, x, s, f, l, a + g n, 1 one FROM t",
  ],
  ["drop", (t) => t.drop("l", "x"), "SELECT id, g, a, s, f FROM t"],
  ["rename", (t) => t.rename({ a: "A b", id: "a" }).drop("l"), 'SELECT id a, g, a "A b", x, s, f FROM t'],
  [
    "union",
    (t, u) => t.select("g", "s").union(u.select("g", "s"), u.select("b", "s")),
    "SELECT g, s FROM t UNION ALL SELECT g, s FROM u UNION ALL SELECT b, s FROM u",
  ],
  [
    "unnest",
    (t) => t.select("id", "l").unnest(["l"]),
    "SELECT id, unnest(CASE WHEN l IS NULL THEN [NULL] ELSE l END) l FROM t",
  ],
  [
    "inner join",
    (t, u) => t.select("id", "g", "s").join(u, { on: ["g"], suffix: "_u" }),
    "SELECT id, t.g, t.s, b, u.s s_u FROM t JOIN u ON t.g = u.g",
  ],
  [
    "inner join on two columns",
    (t, u) => t.select("id", "g", "s").join(u, { on: ["g", "s"] }),
    "SELECT id, t.g, t.s, b FROM t JOIN u ON t.g = u.g AND t.s = u.s",
  ],
  [
    "left join with a filter",
    (t, u) => t.select("id", "g").join(u.select("g", "b"), { on: ["g"], type: "left", filter: col("b").gt(4) }),
    "SELECT id, t.g, b FROM t LEFT JOIN u ON t.g = u.g AND b > 4",
  ],
  [
    "right join",
    (t, u) => t.select("id", "g").join(u.select("g", "b"), { on: ["g"], type: "right" }),
    "SELECT id, u.g, b FROM t RIGHT JOIN u ON t.g = u.g",
  ],
  [
    "right join on differently named columns",
    (t, u) => t.select("id", "a").join(u.select("g", "b"), { on: [["a", "b"]], type: "right" }),
    "SELECT id, a, u.g, b FROM t RIGHT JOIN u ON a = b",
  ],
  [
    "semi join",
    (t, u) => t.select("id", "g").join(u, { on: ["g"], type: "semi" }),
    "SELECT id, g FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.g = t.g)",
  ],
  [
    "anti join",
    (t, u) => t.select("id", "g").join(u, { on: ["g"], type: "anti" }),
    "SELECT id, g FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.g = t.g)",
  ],
  [
    "right semi join",
    (t, u) => t.select("id", "g").join(u, { on: ["g"], type: "rightSemi" }),
    "SELECT g, b, s FROM u WHERE EXISTS (SELECT 1 FROM t WHERE t.g = u.g)",
  ],
  [
    "right anti join",
    (t, u) => t.select("id", "g").join(u, { on: ["g"], type: "rightAnti" }),
    "SELECT g, b, s FROM u WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.g = u.g)",
  ],
  [
    "inner join in which null equals null",
    (t, u) => t.select("id", "g").join(u.select("g", "b"), { on: ["g"], nullEquals: true }),
    "SELECT id, t.g, b FROM t JOIN u ON t.g IS NOT DISTINCT FROM u.g",
  ],
  [
    "anti join in which null equals null",
    (t, u) => t.select("id", "s").join(u, { on: ["s"], type: "anti", nullEquals: true }),
    "SELECT id, s FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.s IS NOT DISTINCT FROM t.s)",
  ],
];

const inOrder: readonly Equivalence[] = [
  [
    "sort",
    (t) => t.select("g", "id").sort("g", col("id").desc()),
    "SELECT g, id FROM t ORDER BY g NULLS LAST, id DESC",
  ],
  [
    "sort, downwards and with nulls first",
    (t) => t.select("s", "a", "id").sort(col("s").desc(), col("a").asc({ nulls: "first" }), "id"),
    "SELECT s, a, id FROM t ORDER BY s DESC NULLS LAST, a ASC NULLS FIRST, id",
  ],
  ["limit", (t) => t.select("id").sort("id").limit(5), "SELECT id FROM t ORDER BY id LIMIT 5"],
  [
    "limit with an offset",
    (t) => t.select("id").sort("id").limit(9, 13),
    "SELECT id FROM t ORDER BY id LIMIT 9 OFFSET 13",
  ],
  ["limit past the end", (t) => t.select("id").sort("id").limit(99, 15), "SELECT id FROM t ORDER BY id OFFSET 15"],
];

const [id, a, g, s, f] = [col("id"), col("a"), col("g"), col("s"), col("f")];

/** Expressions, and what SQL calls them. */
const values = [
  [a.eq(g), "a = g"],
  [a.neq(g), "a <> g"],
  [a.lt(g), "a < g"],
  [a.lte(g), "a <= g"],
  [a.gt(g), "a > g"],
  [a.gte(g), "a >= g"],
  [a.eqNullSafe(g), "a IS NOT DISTINCT FROM g"],
  [a.neqNullSafe(g), "a IS DISTINCT FROM g"],
  [a.between(g.sub(5), g), "a BETWEEN g - 5 AND g"],
  [a.notBetween(-5, g), "a NOT BETWEEN -5 AND g"],
  [g.inList([1, a]), "g IN (1, a)"],
  [g.notInList([1, a]), "g NOT IN (1, a)"],
  [g.notInList([0, null]), "g NOT IN (0, NULL)"],
  [s.like("%b%"), "s LIKE '%b%'"],
  [s.notLike("a%"), "s NOT LIKE 'a%'"],
  [s.ilike("B%"), "s ILIKE 'B%'"],
  [s.notIlike("%B%"), "s NOT ILIKE '%B%'"],
  [s.similarTo("(a|B).*"), "s SIMILAR TO '(a|B).*'"],
  [s.notSimilarTo("(a|B).*"), "s NOT SIMILAR TO '(a|B).*'"],
  [f.isTrue(), "f IS TRUE"],
  [f.isNotTrue(), "f IS NOT TRUE"],
  [f.isFalse(), "f IS FALSE"],
  [f.isNotFalse(), "f IS NOT FALSE"],
  [f.isUnknown(), "f IS UNKNOWN"],
  [f.isNotUnknown(), "f IS NOT UNKNOWN"],
  [a.isNull(), "a IS NULL"],
  [a.isNotNull(), "a IS NOT NULL"],
  [f.and(a.gt(0)), "f AND a > 0"],
  [f.or(a.gt(0)).not(), "NOT (f OR a > 0)"],
  [a.add(g).mul(id).sub(1), "(a + g) * id - 1"],
  [a.div(id.add(1)), "a / (id + 1)"],
  [a.mod(7).neg(), "-(a % 7)"],
] as const;

describeEquivalence(cases, (opened) => {
  it.each(inOrder)("%s", async (_name, build, sql) => {
    const session = opened();
    const rows = await rowTexts(build(session.table("t"), session.table("u")));
    expect(rows).toEqual(await rowTexts(session.sql(sql)));
  });

  it("expressions", async () => {
    const session = opened();
    const built = session.table("t").select("id", ...values.map(([value, sql]) => value.alias(sql)));
    const named = values.map(([, sql]) => `${sql} AS "${sql}"`);
    const texts = await rowTexts(session.sql(`SELECT id, ${named.join(", ")} FROM t ORDER BY id`));
    expect(await rowTexts(built.sort("id"))).toEqual(texts);
  });
});
