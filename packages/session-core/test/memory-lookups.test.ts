import { parseProfile } from "@deltafuse/config/profile";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openSession, type Session } from "../src/session.ts";
import { randomNumbers } from "./random-tables.ts";

/** Rows of `t (id, g, a)`, `u (k, g, b)` and `v (g, b)`; `id` and `k` are unique and never null. */
function statements(seed: number): readonly string[] {
  const next = randomNumbers(seed);
  const maybe = (value: number): string => (next(4) === 0 ? "NULL" : String(value));
  const keys = (count: number): readonly number[] => Array.from({ length: count }, (_, key) => key * 2 + next(2));
  const t = keys(30).map((id) => `(${id}, ${maybe(next(5))}, ${maybe(next(20))})`);
  const u = keys(25).map((k) => `(${k + next(2) * 20}, ${maybe(next(5))}, ${maybe(next(20))})`);
  const v = Array.from({ length: next(12) + 1 }, () => `(${maybe(next(5))}, ${maybe(next(20))})`);
  return [
    "CREATE OR REPLACE TABLE t (id INT, g INT, a BIGINT)",
    `INSERT INTO t VALUES ${t.join()}`,
    "CREATE OR REPLACE TABLE u (k INT, g INT, b BIGINT)",
    `INSERT INTO u SELECT column1, max(column2), max(column3) FROM (VALUES ${u.join()}) GROUP BY column1`,
    "CREATE OR REPLACE TABLE v (g INT, b BIGINT)",
    `INSERT INTO v VALUES ${v.join()}`,
  ];
}

/** Conditions on `t` alone. */
const conditions = [
  "t.id IN (SELECT b FROM v)",
  "t.g NOT IN (SELECT g FROM v)",
  "t.g NOT IN (SELECT g FROM v WHERE g > 2) AND t.a > 3",
  "EXISTS (SELECT 1 FROM v WHERE v.g = t.g AND v.b > t.a)",
  "NOT EXISTS (SELECT 1 FROM v WHERE v.g = t.g) OR t.a < 5",
  "t.a > (SELECT avg(b) FROM v)",
  "t.a >= (SELECT min(b) FROM v WHERE v.g = t.g)",
  "t.a < (SELECT count(*) FROM t AS o WHERE o.g = t.g)",
  "EXISTS (SELECT 1 FROM v WHERE b > 18)",
] as const;

/** Values of `t` alone. */
const values = [
  "(SELECT max(b) FROM v)",
  "coalesce((SELECT sum(b) FROM v WHERE v.g = t.g), -1)",
  "t.a + (SELECT count(*) FROM v WHERE v.b = t.id)",
] as const;

interface Clause {
  readonly kind: "MATCHED" | "NOT MATCHED" | "NOT MATCHED BY SOURCE";
  readonly when?: string;
  /** New values of id, g and a; none where the row goes. */
  readonly row?: readonly [string, string, string];
}

const found: Readonly<Record<Clause["kind"], string>> = {
  MATCHED: "t.id IS NOT NULL AND u.k IS NOT NULL",
  "NOT MATCHED": "t.id IS NULL",
  "NOT MATCHED BY SOURCE": "u.k IS NULL",
};

const merges: readonly (readonly Clause[])[] = [
  [
    { kind: "MATCHED", when: "u.b IN (SELECT b FROM v)" },
    { kind: "MATCHED", when: "t.a > (SELECT avg(b) FROM v)", row: ["t.id", "u.g", "(SELECT max(b) FROM v)"] },
    { kind: "NOT MATCHED", row: ["u.k", "(SELECT min(g) FROM v)", "(SELECT sum(b) FROM v WHERE v.g = u.g)"] },
  ],
  [
    {
      kind: "MATCHED",
      when: "EXISTS (SELECT 1 FROM v WHERE v.g = t.g AND v.b > u.b)",
      row: ["t.id", "t.g", "coalesce((SELECT max(b) FROM v WHERE v.g = t.g), 0) + u.b"],
    },
    { kind: "NOT MATCHED", when: "u.g NOT IN (SELECT g FROM t)", row: ["u.k", "u.g", "u.b"] },
    { kind: "NOT MATCHED BY SOURCE", when: "NOT EXISTS (SELECT 1 FROM v WHERE v.g = t.g)" },
    { kind: "NOT MATCHED BY SOURCE", row: ["t.id", "t.g + 10", "(SELECT count(*) FROM u WHERE u.g = t.g)"] },
  ],
  [
    { kind: "MATCHED", when: "EXISTS (SELECT 1 FROM v WHERE b > 15)", row: ["t.id", "0", "0"] },
    { kind: "MATCHED", row: ["t.id", "1", "(SELECT min(b) FROM u AS o WHERE o.g = t.g)"] },
    { kind: "NOT MATCHED", when: "u.b < (SELECT max(a) FROM t)", row: ["u.k", "u.g", "(SELECT max(a) FROM t)"] },
  ],
];

