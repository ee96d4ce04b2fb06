import type { Frame } from "@deltafuse/session-core/frame";
import type { Session } from "@deltafuse/session-core/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerDataset } from "../src/register.ts";
import { writeDataset } from "../src/write.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession } from "./test-session.ts";

let folder: TestFolder;
/** One to which the files are small, and one to which they are not. */
let small: Session;
let large: Session;

beforeAll(async () => {
  folder = testFolder();
  const opened = (fileMinSize: string): Promise<Session> =>
    openTestSession(
      {},
      {
        execution: { targetPartitions: 4, repartition: { fileMinSize } },
        sql: { policy: "admin" },
        access: "read_write",
      },
    );
  small = await opened("1MiB");
  large = await opened("1KiB");
  const source = small.sql("SELECT value AS id, value % 7 AS region, value * 0.5 AS price FROM range(0, 30000)");
  await writeDataset(small, { source, target: folder.path("sales.parquet") });
  await writeDataset(small, { source, target: folder.path("parted/"), partitionBy: ["region"] });
  for (const session of [small, large]) {
    await registerDataset(session, "sales", { uri: folder.path("sales.parquet") });
    await registerDataset(session, "parted", { uri: folder.path("parted/") });
    await session.execute("CREATE TABLE held AS SELECT value AS id, value % 7 AS region FROM range(0, 30000)");
  }
});
afterAll(async () => {
  await small.close();
  await large.close();
  folder[Symbol.dispose]();
});

const physicalPlan = async (frame: Frame): Promise<string> => {
  const text = await frame.explain();
  return text.slice(text.indexOf("physical_plan"));
};

const queries = [
  "SELECT region, count(*) AS n, sum(price) AS price FROM sales WHERE id > 100 GROUP BY region ORDER BY region",
  "SELECT id FROM sales WHERE id = 17",
  "SELECT count(DISTINCT region) AS regions, max(id) AS most FROM sales",
  "SELECT region, avg(price) AS price FROM parted GROUP BY region ORDER BY price DESC LIMIT 3",
  "SELECT DISTINCT region FROM parted WHERE id < 500 ORDER BY region",
  "SELECT region, count(*) AS n FROM held GROUP BY region ORDER BY n DESC, region",
];

describe("a query that reads little", () => {
  it.each(queries)("runs without exchanges and gives the same rows: %s", async (sql) => {
    expect(await physicalPlan(small.sql(sql))).not.toContain("RepartitionExec");
    expect(await physicalPlan(large.sql(sql))).toMatch(/RepartitionExec|file_groups=\{4 groups/);
    expect(await small.sql(sql).rows()).toEqual(await large.sql(sql).rows());
  });

  it("keeps them where it joins", async () => {
    const joined = small.sql(
      "SELECT s.region, count(*) AS n FROM sales AS s JOIN parted AS p ON s.id = p.id GROUP BY s.region",
    );
    expect(await physicalPlan(joined)).toContain("RepartitionExec");
    expect(await joined.count()).toBe(7);
  });

  it("shows the rule in the trace, and does without it on demand", async () => {
    const rule = "deltafuse_small_input";
    for (const [table, changed] of [
      ["parted", true],
      ["sales", false],
    ] as const) {
      const frame = small.sql(`SELECT region, count(*) AS n FROM ${table} GROUP BY region`);
      const steps = await frame.optimizerTrace({ text: "all" });
      expect(steps.find((step) => step.rule === rule)).toMatchObject({ phase: "physical", changed });
      expect(steps.at(-1)?.text, table).not.toContain("RepartitionExec");
      const without = await frame.optimizerTrace({ text: "all", disable: [rule] });
      expect(without.at(-1)?.text, table).toContain("RepartitionExec");
    }
  });

  it("is planned anew when its file has grown, or is no longer alone", async () => {
    const rows = (count: number): Frame =>
      small.sql(`SELECT value AS id, md5(concat('', value)) AS text FROM range(0, ${count})`);
    await writeDataset(small, { source: rows(100), target: folder.path("grows/a.parquet") });
    await registerDataset(small, "grows", { uri: folder.path("grows/a.parquet") });
    const counted = small.sql("SELECT count(DISTINCT text) AS n FROM grows");
    expect(await physicalPlan(counted)).not.toContain("RepartitionExec");
    await writeDataset(small, { source: rows(60_000), target: folder.path("grows/a.parquet"), mode: "overwrite" });
    expect(await physicalPlan(counted)).toMatch(/RepartitionExec|file_groups=\{4 groups/);
    expect(await counted.rows()).toEqual([{ n: 60_000n }]);
    await writeDataset(small, { source: rows(100), target: folder.path("joined/a.parquet") });
    await registerDataset(small, "joined", { uri: folder.path("joined/") });
    const joined = small.sql("SELECT count(*) AS n FROM joined");
    expect(await joined.rows()).toEqual([{ n: 100n }]);
    await writeDataset(small, { source: rows(50), target: folder.path("joined/b.parquet") });
    expect(await joined.rows()).toEqual([{ n: 150n }]);
  });
});
