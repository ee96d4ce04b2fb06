import type { Engine } from "../contestant.ts";
import { groupKeys } from "../data-set.ts";
import type { Answer, Wanted, Workload } from "../workload.ts";

async function answerOf(engine: Engine, sql: string): Promise<Answer> {
  const rows = await engine.query(sql);
  return rows.map((row) =>
    Object.values(row)
      .map((value) => engine.cellText(value))
      .join(" | "),
  );
}

const query = (
  about: { readonly id: string; readonly title: string; readonly wanted: Wanted },
  sql: string,
): Workload => ({
  ...about,
  rowsOf: null,
  watchLag: false,
  run: async (engine) => ({ answer: await answerOf(engine, sql) }),
  digest: null,
});

const wanted: Wanted = { kind: "time", atMost: 1.5 };

const aggregates = query(
  { id: "aggregates", title: "five aggregates", wanted },
  "SELECT count(*) AS n, sum(id) AS ids, avg(ratio) AS ratio, max(moment) AS latest, sum(amount) AS amount FROM wide",
);

const join = query(
  { id: "join", title: "join and group by", wanted },
  `SELECT g.category, count(*) AS n, sum(w.amount) AS amount, avg(w.ratio) AS ratio, min(w.name) AS name
   FROM wide AS w JOIN groups AS g ON w.id % ${groupKeys} = g.key
   GROUP BY g.category ORDER BY g.category`,
);

const constant = query(
  { id: "select-42", title: "select 42", wanted: { kind: "time", atMost: 2.1 } },
  "SELECT 42 AS answer",
);

const scalarFunction = query(
  { id: "function", title: "JavaScript function", wanted: { kind: "speed", atLeast: 4 } },
  "SELECT sum(js_curve(ratio)) AS total FROM wide",
);

/** Queries with small results, and a function in JavaScript over all rows. */
export const queryWorkloads: readonly Workload[] = [
  aggregates,
  join,
  constant,
  { ...scalarFunction, rowsOf: (rows) => rows },
];
