import { type OperatorProfile, renderProfile } from "@deltafuse/session-core/query-profile";
import type { Session } from "@deltafuse/session-core/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerDataset } from "../src/register.ts";
import { describeScan } from "../src/scan-description.ts";
import { writeDataset } from "../src/write.ts";
import { type TestFolder, testFolder } from "./test-folder.ts";
import { openTestSession } from "./test-session.ts";

let folder: TestFolder;
let session: Session;

beforeAll(async () => {
  folder = testFolder();
  session = await openTestSession({}, { sql: { policy: "admin" }, access: "read_write" });
  const orders = session.sql(
    "SELECT value AS id, value % 4 AS region, value * 1.5 AS price, concat('n', value % 5) AS note FROM range(0, 4000) ORDER BY id",
  );
  const format = { rowGroupRows: 500 };
  await writeDataset(session, { source: orders, target: folder.path("orders.parquet"), format });
  await writeDataset(session, { source: orders, target: folder.path("parted/"), partitionBy: ["region"] });
  await registerDataset(session, "orders", { uri: folder.path("orders.parquet") });
  await registerDataset(session, "parted", { uri: folder.path("parted/") });
  await session.execute("CREATE TABLE held AS SELECT value AS id FROM range(0, 10)");
});
afterAll(async () => {
  await session.close();
  folder[Symbol.dispose]();
});

function leaves(operator: OperatorProfile): readonly OperatorProfile[] {
  return operator.children.length === 0 ? [operator] : operator.children.flatMap(leaves);
}

describe("the profile of a query over files", () => {
  it("tells which row groups were left out", async () => {
    const profile = await session.sql("SELECT id, price FROM orders WHERE id >= 3100").profile();
    expect([profile.status, profile.rows]).toEqual(["finished", 900]);
    const [scan] = profile.root === null ? [] : leaves(profile.root);
    expect(scan?.scan).toMatchObject({ files: { scanned: 1, pruned: 0 }, rowGroups: { scanned: 2, pruned: 6 } });
    expect(scan?.scan?.bytes).toBeGreaterThan(0);
    expect(renderProfile(profile)).toContain("row groups 2 of 8");
  });

  it("tells of a join, a group and an order like those of TPC-H", async () => {
    const profile = await session
      .sql(
        `SELECT p.note, sum(o.price) AS price, count(*) AS n FROM orders o JOIN parted p ON o.id = p.id
         WHERE o.id < 2000 AND p.region < 2 GROUP BY p.note ORDER BY price DESC`,
      )
      .profile();
    expect([profile.status, profile.rows]).toEqual(["finished", 5]);
    const scans = profile.root === null ? [] : leaves(profile.root);
    expect(new Set(scans.map(({ scan }) => scan?.files?.scanned))).toEqual(new Set([1, 2]));
  });
});

describe("pushdown", () => {
  const verdicts = async (sql: string): Promise<readonly (readonly unknown[])[]> => {
    const filters = await session.sql(sql).pushdown();
    return filters.map(({ table, filter, support, inScan, residual, verdict }) => [
      table,
      filter,
      support,
      inScan,
      residual,
      verdict,
    ]);
  };

  it("tells what a scan of files takes", async () => {
    expect(await verdicts("SELECT note FROM parted AS p WHERE p.region = 1 AND p.id > 5 AND note LIKE 'n%'")).toEqual([
      ["parted", 'CAST(parted."region" AS BIGINT) = 1', "exact", true, false, "satisfied"],
      ["parted", "parted.id > 5", "inexact", true, true, "satisfied"],
      ["parted", "parted.note LIKE 'n%'", "inexact", true, true, "satisfied"],
    ]);
  });

  it("tells of tables in memory, of joins and of subqueries", async () => {
    expect(await verdicts("SELECT id FROM held WHERE id > 3")).toEqual([
      ["held", "held.id > 3", "unsupported", false, true, "satisfied"],
    ]);
    const joined = await verdicts(
      "SELECT o.id FROM orders o JOIN held h ON o.id = h.id WHERE o.price > 1 AND h.id IN (SELECT id FROM parted WHERE region = 2)",
    );
    expect(joined).toEqual([
      ["parted", 'CAST(parted."region" AS BIGINT) = 2', "exact", true, false, "satisfied"],
      ["orders", "orders.price > 1.0", "inexact", true, true, "satisfied"],
    ]);
  });

  it("says nothing without filters", async () => {
    expect(await session.table("orders").select("id").pushdown()).toEqual([]);
  });
});

describe("describeScan", () => {
  it("tells which files and row groups a scan reads", async () => {
    const frame = session.sql("SELECT id FROM parted WHERE region = 1 AND id > 3000");
    const [scan, ...more] = await describeScan(frame, { listFiles: true });
    expect(more).toEqual([]);
    expect(scan).toMatchObject({
      dataset: "parted",
      filesTotal: 4,
      filesCandidate: 1,
      prunedBy: { partition: 3, statistics: 0 },
      projectedColumns: ["id"],
      limit: null,
      pushedFilters: [
        { expression: 'CAST(parted."region" AS BIGINT) = 1', pushdown: "exact" },
        { expression: "parted.id > 3000", pushdown: "inexact" },
      ],
    });
    expect(scan?.key).toMatch(/^scan:parted:latest:[0-9a-f]{16}$/);
    expect(scan?.files).toEqual([
      { path: expect.stringContaining("region=1/") as string, bytes: scan?.bytesCandidate, rowGroups: 1 },
    ]);
    expect(scan?.bytesTotal).toBeGreaterThan(scan?.bytesCandidate ?? 0);
  });

  it("counts row groups, limits and tables without files", async () => {
    const [orders, held] = await describeScan(
      session.sql("SELECT o.id FROM (SELECT id FROM orders LIMIT 5) o JOIN held h ON o.id = h.id"),
      { listFiles: true },
    );
    expect(orders).toMatchObject({ limit: 5, filesTotal: 1, files: [{ rowGroups: 8 }] });
    expect(held).toMatchObject({ dataset: "held", filesTotal: 0, filesCandidate: 0 });
    const [none] = await describeScan(session.sql("SELECT id FROM parted WHERE region = 9"));
    expect(none).toMatchObject({ filesTotal: 4, filesCandidate: 0, bytesCandidate: 0 });
    expect(Object.keys(none ?? {})).not.toContain("files");
    expect(none?.key).not.toBe((await describeScan(session.table("parted")))[0]?.key);
  });
});
