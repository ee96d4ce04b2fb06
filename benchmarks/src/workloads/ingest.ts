import type { IngestRow } from "../contestant.ts";
import { digestOf } from "../digest.ts";
import type { Suite, Workload } from "../workload.ts";
import { everySuite, sampleOf } from "./query-workload.ts";

const rowCounts: Readonly<Record<Suite, number>> = { smoke: 5000, gate: 1_000_000, full: 1_000_000 };

function makeRows(count: number): readonly IngestRow[] {
  return Array.from({ length: count }, (_, at) => ({
    left: at / 8,
    right: (at * 7919) % 1_000_003,
    name: `name ${(at * 31) % 99_991}`,
    moment: new Date(1_577_836_800_000 + at * 1003),
  }));
}

const sumSql = `SELECT count(*) AS n, sum("left") AS total_left, sum("right") AS total_right, min(name) AS first_name,
  max(name) AS last_name, max(moment) AS latest FROM ingested`;

/** Rows of a program that become a table: two numbers, a text and a timestamp. */
export const ingestWorkloads: readonly Workload[] = [
  {
    id: "ingest.rows",
    family: "ingest",
    title: "a million row objects into a table",
    suites: everySuite,
    contestants: ["deltafuse", "duckdb", "polars"],
    data: [],
    alone: false,
    watch: ["rss"],
    setup: (engine, { suite }) => {
      const rows = makeRows(rowCounts[suite]);
      return Promise.resolve({
        run: async () => ({ ...sampleOf(await engine.ingest(rows)), after: () => engine.dropIngested() }),
      });
    },
    // It reads no data set whose size would tell digests apart, so every suite takes that of the same rows.
    digest: async (engine) => {
      await engine.ingest(makeRows(rowCounts.smoke));
      try {
        return digestOf(await engine.table(sumSql), { ordered: true });
      } finally {
        await engine.dropIngested();
      }
    },
    counters: null,
    plan: null,
    ceilings: ["ingest.duckdb"],
  },
];
