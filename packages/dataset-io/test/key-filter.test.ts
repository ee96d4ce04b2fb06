import type { OperatorProfile } from "@deltafuse/session-core/query-profile";
import type { Session } from "@deltafuse/session-core/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession } from "./test-session.ts";

const facts = 200_000;

let folder: TestFolder;
/** One whose joins tell scans of their keys, and one whose joins do not. */
let telling: Session;
let silent: Session;

beforeAll(async () => {
  folder = testFolder();
  const opened = (told: boolean): Promise<Session> =>
    openTestSession(
      {},
      {
        execution: { targetPartitions: 4, repartition: { fileMinSize: "1KiB" } },
        features: { joinDynamicFilterPushdown: told },
        join: { singlePartitionThreshold: 0, singlePartitionThresholdRows: 0 },
      },
    );
  telling = await opened(true);
  silent = await opened(false);
  const write = (name: string, sql: string): Promise<unknown> =>
    writeDataset(telling, { source: telling.sql(sql), target: folder.path(`${name}.parquet`) });
  await write(
    "facts",
    `SELECT value * 7919 % 20011 AS key, CASE WHEN value % 10 > 0 THEN value % 20011 END AS other, value * 0.5 AS amount
      FROM range(0, ${facts})`,
  );
  await write("few", "SELECT value * 401 AS id, value % 3 AS kind FROM range(0, 40)");
  await write("every", "SELECT value AS id FROM range(0, 30000)");
  for (const session of [telling, silent]) {
    for (const name of ["facts", "few", "every"]) {
      await registerDataset(session, name, { uri: folder.path(`${name}.parquet`) });
    }
  }
});
afterAll(async () => {
  await telling.close();
  await silent.close();
  folder[Symbol.dispose]();
});

const selective = {
  "a join with groups": `SELECT f.id, t.n, t.total FROM few AS f
    JOIN (SELECT key, count(*) AS n, sum(amount) AS total FROM facts GROUP BY key) AS t ON f.id = t.key ORDER BY f.id`,
  "groups of rows that are filtered too": `SELECT f.id, t.n FROM few AS f
    JOIN (SELECT key, count(*) AS n FROM facts WHERE amount > 500 GROUP BY key) AS t ON f.id = t.key ORDER BY f.id`,
  "a subquery that compares with an average": `SELECT count(*) AS n, sum(o.amount) AS amount FROM facts AS o JOIN few ON o.key = few.id
    WHERE o.amount < (SELECT avg(i.amount) FROM facts AS i WHERE i.key = o.key)`,
  "a join of rows in other partitions": `SELECT few.kind, count(*) AS n, sum(amount) AS amount FROM few JOIN facts ON few.id = facts.key
    GROUP BY few.kind ORDER BY few.kind`,
  "a join by two keys, one of which may be null": `SELECT few.id, count(*) AS n FROM few JOIN facts ON few.id = facts.key AND few.kind = facts.other % 3
    GROUP BY few.id ORDER BY few.id`,
  "a semi join":
    "SELECT count(*) AS n, sum(amount) AS amount FROM facts WHERE key IN (SELECT id FROM few WHERE kind = 1)",
};

const others = {
  "a join that keeps every row": `SELECT count(*) AS n, sum(t.n) AS rows FROM every
    JOIN (SELECT key, count(*) AS n FROM facts GROUP BY key) AS t ON every.id = t.key`,
  "an outer join": `SELECT few.id, count(t.key) AS n FROM few
    LEFT JOIN (SELECT key FROM facts GROUP BY key) AS t ON few.id = t.key GROUP BY few.id ORDER BY few.id`,
  "an outer join that keeps the rows": `SELECT count(*) AS n, count(few.id) AS found FROM facts LEFT JOIN few ON few.id = facts.key`,
  "an anti join": "SELECT count(*) AS n, sum(amount) AS amount FROM facts WHERE key NOT IN (SELECT id FROM few)",
  "an anti join beside null": "SELECT count(*) AS n FROM few WHERE id NOT IN (SELECT other FROM facts)",
  "an anti join of groups beside null": `SELECT count(*) AS n FROM few
    WHERE id NOT IN (SELECT other FROM facts WHERE amount > 10 GROUP BY other)`,
  "a join to which null is a key": `SELECT f.id, t.n FROM (SELECT CASE WHEN kind > 0 THEN id END AS id FROM few GROUP BY 1) AS f
    JOIN (SELECT other, count(*) AS n FROM facts GROUP BY other) AS t ON f.id IS NOT DISTINCT FROM t.other ORDER BY f.id`,
  "an intersection": `SELECT count(*) AS n, sum(id) AS ids FROM
    (SELECT CASE WHEN kind > 0 THEN id END AS id FROM few INTERSECT SELECT other FROM facts)`,
  "a difference": `SELECT count(*) AS n, sum(id) AS ids FROM
    (SELECT CASE WHEN kind > 0 THEN id END AS id FROM few EXCEPT SELECT other FROM facts WHERE amount > 50000)`,
  "a recursive query": `WITH RECURSIVE walk AS (
      SELECT id, 1 AS depth FROM few
      UNION ALL
      SELECT t.next, walk.depth + 1 FROM walk
        JOIN (SELECT key, max(other) AS next FROM facts GROUP BY key) AS t ON walk.id = t.key WHERE walk.depth < 4
    ) SELECT depth, count(*) AS n, sum(id) AS ids FROM walk GROUP BY depth ORDER BY depth`,
  "two joins, each of which knows a key": `SELECT count(*) AS n, sum(t.n) AS rows FROM every AS a
    JOIN (SELECT key, other, count(*) AS n FROM facts GROUP BY key, other) AS t ON a.id = t.key JOIN few AS b ON b.id = t.other`,
  "groups without a join": "SELECT count(*) AS n FROM (SELECT key FROM facts GROUP BY key)",
  "a join whose other side is empty": `SELECT count(*) AS n FROM few
    JOIN (SELECT key, count(*) AS n FROM facts GROUP BY key) AS t ON few.id = t.key WHERE few.kind > 7`,
};

function operators(profile: OperatorProfile | null): readonly OperatorProfile[] {
  return profile === null ? [] : [profile, ...profile.children.flatMap(operators)];
}

/** Rows that come out of filters by keys, and out of the scans of facts. */
async function filteredRows(sql: string): Promise<number> {
  const { root } = await telling.sql(sql).profile();
  const filters = operators(root).filter(({ detail }) => detail?.startsWith("FilterExec: DynamicFilter") === true);
  expect(filters.length).toBeGreaterThan(0);
  return filters.reduce((sum, { rows }) => sum + (rows ?? Number.NaN), 0);
}

describe("the keys of a join", () => {
  it.each(Object.entries(selective))("leave rows out before %s and change no result", async (_what, sql) => {
    expect(await telling.sql(sql).explain()).toContain("FilterExec: DynamicFilter");
    expect(await silent.sql(sql).explain()).not.toContain("DynamicFilter");
    expect(await telling.sql(sql).rows()).toEqual(await silent.sql(sql).rows());
    expect(await filteredRows(sql)).toBeLessThan(facts / 10);
  });

  it.each(Object.entries(others))("change no result of %s", async (_what, sql) => {
    expect(await telling.sql(sql).rows()).toEqual(await silent.sql(sql).rows());
  });
});