describe.each([1, 2, 3])("changes that look at other rows, on random data %i", (seed) => {
  let session: Session;

  beforeAll(async () => {
    session = await openSession(parseProfile({ preset: "test", sql: { policy: "admin" } }));
  });
  beforeEach(async () => {
    for (const statement of statements(seed)) await session.execute(statement);
  });
  afterAll(() => session.close());

  async function rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    const all = await session.sql(sql).rows({ values: "plain" });
    return all.map((row) => Object.values(row));
  }

  /** Runs a change; gives the rows of t afterwards, and what they should be. */
  async function compared(sql: string, expected: readonly (readonly unknown[])[], count: number): Promise<void> {
    const { rowsAffected } = await session.execute(sql);
    const after = await rows("SELECT id, g, a FROM t");
    const texts = (of: readonly (readonly unknown[])[]): readonly string[] => of.map(String).toSorted();
    expect([rowsAffected, texts(after)], sql).toEqual([count, texts(expected)]);
  }

  it.each(conditions)("DELETE WHERE %s", async (condition) => {
    const meant = new Set((await rows(`SELECT id FROM t WHERE ${condition}`)).map(([id]) => id));
    const before = await rows("SELECT id, g, a FROM t");
    const left = before.filter(([id]) => !meant.has(id));
    await compared(`DELETE FROM t WHERE ${condition}`, left, meant.size);
  });

  it.each(conditions)("UPDATE WHERE %s", async (condition) => {
    for (const value of values) {
      for (const statement of statements(seed)) await session.execute(statement);
      const meant = new Map(
        (await rows(`SELECT t.id, ${value} AS x FROM t WHERE ${condition}`)).map(([id, x]) => [id, x]),
      );
      const before = await rows("SELECT id, g, a FROM t");
      const after = before.map(([id, g, a]) => [id, g, meant.has(id) ? meant.get(id) : a]);
      await compared(`UPDATE t SET a = ${value} WHERE ${condition}`, after, meant.size);
    }
  });

  it.each(merges.map((clauses, index) => [index, clauses] as const))("MERGE %i", async (_index, clauses) => {
    const pair = "coalesce(t.id, -1) || ':' || coalesce(u.k, -1)";
    const joined = "FROM t FULL JOIN u ON t.id = u.k";
    const decided = new Map<unknown, readonly unknown[] | null>();
    for (const { kind, when = "true", row } of clauses) {
      const given = (row ?? []).map((value, index) => `, ${value} AS c${index}`).join("");
      for (const [key, ...cells] of await rows(
        `SELECT ${pair} AS p${given} ${joined} WHERE ${found[kind]} AND (${when})`,
      )) {
        if (!decided.has(key)) decided.set(key, row === undefined ? null : cells);
      }
    }
    expect(decided.size).toBeGreaterThan(0);
    const all = await rows(`SELECT ${pair} AS p, t.id, t.g, t.a ${joined}`);
    const after = all.flatMap(([key, ...own]) => {
      const given = decided.get(key);
      if (given === undefined) return own[0] === null ? [] : [own];
      return given === null ? [] : [given];
    });
    const texts = clauses.map(({ kind, when, row }) => {
      const [id, g, a] = row ?? [];
      const update = `UPDATE SET id = ${id}, g = ${g}, a = ${a}`;
      const change = kind === "NOT MATCHED" ? `INSERT (id, g, a) VALUES (${id}, ${g}, ${a})` : update;
      return `WHEN ${kind}${when === undefined ? "" : ` AND (${when})`} THEN ${row === undefined ? "DELETE" : change}`;
    });
    await compared(`MERGE INTO t USING u ON t.id = u.k ${texts.join(" ")}`, after, decided.size);
  });
});
