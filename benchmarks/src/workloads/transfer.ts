import type { Engine, RowMode } from "../contestant.ts";
import { wideDigest } from "../wide-row.ts";
import type { Answer, Workload } from "../workload.ts";

const sql = "SELECT id, ratio, name, moment, amount FROM wide";
/** The part of which every value is compared. */
const digestSql = `${sql} WHERE id < 200000`;

async function touchRows(engine: Engine, mode: RowMode): Promise<Answer> {
  let rows = 0;
  let ratio = 0;
  let characters = 0;
  await engine.rows({ sql, mode }, (row) => {
    rows += 1;
    ratio += row.ratio;
    characters += row.name.length;
  });
  return [`${rows} rows, ${characters} characters`, ratio.toPrecision(9)];
}

async function digestRows(engine: Engine, mode: RowMode): Promise<Answer> {
  const digest = wideDigest();
  await engine.rowCells({ sql: digestSql, mode }, digest.add);
  return [digest.text];
}

const columns: Workload = {
  id: "columns",
  title: "stream as columns",
  wanted: { kind: "speed", atLeast: 2 },
  rowsOf: (rows) => rows,
  watchLag: true,
  run: async (engine) => ({ answer: [String(await engine.columns(sql))] }),
  digest: async (engine) => {
    const digest = wideDigest();
    await engine.columnCells(digestSql, digest.add);
    return [digest.text];
  },
};

const rowsIn = (mode: RowMode, title: string): Workload => ({
  id: `rows-${mode}`,
  title: `stream as row objects, ${title}`,
  wanted: { kind: "speed", atLeast: 4 },
  rowsOf: (rows) => rows,
  watchLag: true,
  run: async (engine) => ({ answer: await touchRows(engine, mode) }),
  digest: (engine) => digestRows(engine, mode),
});

/** The table as it leaves the engines: columns, and row objects in each mode. */
export const transferWorkloads: readonly Workload[] = [
  columns,
  rowsIn("numbers", "numbers"),
  rowsIn("plain", "plain values"),
  rowsIn("json", "JSON values"),
  rowsIn("exact", "exact values"),
];
